/* A recorder in a temporary directory under a clock that the test moves. */
#ifndef TESTS_UNIT_RECORD_SUPPORT_H
#define TESTS_UNIT_RECORD_SUPPORT_H

#include "acq/core/clock.h"
#include "acq/record/recorder.h"

#include <stdatomic.h>

#define RECORD_DAY_MS 86400000LL
#define RECORD_START_MS 1795507200000LL /* 2026-11-24T08:00:00Z */

struct record_bench {
    char *root; /* temporary; the data directory is root/data */
    char data[512];
    struct manual_clock clock;
    struct recorder_options options;
    struct recorder *recorder;
    struct recorder_start start;
    char why[1024];
    atomic_uint_least64_t committed; /* last seq that on_commit saw */
    atomic_uint commits;
};

static inline void record_bench_on_commit(void *ctx, const struct commit *c)
{
    struct record_bench *b = ctx;
    if (c->seq != atomic_load(&b->committed) + 1 && atomic_load(&b->committed) != 0)
        abort();
    atomic_store(&b->committed, c->seq);
    atomic_fetch_add(&b->commits, 1);
}

static inline void record_bench_init(struct record_bench *b)
{
    memset(b, 0, sizeof *b);
    b->root = support_temp_dir();
    snprintf(b->data, sizeof b->data, "%s/data", b->root);
    manual_clock_init(&b->clock, RECORD_START_MS);
    b->options = (struct recorder_options){
        .data_dir = b->data,
        .plant = "demo",
        .commit_min_ms = 100,
        .commit_max_ms = 1000,
        .commit_bytes = 256 << 10,
        .queue_bytes = 8 << 20,
        .clock = &b->clock.clock,
        .on_commit = record_bench_on_commit,
        .ctx = b,
    };
}

static inline int record_bench_open(struct record_bench *b)
{
    atomic_store(&b->committed, 0);
    b->why[0] = '\0';
    return recorder_open(&b->options, &b->recorder, &b->start, b->why, sizeof b->why);
}

static inline void record_bench_close(struct record_bench *b)
{
    recorder_close(b->recorder);
    b->recorder = NULL;
}

static inline void record_bench_deinit(struct record_bench *b)
{
    recorder_close(b->recorder);
    support_remove_dir(b->root);
}

static inline int64_t record_bench_at(const struct record_bench *b)
{
    return b->clock.mono_ms;
}

/* One raw line at the present instant. */
static inline int record_bench_add_raw(struct record_bench *b, unsigned n)
{
    char line[128];
    int len = snprintf(line, sizeof line, "raw_stack,device=A1 so2=%u.5,nox=%u %lld", n, n * 3,
                       (long long)b->clock.wall_ms);
    return recorder_add_raw(b->recorder, line, (size_t)len, b->clock.wall_ms, record_bench_at(b));
}

/* Makes a commit of what was added and waits until it is durable and in SQLite. */
static inline void record_bench_commit(struct record_bench *b)
{
    uint64_t seq = recorder_next_seq(b->recorder);
    struct recorder_stats stats;
    manual_clock_advance(&b->clock, 1000);
    while (recorder_next_seq(b->recorder) == seq)
        (void)recorder_tick(b->recorder);
    do {
        usleep(200);
        recorder_get_stats(b->recorder, &stats);
    } while (stats.projected_seq < seq);
}

/* `count` commits, each with two raw lines, a derived and two journal lines. */
static inline void record_bench_fill(struct record_bench *b, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char line[128];
        char members[128];
        int len = snprintf(line, sizeof line, "mean,outlet=DA001 avg=%u %lld", i,
                           (long long)b->clock.wall_ms);
        (void)record_bench_add_raw(b, 2 * i);
        manual_clock_advance(&b->clock, 7);
        snprintf(members, sizeof members, "\"target\":\"main\",\"seq\":%u", i);
        (void)recorder_add_journal(b->recorder, "cursor", record_bench_at(b), members, false);
        (void)record_bench_add_raw(b, 2 * i + 1);
        (void)recorder_add_derived(b->recorder, line, (size_t)len, b->clock.wall_ms);
        snprintf(members, sizeof members,
                 "\"id\":\"f%u\",\"kind\":\"limit\",\"site\":\"demo\",\"object\":\"DA001\","
                 "\"state\":\"open\",\"start\":\"2026-11-24T08:00:%02u.000Z\",\"end\":null",
                 i % 7, i % 60);
        (void)recorder_add_journal(b->recorder, i % 3 ? "finding" : "config", record_bench_at(b),
                                   members, true);
        record_bench_commit(b);
    }
}

#endif
