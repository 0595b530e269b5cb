/* A rule that marks an outlet by itself: while signals are within bounds, or at a time of day. */
#ifndef ACQ_PLANT_MARK_RULE_H
#define ACQ_PLANT_MARK_RULE_H

#include "acq/core/sm3.h"
#include "acq/plant/equipment.h"

#include <stdint.h>

enum { MARK_RULE_CONDITIONS_MAX = 8 };

struct plant_mark_rule {
    const char *id; /* "DA001/mark/0": outlet, place in the list */
    uint32_t outlet;
    const char *mark_class, *mark_kind; /* the latter "" when not given */
    const char *factor;                 /* "": all of the outlet */
    const struct plant_parameter *when; /* all of them hold; none: by time of day */
    uint32_t when_count;
    uint32_t for_s;  /* they hold so long before it is a mark */
    uint32_t at_min; /* minute of the day, in the plant's zone */
    uint32_t every_days;
    uint32_t last_min;
    uint8_t digest[SM3_SIZE];
};

#endif
