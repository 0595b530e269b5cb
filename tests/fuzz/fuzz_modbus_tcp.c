/* Bytes from a Modbus TCP peer: framing, the check against a request, decoding. The first 8 bytes
 * choose the request, the signals and how the rest is cut into reads. */
#include "protocols/modbus/decode.h"
#include "protocols/modbus/mbap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHOICE_BYTES = 8, SIGNALS_MAX = 64 };

static const double codes[] = {65535, -999.9};

struct setting {
    struct modbus_request request;
    struct modbus_decoder decoders[SIGNALS_MAX];
    uint32_t targets[SIGNALS_MAX];
    size_t count;
    size_t cut;
};

/* As many signals of the chosen type as fit into the request. */
static void choose(const uint8_t *c, struct setting *s)
{
    uint8_t function = (uint8_t)(1 + c[4] % 4);
    bool bits = function <= MODBUS_READ_DISCRETE_INPUTS;
    uint16_t limit = bits ? MODBUS_BITS_MAX : MODBUS_REGISTERS_MAX;
    s->request = (struct modbus_request){.transaction = (uint16_t)(c[0] << 8 | c[1]),
                                         .unit = c[2],
                                         .function = function,
                                         .count = (uint16_t)(1 + c[3] * 8u % limit)};
    s->cut = c[7];
    size_t data_len = modbus_reply_data_len(function, s->request.count);
    for (uint16_t i = 0; i < SIGNALS_MAX; i++) {
        const struct modbus_decode_spec spec = {
            .type = bits ? MODBUS_COIL : (enum modbus_type)(MODBUS_BIT + c[5] % 12),
            .words = (uint8_t)(1 + c[3] % MODBUS_STRING_WORDS_MAX),
            .codes = codes,
            .code_count = c[7] % 3,
            .order = (enum modbus_order)(c[6] % 4),
            .bit = c[6] >> 4,
            .place = i,
            .scale = c[6] & 4 ? 0.1 : 1,
            .has_range = c[6] & 8,
            .range_min = -10,
            .range_max = 1000};
        if (modbus_decoder_init(&s->decoders[s->count], &spec) < 0 ||
            s->decoders[s->count].end > data_len)
            break;
        s->targets[s->count] = i;
        s->count++;
    }
}

static void take(const struct setting *s, const struct mbap_adu *adu)
{
    struct modbus_reply reply;
    if (adu->frame_len > MBAP_ADU_MAX || adu->pdu_len + MBAP_HEADER_SIZE != adu->frame_len)
        abort();
    if (modbus_reply_check(&s->request, adu, &reply) != MODBUS_REPLY_GOOD)
        return;
    if (reply.data_len != modbus_reply_data_len(s->request.function, s->request.count))
        abort();
    struct sample samples[SIGNALS_MAX];
    modbus_decode(s->decoders, s->targets, s->count, reply.data, reply.data_len, samples);
    char text[MODBUS_TEXT_SIZE];
    for (size_t i = 0; i < s->count; i++)
        if (s->decoders[i].type == MODBUS_STRING &&
            modbus_text(&s->decoders[i], reply.data, reply.data_len, text) != strlen(text))
            abort();
    for (size_t i = 0; i < s->count; i++)
        if (quality_has_value(samples[i].quality) != (isfinite(samples[i].value) != 0))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < CHOICE_BYTES)
        return 0;
    struct setting s = {.count = 0};
    choose(data, &s);
    data += CHOICE_BYTES;
    size -= CHOICE_BYTES;
    struct mbap_parser parser = {0};
    while (size > 0) {
        size_t read = s.cut > 0 && s.cut < size ? s.cut : size;
        const uint8_t *at = data;
        size_t left = read;
        struct mbap_adu adu;
        int err;
        while ((err = mbap_parser_next(&parser, &at, &left, &adu)) == 0)
            take(&s, &adu);
        if (err == PW_ESYNTAX)
            return 0;
        if (left != 0)
            abort();
        data += read;
        size -= read;
    }
    return 0;
}
