/* What the machines of means share: sums, the borders of periods, what is due in one. */
#ifndef ACQ_REFINE_PERIOD_H
#define ACQ_REFINE_PERIOD_H

#include "acq/plant/plant.h"

#include <stdint.h>

enum {
    MINUTE_MS = 60000,
    HOUR_MS = 3600000,
    DAY_MS = 86400000,
    MINUTE_GOOD = 12,
    HOUR_GOOD = 45,
    DAY_GOOD = 20,
    GRACE_LEAST_MS = 2000,
    OPEN_MINUTES = 3,
    CYCLE_STEP_MS = 5000, /* a held value is a part of a minute each */
    CYCLE_PARTS = 12,
    CYCLE_GOOD = 9, /* three quarters */
    CYCLE_MINUTES = 64,
    SKIP_MS = DAY_MS,
    EARLY_MS = 2 * MINUTE_MS,
};

struct total {
    double sum, min, max;
    uint32_t good;
    uint32_t untrusted;
};

static inline void total_add(struct total *t, double value, double min, double max)
{
    t->min = t->good == 0 || min < t->min ? min : t->min;
    t->max = t->good == 0 || max > t->max ? max : t->max;
    t->sum += value;
    t->good++;
}

static inline double total_avg(const struct total *t)
{
    return t->good ? t->sum / t->good : 0;
}

/* The start of the step that time_ms lies in, when steps begin shift_ms before those of UTC. */
static inline int64_t floor_to(int64_t time_ms, int64_t step_ms, int64_t shift_ms)
{
    int64_t rest = (time_ms + shift_ms) % step_ms;
    return time_ms - (rest < 0 ? rest + step_ms : rest);
}

static inline int64_t zone_of(const struct plant *plant)
{
    return (int64_t)plant->server.zone_offset_min * MINUTE_MS;
}

/* How long after a minute its last sample may come. */
static inline int64_t grace_of(const struct plant_device *d)
{
    return d->every_ms < GRACE_LEAST_MS ? GRACE_LEAST_MS
           : d->every_ms > MINUTE_MS    ? MINUTE_MS
                                        : d->every_ms;
}

/* Whole multiples of `every` at or after `from`, before `to`, shifted by `phase`. */
static inline uint32_t due_between(int64_t from_ms, int64_t to_ms, const struct plant_device *d)
{
    int64_t every = d->every_ms;
    int64_t before_from = (from_ms - d->phase_ms + every - 1) / every;
    int64_t before_to = (to_ms - d->phase_ms + every - 1) / every;
    return (uint32_t)(before_to - before_from);
}

#endif
