/* The pure parts of the InfluxDB sender: splitting, cursor. Answers: test_influx_answers.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/deliver/cursor.h"
#include "acq/deliver/split.h"
#include "tests/support/xorshift.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 1000 };

/* A target that knows which lines it refuses and how many it takes at once. */
struct target {
    bool bad[LINES_MAX];
    size_t most;
    unsigned stored[LINES_MAX];
    unsigned given_up[LINES_MAX];
    unsigned requests;
};

/* The lines first..end-1, each its own number. */
static void check_body(const struct split *s)
{
    struct bytes *body = split_body(s);
    char text[LINES_MAX * 5 + 1];
    assert_non_null(body);
    memcpy(text, bytes_data(body), bytes_len(body));
    text[bytes_len(body)] = '\0';
    bytes_unref(body);
    const char *p = text;
    size_t lines = 0;
    for (size_t i = s->place; i < s->end; i++) {
        if (s->named[i])
            continue;
        char *end = NULL;
        assert_int_equal(strtoul(p, &end, 10), i);
        assert_int_equal(*end, '\n');
        p = end + 1;
        lines++;
    }
    assert_int_equal(*p, '\0');
    assert_int_equal(split_lines(s), lines);
}

static void deliver(struct target *t, size_t count, size_t place)
{
    struct strbuf text;
    struct split s;
    size_t line = 0;
    strbuf_init(&text, 1u << 20);
    for (size_t i = 0; i < count; i++)
        strbuf_addf(&text, "%zu\n", i);
    char *copy = strdup(strbuf_text(&text));
    strbuf_deinit(&text);
    assert_int_equal(split_init(&s, copy, strlen(copy), place), 0);
    while (split_next(&s)) {
        size_t first = s.place;
        size_t end = s.end;
        check_body(&s);
        assert_true(end > first);
        t->requests++;
        bool bad = false;
        for (size_t i = first; i < end; i++)
            bad = bad || t->bad[i];
        if (end - first > t->most) {
            if (split_too_big(&s, &line))
                t->given_up[line]++;
        } else if (bad) {
            if (split_refused(&s, &line))
                t->given_up[line]++;
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

/* A target that names up to three of the bad lines, by number or by text. */
static unsigned name_some(const struct target *t, struct split *s, bool by_number)
{
    unsigned named = 0;
    size_t number = 0;
    size_t numbers[3];
    for (size_t i = s->place; i < s->end && named < 3; i++) {
        if (s->named[i])
            continue;
        number++;
        if (!t->bad[i])
            continue;
        numbers[named] = by_number ? number - named : i; /* those named before are gone by then */
        named++;
    }
    for (unsigned k = 0; k < named; k++) {
        char text[16];
        size_t line = 0;
        snprintf(text, sizeof text, "%zu", numbers[k]);
        assert_true(split_name(s, by_number ? numbers[k] : 0, text, &line));
        assert_true(t->bad[line]);
    }
    return named;
}

static void named_lines_are_left_out_and_the_rest_is_sent_once(void **state)
{
    (void)state;
    uint64_t random = 7;
    for (int round = 0; round < 200; round++) {
        size_t count = 1 + xorshift_next(&random) % 200;
        struct target t = {.most = LINES_MAX};
        struct split s;
        char *text = NULL;
        struct strbuf b;
        strbuf_init(&b, 1u << 20);
        for (size_t i = 0; i < count; i++) {
            strbuf_addf(&b, "%zu\n", i);
            t.bad[i] = xorshift_next(&random) % 5 == 0;
        }
        text = strdup(strbuf_text(&b));
        strbuf_deinit(&b);
        assert_int_equal(split_init(&s, text, strlen(text), 0), 0);
        unsigned requests = 0;
        while (split_next(&s)) {
            check_body(&s);
            requests++;
            if (name_some(&t, &s, round % 2) > 0)
                continue;
            for (size_t i = s.place; i < s.end; i++)
                t.stored[i] += !s.named[i];
            split_stored(&s);
        }
        for (size_t i = 0; i < count; i++)
            assert_int_equal(t.stored[i], t.bad[i] ? 0 : 1);
        assert_true(requests <= count / 3 + 2);
        split_deinit(&s);
    }
}

static void what_is_not_in_the_piece_is_not_named(void **state)
{
    (void)state;
    struct split s;
    size_t line = 99;
    assert_int_equal(split_init(&s, strdup("a\nb\na\nc"), 7, 0), 0);
    assert_true(split_next(&s));
    assert_false(split_name(&s, 0, "x", &line));
    assert_false(split_name(&s, 5, "", &line));
    assert_int_equal(line, 99);
    assert_true(split_name(&s, 0, "a", &line));
    assert_int_equal(line, 0);
    assert_true(split_name(&s, 0, "a", &line));
    assert_int_equal(line, 2);
    assert_false(split_name(&s, 0, "a", &line));
    assert_true(split_next(&s));
    assert_int_equal(split_lines(&s), 2);
    assert_true(split_name(&s, 2, "", &line));
    assert_int_equal(line, 3);
    split_deinit(&s);
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
    const struct cursor_gap busy[] = {{20, 20}, {13, 13}};
    assert_true(cursor_pick(&c, busy, 2, &first, &last));
    assert_int_equal(first, 14);
    assert_int_equal(last, 19);
    cursor_confirm(&c, 14, 19);
    assert_true(cursor_pick(&c, busy, 2, &first, &last));
    assert_int_equal(first, 1);
    assert_int_equal(last, 9);
    const struct cursor_gap ranges[] = {{13, 20}, {6, 7}, {1, 3}};
    assert_true(cursor_pick(&c, ranges, 3, &first, &last));
    assert_int_equal(first, 4);
    assert_int_equal(last, 5);
}

static void what_revises_is_sent_again_when_nothing_before_it_is_missing(void **state)
{
    (void)state;
    struct cursor c;
    cursor_init(&c, 1);
    cursor_offer(&c, 10);
    cursor_confirm(&c, 6, 10);
    assert_true(cursor_has_gap_before(&c, 8));
    assert_false(cursor_has_gap_before(&c, 1));
    cursor_send_again(&c, 8);
    cursor_send_again(&c, 10);
    cursor_send_again(&c, 8);
    assert_false(cursor_is_confirmed(&c, 8));
    assert_true(cursor_is_confirmed(&c, 9));
    assert_false(cursor_is_confirmed(&c, 5));
    assert_false(cursor_is_confirmed(&c, 11));
    expect_text(&c, "\"next\":11,\"gaps\":[[1,5]],\"again\":[[8,8],[10,10]]");
    assert_int_equal(cursor_backlog(&c), 7);
    cursor_revive(&c);
    cursor_confirm(&c, 1, 4);
    cursor_revive(&c);
    expect_text(&c, "\"next\":11,\"gaps\":[[5,5]],\"again\":[[8,8],[10,10]]");
    cursor_confirm(&c, 5, 5);
    cursor_revive(&c);
    cursor_revive(&c);
    expect_text(&c, "\"next\":11,\"gaps\":[[8,8]],\"again\":[[10,10]]");
    cursor_confirm(&c, 8, 8);
    cursor_revive(&c);
    expect_text(&c, "\"next\":11,\"gaps\":[[10,10]]");
}

static void commits_to_be_sent_again_are_joined(void **state)
{
    (void)state;
    struct cursor c;
    cursor_init(&c, 1);
    cursor_offer(&c, 5000);
    cursor_confirm(&c, 2, 5000);
    cursor_send_again(&c, 12);
    cursor_send_again(&c, 10);
    cursor_send_again(&c, 11);
    expect_text(&c, "\"next\":5001,\"gaps\":[[1,1]],\"again\":[[10,12]]");
    for (uint64_t seq = 20; seq < 5000; seq += 10)
        cursor_send_again(&c, seq);
    assert_int_equal(c.again_count, CURSOR_AGAIN);
    for (uint64_t seq = 20; seq < 5000; seq += 10)
        assert_false(cursor_is_confirmed(&c, seq));
    cursor_confirm(&c, 1, 1);
    for (unsigned i = 0; i < CURSOR_AGAIN; i++) {
        cursor_revive(&c);
        cursor_confirm(&c, 1, 5000);
    }
    expect_text(&c, "\"next\":5001,\"gaps\":[]");
}

static void revived_commits_swallow_the_gaps_that_they_touch(void **state)
{
    (void)state;
    struct cursor c;
    assert_int_equal(cursor_read("\"next\":30,\"gaps\":[[11,12],[15,20],[25,25]],"
                                 "\"again\":[[10,16]]",
                                 29, &c),
                     0);
    cursor_revive(&c);
    expect_text(&c, "\"next\":30,\"gaps\":[[10,20],[25,25]]");
}

static void what_is_gone_for_ever_is_counted_once(void **state)
{
    (void)state;
    struct cursor c;
    assert_int_equal(
        cursor_read("\"next\":30,\"gaps\":[[1,4],[8,20]],\"again\":[[5,6],[22,23]]", 29, &c), 0);
    assert_int_equal(cursor_expire(&c, 10), 6);
    assert_int_equal(cursor_expire(&c, 10), 0);
    expect_text(&c, "\"next\":30,\"gaps\":[[10,20]],\"again\":[[22,23]]");
    assert_int_equal(cursor_expire(&c, 23), 11);
    expect_text(&c, "\"next\":30,\"gaps\":[],\"again\":[[23,23]]");
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
    assert_int_equal(
        cursor_read("\"next\":20,\"gaps\":[],\"again\":[[3,5],[9,12],[15,16]]", 10, &c), 0);
    expect_text(&c, "\"next\":11,\"gaps\":[],\"again\":[[3,5],[9,10]]");
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
        "\"next\":9,\"gaps\":[],\"again\":[[9,9]]",
        "\"next\":9,\"gaps\":[],\"again\":[[3,4],[5,5]]",
    };
    struct cursor c;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (cursor_read(bad[i], 100, &c) == 0)
            fail_msg("%s was read", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_refused_line_is_found_in_log2_requests),
        cmocka_unit_test(random_refused_lines_are_all_found_and_the_rest_is_sent_once),
        cmocka_unit_test(named_lines_are_left_out_and_the_rest_is_sent_once),
        cmocka_unit_test(what_is_not_in_the_piece_is_not_named),
        cmocka_unit_test(a_line_that_alone_is_too_big_is_given_up),
        cmocka_unit_test(splitting_goes_on_at_a_place),
        cmocka_unit_test(confirmed_commits_leave_the_gaps),
        cmocka_unit_test(the_newest_gap_is_picked_first_from_its_start),
        cmocka_unit_test(what_revises_is_sent_again_when_nothing_before_it_is_missing),
        cmocka_unit_test(commits_to_be_sent_again_are_joined),
        cmocka_unit_test(revived_commits_swallow_the_gaps_that_they_touch),
        cmocka_unit_test(what_is_gone_for_ever_is_counted_once),
        cmocka_unit_test(too_many_gaps_are_joined_and_nothing_unconfirmed_is_lost),
        cmocka_unit_test(a_cursor_is_read_back),
        cmocka_unit_test(what_came_after_the_cursor_is_a_gap),
        cmocka_unit_test(a_cursor_beyond_the_record_is_cut),
        cmocka_unit_test(a_malformed_cursor_is_refused),
    };
    return cmocka_run_group_tests_name("influx parts", tests, NULL, NULL);
}
