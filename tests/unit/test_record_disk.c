#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "acq/record/growth.h"
#include "tests/unit/fault_files.h"
#include "tests/unit/record_files.h"
#include "tests/unit/record_support.h"

enum { BALLAST = 1 << 20 };

struct disk_bench {
    struct record_bench b;
    struct fault_files files;
};

static void disk_bench_init(struct disk_bench *d)
{
    record_bench_init(&d->b);
    fault_files_init(&d->files);
    d->b.options.files = &d->files.table;
}

static int64_t ballast_size(const struct disk_bench *d)
{
    char path[600];
    struct stat st;
    snprintf(path, sizeof path, "%s/ballast", d->b.data);
    return stat(path, &st) == 0 ? (int64_t)st.st_blocks * 512 : -1;
}

static struct recorder_stats stats_of(struct disk_bench *d)
{
    struct recorder_stats stats;
    recorder_get_stats(d->b.recorder, &stats);
    return stats;
}

static void begin_commit(struct disk_bench *d)
{
    uint64_t seq = recorder_next_seq(d->b.recorder);
    manual_clock_advance(&d->b.clock, 1000);
    while (recorder_next_seq(d->b.recorder) == seq) {
        (void)recorder_tick(d->b.recorder);
        usleep(200);
    }
}

/* Adds raw lines until `refused` of them were; how many were taken. */
static unsigned add_until_refused(struct disk_bench *d, unsigned refused)
{
    unsigned taken = 0;
    for (unsigned i = 0; refused > 0; i++) {
        int err = record_bench_add_raw(&d->b, i);
        taken += err == 0;
        refused -= err != 0;
        manual_clock_advance(&d->b.clock, 1);
        (void)recorder_tick(d->b.recorder);
    }
    return taken;
}

static char *journal_text(const struct disk_bench *d, const char *pattern)
{
    char command[800];
    snprintf(command, sizeof command, "cat '%s'/archive/*/*/*.gz | zcat | grep '%s' || true",
             d->b.data, pattern);
    FILE *p = popen(command, "r");
    char *text = calloc(1, 1 << 22);
    assert_non_null(p);
    size_t len = fread(text, 1, (1 << 22) - 1, p);
    text[len] = '\0';
    assert_int_equal(pclose(p), 0);
    return text;
}

static unsigned count_lines(const char *text)
{
    unsigned lines = 0;
    for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
        lines++;
    return lines;
}

static void
nothing_is_acknowledged_on_a_read_only_disk_and_the_loss_is_counted_exactly(void **state)
{
    (void)state;
    struct disk_bench d;
    char expect[100];
    disk_bench_init(&d);
    d.b.options.queue_bytes = 8192;
    d.b.options.commit_bytes = 4096;
    assert_int_equal(record_bench_open(&d.b), 0);
    record_bench_fill(&d.b, 2);
    atomic_store(&d.files.refuse_all, 1);
    assert_int_equal(record_bench_add_raw(&d.b, 1), 0);
    begin_commit(&d);
    while (stats_of(&d).disk != RECORDER_DISK_REFUSES)
        usleep(200);
    int64_t from_ms = record_bench_at(&d.b);
    unsigned taken = 1 + add_until_refused(&d, 77);
    assert_int_equal(atomic_load(&d.b.committed), 2);
    assert_int_equal(stats_of(&d).last_seq, 2);
    assert_int_equal(stats_of(&d).lost_lines, 77);
    /* The alarm still fits into the queue that readings have filled. */
    assert_int_equal(recorder_add_journal(d.b.recorder, "finding", record_bench_at(&d.b),
                                          "\"id\":\"x\",\"state\":\"open\"", true),
                     0);
    atomic_store(&d.files.refuse_all, 0);
    record_bench_commit(&d.b);
    assert_int_equal(stats_of(&d).disk, RECORDER_DISK_GOOD);
    record_bench_close(&d.b);
    char *raw = journal_text(&d, "^raw_");
    assert_int_equal(count_lines(raw), 4 + taken);
    free(raw);
    char *loss = journal_text(&d, "\"type\":\"loss\"");
    assert_int_equal(count_lines(loss), 1);
    assert_non_null(strstr(loss, "\"lines\":77,"));
    snprintf(expect, sizeof expect, "\"to\":%lld", (long long)(record_bench_at(&d.b) - 1001));
    assert_non_null(strstr(loss, expect));
    assert_true(from_ms < record_bench_at(&d.b));
    free(loss);
    char *finding = journal_text(&d, "\"type\":\"finding\".*\"id\":\"x\"");
    assert_int_equal(count_lines(finding), 1);
    free(finding);
    assert_int_equal(record_verify_quietly(d.b.data), 0);
    record_bench_deinit(&d.b);
}

