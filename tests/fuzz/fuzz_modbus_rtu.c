/* Bytes from a serial line: framing, the check against a request, recognising another master. The
 * first 6 bytes choose the request and how the rest is cut into reads; a read of 255 ends in
 * silence. Whatever is accepted must carry the right unit, function, length and CRC. */
#include "protocols/modbus/rtu.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHOICE_BYTES = 6, SILENT_CUT = 64 };

static void take(const struct modbus_request *r, const struct mbap_adu *adu)
{
    struct modbus_reply reply;
    if (adu->frame_len > RTU_ADU_MAX || adu->pdu_len + 3 != adu->frame_len)
        abort();
    if (!rtu_crc_is_right(adu->frame, adu->frame_len))
        abort();
    if (modbus_reply_check(r, adu, &reply) != MODBUS_REPLY_GOOD)
        return;
    if (adu->frame[0] != r->unit || adu->frame[1] != r->function)
        abort();
    if (reply.data_len != modbus_reply_data_len(r->function, r->count) ||
        adu->frame_len != rtu_reply_size(r))
        abort();
}

static void parse_all(struct rtu_parser *p, const struct modbus_request *r, const uint8_t *data,
                      size_t len)
{
    struct mbap_adu adu;
    int err;
    while ((err = rtu_parser_next(p, &data, &len, &adu)) != PW_EMORE) {
        if (err == 0)
            take(r, &adu);
        else if (err != PW_ECORRUPT || adu.frame_len > RTU_ADU_MAX)
            abort();
    }
    if (len != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < CHOICE_BYTES)
        return 0;
    uint8_t function = (uint8_t)(1 + data[1] % 4);
    bool bits = function <= MODBUS_READ_DISCRETE_INPUTS;
    const struct modbus_request r = {
        .unit = data[0],
        .function = function,
        .count = (uint16_t)(1 + (data[2] << 8 | data[3]) %
                                    (bits ? MODBUS_BITS_MAX : MODBUS_REGISTERS_MAX))};
    size_t cut = data[4];
    bool silences = data[5] & 1;
    data += CHOICE_BYTES;
    size -= CHOICE_BYTES;
    (void)rtu_is_read_request(data, size);
    struct rtu_parser parser = {0};
    while (size > 0) {
        size_t read = cut > 0 && cut < size ? cut : size;
        parse_all(&parser, &r, data, read);
        data += read;
        size -= read;
        if (silences && read >= SILENT_CUT)
            rtu_parser_reset(&parser);
    }
    return 0;
}
