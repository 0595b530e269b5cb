#include "acq/app/overload.h"

#include "acq/plant/plant.h"

enum { OVERDUE_PERIODS = 5, OVERDUE_LEAST_MS = 60000 };

int64_t overload_limit_ms(const struct plant *plant)
{
    int64_t limit_ms = OVERDUE_LEAST_MS;
    for (uint32_t d = 0; d < plant->device_count; d++) {
        const struct plant_device *p = &plant->devices[d];
        int64_t slow_ms =
            OVERDUE_PERIODS * (int64_t)p->every_ms + (p->retries + 1) * (int64_t)p->timeout_ms;
        limit_ms = slow_ms > limit_ms ? slow_ms : limit_ms;
    }
    return limit_ms;
}

bool overload_take(struct overload *o, int64_t overdue_ms, int64_t limit_ms, int64_t now_ms)
{
    double overdue_s = (double)overdue_ms / 1e3;
    if (o->open) {
        o->worst_s = overdue_s > o->worst_s ? overdue_s : o->worst_s;
        o->open = overdue_ms > limit_ms / 2;
        return !o->open;
    }
    if (overdue_ms <= limit_ms)
        return false;
    o->open = true;
    o->start_ms = now_ms - overdue_ms;
    o->worst_s = overdue_s;
    return true;
}
