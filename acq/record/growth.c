#include "acq/record/growth.h"

#include <string.h>

#define HOUR_US 3600000000LL
#define DAY_US (24 * HOUR_US)

enum { LEAST_US = 5000000 };

static size_t oldest(const struct growth *g)
{
    return g->count < GROWTH_MARKS ? 0 : g->next;
}

static size_t newest(const struct growth *g)
{
    return (g->next + GROWTH_MARKS - 1) % GROWTH_MARKS;
}

void growth_take(struct growth *g, int64_t now_us, const uint64_t value[GROWTH_COUNTERS],
                 uint64_t out_day[GROWTH_COUNTERS])
{
    if (g->count == 0 || now_us - g->at_us[newest(g)] >= HOUR_US) {
        g->at_us[g->next] = now_us;
        memcpy(g->value[g->next], value, sizeof g->value[0]);
        g->next = (g->next + 1) % GROWTH_MARKS;
        g->count += g->count < GROWTH_MARKS;
    }
    size_t from = oldest(g);
    int64_t span_us = now_us - g->at_us[from];
    for (size_t i = 0; i < GROWTH_COUNTERS; i++) {
        double grown = (double)(value[i] - g->value[from][i]);
        out_day[i] = span_us < LEAST_US ? 0 : (uint64_t)(grown * (double)DAY_US / (double)span_us);
    }
}
