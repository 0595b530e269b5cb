#include "protocols/modbus/decode.h"

#include "acq/core/num.h"
#include "acq/core/utf8.h"
#include "protocols/modbus/mbap.h"

#include <math.h>
#include <string.h>

static uint8_t words_of(const struct modbus_decode_spec *spec)
{
    switch (spec->type) {
    case MODBUS_COIL:
    case MODBUS_BIT:
    case MODBUS_INT16:
    case MODBUS_UINT16:
    case MODBUS_BCD16:
        return 1;
    case MODBUS_INT32:
    case MODBUS_UINT32:
    case MODBUS_FLOAT32:
    case MODBUS_BCD32:
        return 2;
    case MODBUS_INT64:
    case MODBUS_UINT64:
    case MODBUS_FLOAT64:
        return 4;
    case MODBUS_STRING:
        return spec->words <= MODBUS_STRING_WORDS_MAX ? spec->words : 0;
    }
    return 0;
}

/* The text of a value must give it back without noise: 9 digits hold any 32-bit float and any
 * scaled register. A plain integer is exact by itself (a counter of 3 GWh keeps its last digit);
 * 64-bit sources keep all they have. */
static bool needs_normalising(const struct modbus_decode_spec *spec, uint8_t words)
{
    bool scaled = spec->scale != 1.0 || spec->offset != 0.0;
    return (words == 2 && spec->type == MODBUS_FLOAT32) || (words <= 2 && scaled);
}

static uint16_t end_of(enum modbus_type type, uint16_t place, uint8_t words)
{
    return (uint16_t)(type == MODBUS_COIL ? place / 8 + 1 : (place + words) * 2);
}

int modbus_decoder_init(struct modbus_decoder *d, const struct modbus_decode_spec *spec)
{
    uint8_t words = words_of(spec);
    bool numbers_bad = !isfinite(spec->scale) || !isfinite(spec->offset) ||
                       (spec->has_range && !(spec->range_min <= spec->range_max));
    if (words == 0 || numbers_bad || spec->code_count > MODBUS_CODES_MAX ||
        (spec->type == MODBUS_BIT && spec->bit > 15))
        return PW_EINVAL;
    bool coil = spec->type == MODBUS_COIL;
    unsigned limit = coil ? MODBUS_BITS_MAX : MODBUS_REGISTERS_MAX;
    if (spec->place + words > limit)
        return PW_EINVAL;
    *d = (struct modbus_decoder){
        .type = (uint8_t)spec->type,
        .words = words,
        .swap = spec->order == MODBUS_BADC || spec->order == MODBUS_DCBA,
        .reverse = spec->order == MODBUS_CDAB || spec->order == MODBUS_DCBA,
        .bit = spec->bit,
        .plain = (spec->type == MODBUS_UINT16 || spec->type == MODBUS_INT16) &&
                 spec->scale == 1.0 && spec->offset == 0.0 && spec->code_count == 0,
        .codes = spec->codes,
        .code_count = spec->code_count,
        .normalise = needs_normalising(spec, words),
        .place = spec->place,
        .end = end_of(spec->type, spec->place, words),
        .scale = spec->scale,
        .offset = spec->offset,
        .min = spec->has_range ? spec->range_min : -INFINITY,
        .max = spec->has_range ? spec->range_max : INFINITY,
    };
    return 0;
}

void modbus_decoder_move(struct modbus_decoder *d, uint16_t place)
{
    d->place = place;
    d->end = end_of((enum modbus_type)d->type, place, d->words);
}

void modbus_no_value(quality why, struct sample *out)
{
    *out = (struct sample){.value = NAN, .quality = why};
}

static uint16_t wire_word(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint16_t word_at(const uint8_t *p, unsigned swap)
{
    return (uint16_t)(p[swap] << 8 | p[swap ^ 1]);
}

static uint32_t gather_32(const struct modbus_decoder *d, const uint8_t *p)
{
    unsigned first = d->reverse * 2u;
    return (uint32_t)word_at(p + first, d->swap) << 16 | word_at(p + (2 - first), d->swap);
}

static uint64_t gather_64(const struct modbus_decoder *d, const uint8_t *p)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < 4; i++)
        bits = bits << 16 | word_at(p + (size_t)2 * (d->reverse ? 3 - i : i), d->swap);
    return bits;
}

static double float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

