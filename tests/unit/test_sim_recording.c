/* Recorded files as signals: what is taken, and what is wrong with what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/sim/plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[] = "/tmp/plumewatch-recording-XXXXXX";

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "%s/r.csv", dir);
    unlink(path);
    return rmdir(dir);
}

static void write_file(const char *text)
{
    char path[64];
    snprintf(path, sizeof path, "%s/r.csv", dir);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
}

static int parse(const char *members, struct sim_plan **out, char error[PLAN_ERROR_SIZE])
{
    char text[512];
    char name[64];
    snprintf(name, sizeof name, "%s/plan.json", dir);
    snprintf(text, sizeof text,
             "{\"slaves\":[{\"listen\":\"127.0.0.1:0\",\"units\":[{\"unit\":1,\"signals\":["
             "{\"table\":\"input\",\"address\":0,\"type\":\"float32\",\"signal\":{\"kind\":\"csv\","
             "\"file\":\"r.csv\",%s}}]}]}]}",
             members);
    return sim_plan_parse(name, text, strlen(text), out, error);
}

/* The values of a recording, as text, at each of these seconds. */
static void check(const char *members, const double *at_s, size_t count, const char *expected)
{
    struct sim_plan *plan = NULL;
    char error[PLAN_ERROR_SIZE] = "";
    char got[256] = "";
    if (parse(members, &plan, error) != 0)
        fail_msg("%s", error);
    const struct wave *w = &plan->slaves[0].units[0].signals[0].wave;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(got);
        snprintf(got + len, sizeof got - len, "%g ", wave_at(w, at_s[i], 0));
    }
    assert_string_equal(got, expected);
    sim_plan_free(plan);
}

static const double instants[] = {0, 0.9, 1, 4.5, 5, 5.9, 6, 7, 12.5, 1e6};
enum { INSTANTS = sizeof instants / sizeof instants[0] };

static void a_column_of_seconds_is_played_and_held(void **state)
{
    (void)state;
    write_file("t,NO2,SO2\r\n100,7,1\r\n101,7,\"2.5\"\r\n105,7,-3e1\r\n");
    check("\"column\":\"SO2\",\"time\":\"t\"", instants, INSTANTS,
          "1 1 2.5 2.5 -30 -30 -30 -30 -30 -30 ");
}

static void it_begins_again_when_it_loops(void **state)
{
    (void)state;
    write_file("t,SO2\n0,1\n1,2\n5,3\n"); /* the last lasts four seconds, as the one before */
    static const double at_s[] = {0, 1, 5, 8.9, 9, 10, 14, 18};
    check("\"column\":\"SO2\",\"time\":\"t\",\"after\":\"loop\"", at_s, 8, "1 2 3 3 1 2 3 1 ");
}

static void instants_may_be_iso_8601_and_rows_alike_far_apart(void **state)
{
    (void)state;
    write_file("when,x\n2026-11-24T08:00:00+08:00,1\n2026-11-24T00:00:01.000Z,2\n"
               "2026-11-24T00:00:05Z,3\n");
    check("\"column\":\"x\",\"time\":\"when\"", instants, 5, "1 1 2 2 3 ");
    write_file("x\n1\n2\n3\n");
    static const double at_s[] = {0, 0.49, 0.5, 1, 1.49, 1.5, 7};
    check("\"column\":\"x\",\"every_s\":0.5", at_s, 7, "1 1 2 3 3 3 3 ");
    check("\"column\":\"x\",\"every_s\":0.5,\"after\":\"loop\"", at_s, 7, "1 1 2 3 3 1 3 ");
}

static void what_is_no_number_is_nan(void **state)
{
    (void)state;
    write_file("t,x\n0,1\n1,\n2,bad\n3\n4,5\n");
    static const double at_s[] = {0, 1, 2, 3, 4};
    check("\"column\":\"x\",\"time\":\"t\"", at_s, 5, "1 nan nan nan 5 ");
}

static void check_wrong(const char *file, const char *members, const char *expected)
{
    struct sim_plan *plan = NULL;
    char error[PLAN_ERROR_SIZE] = "";
    write_file(file);
    int rc = parse(members, &plan, error);
    if (rc == 0 || plan || !strstr(error, "/slaves/0/units/0/signals/0/signal/") ||
        !strstr(error, expected))
        fail_msg("%s %s\n  gave: %s\n  want: %s", file, members, error, expected);
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    check_wrong("", "\"column\":\"x\",\"time\":\"t\"", "file: the file is empty");
    check_wrong("t,y\n0,1\n", "\"column\":\"x\",\"time\":\"t\"", "file: no column x");
    check_wrong("s,x\n0,1\n", "\"column\":\"x\",\"time\":\"t\"", "file: no column t");
    check_wrong("t,x\n0,1\n5,1\n4,1\n", "\"column\":\"x\",\"time\":\"t\"",
                "file: line 4: the time goes back");
    check_wrong("t,x\n0,1\nnoon,1\n", "\"column\":\"x\",\"time\":\"t\"",
                "file: line 3: the time is neither");
    check_wrong("t,x\n0,a\n", "\"column\":\"x\",\"time\":\"t\"", "file: no number in the column");
    check_wrong("t,x\n0,\"1\n", "\"column\":\"x\",\"time\":\"t\"", "file: line 2: a quote");
    check_wrong("t,x\n0,1\n", "\"column\":\"x\"", "time: expected either it or every_s");
    check_wrong("t,x\n0,1\n", "\"column\":\"x\",\"time\":\"t\",\"every_s\":1",
                "time: expected either it or every_s");
    check_wrong("t,x\n0,1\n", "\"column\":7,\"time\":\"t\"", "column: expected a text");
    check_wrong("t,x\n0,1\n", "\"column\":\"x\",\"time\":\"t\",\"after\":\"stop\"",
                "after: found stop, expected one of hold, loop");
    check_wrong("t,x\n0,1\n", "\"column\":\"x\",\"time\":\"t\",\"speed\":1",
                "speed: found an unknown key");
}

static void a_file_that_is_none_is_refused(void **state)
{
    (void)state;
    struct sim_plan *plan = NULL;
    char error[PLAN_ERROR_SIZE] = "";
    static const char *const files[] = {"/nonexistent/r.csv", "/dev/zero", "/"};
    static const char *const said[] = {"No such file", "no file", "no file"};
    for (size_t i = 0; i < 3; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "{\"slaves\":[{\"listen\":\"127.0.0.1:0\",\"units\":[{\"unit\":1,\"signals\":["
                 "{\"table\":\"input\",\"address\":0,\"signal\":{\"kind\":\"csv\",\"file\":\"%s\","
                 "\"column\":\"x\",\"every_s\":1}}]}]}]}",
                 files[i]);
        assert_int_not_equal(sim_plan_parse("p.json", text, strlen(text), &plan, error), 0);
        assert_non_null(strstr(error, said[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_column_of_seconds_is_played_and_held),
        cmocka_unit_test(it_begins_again_when_it_loops),
        cmocka_unit_test(instants_may_be_iso_8601_and_rows_alike_far_apart),
        cmocka_unit_test(what_is_no_number_is_nan),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(a_file_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
