#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "acq/record/rebuild.h"
#include "tests/unit/record_files.h"
#include "tests/unit/record_support.h"

#define SEGMENT "archive/2026/11/24.gz"

enum { COMMITS = 170, LINE = 100000, LINES_A_COMMIT = 2 };

/* An open day of some 33 MB of lines: a start reads the last half of it at most. */
struct long_day {
    struct record_bench b;
    struct record_file segment;
    int64_t offset[COMMITS + 1]; /* of each commit */
};

static void add_long_line(struct record_bench *b)
{
    static char line[LINE];
    memset(line, '1', sizeof line);
    int len = snprintf(line, 32, "raw_x,device=A n=%lld", (long long)b->clock.mono_ms % 1000);
    line[len] = '1';
    snprintf(line + LINE - 15, 15, " %lld", (long long)b->clock.wall_ms);
    assert_int_equal(
        recorder_add_raw(b->recorder, line, LINE - 1, b->clock.wall_ms, record_bench_at(b)), 0);
    manual_clock_advance(&b->clock, 3);
}

static void find_commits(struct long_day *t)
{
    struct segment *s = NULL;
    struct stored_commit c;
    assert_int_equal(segment_open(files_system(), t->b.data, segment_day_of(RECORD_START_MS), &s),
                     0);
    for (unsigned i = 0; i < COMMITS; i++) {
        t->offset[i] = segment_offset(s);
        assert_int_equal(segment_next_head(s, &c), 0);
    }
    t->offset[COMMITS] = segment_offset(s);
    segment_close(s);
}

static void long_day_init(struct long_day *t)
{
    record_bench_init(&t->b);
    assert_int_equal(record_bench_open(&t->b), 0);
    while (atomic_load(&t->b.committed) < COMMITS) {
        for (unsigned i = 0; i < LINES_A_COMMIT; i++)
            add_long_line(&t->b);
        record_bench_commit(&t->b);
    }
    record_bench_close(&t->b);
    record_file_load(&t->segment, t->b.data, SEGMENT);
    find_commits(t);
}

static void long_day_deinit(struct long_day *t)
{
    free(t->segment.data);
    record_bench_deinit(&t->b);
}

/* A bit of a commit's first compressed bytes. */
static void damage(struct long_day *t, unsigned commit)
{
    t->segment.data[t->offset[commit] + 140] ^= 4;
    record_file_restore(&t->segment);
}

static struct recorder_stats wait_until_read(struct long_day *t)
{
    struct recorder_stats stats;
    unsigned waits = 0;
    do {
        (void)recorder_tick(t->b.recorder);
        usleep(5000);
        recorder_get_stats(t->b.recorder, &stats);
    } while (stats.rechecking && waits++ < 12000);
    assert_false(stats.rechecking);
    return stats;
}

static void what_a_start_skips_is_read_while_the_server_runs(void **state)
{
    (void)state;
    struct long_day t;
    struct recorder_stats stats;
    long_day_init(&t);
    assert_int_equal(record_bench_open(&t.b), 0);
    recorder_get_stats(t.b.recorder, &stats);
    assert_true(stats.rechecking);
    assert_int_equal(stats.last_seq, COMMITS);
    stats = wait_until_read(&t);
    assert_int_equal(stats.damages, 0);
    assert_string_equal(stats.damage, "");
    long_day_deinit(&t);
}

static void damage_that_a_start_skipped_is_named_with_its_cure(void **state)
{
    (void)state;
    struct long_day t;
    char expect[1600];
    long_day_init(&t);
    damage(&t, 5);
    damage(&t, 9);
    assert_int_equal(record_bench_open(&t.b), 0);
    record_bench_fill(&t.b, 1); /* acquisition goes on meanwhile */
    struct recorder_stats stats = wait_until_read(&t);
    assert_int_equal(stats.damages, 2);
    snprintf(expect, sizeof expect,
             "%s is damaged at offset %lld, behind commit 5: member R of commit 6 is damaged; "
             "`plumewatch rebuild --data %s --accept-gap` ",
             t.segment.path, (long long)t.offset[5], t.b.data);
    assert_int_equal(strncmp(stats.damage, expect, strlen(expect)), 0);
    record_bench_close(&t.b);
    /* Accepted, it is told of no more. */
    assert_int_equal(record_rebuild(t.b.data, true, stdout), 0);
    assert_int_equal(record_bench_open(&t.b), 0);
    stats = wait_until_read(&t);
    assert_int_equal(stats.damages, 0);
    long_day_deinit(&t);
}

