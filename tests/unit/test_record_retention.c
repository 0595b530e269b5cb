#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/support.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "acq/record/archive.h"
#include "acq/record/compare.h"
#include "acq/record/rebuild.h"
#include "tests/unit/record_files.h"
#include "tests/unit/record_support.h"

static size_t count_segments(const struct record_bench *b)
{
    struct segment_list list;
    assert_int_equal(segment_list_read(files_system(), b->data, &list), 0);
    size_t count = list.count;
    segment_list_deinit(&list);
    return count;
}

static void fill_days(struct record_bench *b, unsigned days)
{
    for (unsigned i = 0; i < days; i++) {
        record_bench_fill(b, 2);
        manual_clock_advance(&b->clock, RECORD_DAY_MS);
        (void)recorder_tick(b->recorder);
    }
    record_bench_fill(b, 1);
}

/* The loop's part until the thread has nothing more to remove. */
static void let_it_remove(struct record_bench *b, size_t until)
{
    for (unsigned i = 0; count_segments(b) > until && i < 2000; i++) {
        manual_clock_advance(&b->clock, 1000);
        (void)recorder_tick(b->recorder);
        usleep(10000);
    }
    assert_int_equal(count_segments(b), until);
}

static void old_segments_go_whole_and_are_told_of(void **state)
{
    (void)state;
    struct record_bench b;
    char *words = NULL;
    struct archive *a = NULL;
    uint64_t first = 0;
    uint64_t last = 0;
    record_bench_init(&b);
    assert_int_equal(record_bench_open(&b), 0);
    fill_days(&b, 6);
    record_bench_close(&b);
    b.options.keep_days = 3;
    assert_int_equal(record_bench_open(&b), 0);
    let_it_remove(&b, 4);
    record_bench_close(&b);
    assert_int_equal(record_verify_text(b.data, NULL, &words), 0);
    assert_non_null(strstr(words, "segment 2026-11-24 (commits 1 to 3) was removed by the rule "
                                  "raw_days=3"));
    assert_non_null(strstr(words, "segment 2026-11-26 "));
    assert_null(strstr(words, "segment 2026-11-27 "));
    free(words);
    assert_int_equal(archive_open(b.data, &a), 0);
    assert_int_equal(archive_bounds(a, &first, &last), 0);
    assert_int_equal(first, 10);
    archive_close(a);
    /* The rows of what is gone come back from the lines. */
    assert_int_equal(record_rebuild(b.data, false, stdout), 0);
    assert_int_equal(record_verify_text(b.data, NULL, &words), 0);
    assert_non_null(strstr(words, "segment 2026-11-24 (commits 1 to 3) was removed"));
    free(words);
    assert_int_equal(record_bench_open(&b), 0);
    record_bench_fill(&b, 1);
    record_bench_deinit(&b);
}

static void count_difference(void *ctx, const char *table, const char *what)
{
    print_error("%s: %s\n", table, what);
    (*(unsigned *)ctx)++;
}

