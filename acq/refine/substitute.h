/* What stands for the mass of an hour that has none (HJ 75-2017 chapter 12): the greatest hourly
 * mass of the last valid hours before the gap; how many of them depends on the gap's length and on
 * the share of the quarter that has valid data. It is told beside the measured mass, never instead
 * of it, and is no evidence of an exceedance. */
#ifndef ACQ_REFINE_SUBSTITUTE_H
#define ACQ_REFINE_SUBSTITUTE_H

#include "acq/plant/plant.h"

#include <stdbool.h>
#include <stdint.h>

enum { SUBSTITUTE_SHORT_GAP_HOURS = 24 };

/* By what. */
enum substitute {
    SUBSTITUTE_NONE, /* nothing to substitute, or nothing before it to take */
    SUBSTITUTE_180,
    SUBSTITUTE_720,
    SUBSTITUTE_2160,
    SUBSTITUTE_MANUAL, /* too little valid data: a person decides */
    SUBSTITUTES
};

/* Hours of a quarter, or of as much of it as there is. */
struct substitute_quarter {
    uint32_t hours, stopped, invalid;
};

/* Valid capture rate: (T - stopped - invalid) / (T - stopped); NAN when nothing was due. */
double substitute_capture(const struct substitute_quarter *q);
enum substitute substitute_choose(const struct substitute_quarter *q, uint32_t gap_hours,
                                  enum substitute_low_capture low);
/* The hours that it looks back on; 0 when there is nothing to look at. */
uint32_t substitute_hours(enum substitute s);
/* "", "max-180", "max-720", "max-2160", "manual". Static. */
const char *substitute_name(enum substitute s);

#endif
