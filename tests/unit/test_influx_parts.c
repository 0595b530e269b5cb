/* The pure parts of the InfluxDB sender: answers, splitting, cursor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/deliver/answer.h"
#include "acq/deliver/cursor.h"
#include "acq/deliver/split.h"
#include "tests/support/xorshift.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void every_answer_has_its_consequence(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        enum answer_action action;
        uint32_t dropped;
    } rows[] = {
        {204, "", ANSWER_STORED, 0},
        {200, "", ANSWER_STORED, 0},
        {400,
         "{\"error\":\"partial write: unable to parse 'm f= 2': missing field value dropped=0\"}",
         ANSWER_PARTIAL, 1},
        {400, "{\"error\":\"partial write: field type conflict: ... dropped=2\"}", ANSWER_PARTIAL,
         2},
        {400,
         "{\"error\":\"partial write: unable to parse 'a': x\\nunable to parse 'b': y dropped=3\"}",
         ANSWER_PARTIAL, 5},
        {400, "{\"error\":\"partial write: points beyond retention policy dropped=\"}",
         ANSWER_PARTIAL, 1},
        {422, "{\"message\":\"failure writing points to database: partial write: ... dropped=7\"}",
         ANSWER_PARTIAL, 7},
        {400, "{\"error\":\"partial write of line protocol occurred\",\"data\":[]}", ANSWER_PARTIAL,
         1},
        {400, "partial write dropped=99999999999999999999", ANSWER_PARTIAL, UINT32_MAX / 2},
        {400, "{\"error\":\"unable to parse 'm f= 2': missing field value\"}", ANSWER_BISECT, 0},
        {400, "", ANSWER_BISECT, 0},
        {422, "{\"message\":\"schema limit\"}", ANSWER_BISECT, 0},
        {400, "<html><h1>400 Bad Request</h1>", ANSWER_HOLD, 0},
        {400, "Client sent an HTTP request to an HTTPS server.\n", ANSWER_HOLD, 0},
        {413, "Request Entity Too Large", ANSWER_HALVE, 0},
        {401, "", ANSWER_HOLD, 0},
        {403, "", ANSWER_HOLD, 0},
        {404, "{\"error\":\"database not found: \\\"x\\\"\"}", ANSWER_HOLD, 0},
        {405, "", ANSWER_HOLD, 0},
        {301, "", ANSWER_HOLD, 0},
        {408, "", ANSWER_BACKOFF, 0},
        {429, "", ANSWER_BACKOFF, 0},
        {499, "", ANSWER_BACKOFF, 0},
        {500, "partial write dropped=1", ANSWER_BACKOFF, 0},
        {503, "", ANSWER_BACKOFF, 0},
        {100, "", ANSWER_BACKOFF, 0},
        {0, "", ANSWER_BACKOFF, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer a = answer_judge(rows[i].status, rows[i].body);
        if (a.action != rows[i].action || a.dropped != rows[i].dropped)
            fail_msg("%d %s: action %d dropped %u", rows[i].status, rows[i].body, (int)a.action,
                     a.dropped);
    }
}

enum { LINES_MAX = 1000 };

/* A target that knows which lines it refuses and how many it takes at once. */
struct target {
    bool bad[LINES_MAX];
    size_t most;
    unsigned stored[LINES_MAX];
    unsigned given_up[LINES_MAX];
    unsigned requests;
};

static void deliver(struct target *t, size_t count, size_t place)
{
    struct strbuf text;
    struct split s;
    const char *piece = NULL;
    size_t len = 0;
    strbuf_init(&text, 1u << 20);
    for (size_t i = 0; i < count; i++)
        strbuf_addf(&text, "%zu\n", i);
    char *copy = strdup(strbuf_text(&text));
    strbuf_deinit(&text);
    assert_int_equal(split_init(&s, copy, strlen(copy), place), 0);
    while (split_next(&s, &piece, &len)) {
        size_t first = s.place;
        size_t end = s.end;
        assert_int_equal(strtoul(piece, NULL, 10), first);
        assert_int_equal(piece[len - 1], '\n');
        assert_true(end > first);
        t->requests++;
        bool bad = false;
        for (size_t i = first; i < end; i++)
            bad = bad || t->bad[i];
        if (end - first > t->most) {
            if (split_too_big(&s))
                t->given_up[first]++;
        } else if (bad) {
            if (split_refused(&s))
                t->given_up[first]++;
        } else {
            split_stored(&s);
            for (size_t i = first; i < end; i++)
                t->stored[i]++;
        }
    }
    split_deinit(&s);
}

