/* Means told to a recorder in a temporary directory. */
#ifndef TESTS_UNIT_MEANS_SUPPORT_H
#define TESTS_UNIT_MEANS_SUPPORT_H

#include "acq/core/num.h"
#include "tests/unit/record_support.h"

#include <stdio.h>

static const int64_t means_minute_ms = 60000;
static const int64_t means_hour_ms = 3600000;

/* A line as the server writes it. which: of several series. */
static inline void means_tell(struct record_bench *b, const char *period, unsigned which,
                              int64_t start_ms, unsigned revision)
{
    char line[512];
    char avg[NUM_DOUBLE_SIZE];
    uint64_t mixed = ((uint64_t)start_ms / 1000 * 2654435761U + which * 40503U) % 1000003;
    num_format_double(20 + (double)mixed / 99991 / 7, avg);
    int len = snprintf(
        line, sizeof line,
        "%s,factor=a2102%u,outlet=DA001,site=demo,source=%s avg=%s,min=19.5,max=31.25,"
        "corrected=%s,corrected_min=20.5,corrected_max=33.75,cou=11.5,flag=\"N\",valid=true,"
        "parts=24i,good=%ui,revision=%ui%s %lld",
        period, which, which == 2 ? "station" : "own", avg, avg, 20 + which, revision,
        revision ? ",reason=\"late-data\"" : "", (long long)start_ms);
    (void)recorder_add_derived(b->recorder, line, (size_t)len, start_ms);
}

/* `minutes` of life, a commit each: the minute before of each of three series, and the hour before
 * when one is over. */
static inline void means_live(struct record_bench *b, unsigned minutes)
{
    for (unsigned i = 0; i < minutes; i++) {
        manual_clock_advance(&b->clock, means_minute_ms - 1000);
        int64_t start_ms = b->clock.wall_ms - b->clock.wall_ms % means_minute_ms - means_minute_ms;
        for (unsigned which = 0; which < 3; which++)
            means_tell(b, "minute", which, start_ms, 0);
        if (start_ms % means_hour_ms == 59 * means_minute_ms)
            means_tell(b, "hour", 0, start_ms - 59 * means_minute_ms, 0);
        record_bench_commit(b);
    }
}

#endif
