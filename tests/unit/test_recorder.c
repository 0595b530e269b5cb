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

#include "tests/unit/record_support.h"

static char *read_command(const char *command)
{
    FILE *f = popen(command, "r");
    assert_non_null(f);
    char *text = calloc(1, 1 << 20);
    size_t len = fread(text, 1, (1 << 20) - 1, f);
    text[len] = '\0';
    assert_int_equal(pclose(f), 0);
    return text;
}

static void committed_lines_are_readable_with_zcat_and_python(void **state)
{
    (void)state;
    struct record_bench b;
    char path[600];
    record_bench_init(&b);
    assert_int_equal(record_bench_open(&b), 0);
    assert_true(b.start.created);
    assert_int_equal(b.start.last_seq, 0);
    assert_int_equal(record_bench_add_raw(&b, 1), 0);
    manual_clock_advance(&b.clock, 40);
    assert_int_equal(recorder_add_journal(b.recorder, "start", record_bench_at(&b), "", false), 0);
    assert_int_equal(record_bench_add_raw(&b, 2), 0);
    record_bench_commit(&b);
    record_bench_close(&b);
    snprintf(path, sizeof path, "%s/archive/2026/11/24.gz", b.data);
    static const char expect[] = "raw_stack,device=A1 so2=1.5,nox=3 1795507200000\n"
                                 "raw_stack,device=A1 so2=2.5,nox=6 1795507200040\n"
                                 "{\"type\":\"order\",\"at\":1000000,\"n\":0,\"d\":[40]}\n"
                                 "{\"type\":\"start\",\"at\":1000040,\"n\":1}\n";
    char command[1024];
    snprintf(command, sizeof command, "zcat %s", path);
    char *text = read_command(command);
    assert_string_equal(text, expect);
    free(text);
    snprintf(command, sizeof command,
             "/usr/bin/python3 -c \"import gzip,sys;"
             "sys.stdout.buffer.write(gzip.open('%s').read())\"",
             path);
    text = read_command(command);
    assert_string_equal(text, expect);
    free(text);
    record_bench_deinit(&b);
}

static void a_reopened_record_goes_on_where_it_stopped(void **state)
{
    (void)state;
    struct record_bench b;
    record_bench_init(&b);
    assert_int_equal(record_bench_open(&b), 0);
    record_bench_fill(&b, 5);
    record_bench_close(&b);
    assert_int_equal(record_bench_open(&b), 0);
    assert_false(b.start.created);
    assert_false(b.start.rebuilt);
    assert_int_equal(b.start.last_seq, 5);
    assert_int_equal(b.start.last_at_ms, record_bench_at(&b) - 1000);
    assert_int_equal(b.start.replayed, 0);
    assert_int_equal(recorder_next_seq(b.recorder), 6);
    record_bench_fill(&b, 2);
    record_bench_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(committed_lines_are_readable_with_zcat_and_python),
        cmocka_unit_test(a_reopened_record_goes_on_where_it_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
