/* The journal clock and plant time (docs/architecture.md, "Time"). `at` follows the monotonic
 * clock, never runs backwards and after a restart goes on at least 1 ms later than the last commit.
 * Plant time is UTC = at + offset; the offset changes only in plant_time_follow(), and every change
 * is a journal line, so that whoever reads the journal can map one to the other. Loop thread. */
#ifndef ACQ_CORE_PLANT_TIME_H
#define ACQ_CORE_PLANT_TIME_H

#include "acq/core/clock.h"

#include <stdbool.h>

enum {
    /* A difference below this is left alone: NTP's own slewing, scheduling noise. */
    PLANT_TIME_TOLERANCE_MS = 50,
};

struct plant_time {
    const struct pw_clock *clock;
    int64_t base_ms;   /* at = base + monotonic */
    int64_t offset_ms; /* UTC = at + offset */
};

/* last_at_ms: `at` of the newest commit, or 0 in an empty record. */
void plant_time_init(struct plant_time *t, const struct pw_clock *clock, int64_t last_at_ms);

int64_t plant_time_at_ms(const struct plant_time *t);

static inline int64_t plant_time_utc_ms(const struct plant_time *t, int64_t at_ms)
{
    return at_ms + t->offset_ms;
}

/* Compares with the wall clock; true when the offset was changed (the caller writes the journal
 * line `clock`). Call once a second. */
bool plant_time_follow(struct plant_time *t);

#endif
