#include "acq/sim/cell.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

unsigned cell_words(enum cell_type type)
{
    switch (type) {
    case CELL_INT32:
    case CELL_UINT32:
    case CELL_FLOAT32:
        return 2;
    case CELL_INT64:
    case CELL_UINT64:
    case CELL_FLOAT64:
        return 4;
    case CELL_BIT:
    case CELL_INT16:
    case CELL_UINT16:
    default:
        return 1;
    }
}

static uint64_t signed_bits(double value, int64_t min, int64_t max)
{
    if (isnan(value))
        return 0;
    if (value <= (double)min)
        return (uint64_t)min;
    if (value >= (double)max)
        return (uint64_t)max;
    return (uint64_t)(int64_t)llround(value);
}

static uint64_t unsigned_bits(double value, uint64_t max)
{
    if (isnan(value) || value <= 0)
        return 0;
    if (value >= (double)max)
        return max;
    return (uint64_t)round(value);
}

static uint64_t float_bits(double value)
{
    float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    return bits;
}

static uint64_t double_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint64_t value_bits(enum cell_type type, double value)
{
    switch (type) {
    case CELL_INT16:
        return signed_bits(value, INT16_MIN, INT16_MAX);
    case CELL_UINT16:
        return unsigned_bits(value, UINT16_MAX);
    case CELL_INT32:
        return signed_bits(value, INT32_MIN, INT32_MAX);
    case CELL_UINT32:
        return unsigned_bits(value, UINT32_MAX);
    case CELL_INT64:
        return signed_bits(value, INT64_MIN, INT64_MAX);
    case CELL_UINT64:
        return unsigned_bits(value, UINT64_MAX);
    case CELL_FLOAT32:
        return float_bits(value);
    case CELL_FLOAT64:
        return double_bits(value);
    case CELL_BIT:
    default:
        return !isnan(value) && fabs(value) >= 0.5;
    }
}

static uint16_t bytes_swapped(uint16_t word)
{
    return (uint16_t)(word << 8 | word >> 8);
}

void cell_encode(enum cell_type type, enum cell_order order, double value,
                 uint16_t out[CELL_WORDS_MAX])
{
    uint64_t bits = value_bits(type, value);
    unsigned words = cell_words(type);
    bool words_reversed = order == CELL_CDAB || order == CELL_DCBA;
    bool bytes_reversed = type != CELL_BIT && (order == CELL_BADC || order == CELL_DCBA);
    for (unsigned i = 0; i < words; i++) {
        unsigned place = words_reversed ? i : words - 1 - i;
        uint16_t word = (uint16_t)(bits >> (16 * place));
        out[i] = bytes_reversed ? bytes_swapped(word) : word;
    }
}
