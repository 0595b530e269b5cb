/* The recorder flat out: record_bench HUNDRED_THOUSANDS DIR. Prints one JSON object for the
 * recorder (lock, chain, SQLite projection and all), one for the bare way (compress with the same
 * level, append, fdatasync: the same lines in as many pieces), one for this disk's fdatasync. DIR
 * must exist; the recorder's data go to DIR/data, the bare file to DIR/bare.gz. */
#include "acq/core/clock.h"
#include "acq/record/recompress.h"
#include "acq/record/recorder.h"
#include "tests/bench/common.h"
#include "tests/bench/record_lines.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

enum {
    LINES_UNIT = 100000,
    WAITING_LINES_MAX = 20000, /* what the bench keeps in the queue: some MiB */
    TICK_EVERY = 64,
    BARE_LEVEL = 2, /* as acq/record/format.c */
    COMMIT_BYTES = 256 << 10,
    SYNCS = 200,
    SYNC_BYTES = 16384
};

struct outcome {
    uint64_t lines;
    uint64_t pieces; /* commits or appends */
    uint64_t plain_bytes;
    uint64_t stored_bytes;
};

static struct record_line pool[RECORD_LINES_POOL];

static void report(const char *what, const struct bench_run *run, const struct outcome *o)
{
    printf("{\"what\":\"%s\",\"lines\":%" PRIu64 ",\"pieces\":%" PRIu64 ",\"plain_bytes\":%" PRIu64
           ",\"stored_bytes\":%" PRIu64 ",\"wall_us\":%" PRId64 ",\"cpu_us\":%" PRId64 "}\n",
           what, o->lines, o->pieces, o->plain_bytes, o->stored_bytes,
           bench_now_us() - run->since_us, bench_cpu_us() - run->since_cpu_us);
}

static void pause_us(long us)
{
    struct timespec ts = {.tv_nsec = us * 1000};
    nanosleep(&ts, NULL);
}

static void on_commit(void *ctx, const struct commit *c)
{
    atomic_uint_fast64_t *durable = ctx;
    atomic_fetch_add(durable, c->lines[MEMBER_R]);
}

static void add_lines(struct recorder *r, uint64_t lines, atomic_uint_fast64_t *durable)
{
    int64_t at_ms = pool[0].time_ms;
    for (uint64_t i = 0; i < lines; i++) {
        const struct record_line *line = &pool[i % RECORD_LINES_POOL];
        at_ms += i % 100 == 0;
        if (recorder_add_raw(r, line->text, line->len, line->time_ms, at_ms) != 0)
            bench_fail("recorder_add_raw");
        if (i % TICK_EVERY)
            continue;
        recorder_tick(r);
        while (i > atomic_load(durable) + WAITING_LINES_MAX) {
            pause_us(200);
            recorder_tick(r);
        }
    }
}

static void wait_durable(struct recorder *r, uint64_t lines, atomic_uint_fast64_t *durable)
{
    while (atomic_load(durable) < lines) {
        pause_us(1000);
        recorder_tick(r);
    }
}

static struct outcome run_recorder(const char *dir, uint64_t lines)
{
    char data_dir[4096];
    char why[512];
    snprintf(data_dir, sizeof data_dir, "%s/data", dir);
    atomic_uint_fast64_t durable = 0;
    struct recorder_options options = {.data_dir = data_dir,
                                       .plant = "bench",
                                       .commit_min_ms = 100,
                                       .commit_max_ms = 1000,
                                       .commit_bytes = COMMIT_BYTES,
                                       .queue_bytes = 64 << 20,
                                       .clock = pw_clock_system(),
                                       .on_commit = on_commit,
                                       .ctx = &durable};
    struct recorder *r = NULL;
    struct recorder_start start;
    if (recorder_open(&options, &r, &start, why, sizeof why) != 0)
        bench_fail(why);
    struct bench_run run;
    bench_run_begin(&run);
    add_lines(r, lines, &durable);
    wait_durable(r, lines, &durable);
    struct recorder_stats stats;
    recorder_get_stats(r, &stats);
    struct outcome o = {lines, stats.commits, stats.bytes_plain, stats.bytes_stored};
    report("recorder", &run, &o);
    recorder_close(r);
    return o;
}

struct bare {
    int fd;
    z_stream z;
    uint8_t *out;
    size_t out_size;
    struct outcome outcome;
};

