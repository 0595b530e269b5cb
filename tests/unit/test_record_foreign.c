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

#include "tests/unit/record_files.h"
#include "tests/unit/record_support.h"

static void fill_two_days(struct record_bench *b)
{
    record_bench_init(b);
    assert_int_equal(record_bench_open(b), 0);
    record_bench_fill(b, 3);
    manual_clock_advance(&b->clock, RECORD_DAY_MS);
    (void)recorder_tick(b->recorder);
    record_bench_fill(b, 3);
    record_bench_close(b);
}

static void in_data(const struct record_bench *b, char out[700], const char *name)
{
    snprintf(out, 700, "%s/%s", b->data, name);
}

static void foreign_files_are_left_alone_and_harm_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {
        "notes.txt",
        "archive/README",
        "archive/2026/11/24.gz.new",
        "archive/2026/11/x.gz",
        "archive/2026/11/99.gz",
        "archive/20/stray",
    };
    struct record_bench b;
    char path[700];
    fill_two_days(&b);
    in_data(&b, path, "archive/20");
    assert_int_equal(mkdir(path, 0700), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        in_data(&b, path, names[i]);
        record_file_write(path, "not ours", 8);
    }
    assert_int_equal(record_verify_quietly(b.data), 0);
    assert_int_equal(record_bench_open(&b), 0);
    assert_int_equal(b.start.last_seq, 7);
    record_bench_fill(&b, 1);
    record_bench_close(&b);
    assert_int_equal(record_verify_quietly(b.data), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        in_data(&b, path, names[i]);
        assert_int_equal(access(path, F_OK), 0);
    }
    record_bench_deinit(&b);
}

static void segments_in_another_order_are_named_and_refused(void **state)
{
    (void)state;
    struct record_bench b;
    struct record_file first;
    struct record_file second;
    char *words = NULL;
    fill_two_days(&b);
    record_file_load(&first, b.data, "archive/2026/11/24.gz");
    record_file_load(&second, b.data, "archive/2026/11/25.gz");
    record_file_write(first.path, second.data, second.len);
    record_file_write(second.path, first.data, first.len);
    assert_int_equal(record_verify_text(b.data, NULL, &words), PW_ECORRUPT);
    assert_non_null(strstr(words, "BROKEN"));
    assert_non_null(strstr(words, "stands where"));
    free(words);
    b.clock.wall_ms += RECORD_DAY_MS;
    int err = record_bench_open(&b);
    assert_true(err == PW_EDB || err == PW_ECORRUPT);
    assert_non_null(strstr(b.why, "plumewatch rebuild"));
    record_file_restore(&first);
    record_file_restore(&second);
    assert_int_equal(record_bench_open(&b), 0);
    record_bench_close(&b);
    free(first.data);
    free(second.data);
    record_bench_deinit(&b);
}

static void the_directory_of_another_plant_is_refused_and_untouched(void **state)
{
    (void)state;
    struct record_bench b;
    struct record_file segment;
    fill_two_days(&b);
    record_file_load(&segment, b.data, "archive/2026/11/25.gz");
    b.options.plant = "another";
    assert_int_equal(record_bench_open(&b), PW_EFOREIGN);
    assert_non_null(strstr(b.why, "belongs to the plant \"demo\" and not to \"another\""));
    size_t len = 0;
    char *now = support_read_file(segment.path, &len);
    assert_int_equal(len, segment.len);
    assert_memory_equal(now, segment.data, len);
    free(now);
    free(segment.data);
    record_bench_deinit(&b);
}

/* A database of another plant beside this plant's journal, as after a copy of some files. */
static void the_database_of_another_plant_is_refused(void **state)
{
    (void)state;
    struct record_bench b;
    struct record_bench other;
    struct record_file db;
    fill_two_days(&b);
    record_bench_init(&other);
    other.options.plant = "another";
    assert_int_equal(record_bench_open(&other), 0);
    record_bench_fill(&other, 1);
    record_bench_close(&other);
    record_file_load(&db, other.data, "plumewatch.db");
    in_data(&b, db.path, "plumewatch.db");
    record_file_restore(&db);
    assert_int_equal(record_bench_open(&b), PW_EFOREIGN);
    assert_non_null(strstr(b.why, "belongs to another plant"));
    assert_non_null(strstr(b.why, "plumewatch rebuild --data "));
    free(db.data);
    record_bench_deinit(&other);
    record_bench_deinit(&b);
}

static void a_clock_before_the_last_commit_goes_on_in_the_newest_segment(void **state)
{
    (void)state;
    struct record_bench b;
    struct segment_list list;
    fill_two_days(&b);
    b.clock.wall_ms = RECORD_START_MS - 400 * RECORD_DAY_MS;
    b.clock.mono_ms = 5;
    assert_int_equal(record_bench_open(&b), 0);
    assert_int_equal(b.start.last_seq, 7);
    assert_true(b.start.last_at_ms > 5);
    b.clock.mono_ms = b.start.last_at_ms + 1;
    record_bench_fill(&b, 2);
    record_bench_close(&b);
    assert_int_equal(segment_list_read(files_system(), b.data, &list), 0);
    assert_int_equal(list.count, 2);
    segment_list_deinit(&list);
    assert_int_equal(record_verify_quietly(b.data), 0);
    record_bench_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(foreign_files_are_left_alone_and_harm_nothing),
        cmocka_unit_test(segments_in_another_order_are_named_and_refused),
        cmocka_unit_test(the_directory_of_another_plant_is_refused_and_untouched),
        cmocka_unit_test(the_database_of_another_plant_is_refused),
        cmocka_unit_test(a_clock_before_the_last_commit_goes_on_in_the_newest_segment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
