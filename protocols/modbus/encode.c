#include "protocols/modbus/encode.h"

#include <math.h>
#include <string.h>

/* Of a count: 0.1 is no double, so that (value - offset) / scale is seldom whole. */
static const double NEARLY = 1e-6;

static const double TWO_63 = 9223372036854775808.0;
static const double TWO_64 = 18446744073709551616.0;

/* least <= count < end, or PW_EINVAL. Two's complement in *out. */
static int to_whole(double raw, double least, double end, uint64_t *out)
{
    double count = round(raw);
    if (fabs(raw - count) > NEARLY * fmax(1, fabs(count)) || count < least || count >= end)
        return PW_EINVAL;
    *out = count < 0 ? -(uint64_t)-count : (uint64_t)count;
    return 0;
}

static int to_bcd(double raw, unsigned digits, uint64_t *out)
{
    uint64_t count = 0;
    if (to_whole(raw, 0, pow(10, digits), &count) != 0)
        return PW_EINVAL;
    uint64_t bits = 0;
    for (unsigned i = 0; i < digits; i++, count /= 10)
        bits |= count % 10 << 4 * i;
    *out = bits;
    return 0;
}

static int to_float(double raw, uint64_t *out)
{
    float value = (float)raw;
    uint32_t bits;
    if (!isfinite(value))
        return PW_EINVAL;
    memcpy(&bits, &value, sizeof bits);
    *out = bits;
    return 0;
}

static int to_bits(const struct modbus_decode_spec *spec, double raw, unsigned *words,
                   uint64_t *out)
{
    *words = 1;
    switch (spec->type) {
    case MODBUS_COIL:
        return to_whole(raw, 0, 2, out);
    case MODBUS_INT16:
        return to_whole(raw, -32768, 32768, out);
    case MODBUS_UINT16:
        return to_whole(raw, 0, 65536, out);
    case MODBUS_BCD16:
        return to_bcd(raw, 4, out);
    case MODBUS_INT32:
        *words = 2;
        return to_whole(raw, -2147483648.0, 2147483648.0, out);
    case MODBUS_UINT32:
        *words = 2;
        return to_whole(raw, 0, 4294967296.0, out);
    case MODBUS_BCD32:
        *words = 2;
        return to_bcd(raw, 8, out);
    case MODBUS_FLOAT32:
        *words = 2;
        return to_float(raw, out);
    case MODBUS_INT64:
        *words = 4;
        return to_whole(raw, -TWO_63, TWO_63, out);
    case MODBUS_UINT64:
        *words = 4;
        return to_whole(raw, 0, TWO_64, out);
    case MODBUS_FLOAT64:
        *words = 4;
        memcpy(out, &raw, sizeof *out);
        return 0;
    case MODBUS_BIT:
    case MODBUS_STRING:
        break;
    }
    return PW_EINVAL;
}

int modbus_encode(const struct modbus_decode_spec *spec, double value,
                  uint8_t out[MODBUS_ENCODED_MAX], size_t *out_len)
{
    uint64_t bits = 0;
    unsigned words = 0;
    double raw = (value - spec->offset) / spec->scale;
    bool outside = spec->has_range && (value < spec->range_min || value > spec->range_max);
    if (!isfinite(value) || !isfinite(raw) || outside || to_bits(spec, raw, &words, &bits) != 0)
        return PW_EINVAL;
    if (spec->type == MODBUS_COIL) {
        out[0] = (uint8_t)bits;
        *out_len = 1;
        return 0;
    }
    bool swap = spec->order == MODBUS_BADC || spec->order == MODBUS_DCBA;
    bool reverse = spec->order == MODBUS_CDAB || spec->order == MODBUS_DCBA;
    for (size_t i = 0; i < words; i++) {
        size_t from = reverse ? i : words - 1 - i;
        uint16_t word = (uint16_t)(bits >> 16 * from);
        out[2 * i] = (uint8_t)(swap ? word : word >> 8);
        out[2 * i + 1] = (uint8_t)(swap ? word >> 8 : word);
    }
    *out_len = (size_t)words * 2;
    return 0;
}