static void check_delivered(const struct target *t, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(t->stored[i], t->bad[i] ? 0 : 1);
        assert_int_equal(t->given_up[i], t->bad[i] ? 1 : 0);
    }
}

static void one_refused_line_is_found_in_log2_requests(void **state)
{
    (void)state;
    for (size_t bad = 0; bad < LINES_MAX; bad++) {
        struct target t = {.most = LINES_MAX};
        t.bad[bad] = true;
        deliver(&t, LINES_MAX, 0);
        check_delivered(&t, LINES_MAX);
        assert_in_range(t.requests, 3, 1 + 10 + 1 + 1);
    }
}

static void random_refused_lines_are_all_found_and_the_rest_is_sent_once(void **state)
{
    (void)state;
    uint64_t random = 20261124;
    for (int round = 0; round < 300; round++) {
        size_t count = 1 + xorshift_next(&random) % LINES_MAX;
        struct target t = {.most = 1 + xorshift_next(&random) % LINES_MAX};
        uint64_t share = 1 + xorshift_next(&random) % 200;
        for (size_t i = 0; i < count; i++)
            t.bad[i] = xorshift_next(&random) % share == 0;
        deliver(&t, count, 0);
        check_delivered(&t, count);
    }
}

static void a_line_that_alone_is_too_big_is_given_up(void **state)
{
    (void)state;
    struct target t = {.most = 0};
    deliver(&t, 1, 0);
    assert_int_equal(t.given_up[0], 1);
}

static void splitting_goes_on_at_a_place(void **state)
{
    (void)state;
    struct target t = {.most = LINES_MAX};
    deliver(&t, 10, 7);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(t.stored[i], i < 7 ? 0 : 1);
    deliver(&t, 10, 11);
    assert_int_equal(t.requests, 1);
}

static void expect_text(const struct cursor *c, const char *wanted)
{
    struct strbuf b;
    strbuf_init(&b, 1u << 17);
    cursor_write(c, &b);
    assert_string_equal(strbuf_text(&b), wanted);
    strbuf_deinit(&b);
}

static void confirmed_commits_leave_the_gaps(void **state)
{
    (void)state;
    struct cursor c;
    cursor_init(&c, 5);
    expect_text(&c, "\"next\":5,\"gaps\":[]");
    cursor_offer(&c, 4);
    assert_int_equal(cursor_backlog(&c), 0);
    cursor_offer(&c, 9);
    cursor_offer(&c, 10);
    expect_text(&c, "\"next\":11,\"gaps\":[[5,10]]");
    cursor_confirm(&c, 7, 7);
    expect_text(&c, "\"next\":11,\"gaps\":[[5,6],[8,10]]");
    cursor_pass(&c);
    cursor_offer(&c, 12);
    expect_text(&c, "\"next\":13,\"gaps\":[[5,6],[8,10],[12,12]]");
    assert_int_equal(cursor_backlog(&c), 6);
    assert_int_equal(cursor_oldest(&c), 5);
    cursor_confirm(&c, 6, 9);
    expect_text(&c, "\"next\":13,\"gaps\":[[5,5],[10,10],[12,12]]");
    cursor_confirm(&c, 6, 9);
    cursor_confirm(&c, 1, 100);
    expect_text(&c, "\"next\":13,\"gaps\":[]");
    assert_int_equal(cursor_oldest(&c), 0);
}

static void the_newest_gap_is_picked_first_from_its_start(void **state)
{
    (void)state;
    struct cursor c;
    uint64_t first = 0;
    uint64_t last = 0;
    cursor_init(&c, 1);
    assert_false(cursor_pick(&c, NULL, 0, &first, &last));
    cursor_offer(&c, 20);
    cursor_confirm(&c, 10, 12);
    assert_true(cursor_pick(&c, NULL, 0, &first, &last));
    assert_int_equal(first, 13);
    assert_int_equal(last, 20);
    const uint64_t busy[] = {20, 13};
    assert_true(cursor_pick(&c, busy, 2, &first, &last));
    assert_int_equal(first, 14);
    assert_int_equal(last, 19);
    cursor_confirm(&c, 14, 19);
    assert_true(cursor_pick(&c, busy, 2, &first, &last));
    assert_int_equal(first, 1);
    assert_int_equal(last, 9);
}

