/* What an input of an I/O module means: from the decoded number to the value. In this order: a
 * current by NAMUR NE 43, a straight line through two points (with square root extraction), an
 * inverted contact, debouncing, a counter, the valid range. State is kept for debouncing and
 * counters only; the time is handed in. Pure. */
#ifndef ACQ_COLLECT_IO_MAP_H
#define ACQ_COLLECT_IO_MAP_H

#include "acq/core/sample.h"
#include "acq/plant/plant.h"

struct io_map {
    struct plant_io io;
    bool has_range;
    double range_min, range_max;
    bool has_last;
    double last;      /* debouncing: the value that counts; counter: what the register showed */
    double candidate; /* what was read differently since since_ms */
    int64_t since_ms; /* counter: of last */
    double ahead;     /* total - register: what was counted before the register began again */
};

void io_map_init(struct io_map *m, const struct plant_signal *s);

/* s: a sample as decoded; without a value it stays as it is. at_ms: a clock that never falls. */
void io_map_apply(struct io_map *m, struct sample *s, int64_t at_ms);

#endif