/* What was accepted stands in the journal once a start told it. */
static void an_accepted_gap_survives_the_loss_of_sqlite(void **state)
{
    (void)state;
    struct long_day t;
    char path[700];
    long_day_init(&t);
    damage(&t, 5);
    damage(&t, COMMITS - 3);
    assert_int_equal(record_rebuild(t.b.data, true, stdout), 0);
    assert_int_equal(record_rebuild(t.b.data, false, stdout), PW_ECORRUPT);
    assert_int_equal(record_bench_open(&t.b), 0);
    record_bench_fill(&t.b, 1);
    record_bench_close(&t.b);
    assert_int_equal(record_rebuild(t.b.data, false, stdout), 0);
    snprintf(path, sizeof path, "%s/plumewatch.db", t.b.data);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(record_bench_open(&t.b), 0);
    assert_true(t.b.start.rebuilt);
    record_bench_fill(&t.b, 1);
    assert_int_equal(wait_until_read(&t).damages, 0);
    record_bench_close(&t.b);
    char *words = NULL;
    assert_int_equal(record_verify_text(t.b.data, NULL, &words), PW_ECORRUPT);
    assert_non_null(strstr(words, "SQLite equals the journal"));
    free(words);
    long_day_deinit(&t);
}

static void damage_in_what_a_start_reads_is_refused(void **state)
{
    (void)state;
    struct long_day t;
    long_day_init(&t);
    damage(&t, COMMITS - 3);
    assert_int_equal(record_bench_open(&t.b), PW_ECORRUPT);
    assert_non_null(strstr(t.b.why, "--accept-gap"));
    long_day_deinit(&t);
}

static void a_header_that_cannot_be_read_is_refused_wherever_it_stands(void **state)
{
    (void)state;
    struct long_day t;
    long_day_init(&t);
    t.segment.data[t.offset[7] + 1] ^= 1;
    record_file_restore(&t.segment);
    assert_int_equal(record_bench_open(&t.b), PW_ECORRUPT);
    assert_non_null(strstr(t.b.why, "behind commit 7"));
    assert_int_equal(record_rebuild(t.b.data, true, stdout), 0);
    assert_int_equal(record_bench_open(&t.b), 0);
    assert_true(wait_until_read(&t).damages == 0);
    long_day_deinit(&t);
}

static void a_torn_end_behind_a_long_day_is_cut(void **state)
{
    (void)state;
    struct long_day t;
    long_day_init(&t);
    assert_int_equal(record_bench_open(&t.b), 0);
    add_long_line(&t.b);
    record_bench_close(&t.b);
    assert_int_equal(truncate(t.segment.path, (off_t)t.segment.len + 200), 0);
    char path[700];
    snprintf(path, sizeof path, "%s/plumewatch.db", t.b.data);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(record_bench_open(&t.b), 0);
    assert_int_equal(t.b.start.torn_bytes, 200);
    assert_int_equal(t.b.start.last_seq, COMMITS);
    record_bench_close(&t.b);
    assert_int_equal(record_verify_quietly(t.b.data), 0);
    long_day_deinit(&t);
}

/* The sums that the closing line tells were begun from headers. */
static void a_day_closed_after_such_a_start_is_summed_whole(void **state)
{
    (void)state;
    struct long_day t;
    struct segment *s = NULL;
    struct stored_commit c;
    uint64_t plain = 0;
    uint64_t raw = 0;
    uint64_t before = 0;
    char expect[200];
    long_day_init(&t);
    assert_int_equal(record_bench_open(&t.b), 0);
    manual_clock_advance(&t.b.clock, RECORD_DAY_MS);
    (void)recorder_tick(t.b.recorder);
    record_bench_fill(&t.b, 1);
    record_bench_close(&t.b);
    assert_int_equal(segment_open(files_system(), t.b.data, segment_day_of(RECORD_START_MS), &s),
                     0);
    while (segment_next(s, &c) == 0) {
        before = plain;
        for (unsigned k = 0; k < MEMBER_KINDS; k++)
            plain += c.head.plain[k];
        raw += c.head.lines[MEMBER_R];
    }
    snprintf(expect, sizeof expect,
             "\"commits\":%d,\"lines\":[%llu,0,%d],\"plain_bytes\":%llu,\"time_min\":%lld,",
             COMMITS, (unsigned long long)raw, COMMITS, (unsigned long long)before,
             (long long)RECORD_START_MS);
    assert_non_null(strstr(c.text[MEMBER_J], expect));
    segment_close(s);
    assert_int_equal(record_verify_quietly(t.b.data), 0);
    long_day_deinit(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_start_skips_is_read_while_the_server_runs),
        cmocka_unit_test(damage_that_a_start_skipped_is_named_with_its_cure),
        cmocka_unit_test(an_accepted_gap_survives_the_loss_of_sqlite),
        cmocka_unit_test(damage_in_what_a_start_reads_is_refused),
        cmocka_unit_test(a_header_that_cannot_be_read_is_refused_wherever_it_stands),
        cmocka_unit_test(a_torn_end_behind_a_long_day_is_cut),
        cmocka_unit_test(a_day_closed_after_such_a_start_is_summed_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