static void too_many_gaps_are_joined_and_nothing_unconfirmed_is_lost(void **state)
{
    (void)state;
    static bool open[6001];
    struct cursor c;
    uint64_t random = 7;
    cursor_init(&c, 1);
    cursor_offer(&c, 6000);
    memset(open, 1, sizeof open);
    for (uint64_t i = 2; i <= 6000; i += 2) {
        uint64_t seq = 1 + xorshift_next(&random) % 6000;
        cursor_confirm(&c, seq, seq);
        open[seq] = false;
    }
    assert_in_range(c.count, 900, CURSOR_GAPS);
    for (size_t i = 0; i < c.count; i++) {
        for (uint64_t seq = c.gaps[i].first; seq <= c.gaps[i].last; seq++)
            open[seq] = false;
        if (i)
            assert_true(c.gaps[i].first > c.gaps[i - 1].last + 1);
    }
    for (uint64_t seq = 1; seq <= 6000; seq++)
        assert_false(open[seq]);
    uint64_t first = 0;
    uint64_t last = 0;
    unsigned rounds = 0;
    while (cursor_pick(&c, NULL, 0, &first, &last)) {
        cursor_confirm(&c, first, first);
        assert_true(++rounds <= 6000);
    }
}

static void a_cursor_is_read_back(void **state)
{
    (void)state;
    struct cursor c;
    assert_int_equal(cursor_read("\"target\":\"local\",\"next\":20,\"gaps\":[[3,5],[9,9]],"
                                 "\"places\":[{\"seq\":9,\"kind\":\"derived\",\"line\":17}]",
                                 19, &c),
                     0);
    expect_text(&c, "\"next\":20,\"gaps\":[[3,5],[9,9]],"
                    "\"places\":[{\"seq\":9,\"kind\":\"derived\",\"line\":17}]");
    assert_int_equal(cursor_find_place(&c, 9)->line, 17);
    cursor_confirm(&c, 9, 9);
    expect_text(&c, "\"next\":20,\"gaps\":[[3,5]]");
}

static void what_came_after_the_cursor_is_a_gap(void **state)
{
    (void)state;
    struct cursor c;
    assert_int_equal(cursor_read("{\"next\":20,\"gaps\":[[3,5]]}", 25, &c), 0);
    expect_text(&c, "\"next\":26,\"gaps\":[[3,5],[20,25]]");
}

static void a_cursor_beyond_the_record_is_cut(void **state)
{
    (void)state;
    struct cursor c;
    assert_int_equal(cursor_read("\"next\":20,\"gaps\":[[3,5],[9,19]]", 10, &c), 0);
    expect_text(&c, "\"next\":11,\"gaps\":[[3,5],[9,10]]");
    assert_int_equal(cursor_read("\"next\":20,\"gaps\":[]", 0, &c), 0);
    expect_text(&c, "\"next\":1,\"gaps\":[]");
}

static void a_malformed_cursor_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{",
        "\"next\":1",
        "\"next\":0,\"gaps\":[]",
        "\"next\":-1,\"gaps\":[]",
        "\"next\":1.5,\"gaps\":[]",
        "\"next\":1e300,\"gaps\":[]",
        "\"next\":\"1\",\"gaps\":[]",
        "\"next\":9,\"gaps\":[[1]]",
        "\"next\":9,\"gaps\":[[1,2,3]]",
        "\"next\":9,\"gaps\":[[2,1]]",
        "\"next\":9,\"gaps\":[[0,1]]",
        "\"next\":9,\"gaps\":[[1,9]]",
        "\"next\":9,\"gaps\":[[3,4],[1,2]]",
        "\"next\":9,\"gaps\":[[1,2],[3,4]]",
        "\"next\":9,\"gaps\":[],\"places\":[{\"seq\":1}]",
        "\"next\":9,\"gaps\":[],\"places\":[{\"seq\":1,\"kind\":\"raw\",\"line\":-1}]",
        "\"next\":9,\"gaps\":[],\"gaps\":[]",
    };
    struct cursor c;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (cursor_read(bad[i], 100, &c) == 0)
            fail_msg("%s was read", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_has_its_consequence),
        cmocka_unit_test(one_refused_line_is_found_in_log2_requests),
        cmocka_unit_test(random_refused_lines_are_all_found_and_the_rest_is_sent_once),
        cmocka_unit_test(a_line_that_alone_is_too_big_is_given_up),
        cmocka_unit_test(splitting_goes_on_at_a_place),
        cmocka_unit_test(confirmed_commits_leave_the_gaps),
        cmocka_unit_test(the_newest_gap_is_picked_first_from_its_start),
        cmocka_unit_test(too_many_gaps_are_joined_and_nothing_unconfirmed_is_lost),
        cmocka_unit_test(a_cursor_is_read_back),
        cmocka_unit_test(what_came_after_the_cursor_is_a_gap),
        cmocka_unit_test(a_cursor_beyond_the_record_is_cut),
        cmocka_unit_test(a_malformed_cursor_is_refused),
    };
    return cmocka_run_group_tests_name("influx parts", tests, NULL, NULL);
}
