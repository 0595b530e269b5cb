/* Where time comes from. Everything that needs the time is handed a struct pw_clock; only clock.c
 * asks the system, so a test or a replay can hand in its own. Milliseconds throughout. */
#ifndef ACQ_CORE_CLOCK_H
#define ACQ_CORE_CLOCK_H

#include <stdint.h>

struct pw_clock {
    int64_t (*mono_ms)(void *ctx); /* monotonic, arbitrary origin, never runs backwards */
    int64_t (*wall_ms)(void *ctx); /* UTC, ms since 1970-01-01, may step */
    void *ctx;
    /* Whether something keeps the wall clock right. NULL: yes. */
    int (*synchronised)(void *ctx);
};

/* The system's clocks (CLOCK_MONOTONIC, CLOCK_REALTIME; synchronised as adjtimex(2) says). Static
 * storage. */
const struct pw_clock *pw_clock_system(void);

static inline int64_t pw_clock_mono_ms(const struct pw_clock *c)
{
    return c->mono_ms(c->ctx);
}

static inline int64_t pw_clock_wall_ms(const struct pw_clock *c)
{
    return c->wall_ms(c->ctx);
}

static inline int pw_clock_synchronised(const struct pw_clock *c)
{
    return !c->synchronised || c->synchronised(c->ctx);
}

/* The system's monotonic clock in microseconds (CLOCK_MONOTONIC), for telling how long something
 * took and for waits of a thread; no result depends on it. */
int64_t pw_clock_measure_us(void);

/* A clock that stands until it is moved: for tests and replay. */
struct manual_clock {
    struct pw_clock clock; /* hand out &m->clock */
    int64_t mono_ms;
    int64_t wall_ms;
};

void manual_clock_init(struct manual_clock *m, int64_t wall_ms);
void manual_clock_advance(struct manual_clock *m, int64_t ms);

#endif
