/* What every answer of InfluxDB's three write endpoints leads to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/deliver/answer.h"

#include <stdio.h>
#include <string.h>

struct row {
    int status;
    const char *body;
    enum answer_action action;
    uint32_t dropped;
};

static void check_rows(enum influx_api api, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct answer a = answer_judge(api, rows[i].status, rows[i].body);
        if (a.action != rows[i].action || a.dropped != rows[i].dropped)
            fail_msg("v%d: %d %s: action %d dropped %u", (int)api + 1, rows[i].status, rows[i].body,
                     (int)a.action, a.dropped);
    }
}

/* The same whichever endpoint answers. */
static const struct row every_api[] = {
    {204, "", ANSWER_STORED, 0},
    {200, "", ANSWER_STORED, 0},
    {400, "<html><h1>400 Bad Request</h1>", ANSWER_HOLD, 0},
    {400, "Client sent an HTTP request to an HTTPS server.\n", ANSWER_HOLD, 0},
    {413, "Request Entity Too Large", ANSWER_HALVE, 0},
    {413, "max request size (10485760 bytes) exceeded", ANSWER_HALVE, 0},
    {413,
     "{\"code\":\"request too large\",\"message\":\"unable to read data: points batch is too "
     "large\"}",
     ANSWER_HALVE, 0},
    {401, "", ANSWER_HOLD, 0},
    {401, "{\"error\":\"the request was not authenticated\"}", ANSWER_HOLD, 0},
    {403, "", ANSWER_HOLD, 0},
    {404, "{\"error\":\"database not found: \\\"x\\\"\"}", ANSWER_HOLD, 0},
    {404, "{\"code\":\"not found\",\"message\":\"bucket \\\"x\\\" not found\"}", ANSWER_HOLD, 0},
    {405, "", ANSWER_HOLD, 0},
    {301, "", ANSWER_HOLD, 0},
    {408, "", ANSWER_BACKOFF, 0},
    {425, "", ANSWER_BACKOFF, 0},
    {429, "", ANSWER_BACKOFF, 0},
    {499, "", ANSWER_BACKOFF, 0},
    {500, "retention policy not found: none", ANSWER_BACKOFF, 0},
    {502, "", ANSWER_BACKOFF, 0},
    {503, "", ANSWER_BACKOFF, 0},
    {100, "", ANSWER_BACKOFF, 0},
    {0, "", ANSWER_BACKOFF, 0},
};

static const struct row v1[] = {
    {400, "{\"error\":\"partial write: unable to parse 'm f= 2': missing field value dropped=0\"}",
     ANSWER_PARTIAL, 1},
    {400, "{\"error\":\"partial write: field type conflict: ... dropped=2\"}", ANSWER_PARTIAL, 2},
    {400,
     "{\"error\":\"partial write: unable to parse 'a': x\\nunable to parse 'b': y dropped=3\"}",
     ANSWER_PARTIAL, 5},
    {400, "{\"error\":\"partial write: points beyond retention policy dropped=\"}", ANSWER_PARTIAL,
     1},
    {400, "partial write dropped=99999999999999999999", ANSWER_PARTIAL, UINT32_MAX / 2},
    {400, "{\"error\":\"unable to parse 'm f= 2': missing field value\"}", ANSWER_BISECT, 0},
    {400, "", ANSWER_BISECT, 0},
    {422, "{\"message\":\"schema limit\"}", ANSWER_BISECT, 0},
    {500, "partial write dropped=1", ANSWER_BACKOFF, 0},
};

static const struct row v2[] = {
    {400,
     "{\"code\":\"invalid\",\"message\":\"unable to parse 'm f= 2': missing field value\\nunable "
     "to "
     "parse 'm': missing fields\"}",
     ANSWER_BISECT, 0},
    {400, "{\"code\":\"invalid\",\"message\":\"partial write: line 2 ... dropped=1\"}",
     ANSWER_PARTIAL, 1},
    {422,
     "{\"code\":\"unprocessable entity\",\"message\":\"failure writing points to database: partial "
     "write: field type conflict: input field ... dropped=7\"}",
     ANSWER_PARTIAL, 7},
    {422,
     "{\"code\":\"unprocessable entity\",\"message\":\"failure writing points to database: partial "
     "write: points beyond retention policy dropped=4\"}",
     ANSWER_PARTIAL, 4},
    {422, "{\"code\":\"unprocessable entity\",\"message\":\"too long, 2634888 > 1048576\"}",
     ANSWER_BISECT, 0},
    {500,
     "{\"code\":\"internal error\",\"message\":\"unexpected error writing points to database: "
     "partial write: points beyond retention policy dropped=2\"}",
     ANSWER_PARTIAL, 2},
};

