/* Numbers and their text. The value is its text: what the pipeline saw is what the archive holds
 * (docs/architecture.md). The C locale's decimal point is assumed; nothing calls setlocale(). */
#ifndef ACQ_CORE_NUM_H
#define ACQ_CORE_NUM_H

#include "acq/core/err.h"

#include <stddef.h>
#include <stdint.h>

enum { NUM_INT_SIZE = 24, NUM_DOUBLE_SIZE = 32 };

/* Decimal digits, NUL-terminated; returns the length. */
size_t num_format_int(int64_t value, char out[NUM_INT_SIZE]);

/* The first of "%.15g", "%.16g" and "%.17g" that reads back to the same double: the shortest text
 * there is (but for a few powers of two, which may get one digit more, and subnormals). A digit
 * stands on both sides of any point, an exponent is e+06 or e-05. value must be finite. Returns the
 * length. */
size_t num_format_double(double value, char out[NUM_DOUBLE_SIZE]);

/* Rounds to 9 significant decimal digits, half to even on the exact value, and returns the double
 * nearest to that decimal: the same as strtod() of "%.8e". Infinite and NaN pass unchanged. */
double num_normalise_9(double value);

/* The whole of text[0..len) as a finite number in JSON's grammar; PW_ESYNTAX when it is not. */
PW_MUST_CHECK int num_parse_double(const char *text, size_t len, double *out);

#endif