static void bare_append(struct bare *b, char *text, size_t len)
{
    deflateReset(&b->z);
    b->z.next_in = (Bytef *)text;
    b->z.avail_in = (uInt)len;
    b->z.next_out = b->out;
    b->z.avail_out = (uInt)b->out_size;
    if (deflate(&b->z, Z_FINISH) != Z_STREAM_END)
        bench_fail("deflate");
    size_t stored = b->out_size - b->z.avail_out;
    if (write(b->fd, b->out, stored) != (ssize_t)stored || fdatasync(b->fd) != 0)
        bench_fail("append");
    b->outcome.pieces++;
    b->outcome.plain_bytes += len;
    b->outcome.stored_bytes += stored;
}

static void bare_open(struct bare *b, const char *dir, size_t piece)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/bare.gz", dir);
    b->fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0600);
    if (b->fd < 0 ||
        deflateInit2(&b->z, BARE_LEVEL, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        bench_fail(path);
    b->out_size = deflateBound(&b->z, (uLong)piece);
    b->out = malloc(b->out_size);
    if (!b->out)
        bench_fail("malloc");
}

static void bare_close(struct bare *b)
{
    close(b->fd);
    deflateEnd(&b->z);
    free(b->out);
}

static void run_bare(const char *dir, const struct outcome *like)
{
    size_t target = (size_t)(like->plain_bytes / (like->pieces ? like->pieces : 1));
    size_t piece = target + 1024;
    struct bare b = {0};
    char *text = malloc(piece);
    if (!text)
        bench_fail("malloc");
    bare_open(&b, dir, piece);
    struct bench_run run;
    bench_run_begin(&run);
    size_t len = 0;
    for (uint64_t i = 0; i < like->lines; i++) {
        const struct record_line *line = &pool[i % RECORD_LINES_POOL];
        memcpy(text + len, line->text, line->len);
        len += line->len;
        text[len++] = '\n';
        if (len < target)
            continue;
        bare_append(&b, text, len);
        len = 0;
    }
    if (len)
        bare_append(&b, text, len);
    b.outcome.lines = like->lines;
    report("bare", &run, &b.outcome);
    bare_close(&b);
    free(text);
}

/* The segment that the recorder left, as a night would leave it. */
static void run_recompress(const char *dir, uint64_t lines)
{
    char data_dir[4096];
    static struct recompress rc;
    struct segment_list list;
    int64_t before = 0;
    int64_t after = 0;
    snprintf(data_dir, sizeof data_dir, "%s/data", dir);
    recompress_init(&rc, files_system(), data_dir);
    if (segment_list_read(files_system(), data_dir, &list) != 0 || list.count == 0 ||
        recompress_begin(&rc, list.days[list.count - 1]) != 0)
        bench_fail("recompress");
    struct bench_run run;
    bench_run_begin(&run);
    enum recompress_outcome outcome = RECOMPRESS_MORE;
    while (outcome == RECOMPRESS_MORE)
        outcome = recompress_step(&rc, &before, &after);
    if (outcome == RECOMPRESS_FAILED)
        bench_fail("recompress");
    const struct outcome o = {lines, 1, (uint64_t)before, (uint64_t)after};
    report("recompressed", &run, &o);
    recompress_deinit(&rc);
    segment_list_deinit(&list);
}

static int by_value(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void run_syncs(const char *dir)
{
    static const uint8_t block[SYNC_BYTES];
    static int64_t took_us[SYNCS];
    char path[4096];
    snprintf(path, sizeof path, "%s/sync", dir);
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0600);
    for (int i = 0; i < SYNCS; i++) {
        int64_t since_us = bench_now_us();
        if (fd < 0 || write(fd, block, sizeof block) != sizeof block || fdatasync(fd) != 0)
            bench_fail(path);
        took_us[i] = bench_now_us() - since_us;
    }
    close(fd);
    qsort(took_us, SYNCS, sizeof *took_us, by_value);
    printf("{\"what\":\"sync\",\"bytes\":%d,\"p50_us\":%" PRId64 ",\"p99_us\":%" PRId64 "}\n",
           SYNC_BYTES, took_us[SYNCS / 2], took_us[SYNCS * 99 / 100]);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: record_bench HUNDRED_THOUSANDS_OF_LINES DIR\n");
        return 64;
    }
    uint64_t lines = (uint64_t)bench_number_parse(argv[1], 1000) * LINES_UNIT;
    record_lines_make(pool);
    struct outcome o = run_recorder(argv[2], lines);
    run_recompress(argv[2], lines);
    run_bare(argv[2], &o);
    run_syncs(argv[2]);
    return 0;
}
