#include "acq/detect/learned.h"

static uint32_t bin_of(double load)
{
    double place = load * 10;
    if (!(place > 0))
        return 0;
    return place >= LEARNED_BINS - 1 ? LEARNED_BINS - 1 : (uint32_t)place;
}

void learned_add(struct learned *l, double load, double value)
{
    struct learned_bin *b = &l->bins[bin_of(load)];
    if (b->minutes < LEARNED_MEMORY_MIN)
        b->minutes++;
    double share = 1.0 / b->minutes;
    double off = value - b->mean;
    b->mean += share * off;
    b->variance = (1 - share) * (b->variance + share * off * off);
}

const struct learned_bin *learned_find(const struct learned *l, double load)
{
    const struct learned_bin *b = &l->bins[bin_of(load)];
    return b->minutes >= LEARNED_LEAST_MIN ? b : (const struct learned_bin *)0;
}
