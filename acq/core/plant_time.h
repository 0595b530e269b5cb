/* The journal clock and plant time (docs/architecture.md, "Time"). `at` follows the monotonic
 * clock, never runs backwards and after a restart goes on at least 1 ms later than the last commit.
 * Plant time is UTC = at + offset; the offset changes only in plant_time_follow(), and every change
 * is a journal line, so that whoever reads the journal can map one to the other. Loop thread.
 *
 * A forward step is followed at once. A backward step of at most PLANT_TIME_SLEW_MAX_MS is slewed:
 * plant time runs at half speed until it is right again. A larger one is followed at once, and what
 * was stamped later than the corrected time is withdrawn (pipeline_set_offset()).
 *
 * Trust: until the clock was trusted once, readings are marked `clock-untrusted`. */
#ifndef ACQ_CORE_PLANT_TIME_H
#define ACQ_CORE_PLANT_TIME_H

#include "acq/core/clock.h"

#include <stdbool.h>

enum {
    /* A difference below this is left alone: NTP's own slewing, scheduling noise. */
    PLANT_TIME_TOLERANCE_MS = 50,
    PLANT_TIME_SLEW_MAX_MS = 5000,
    PLANT_TIME_SLEW_STEP_MS = 500, /* at each call, once a second */
};

enum plant_time_trust {
    TRUST_PLAUSIBLE, /* synchronised, or neither before 2026 nor before the last commit */
    TRUST_KERNEL,    /* only when the kernel says that it is synchronised */
    TRUST_ALWAYS,
};

struct plant_time {
    const struct pw_clock *clock;
    int64_t base_ms;   /* at = base + monotonic */
    int64_t offset_ms; /* UTC = at + offset */
    enum plant_time_trust trust;
    int64_t last_at_ms; /* of the last commit before this start */
    bool trusted;       /* once true it stays so */
};

/* last_at_ms: `at` of the newest commit, or 0 in an empty record. */
void plant_time_init(struct plant_time *t, const struct pw_clock *clock, int64_t last_at_ms);
/* TRUST_PLAUSIBLE until it is said otherwise. */
void plant_time_set_trust(struct plant_time *t, enum plant_time_trust trust);

int64_t plant_time_at_ms(const struct plant_time *t);

static inline int64_t plant_time_utc_ms(const struct plant_time *t, int64_t at_ms)
{
    return at_ms + t->offset_ms;
}

/* Compares with the wall clock; true when the offset was changed (the caller writes the journal
 * line `clock`). Looks again whether the clock can be trusted. Call once a second. */
bool plant_time_follow(struct plant_time *t);

#endif
