/* How a factor's values are written for people and platforms: the unit and the digits that HJ 212's
 * table of an edition prints for it (N5.2: two behind the point), rounded half to even on the
 * decimal digits (GB/T 8170), as the last step only. The record and the time-series databases keep
 * all digits: whatever is rounded later starts from them. Pure; any thread. */
#ifndef ACQ_PLANT_DIGITS_H
#define ACQ_PLANT_DIGITS_H

#include "acq/core/strbuf.h"
#include "protocols/hj212/edition.h"

#include <stdbool.h>

/* Behind the point where the table prints no format; what digits_write() takes at most. */
enum { DIGITS_USUAL = 3, DIGITS_MAX = 9 };

struct digits {
    const char *name_zh, *name_en; /* "" for a code that no table has */
    const char *unit;              /* of Rtd, Min, Avg, Max as printed; "" */
    const char *unit_amount;       /* of Cou; "" */
    int fraction;                  /* digits behind the point */
    bool is_known;                 /* the edition's table has the code and a format */
};

/* As the edition prints it. HJ212_EDITION_AUTO, for people: the finer of 2017 and 2025, and a
 * concentration that is printed as a whole number (dust, N4) gets one digit: 5 to 10 mg/m3 are
 * judged by it. */
struct digits digits_of(enum hj212_edition edition, const char *factor);

/* value with so many digits behind the point, half to even: of the value's shortest text, so that
 * 35.05 is halfway and becomes 35.0. Never "-0". Nothing when it is not finite. */
void digits_write(struct strbuf *out, double value, int fraction);

#endif