/* Every row, whatever commit it is of. */
static unsigned differences(const char *a, const char *b)
{
    sqlite3 *one = NULL;
    sqlite3 *other = NULL;
    unsigned count = 0;
    assert_int_equal(sqlite3_open_v2(a, &one, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_open_v2(b, &other, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(compare_projections(one, other, 0, count_difference, &count), 0);
    sqlite3_close(one);
    sqlite3_close(other);
    return count;
}

static int64_t ask_number(const struct record_bench *b, const char *sql)
{
    char path[700];
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    snprintf(path, sizeof path, "%s/plumewatch.db", b->data);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return value;
}

static void add_finding(struct record_bench *b, const char *id, const char *state)
{
    char members[200];
    snprintf(
        members, sizeof members,
        "\"id\":\"%s\",\"kind\":\"bypass\",\"site\":\"demo\",\"object\":\"BP1\",\"state\":\"%s\","
        "\"start\":\"2026-11-24T08:00:00.000Z\",\"end\":null",
        id, state);
    (void)recorder_add_journal(b->recorder, "finding", record_bench_at(b), members, true);
    (void)recorder_add_journal(b->recorder, "audit", record_bench_at(b), "\"who\":\"somebody\"",
                               true);
    (void)recorder_add_journal(b->recorder, "bus", record_bench_at(b), "\"device\":\"d\"", false);
    record_bench_commit(b);
}

/* Twice over: what was carried once stands in a segment that is removed in its turn. */
static void findings_and_statements_outlive_their_segments_and_a_rebuild(void **state)
{
    (void)state;
    struct record_bench b;
    struct record_file db;
    char copy[700];
    record_bench_init(&b);
    b.options.keep_days = 3;
    assert_int_equal(record_bench_open(&b), 0);
    add_finding(&b, "first", "closed");
    add_finding(&b, "second", "open");
    fill_days(&b, 1);
    add_finding(&b, "second", "closed");
    for (unsigned i = 0; i < 11; i++) {
        fill_days(&b, 1);
        let_it_remove(&b, i + 3 > 4 ? 4 : i + 3);
    }
    record_bench_close(&b);
    assert_int_equal(ask_number(&b, "SELECT count(*) FROM finding WHERE id IN ('first', 'second')"
                                    " AND state = 'closed'"),
                     2);
    assert_int_equal(ask_number(&b, "SELECT seq FROM finding WHERE id = 'first'"), 1);
    assert_int_equal(ask_number(&b, "SELECT count(*) FROM line WHERE type = 'audit'"), 3);
    assert_int_equal(ask_number(&b, "SELECT count(*) FROM line WHERE type = 'bus'"), 0);
    assert_int_equal(ask_number(&b, "SELECT count(*) FROM segment"), 13);
    assert_int_equal(record_verify_quietly(b.data), 0);
    record_file_load(&db, b.data, "plumewatch.db");
    snprintf(copy, sizeof copy, "%s/before.db", b.root);
    record_file_write(copy, db.data, db.len);
    free(db.data);
    assert_int_equal(record_rebuild(b.data, false, stdout), 0);
    snprintf(copy, sizeof copy, "%s/before.db", b.root);
    assert_int_equal(differences(db.path, copy), 0);
    assert_int_equal(record_verify_quietly(b.data), 0);
    record_bench_deinit(&b);
}

static void a_clock_that_jumps_ahead_removes_nothing(void **state)
{
    (void)state;
    struct record_bench b;
    record_bench_init(&b);
    b.options.keep_days = 5;
    assert_int_equal(record_bench_open(&b), 0);
    fill_days(&b, 2);
    b.clock.wall_ms += 3650 * RECORD_DAY_MS;
    (void)recorder_tick(b.recorder);
    record_bench_fill(&b, 2);
    usleep(50000);
    record_bench_fill(&b, 2);
    record_bench_close(&b);
    assert_int_equal(count_segments(&b), 4);
    assert_int_equal(record_verify_quietly(b.data), 0);
    record_bench_deinit(&b);
}

/* The journal stays in the far day's segment, over restarts, until that day comes. */
static void a_clock_that_was_once_far_ahead_loses_nothing(void **state)
{
    (void)state;
    struct record_bench b;
    record_bench_init(&b);
    assert_int_equal(record_bench_open(&b), 0);
    fill_days(&b, 1);
    b.clock.wall_ms += 3650 * RECORD_DAY_MS;
    (void)recorder_tick(b.recorder);
    record_bench_fill(&b, 1);
    assert_int_equal(count_segments(&b), 3);
    b.clock.wall_ms -= 3650 * RECORD_DAY_MS;
    record_bench_fill(&b, 2);
    record_bench_close(&b);
    assert_int_equal(record_bench_open(&b), 0);
    record_bench_fill(&b, 2);
    assert_int_equal(count_segments(&b), 3);
    b.clock.wall_ms += 3651 * RECORD_DAY_MS;
    (void)recorder_tick(b.recorder);
    record_bench_fill(&b, 1);
    assert_int_equal(count_segments(&b), 4);
    record_bench_close(&b);
    assert_int_equal(record_verify_quietly(b.data), 0);
    record_bench_deinit(&b);
}

static void a_segment_that_somebody_removed_is_not_taken_for_retention(void **state)
{
    (void)state;
    struct record_bench b;
    char path[700];
    char *words = NULL;
    record_bench_init(&b);
    assert_int_equal(record_bench_open(&b), 0);
    fill_days(&b, 2);
    record_bench_close(&b);
    snprintf(path, sizeof path, "%s/archive/2026/11/24.gz", b.data);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(record_verify_text(b.data, NULL, &words), PW_ECORRUPT);
    assert_non_null(strstr(words, "BROKEN segment 2026-11-24 (commits 1 to 3) is missing"));
    assert_non_null(strstr(words, "BROKEN commits 1 to 3 are not here"));
    free(words);
    record_bench_deinit(&b);
}

static uint64_t segment_bytes(const struct record_bench *b, const char *name)
{
    struct record_file f;
    record_file_load(&f, b->data, name);
    free(f.data);
    return f.len;
}

static void closed_segments_are_compressed_better_at_night_and_the_chain_stays(void **state)
{
    (void)state;
    struct record_bench b;
    char *before = NULL;
    char *after = NULL;
    record_bench_init(&b);
    assert_int_equal(record_bench_open(&b), 0);
    record_bench_fill(&b, 40);
    for (unsigned n = 0; n < 3000; n++)
        (void)record_bench_add_raw(&b, n % 97);
    fill_days(&b, 2);
    record_bench_close(&b);
    uint64_t loose = segment_bytes(&b, "archive/2026/11/24.gz");
    assert_int_equal(record_verify_text(b.data, NULL, &before), 0);
    b.options.recompress = true;
    assert_int_equal(record_bench_open(&b), 0);
    record_bench_fill(&b, 1);
    usleep(50000);
    assert_int_equal(segment_bytes(&b, "archive/2026/11/24.gz"), loose); /* it is day */
    record_bench_close(&b);
    b.options.zone_offset_min = -360;
    assert_int_equal(record_bench_open(&b), 0);
    for (unsigned i = 0; segment_bytes(&b, "archive/2026/11/24.gz") == loose && i < 500; i++) {
        (void)recorder_tick(b.recorder);
        usleep(10000);
    }
    assert_true(segment_bytes(&b, "archive/2026/11/24.gz") < loose);
    record_bench_fill(&b, 1);
    record_bench_fill(&b, 1);
    record_bench_close(&b);
    assert_int_equal(record_verify_text(b.data, NULL, &after), 0);
    free(before);
    free(after);
    assert_int_equal(record_rebuild(b.data, false, stdout), 0);
    assert_int_equal(record_verify_quietly(b.data), 0);
    record_bench_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_segments_go_whole_and_are_told_of),
        cmocka_unit_test(findings_and_statements_outlive_their_segments_and_a_rebuild),
        cmocka_unit_test(a_clock_that_jumps_ahead_removes_nothing),
        cmocka_unit_test(a_clock_that_was_once_far_ahead_loses_nothing),
        cmocka_unit_test(closed_segments_are_compressed_better_at_night_and_the_chain_stays),
        cmocka_unit_test(a_segment_that_somebody_removed_is_not_taken_for_retention),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
