/* Rows of replay's CSV: what is a sample, what is refused and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/plant/plant.h"
#include "acq/replay/rows.h"

#include <stdio.h>
#include <string.h>

struct bench {
    struct plant plant;
    struct plant_device devices[2];
    struct plant_signal signals[3];
    struct rows *rows;
    FILE *in;
};

static void begin(struct bench *b, const char *text)
{
    *b = (struct bench){
        .devices = {{.id = "cems-1", .signal_count = 2}, {.id = "a", .first_signal = 2}},
        .signals = {{.id = "so2"}, {.id = "nox"}, {.id = "x", .device = 1}},
    };
    b->plant = (struct plant){.devices = b->devices, .signals = b->signals, .signal_count = 3};
    assert_int_equal(rows_new(&b->plant, &b->rows), 0);
    b->in = fmemopen((void *)(uintptr_t)text, strlen(text), "rb");
    assert_non_null(b->in);
}

static void end(struct bench *b)
{
    rows_free(b->rows);
    fclose(b->in);
}

static void check_row(struct bench *b, uint32_t signal, int64_t time_ms, int64_t at_ms,
                      double value, quality q)
{
    struct row row;
    assert_int_equal(rows_next(b->rows, &row), 0);
    assert_int_equal(row.kind, ROW_SAMPLE);
    assert_int_equal(row.signal, signal);
    assert_int_equal(row.time_ms, time_ms);
    assert_int_equal(row.at_ms, at_ms);
    assert_true(row.sample.value == value);
    assert_int_equal(row.sample.quality, q);
}

static void samples_are_read(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, "time,signal,value,quality,at\n"
              "1795479000000,cems-1.so2,36.5,,\n"
              "2026-11-24T08:10:00.25+08:00,cems-1.nox,-1e3,held,1795479000500\n"
              "1795479000000,a.x,,timeout,1795479000500\n"
              "1795479000000,a.x,5,exception-2,1795479000600\n"
              "1795479000000,a.x,,,1795479000600\n"
              "1795479000000,a.x,,maintenance\n");
    assert_int_equal(rows_open(b.rows, b.in), 0);
    int64_t t = 1795479000000;
    check_row(&b, 0, t, t, 36.5, QUALITY_GOOD);
    check_row(&b, 1, t + 250, t + 500, -1000, QUALITY_HELD);
    check_row(&b, 2, t, t + 500, 0, QUALITY_TIMEOUT);
    check_row(&b, 2, t, t + 600, 0, quality_make(QUALITY_EXCEPTION, 2));
    check_row(&b, 2, t, t + 600, 0, QUALITY_NO_VALUE);
    struct row row;
    assert_int_equal(rows_next(b.rows, &row), PW_ESYNTAX);
    assert_int_equal(rows_line(b.rows), 7);
    assert_non_null(strstr(rows_problem(b.rows), "earlier than the row before"));
    assert_int_equal(rows_next(b.rows, &row), PW_ENOTFOUND);
    end(&b);
}

static void a_declaration_is_read(void **state)
{
    (void)state;
    struct bench b;
    struct row row;
    begin(&b, "time,signal,value,quality\n1795479000000,!declare,\"{\"\"kind\"\":\"\"level\"\","
              "\"\"site\"\":\"\"demo\"\",\"\"level\"\":\"\"orange\"\","
              "\"\"start\"\":\"\"2026-11-24T08:00:00+08:00\"\",\"\"end\"\":null}\",\n");
    assert_int_equal(rows_open(b.rows, b.in), 0);
    assert_int_equal(rows_next(b.rows, &row), 0);
    assert_int_equal(row.kind, ROW_DECLARATION);
    assert_int_equal(row.declaration.kind, DECLARATION_LEVEL);
    assert_string_equal(row.declaration.word, "orange");
    end(&b);
}

static void a_wrong_header_is_refused(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "time,signal,value\n",
        "time,signal,value,quality,at,x\n",
        "signal,time,value,quality\n",
        "time,signal,value,quality,when\n",
        "\n",
        "\"time,signal,value,quality\n",
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        struct bench b;
        begin(&b, headers[i]);
        assert_int_equal(rows_open(b.rows, b.in), PW_ESYNTAX);
        assert_int_equal(rows_line(b.rows), 1);
        end(&b);
    }
}

static void bad_rows_say_why(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        const char *why;
    } cases[] = {
        {"2026-11-24T08:00:00,cems-1.so2,1,", "time: found"},
        {"1795479000000,cems-1.so2,1,,soon", "at: found"},
        {"999999999999999,cems-1.so2,1,", "time: found"},
        {"-5,cems-1.so2,1,", "time: found"},
        {"1895479000000,cems-1.so2,1,", "366 days"},
        {"1795478999999,cems-1.so2,1,", "earlier"},
        {"1795479000000,cems-1,1,", "not in the configuration"},
        {"1795479000000,,1,", "not in the configuration"},
        {"1795479000000,cems-1.so2,0x10,", "value: found"},
        {"1795479000000,cems-1.so2,1e999,", "value: found"},
        {"1795479000000,cems-1.so2,NaN,", "value: found"},
        {"1795479000000,cems-1.so2,1,wrong", "quality"},
        {"1795479000000,cems-1.so2", "fields"},
        {"1795479000000,cems-1.so2,1,,,", "fields"},
        {"1795479000000,!declare,[],", "declaration /"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench b;
        struct row row;
        char text[512];
        snprintf(text, sizeof text,
                 "time,signal,value,quality,at\n1795479000000,cems-1.so2,1,,\n%s\n"
                 "1795479000000,cems-1.nox,2,,\n",
                 cases[i].row);
        begin(&b, text);
        assert_int_equal(rows_open(b.rows, b.in), 0);
        assert_int_equal(rows_next(b.rows, &row), 0);
        assert_int_equal(rows_next(b.rows, &row), PW_ESYNTAX);
        assert_int_equal(rows_line(b.rows), 3);
        if (!strstr(rows_problem(b.rows), cases[i].why))
            fail_msg("%s: %s", cases[i].row, rows_problem(b.rows));
        assert_int_equal(rows_next(b.rows, &row), 0);
        assert_int_equal(row.signal, 1);
        end(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_read),
        cmocka_unit_test(a_declaration_is_read),
        cmocka_unit_test(a_wrong_header_is_refused),
        cmocka_unit_test(bad_rows_say_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
