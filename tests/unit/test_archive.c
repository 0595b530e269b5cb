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

#include "acq/record/archive.h"
#include "acq/record/db.h"
#include "tests/unit/record_files.h"
#include "tests/unit/record_support.h"

static void release(struct commit *c)
{
    for (unsigned k = 0; k < MEMBER_KINDS; k++)
        bytes_unref(c->member[k]);
}

static void assert_commit(struct archive *a, uint64_t seq, unsigned first_number)
{
    struct commit c;
    char expect[64];
    char *text = NULL;
    size_t len = 0;
    assert_int_equal(archive_read(a, seq, &c), 0);
    assert_int_equal(c.seq, seq);
    assert_int_equal(c.lines[MEMBER_R], 2);
    assert_int_equal(c.lines[MEMBER_D], 1);
    assert_int_equal(c.lines[MEMBER_J], 3);
    assert_int_equal(archive_inflate(c.member[MEMBER_R], &text, &len), 0);
    assert_int_equal(strlen(text), len);
    snprintf(expect, sizeof expect, "raw_stack,device=A1 so2=%u.5,", first_number);
    assert_int_equal(strncmp(text, expect, strlen(expect)), 0);
    free(text);
    release(&c);
}

static void commits_are_found_by_number_in_any_order(void **state)
{
    (void)state;
    struct record_bench b;
    struct archive *a = NULL;
    struct commit c;
    uint64_t first = 9;
    uint64_t last = 9;
    record_bench_init(&b);
    assert_int_equal(archive_open(b.data, &a), PW_ENOTFOUND);
    assert_int_equal(record_bench_open(&b), 0);
    assert_int_equal(archive_open(b.data, &a), 0);
    assert_int_equal(archive_bounds(a, &first, &last), 0);
    assert_int_equal(first, 0);
    assert_int_equal(last, 0);
    assert_int_equal(archive_read(a, 1, &c), PW_ENOTFOUND);
    for (unsigned day = 0; day < 3; day++) {
        record_bench_fill(&b, 4);
        manual_clock_advance(&b.clock, RECORD_DAY_MS);
        (void)recorder_tick(b.recorder);
    }
    /* Days hold the commits 1-4 5, 6-9 10, 11-14; 5 and 10 close their segments. */
    assert_int_equal(archive_bounds(a, &first, &last), 0);
    assert_int_equal(first, 1);
    assert_int_equal(last, 14);
    assert_commit(a, 12, 2);
    assert_commit(a, 1, 0);
    assert_commit(a, 9, 6);
    assert_commit(a, 6, 0);
    assert_commit(a, 14, 6);
    assert_int_equal(archive_read(a, 5, &c), 0);
    assert_null(c.member[MEMBER_R]);
    assert_int_equal(c.lines[MEMBER_J], 1);
    release(&c);
    assert_int_equal(archive_read(a, 0, &c), PW_ENOTFOUND);
    /* What is appended while it is open is found as well; 15 closes the third day. */
    assert_int_equal(archive_read(a, 16, &c), PW_ENOTFOUND);
    record_bench_fill(&b, 1);
    assert_commit(a, 16, 0);
    archive_close(a);
    record_bench_deinit(&b);
}

