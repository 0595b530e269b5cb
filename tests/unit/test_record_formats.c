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

#include "acq/record/export.h"
#include "acq/record/rebuild.h"
#include "tests/unit/record_files.h"
#include "tests/unit/record_support.h"

#define CASES PW_SOURCE_DIR "/tests/cases/record/"

/* A data directory as a version of this program left it, in a place where it may be written. */
static void copy_case(struct record_bench *b, const char *name)
{
    char command[2000];
    record_bench_init(b);
    snprintf(command, sizeof command, "cp -r '" CASES "%s/data' '%s'", name, b->data);
    assert_int_equal(system(command), 0);
}

static char *export_text(const char *data_dir, enum export_what what)
{
    const struct export_options o = {
        .data_dir = data_dir, .what = what, .to_ms = INT64_MAX, .format = EXPORT_CSV};
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    assert_int_equal(record_export(&o, f), 0);
    fclose(f);
    return text;
}

static void check_export(const char *data_dir, const char *name, enum export_what what,
                         const char *file)
{
    char path[700];
    char *text = export_text(data_dir, what);
    snprintf(path, sizeof path, CASES "%s/%s", name, file);
    if (getenv("PW_UPDATE"))
        record_file_write(path, text, strlen(text));
    char *expect = support_read_file(path, NULL);
    assert_non_null(expect);
    assert_string_equal(text, expect);
    free(expect);
    free(text);
}

static void check_format(const char *name, uint64_t last_seq, bool old_database)
{
    struct record_bench b;
    copy_case(&b, name);
    assert_int_equal(record_verify_quietly(b.data), 0);
    check_export(b.data, name, EXPORT_RAW, "raw.csv");
    check_export(b.data, name, EXPORT_FINDINGS, "findings.csv");
    b.clock.wall_ms += 10 * RECORD_DAY_MS;
    assert_int_equal(record_bench_open(&b), 0);
    assert_int_equal(b.start.last_seq, last_seq);
    if (old_database)
        assert_true(b.start.rebuilt);
    record_bench_fill(&b, 1);
    record_bench_close(&b);
    assert_int_equal(record_verify_quietly(b.data), 0);
    record_bench_deinit(&b);
}

static void format_1_is_read_verified_and_continued(void **state)
{
    (void)state;
    check_format("format-1", 11, true);
}

static void format_1_without_its_database_is_the_same(void **state)
{
    (void)state;
    struct record_bench b;
    char path[700];
    copy_case(&b, "format-1");
    snprintf(path, sizeof path, "%s/plumewatch.db", b.data);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(record_bench_open(&b), 0);
    assert_true(b.start.rebuilt);
    record_bench_close(&b);
    assert_int_equal(record_verify_quietly(b.data), 0);
    check_export(b.data, "format-1", EXPORT_FINDINGS, "findings.csv");
    record_bench_deinit(&b);
}

static void format_1_after_retention_is_read_verified_and_continued(void **state)
{
    (void)state;
    check_format("format-1-carried", 26, true);
}

/* Findings and statements of days that are gone. */
static void format_1_after_retention_is_rebuilt_with_what_was_carried(void **state)
{
    (void)state;
    struct record_bench b;
    copy_case(&b, "format-1-carried");
    assert_int_equal(record_rebuild(b.data, false, stdout), 0);
    assert_int_equal(record_verify_quietly(b.data), 0);
    check_export(b.data, "format-1-carried", EXPORT_FINDINGS, "findings.csv");
    record_bench_deinit(&b);
}

/* Makes a case in which days were removed: PW_MAKE_CARRIED=DIR. */
static void make_carried(const char *dir)
{
    struct record_bench b;
    record_bench_init(&b);
    snprintf(b.data, sizeof b.data, "%s/data", dir);
    b.options.keep_days = 2;
    assert_int_equal(record_bench_open(&b), 0);
    for (unsigned i = 0; i < 7; i++) {
        char members[200];
        snprintf(members, sizeof members,
                 "\"id\":\"day%u\",\"kind\":\"bypass\",\"site\":\"demo\",\"object\":\"BP1\","
                 "\"state\":\"closed\",\"start\":\"2026-11-%uT08:00:00.000Z\","
                 "\"end\":\"2026-11-%uT09:00:00.000Z\"",
                 i, 24 + i, 24 + i);
        (void)recorder_add_journal(b.recorder, "finding", record_bench_at(&b), members, false);
        record_bench_fill(&b, 2);
        manual_clock_advance(&b.clock, RECORD_DAY_MS);
        for (unsigned n = 0; n < 200; n++) {
            (void)recorder_tick(b.recorder);
            usleep(2000);
            manual_clock_advance(&b.clock, 20);
        }
    }
    record_bench_deinit(&b);
}

/* Makes a case: PW_MAKE_CASE=DIR. */
static void make_case(const char *dir)
{
    struct record_bench b;
    record_bench_init(&b);
    snprintf(b.data, sizeof b.data, "%s/data", dir);
    assert_int_equal(record_bench_open(&b), 0);
    record_bench_fill(&b, 5);
    manual_clock_advance(&b.clock, RECORD_DAY_MS);
    (void)recorder_tick(b.recorder);
    record_bench_fill(&b, 5);
    record_bench_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(format_1_is_read_verified_and_continued),
        cmocka_unit_test(format_1_without_its_database_is_the_same),
        cmocka_unit_test(format_1_after_retention_is_read_verified_and_continued),
        cmocka_unit_test(format_1_after_retention_is_rebuilt_with_what_was_carried),
    };
    if (getenv("PW_MAKE_CASE"))
        make_case(getenv("PW_MAKE_CASE"));
    if (getenv("PW_MAKE_CARRIED"))
        make_carried(getenv("PW_MAKE_CARRIED"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
