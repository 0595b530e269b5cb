/* How a simulated device keeps a number in its registers: the inverse of what acquisition decodes,
 * written independently of it so that one can test the other. Pure. */
#ifndef ACQ_SIM_CELL_H
#define ACQ_SIM_CELL_H

#include <stdint.h>

enum cell_type {
    CELL_BIT, /* a coil or discrete input, or one bit of a register */
    CELL_INT16,
    CELL_UINT16,
    CELL_INT32,
    CELL_UINT32,
    CELL_INT64,
    CELL_UINT64,
    CELL_FLOAT32,
    CELL_FLOAT64
};

/* Byte A is the most significant; 64-bit values likewise by words. */
enum cell_order { CELL_ABCD, CELL_CDAB, CELL_BADC, CELL_DCBA };

enum { CELL_WORDS_MAX = 4 };

/* Registers of one value of this type (1 for a bit). */
unsigned cell_words(enum cell_type type);

/* The registers in wire order. Integers are rounded to nearest and held at the ends of their range;
 * a value that is not a number becomes 0 in them and NaN in floats. CELL_BIT gives 0 or 1. */
void cell_encode(enum cell_type type, enum cell_order order, double value,
                 uint16_t out[CELL_WORDS_MAX]);

#endif
