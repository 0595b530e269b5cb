/* Means in SQLite: what a commit with a minute of 200 series costs, what an hour of minutes takes
 * on the disk, and how long the API's pages of a year of hours take. Means_bench DIR. */
#include "tests/bench/common.h"

#include "acq/core/strbuf.h"
#include "acq/record/files.h"
#include "acq/record/means_read.h"
#include "acq/record/minutes.h"
#include "acq/record/projection.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SERIES = 200, MINUTES = 72 * 60, YEAR_H = 8760, PAGE = 1000, PAGES = 100, BATCH = 24 };

static const int64_t start_ms = 1767225600000; /* 2026-01-01 */
static const int64_t minute_ms = 60000;
static const int64_t hour_ms = 3600000;

static struct strbuf text;
static uint64_t seq;
static uint64_t seed = 11;

static double draw(double least, double most)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return least + (most - least) * (double)(seed >> 11) / 9007199254740992.0;
}

/* Of an outlet's nine series three are corrected concentrations, as on a stack. */
static void add_line(const char *period, int series, int64_t time_ms)
{
    double level = draw(27, 29);
    strbuf_addf(&text, "%s,factor=a%05d,outlet=DA%03d,site=demo,source=own avg=", period,
                20000 + series % 9, series / 9);
    strbuf_add_double(&text, level);
    strbuf_addf(&text, ",min=%.1f,max=%.1f", level * 0.9, level * 1.1);
    for (int i = 0; series % 9 < 3 && i < 4; i++) {
        static const char *const names[] = {"corrected", "corrected_min", "corrected_max", "cou"};
        strbuf_addf(&text, ",%s=", names[i]);
        strbuf_add_double(&text, level * draw(1.2, 1.3));
    }
    strbuf_addf(&text, ",flag=\"N\",valid=true,parts=24i,good=24i,revision=0i %" PRId64 "\n",
                time_ms);
}

static void apply(struct projection *p, int64_t time_ms)
{
    struct stored_commit c = {.head = {.seq = ++seq, .time_ms = time_ms, .at_ms = time_ms},
                              .day = (int32_t)(time_ms / 86400000)};
    for (int k = 0; k < MEMBER_KINDS; k++)
        c.text[k] = "";
    c.text[MEMBER_D] = text.data;
    c.head.plain[MEMBER_D] = (uint32_t)text.len;
    c.head.lines[MEMBER_D] = SERIES;
    c.stored[MEMBER_D] = 1;
    if (projection_apply(p, &c) != 0)
        bench_fail("apply");
    strbuf_reset(&text);
}

static int64_t size_of(const char *dir, const char *name)
{
    char path[4096];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

static int by_value(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void run_minutes(struct projection *p)
{
    static int64_t took_us[MINUTES];
    for (int i = 0; i < MINUTES; i++) {
        int64_t since_us = bench_now_us();
        for (int s = 0; s < SERIES; s++)
            add_line("minute", s, start_ms + i * minute_ms);
        apply(p, start_ms + (i + 1) * minute_ms);
        took_us[i] = bench_now_us() - since_us;
    }
    qsort(took_us, MINUTES, sizeof *took_us, by_value);
    printf("{\"what\":\"minute\",\"series\":%d,\"p50_us\":%" PRId64 ",\"p99_us\":%" PRId64
           ",\"max_us\":%" PRId64 "}\n",
           SERIES, took_us[MINUTES / 2], took_us[MINUTES * 99 / 100], took_us[MINUTES - 1]);
}

static void run_hours(struct projection *p, const char *dir)
{
    int64_t since_us = bench_now_us();
    for (int h = 0; h < YEAR_H; h++) {
        if (h % BATCH == 0 && projection_begin(p) != 0)
            bench_fail("begin");
        for (int s = 0; s < SERIES; s++)
            add_line("hour", s, start_ms + h * hour_ms);
        apply(p, start_ms + (h + 1) * hour_ms);
        if (h % BATCH == BATCH - 1 && projection_commit(p) != 0)
            bench_fail("commit");
    }
    double wall_s = (double)(bench_now_us() - since_us) / 1e6;
    printf("{\"what\":\"hours\",\"rows\":%d,\"rows_s\":%.0f,\"bytes_row\":%.1f}\n", SERIES * YEAR_H,
           SERIES * YEAR_H / wall_s,
           (double)size_of(dir, "plumewatch.db") / (SERIES * (double)YEAR_H));
}

static int on_row(void *ctx, const struct mean_row *row)
{
    double *sum = ctx;
    *sum += row->value[ROW_AVG];
    return 0;
}

/* Up to PAGES pages from a cursor on. */
static void run_pages(const char *dir, const char *what, const struct means_query *q,
                      const char *from)
{
    static int64_t took_us[PAGES];
    char at[MEANS_CURSOR_SIZE];
    double sum = 0;
    int pages = 0;
    snprintf(at, sizeof at, "%s", from);
    do {
        char next[MEANS_CURSOR_SIZE];
        int64_t since_us = bench_now_us();
        if (means_read(dir, q, at, PAGE, on_row, &sum, next) != 0)
            bench_fail("read");
        took_us[pages++] = bench_now_us() - since_us;
        memcpy(at, next, sizeof at);
    } while (*at && pages < PAGES);
    qsort(took_us, (size_t)pages, sizeof *took_us, by_value);
    printf("{\"what\":\"%s\",\"pages\":%d,\"p50_us\":%" PRId64 ",\"max_us\":%" PRId64 "}\n", what,
           pages, took_us[pages / 2], took_us[pages - 1]);
}

static void run_reading(const char *dir)
{
    struct means_query q = {.period = "hour", .to_ms = INT64_MAX};
    char middle[MEANS_CURSOR_SIZE];
    run_pages(dir, "hours: all series", &q, "");
    snprintf(middle, sizeof middle, "%d.%" PRId64 ".0", SERIES / 2, start_ms + 4000 * hour_ms);
    run_pages(dir, "hours: from the middle", &q, middle);
    q.outlet = "DA011";
    q.factor = "a20000";
    run_pages(dir, "hours: one series", &q, "");
    q.period = "minute";
    run_pages(dir, "minutes: one series", &q, "");
}

int main(int argc, char **argv)
{
    char path[4096];
    struct projection *p = NULL;
    struct minutes *minutes = NULL;
    if (argc != 2) {
        fprintf(stderr, "usage: means_bench DIR\n");
        return 64;
    }
    strbuf_init(&text, 1 << 20);
    snprintf(path, sizeof path, "%s/plumewatch.db", argv[1]);
    if (projection_create(path, "bench", &p) != 0 || projection_seal(p) != 0)
        bench_fail(path);
    projection_close(p);
    if (projection_open(path, "bench", &p, NULL) != 0 ||
        minutes_open(files_system(), argv[1], "", &minutes) != 0 ||
        projection_attach(p, minutes) != 0)
        bench_fail(path);
    run_minutes(p);
    run_hours(p, argv[1]);
    projection_close(p);
    printf("{\"what\":\"packed\",\"bytes_hour\":%.0f}\n",
           (double)size_of(argv[1], "minutes-2026-01.db") / SERIES / (MINUTES / 60.0));
    run_reading(argv[1]);
    strbuf_deinit(&text);
    return 0;
}
