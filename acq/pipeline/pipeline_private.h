/* Inside of the pipeline: pipeline.c is the path of inputs and ticks, pipeline_life.c makes,
 * reloads, saves and restores. */
#ifndef ACQ_PIPELINE_PIPELINE_PRIVATE_H
#define ACQ_PIPELINE_PIPELINE_PRIVATE_H

#include "acq/pipeline/arrange.h"
#include "acq/pipeline/pipeline.h"

enum { PIPELINE_TICK_MS = 1000 };

struct pipeline {
    struct arrangement now;
    struct machine_sink sink;
    struct machine_sink
        inner; /* what machines are given: means come round to those who take them */
    struct machine_now instant;
    int64_t ticked_at_ms;
    int64_t offset_ms;
    int64_t wake_ms; /* the least of now.wake_at, or less */
    struct declarations declared;
    size_t restored; /* where the next object of a snapshot is looked for */
};

/* What comes next happens at that instant. */
struct machine_now pipeline_enter(struct pipeline *p, int64_t at_ms);
void pipeline_wake_all(struct pipeline *p);
/* The sink that machines are given. */
struct machine_sink pipeline_inner_sink(struct pipeline *p);

/* After an input the machine is asked again at the next whole second. */
static inline void pipeline_wake(struct pipeline *p, uint32_t who)
{
    p->now.wake_at[who] = INT64_MIN;
    p->wake_ms = INT64_MIN;
}

#endif
