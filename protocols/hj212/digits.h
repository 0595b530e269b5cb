/* Numbers as the strict writer prints them: the digits behind the point that the factor's format
 * asks for, and never more before it. */
#ifndef PROTOCOLS_HJ212_DIGITS_H
#define PROTOCOLS_HJ212_DIGITS_H

#include "acq/core/err.h"
#include "protocols/hj212/factor.h"
#include "protocols/hj212/field.h"
#include "protocols/hj212/profile.h"

#include <stdbool.h>
#include <stddef.h>

enum { HJ212_NUMBER_SIZE = 40, HJ212_FRACTION_MAX = 9 };

struct hj212_digits {
    unsigned whole;    /* most digits before the point */
    unsigned fraction; /* digits behind it */
};

/* What the profile's edition prints for a factor: its own format; of Cou 14 digits before the
 * point; N14.2 for a code without a format. */
struct hj212_digits hj212_digits_of(const struct hj212_profile *profile, struct hj212_text code,
                                    enum hj212_field field);

/* The shortest decimal of value, rounded half to even. cap: a value that needs more digits becomes
 * the largest one, else PW_EFULL. PW_EINVAL for infinite and NaN. */
PW_MUST_CHECK int hj212_number_format(struct hj212_digits d, bool cap, double value,
                                      char out[HJ212_NUMBER_SIZE]);

#endif