static void a_removed_first_segment_moves_the_lower_bound(void **state)
{
    (void)state;
    struct record_bench b;
    struct archive *a = NULL;
    struct commit c;
    uint64_t first = 0;
    uint64_t last = 0;
    char path[700];
    record_bench_init(&b);
    assert_int_equal(record_bench_open(&b), 0);
    record_bench_fill(&b, 2);
    manual_clock_advance(&b.clock, RECORD_DAY_MS);
    (void)recorder_tick(b.recorder);
    record_bench_fill(&b, 2);
    assert_int_equal(archive_open(b.data, &a), 0);
    assert_commit(a, 1, 0);
    snprintf(path, sizeof path, "%s/archive/2026/11/24.gz", b.data);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(archive_bounds(a, &first, &last), 0);
    assert_int_equal(first, 4);
    assert_int_equal(last, 5);
    assert_int_equal(archive_read(a, 2, &c), PW_ENOTFOUND);
    assert_commit(a, 4, 0);
    archive_close(a);
    char *words = NULL;
    record_bench_close(&b);
    assert_int_equal(record_verify_text(b.data, NULL, &words), PW_ECORRUPT);
    assert_non_null(strstr(words, "segment 2026-11-24 (commits 1 to 3) is missing"));
    free(words);
    /* What retention says of a file that is gone, but in SQLite only: the journal knows nothing. */
    char command[900];
    snprintf(command, sizeof command,
             "/usr/bin/python3 -c \"import sqlite3; d = sqlite3.connect('%s/plumewatch.db'); "
             "d.execute('UPDATE segment SET removed_at = 1, removed_rule = 3 "
             "WHERE first_seq = 1'); d.commit()\"",
             b.data);
    assert_int_equal(system(command), 0);
    assert_int_equal(record_verify_text(b.data, NULL, &words), PW_ECORRUPT);
    assert_non_null(strstr(words, "(commits 1 to 3) was removed by the rule 3"));
    assert_non_null(strstr(words, "BROKEN plumewatch.db table segment: row 2026-11-24"));
    free(words);
    record_bench_deinit(&b);
}

static void a_damaged_member_is_told_and_its_neighbours_stay_readable(void **state)
{
    (void)state;
    struct record_bench b;
    struct record_file segment;
    struct archive *a = NULL;
    struct segment *s = NULL;
    struct stored_commit stored;
    struct commit c;
    record_bench_init(&b);
    assert_int_equal(record_bench_open(&b), 0);
    record_bench_fill(&b, 3);
    record_bench_close(&b);
    record_file_load(&segment, b.data, "archive/2026/11/24.gz");
    assert_int_equal(segment_open(files_system(), b.data, segment_day_of(RECORD_START_MS), &s), 0);
    assert_int_equal(segment_next(s, &stored), 0);
    assert_int_equal(segment_next(s, &stored), 0);
    segment_close(s);
    segment.data[stored.offset + stored.stored[MEMBER_R] - 3] ^= 8;
    record_file_restore(&segment);
    assert_int_equal(archive_open(b.data, &a), 0);
    assert_commit(a, 1, 0);
    assert_int_equal(archive_read(a, 2, &c), PW_ECORRUPT);
    assert_commit(a, 3, 4);
    /* A header that is gone takes its commit with it, but not the ones behind. */
    segment.data[stored.offset] ^= 8;
    record_file_restore(&segment);
    archive_close(a);
    assert_int_equal(archive_open(b.data, &a), 0);
    assert_int_equal(archive_read(a, 2, &c), PW_ECORRUPT);
    assert_commit(a, 3, 4);
    archive_close(a);
    free(segment.data);
    record_bench_deinit(&b);
}

static void the_last_cursor_of_a_target_comes_back_as_its_owner_wrote_it(void **state)
{
    (void)state;
    struct record_bench b;
    char *members = NULL;
    record_bench_init(&b);
    assert_int_equal(record_bench_open(&b), 0);
    record_bench_fill(&b, 3);
    record_bench_close(&b);
    assert_int_equal(record_load_cursor(b.data, "main", &members), 0);
    assert_string_equal(members, "\"target\":\"main\",\"seq\":2");
    free(members);
    members = NULL;
    assert_int_equal(record_load_cursor(b.data, "other", &members), 0);
    assert_null(members);
    record_bench_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commits_are_found_by_number_in_any_order),
        cmocka_unit_test(a_removed_first_segment_moves_the_lower_bound),
        cmocka_unit_test(a_damaged_member_is_told_and_its_neighbours_stay_readable),
        cmocka_unit_test(the_last_cursor_of_a_target_comes_back_as_its_owner_wrote_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