static double double_of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static int64_t signed_of_bits(uint64_t bits)
{
    int64_t value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* INFINITY when a digit is none: neither a number nor the maker's way to say that there is none. */
static double bcd_number(uint32_t bits, unsigned digits)
{
    double value = 0;
    for (unsigned i = digits; i-- > 0;) {
        uint32_t digit = bits >> 4 * i & 0xf;
        if (digit > 9)
            return INFINITY;
        value = 10 * value + digit;
    }
    return value;
}

static double raw_number(const struct modbus_decoder *d, const uint8_t *p)
{
    uint16_t word = word_at(p, d->swap);
    switch ((enum modbus_type)d->type) {
    case MODBUS_BIT:
        return word >> d->bit & 1;
    case MODBUS_INT16:
        return word < 0x8000 ? word : word - 0x10000;
    case MODBUS_UINT16:
        return word;
    case MODBUS_INT32:
        return (double)(gather_32(d, p) ^ 0x80000000u) - 2147483648.0;
    case MODBUS_UINT32:
        return gather_32(d, p);
    case MODBUS_FLOAT32:
        return float_of_bits(gather_32(d, p));
    case MODBUS_INT64:
        return (double)signed_of_bits(gather_64(d, p));
    case MODBUS_UINT64:
        return (double)gather_64(d, p);
    case MODBUS_FLOAT64:
        return double_of_bits(gather_64(d, p));
    case MODBUS_BCD16:
        return bcd_number(word, 4);
    case MODBUS_BCD32:
        return bcd_number(gather_32(d, p), 8);
    case MODBUS_COIL:
    case MODBUS_STRING:
        break;
    }
    return NAN;
}

/* What a code is compared with. */
static double code_number(const struct modbus_decoder *d, const uint8_t *p, double raw)
{
    if (d->type == MODBUS_BCD16)
        return word_at(p, d->swap);
    return d->type == MODBUS_BCD32 ? gather_32(d, p) : raw;
}

static bool is_code(const struct modbus_decoder *d, double number)
{
    bool single = d->type == MODBUS_FLOAT32;
    for (unsigned i = 0; i < d->code_count; i++)
        if (number == d->codes[i] || (single && (float)number == (float)d->codes[i]))
            return true;
    return false;
}

static quality range_quality(const struct modbus_decoder *d, double value)
{
    return value > d->max   ? QUALITY_OVER_RANGE
           : value < d->min ? QUALITY_UNDER_RANGE
                            : QUALITY_GOOD;
}

static void judge(const struct modbus_decoder *d, double raw, struct sample *s)
{
    double value = raw * d->scale + d->offset;
    if (!isfinite(value)) {
        s->value = NAN;
        s->quality = isnan(raw) ? QUALITY_NO_VALUE : QUALITY_NOT_A_NUMBER;
        return;
    }
    if (d->normalise)
        value = num_normalise_9(value);
    s->value = value;
    s->quality = range_quality(d, value);
}

/* An unscaled register: always finite, never normalised. The larger half of all signals. */
static void decode_plain_word(const struct modbus_decoder *d, const uint8_t *data, struct sample *s)
{
    const uint8_t *p = data + (size_t)d->place * 2;
    uint16_t word = word_at(p, d->swap);
    double value = d->type == MODBUS_UINT16 || word < 0x8000 ? word : word - 0x10000;
    s->raw_count = 1;
    s->raw[0] = wire_word(p);
    s->value = value;
    s->quality = range_quality(d, value);
}

static void decode_coil(const struct modbus_decoder *d, const uint8_t *data, struct sample *s)
{
    uint16_t bit = data[d->place / 8] >> d->place % 8 & 1;
    s->raw_count = 1;
    s->raw[0] = bit;
    judge(d, bit, s);
}

static void decode_words(const struct modbus_decoder *d, const uint8_t *data, struct sample *s)
{
    const uint8_t *p = data + (size_t)d->place * 2;
    s->raw_count = d->words;
    for (unsigned i = 0; i < d->words; i++)
        s->raw[i] = wire_word(p + (size_t)2 * i);
    double raw = raw_number(d, p);
    if (d->code_count > 0 && is_code(d, code_number(d, p, raw))) {
        s->value = NAN;
        s->quality = QUALITY_NO_VALUE;
        return;
    }
    judge(d, raw, s);
}

static void decode_string(const struct modbus_decoder *d, const uint8_t *data, struct sample *s)
{
    const uint8_t *p = data + (size_t)d->place * 2;
    *s = (struct sample){.value = NAN, .quality = QUALITY_NOT_A_NUMBER};
    s->raw_count = d->words < 4 ? d->words : 4;
    for (unsigned i = 0; i < s->raw_count; i++)
        s->raw[i] = wire_word(p + (size_t)2 * i);
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

size_t modbus_text(const struct modbus_decoder *d, const uint8_t *data, size_t data_len,
                   char out[MODBUS_TEXT_SIZE])
{
    pw_require(d->type == MODBUS_STRING && d->end <= data_len);
    const uint8_t *p = data + (size_t)d->place * 2;
    size_t begin = 0;
    size_t len = 0;
    for (size_t i = 0; i < (size_t)d->words * 2 && p[i ^ d->swap] != '\0'; i++)
        out[len++] = (char)p[i ^ d->swap];
    while (len > 0 && out[len - 1] == ' ')
        len--;
    while (begin < len && out[begin] == ' ')
        begin++;
    len -= begin;
    memmove(out, out + begin, len);
    for (size_t good; (good = utf8_valid_prefix(out, len)) < len;)
        out[good] = '?';
    for (size_t i = 0; i < len; i++)
        out[i] = is_control(out[i]) ? '?' : out[i];
    out[len] = '\0';
    return len;
}

void modbus_decode(const struct modbus_decoder *d, const uint32_t *targets, size_t count,
                   const uint8_t *data, size_t data_len, struct sample *samples)
{
    for (size_t i = 0; i < count; i++) {
        pw_require(d[i].end <= data_len);
        struct sample *s = &samples[targets[i]];
        if (d[i].plain)
            decode_plain_word(&d[i], data, s);
        else if (d[i].type == MODBUS_COIL)
            decode_coil(&d[i], data, s);
        else if (d[i].type == MODBUS_STRING)
            decode_string(&d[i], data, s);
        else
            decode_words(&d[i], data, s);
    }
}
