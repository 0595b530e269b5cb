#include "acq/core/clock.h"

#include <sys/timex.h>
#include <time.h>

static int64_t read_clock_ms(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t system_mono_ms(void *ctx)
{
    (void)ctx;
    return read_clock_ms(CLOCK_MONOTONIC);
}

static int64_t system_wall_ms(void *ctx)
{
    (void)ctx;
    return read_clock_ms(CLOCK_REALTIME);
}

static int system_synchronised(void *ctx)
{
    (void)ctx;
    struct timex t = {0};
    int state = adjtimex(&t);
    return state >= 0 && state != TIME_ERROR && !(t.status & STA_UNSYNC);
}

const struct pw_clock *pw_clock_system(void)
{
    static const struct pw_clock system = {system_mono_ms, system_wall_ms, 0, system_synchronised};
    return &system;
}

int64_t pw_clock_measure_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int64_t manual_mono_ms(void *ctx)
{
    return ((struct manual_clock *)ctx)->mono_ms;
}

static int64_t manual_wall_ms(void *ctx)
{
    return ((struct manual_clock *)ctx)->wall_ms;
}

void manual_clock_init(struct manual_clock *m, int64_t wall_ms)
{
    m->clock = (struct pw_clock){manual_mono_ms, manual_wall_ms, m, 0};
    m->mono_ms = 1000000;
    m->wall_ms = wall_ms;
}

void manual_clock_advance(struct manual_clock *m, int64_t ms)
{
    m->mono_ms += ms;
    m->wall_ms += ms;
}