static const struct row v3[] = {
    {400,
     "{\"error\":\"partial write of line protocol occurred\",\"data\":[{\"error_message\":\"No "
     "fields were provided\",\"line_number\":2,\"original_line\":\"cpu,host=a val= 123\"}]}",
     ANSWER_PARTIAL, 1},
    {400,
     "{\"error\":\"partial write of line protocol occurred\",\"data\":[{\"error_message\":\"a\","
     "\"line_number\":2,\"original_line\":\"x\"},{\"error_message\":\"b\",\"line_number\":9,"
     "\"original_line\":\"y\"}]}",
     ANSWER_PARTIAL, 2},
    {400, "{\"error\":\"another text in another release\", \"data\" : [ ]}", ANSWER_PARTIAL, 1},
    {422,
     "{\"error\":\"partial write of line protocol occurred\",\"data\":[{\"error_message\":\"table "
     "limit\",\"line_number\":1,\"original_line\":\"x\"}]}",
     ANSWER_PARTIAL, 1},
    {400,
     "{\"error\":\"parsing failed for write_lp endpoint\",\"data\":{\"error_message\":\"No "
     "fields\","
     "\"line_number\":2,\"original_line\":\"cpu val= 1\"}}",
     ANSWER_BISECT, 0},
    {400, "{\"error\":\"line protocol parsing error\"}", ANSWER_BISECT, 0},
    {400, "", ANSWER_BISECT, 0},
    {422, "{\"error\":\"the number of databases is limited\"}", ANSWER_HOLD, 0},
    {500, "partial write dropped=1", ANSWER_BACKOFF, 0},
};

static void every_answer_has_its_consequence(void **state)
{
    (void)state;
    for (int api = INFLUX_V1; api <= INFLUX_V3; api++)
        check_rows((enum influx_api)api, every_api, sizeof every_api / sizeof *every_api);
    check_rows(INFLUX_V1, v1, sizeof v1 / sizeof *v1);
    check_rows(INFLUX_V2, v2, sizeof v2 / sizeof *v2);
    check_rows(INFLUX_V3, v3, sizeof v3 / sizeof *v3);
}

static void add_line(void *ctx, const struct answer_line *line)
{
    char *out = ctx;
    size_t len = strlen(out);
    snprintf(out + len, 1000 - len, "%zu|%s|%s\n", line->number, line->text, line->reason);
}

static void expect_lines(enum influx_api api, const char *body, const char *wanted)
{
    char found[1000] = "";
    answer_each_line(api, body, add_line, found);
    assert_string_equal(found, wanted);
}

static void bad_lines_are_named_by_sentences(void **state)
{
    (void)state;
    expect_lines(INFLUX_V2,
                 "{\"code\":\"invalid\",\"message\":\"unable to parse 'm f= 2': missing field "
                 "value\\nunable to parse 'n,t=\\\"a\\\" ': x': missing fields\"}",
                 "0|m f= 2|missing field value\n0|n,t=\"a\" ': x|missing fields\n");
    expect_lines(INFLUX_V1, "{\"error\":\"unable to parse '\xE6\xB5\x8B f=': bad\"}",
                 "0|\xE6\xB5\x8B f=|bad\n");
    expect_lines(INFLUX_V1, "{\"message\":\"unable to parse 'm': bad\"}", "");
    expect_lines(INFLUX_V2, "{\"message\":\"unable to parse 'm\"}", "");
    expect_lines(INFLUX_V2, "{\"message\":5}", "");
    expect_lines(INFLUX_V2, "unable to parse 'm': bad", "");
    expect_lines(INFLUX_V2, "", "");
}

static void bad_lines_are_named_in_data(void **state)
{
    (void)state;
    expect_lines(INFLUX_V3,
                 "{\"error\":\"e\",\"data\":[{\"error_message\":\"a\",\"line_number\":2,"
                 "\"original_line\":\"x\"},{\"error_message\":\"b\",\"line_number\":-9},5,{}]}",
                 "2|x|a\n0||b\n0||\n");
    expect_lines(INFLUX_V3,
                 "{\"error\":\"e\",\"data\":{\"error_message\":\"a\",\"line_number\":3,"
                 "\"original_line\":\"y\"}}",
                 "3|y|a\n");
    expect_lines(INFLUX_V3, "{\"error\":\"e\",\"data\":\"text\"}", "");
    expect_lines(INFLUX_V3, "[]", "");
}

static void what_stands_before_the_end_of_a_cut_body_counts(void **state)
{
    (void)state;
    expect_lines(INFLUX_V2, "{\"message\":\"unable to parse 'a': x\\nunable to parse 'b': y\\",
                 "0|a|x\n0|b|y\n");
    expect_lines(INFLUX_V2, "{\"message\":\"unable to parse 'a': x\\nunable to parse 'b\xE6\xB5",
                 "0|a|x\n");
    expect_lines(INFLUX_V3,
                 "{\"data\":[{\"error_message\":\"a\",\"line_number\":2,\"original_line\":\"x\"},"
                 "{\"error_message\":\"b",
                 "2|x|a\n0||b\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_has_its_consequence),
        cmocka_unit_test(bad_lines_are_named_by_sentences),
        cmocka_unit_test(bad_lines_are_named_in_data),
        cmocka_unit_test(what_stands_before_the_end_of_a_cut_body_counts),
    };
    return cmocka_run_group_tests_name("influx answers", tests, NULL, NULL);
}
