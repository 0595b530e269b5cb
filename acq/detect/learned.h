/* What a value usually is, by load: learned a minute at a time while nothing is wrong, and state of
 * the machine that learns. A bin of a tenth of the rated load knows its mean once it has seen an
 * hour; from a day of minutes on it forgets as it learns. */
#ifndef ACQ_DETECT_LEARNED_H
#define ACQ_DETECT_LEARNED_H

#include <stdbool.h>
#include <stdint.h>

enum { LEARNED_BINS = 13, LEARNED_LEAST_MIN = 60, LEARNED_MEMORY_MIN = 1440 };

struct learned_bin {
    double mean, variance;
    uint32_t minutes; /* at most LEARNED_MEMORY_MIN */
};

struct learned {
    struct learned_bin bins[LEARNED_BINS];
};

/* load: 0..1.2 of the rated one; 0 for what has no load. */
void learned_add(struct learned *l, double load, double value);
/* NULL when that load is not known well enough. */
const struct learned_bin *learned_find(const struct learned *l, double load);

#endif
