#include "acq/refine/substitute.h"

#include <math.h>

static const struct {
    const char *name;
    uint32_t hours;
} rules[SUBSTITUTES] = {
    [SUBSTITUTE_NONE] = {"", 0},         [SUBSTITUTE_180] = {"max-180", 180},
    [SUBSTITUTE_720] = {"max-720", 720}, [SUBSTITUTE_2160] = {"max-2160", 2160},
    [SUBSTITUTE_MANUAL] = {"manual", 0},
};

static uint32_t due(const struct substitute_quarter *q)
{
    return q->hours - q->stopped;
}

double substitute_capture(const struct substitute_quarter *q)
{
    return due(q) == 0 ? (double)NAN : (double)(due(q) - q->invalid) / due(q);
}

enum substitute substitute_choose(const struct substitute_quarter *q, uint32_t gap_hours,
                                  enum substitute_low_capture low)
{
    uint64_t valid = due(q) - q->invalid;
    if (100 * valid >= 90 * (uint64_t)due(q))
        return gap_hours <= SUBSTITUTE_SHORT_GAP_HOURS ? SUBSTITUTE_180 : SUBSTITUTE_720;
    if (100 * valid >= 75 * (uint64_t)due(q) || low == LOW_CAPTURE_MAX_2160)
        return SUBSTITUTE_2160;
    return SUBSTITUTE_MANUAL;
}

uint32_t substitute_hours(enum substitute s)
{
    return rules[s].hours;
}

const char *substitute_name(enum substitute s)
{
    return rules[s].name;
}
