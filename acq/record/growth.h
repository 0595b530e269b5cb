/* How fast a counter grows a day, judged by marks an hour apart over the last day. Pure. */
#ifndef ACQ_RECORD_GROWTH_H
#define ACQ_RECORD_GROWTH_H

#include <stddef.h>
#include <stdint.h>

enum { GROWTH_MARKS = 25, GROWTH_COUNTERS = 2 };

struct growth {
    int64_t at_us[GROWTH_MARKS];
    uint64_t value[GROWTH_MARKS][GROWTH_COUNTERS];
    size_t count, next;
};

/* The counters stand so now; out: what each grows in 24 hours. Zeros within the first seconds. */
void growth_take(struct growth *g, int64_t now_us, const uint64_t value[GROWTH_COUNTERS],
                 uint64_t out_day[GROWTH_COUNTERS]);

#endif