static void the_ballast_goes_first_and_comes_back(void **state)
{
    (void)state;
    struct disk_bench d;
    disk_bench_init(&d);
    d.b.options.ballast_bytes = BALLAST;
    assert_int_equal(record_bench_open(&d.b), 0);
    record_bench_fill(&d.b, 1);
    while (ballast_size(&d) < BALLAST)
        usleep(200);
    /* One refused write: half of it is kept for the stop. */
    atomic_store(&d.files.fail_writes, 1);
    record_bench_fill(&d.b, 1);
    assert_int_equal(ballast_size(&d), BALLAST / 2);
    assert_int_equal(stats_of(&d).disk, RECORDER_DISK_LOW);
    assert_int_equal(stats_of(&d).last_seq, 2);
    recorder_will_close(d.b.recorder);
    atomic_store(&d.files.fail_writes, 1);
    record_bench_fill(&d.b, 1);
    assert_int_equal(ballast_size(&d), 0);
    record_bench_close(&d.b);
    /* The next start has room again. */
    assert_int_equal(record_bench_open(&d.b), 0);
    while (ballast_size(&d) < BALLAST)
        usleep(200);
    assert_true(stats_of(&d).free_bytes > 0);
    assert_int_equal(stats_of(&d).disk, RECORDER_DISK_GOOD);
    record_bench_deinit(&d.b);
}

static void without_room_there_is_no_ballast_and_it_is_said(void **state)
{
    (void)state;
    struct disk_bench d;
    disk_bench_init(&d);
    d.b.options.ballast_bytes = 64 << 20;
    atomic_store(&d.files.free_mib, 100);
    assert_int_equal(record_bench_open(&d.b), 0);
    record_bench_fill(&d.b, 1);
    while (stats_of(&d).disk != RECORDER_DISK_LOW)
        usleep(200);
    assert_int_equal(ballast_size(&d), -1);
    assert_int_equal(stats_of(&d).free_bytes, 100 << 20);
    record_bench_deinit(&d.b);
}

/* While one commit syncs, the next one gathers: a slow disk costs commits, not readings. */
static void slow_syncs_cost_no_line_and_no_cycle(void **state)
{
    (void)state;
    static const int delays_ms[] = {20, 50};
    enum { CYCLES = 200 };
    for (size_t i = 0; i < 2; i++) {
        struct disk_bench d;
        disk_bench_init(&d);
        assert_int_equal(record_bench_open(&d.b), 0);
        atomic_store(&d.files.sync_delay_ms, delays_ms[i]);
        uint32_t longest_ms = 0;
        for (unsigned n = 0; n < CYCLES; n++) {
            assert_int_equal(record_bench_add_raw(&d.b, n), 0);
            uint32_t wait_ms = recorder_tick(d.b.recorder);
            longest_ms = wait_ms > longest_ms ? wait_ms : longest_ms;
            manual_clock_advance(&d.b.clock, 100);
            usleep(2000);
        }
        assert_true(longest_ms <= d.b.options.commit_max_ms);
        record_bench_close(&d.b);
        /* Due every second of the clock: 20 commits, fewer where one waited for the last sync. */
        assert_in_range(atomic_load(&d.b.commits), 4, CYCLES / 10 + 1);
        char *raw = journal_text(&d, "^raw_");
        assert_int_equal(count_lines(raw), CYCLES);
        free(raw);
        record_bench_deinit(&d.b);
    }
}

static void growth_a_day_is_judged_by_the_last_day(void **state)
{
    (void)state;
    static const int64_t hour_us = 3600000000LL;
    struct growth g = {0};
    uint64_t day[GROWTH_COUNTERS];
    growth_take(&g, 1, (uint64_t[]){100, 0}, day);
    assert_int_equal(day[0], 0);
    growth_take(&g, 1 + hour_us, (uint64_t[]){1100, 7}, day);
    assert_int_equal(day[0], 24000);
    assert_int_equal(day[1], 168);
    for (int64_t h = 2; h <= 100; h++)
        growth_take(&g, 1 + h * hour_us, (uint64_t[]){1100 + 5 * (uint64_t)(h - 1), 7}, day);
    assert_int_equal(day[0], 120);
    assert_int_equal(day[1], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            nothing_is_acknowledged_on_a_read_only_disk_and_the_loss_is_counted_exactly),
        cmocka_unit_test(the_ballast_goes_first_and_comes_back),
        cmocka_unit_test(without_room_there_is_no_ballast_and_it_is_said),
        cmocka_unit_test(slow_syncs_cost_no_line_and_no_cycle),
        cmocka_unit_test(growth_a_day_is_judged_by_the_last_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
