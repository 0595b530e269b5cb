/* The InfluxDB sender and what targets answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/influx_stand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void a_commit_goes_out_at_once_as_it_was_archived(void **state)
{
    struct stand *f = *state;
    struct stand_target *t = &f->targets[0];
    t->plant.retention_policy = "a/b";
    t->plant.user = "u";
    t->plant.password = "p";
    stand_start(f, 0);
    stand_commit(f, 3, 2, NULL);
    stand_run_until(f, stand_is_done(f, 0));
    stand_check_stored(f, 0, true);
    assert_int_equal(t->requests, 2);
    assert_string_equal(t->target, "/write?db=pl%20ume%261&rp=a%2Fb&precision=ms");
    assert_non_null(strstr(t->headers, "Content-Encoding: gzip\r\n"));
    assert_non_null(strstr(t->headers, "Content-Type: text/plain; charset=utf-8\r\n"));
    assert_non_null(strstr(t->headers, "Authorization: Basic dTpw\r\n"));
    struct influx_stats stats = stand_stats(f, 0);
    assert_int_equal(stats.state, INFLUX_OK);
    assert_int_equal(stats.lines, 5);
    assert_int_equal(stats.requests, 2);
    assert_int_equal(stats.last_status, 204);
    assert_true(stats.last_ok_ms > 0);
}

static void only_the_wanted_members_are_sent(void **state)
{
    struct stand *f = *state;
    f->targets[0].plant.send_raw = false;
    stand_start(f, 0);
    stand_commit(f, 3, 2, NULL);
    stand_commit(f, 3, 0, NULL);
    stand_run_until(f, stand_is_done(f, 0));
    assert_int_equal(f->targets[0].requests, 1);
    assert_int_equal(f->targets[0].stored_count, 2);
    assert_memory_equal(f->targets[0].stored[0], "d v=1.0001", 10);
}

static void a_partial_write_is_counted_and_quarantined_not_resent(void **state)
{
    struct stand *f = *state;
    f->targets[0].partial = true;
    stand_start(f, 0);
    stand_commit(f, 10, 0, (const unsigned[]){4, 0});
    stand_run_until(f, stand_is_done(f, 0));
    stand_check_stored(f, 0, true);
    assert_int_equal(f->targets[0].requests, 1);
    struct influx_stats stats = stand_stats(f, 0);
    assert_int_equal(stats.partial, 1);
    assert_int_equal(stats.lines, 9);
    assert_int_equal(f->targets[0].quarantines, 1);
    assert_non_null(
        strstr(f->targets[0].quarantine[0], "\"target\":\"a\",\"seq\":1,\"kind\":\"raw\""));
    assert_non_null(strstr(f->targets[0].quarantine[0], "partial write: unable to parse"));
}

static void one_refused_line_among_1000_is_found_and_the_rest_delivered(void **state)
{
    struct stand *f = *state;
    stand_start(f, 0);
    stand_commit(f, 1000, 3, (const unsigned[]){618, 0});
    stand_run_until(f, stand_is_done(f, 0));
    stand_check_stored(f, 0, true);
    assert_in_range(f->targets[0].requests, 4, 1 + 10 + 2 + 1);
    assert_int_equal(stand_stats(f, 0).quarantined, 1);
    assert_int_equal(stand_stats(f, 0).lines, 1002);
    assert_int_equal(f->targets[0].quarantines, 1);
    assert_string_equal(f->targets[0].quarantine[0],
                        "\"target\":\"a\",\"seq\":1,\"kind\":\"raw\",\"line\":618,\"lines\":1,"
                        "\"reason\":\"{\\\"error\\\":\\\"unable to parse 'x': missing\\\"}\","
                        "\"text\":\"r v=1.0618,bad 1\"");
}

static void several_refused_lines_and_a_single_one_are_found(void **state)
{
    struct stand *f = *state;
    stand_start(f, 0);
    stand_commit(f, 50, 0, (const unsigned[]){1, 2, 25, 50, 0});
    stand_commit(f, 1, 1, (const unsigned[]){1, 0});
    stand_run_until(f, stand_is_done(f, 0));
    stand_check_stored(f, 0, true);
    assert_int_equal(stand_stats(f, 0).quarantined, 5);
}

static void a_request_that_is_too_big_is_halved(void **state)
{
    struct stand *f = *state;
    f->targets[0].most_lines = 90;
    stand_start(f, 0);
    stand_commit(f, 1000, 0, (const unsigned[]){500, 0});
    stand_run_until(f, stand_is_done(f, 0));
    stand_check_stored(f, 0, true);
    assert_int_equal(stand_stats(f, 0).quarantined, 1);
}

/* The target answers so a few times while commits come, then works: nothing may be missing. */
static void survive(struct stand *f, int times, struct served_answer answer)
{
    struct stand_target *t = &f->targets[0];
    t->steps[0] = (struct stand_step){.times = times, .answer = answer};
    t->step = 0;
    stand_start(f, 0);
    for (int i = 0; i < 5; i++)
        stand_commit(f, 10, 1, NULL);
    stand_run_until(f, t->step == 1);
    stand_commit(f, 10, 1, NULL);
    stand_run_until(f, stand_is_done(f, 0));
    stand_check_stored(f, 0, true);
    assert_int_equal(stand_stats(f, 0).quarantined + stand_stats(f, 0).partial, 0);
    assert_int_equal(stand_stats(f, 0).state, INFLUX_OK);
    assert_string_equal(stand_stats(f, 0).last_error, "");
}

static void wrong_credentials_hold_until_they_are_right(void **state)
{
    survive(*state, 3, (struct served_answer){.status = 401, .body = "authorization failed"});
}

static void a_missing_database_holds_until_it_exists(void **state)
{
    survive(*state, 3, (struct served_answer){.status = 404, .body = "database not found"});
}

static void a_server_error_is_tried_again(void **state)
{
    survive(*state, 3, (struct served_answer){.status = 500, .body = "partial write dropped=3"});
}

static void an_answer_that_is_cut_is_tried_again(void **state)
{
    survive(*state, 2, (struct served_answer){.how = SERVE_CUT, .status = 500, .cut_at = 9});
}

static void a_proxy_page_quarantines_nothing(void **state)
{
    survive(*state, 3, (struct served_answer){.status = 400, .body = "<html>Bad Request</html>"});
}

static void silence_ends_in_a_timeout_and_is_tried_again(void **state)
{
    struct stand *f = *state;
    f->targets[0].plant.timeout_ms = 100;
    survive(f, 2, (struct served_answer){.how = SERVE_HANG});
}

static void retry_after_is_kept(void **state)
{
    struct stand *f = *state;
    survive(f, 1, (struct served_answer){.status = 429, .headers = "Retry-After: 1\r\n"});
    assert_true(f->targets[0].longest_pause_ms >= 950);
}

static void a_refusing_target_says_so(void **state)
{
    struct stand *f = *state;
    f->targets[0].steps[0] =
        (struct stand_step){.times = 1000, .answer = {.status = 403, .body = "no"}};
    stand_start(f, 0);
    stand_commit(f, 1, 0, NULL);
    stand_run_until(f, stand_stats(f, 0).state == INFLUX_REFUSED);
    assert_string_equal(stand_stats(f, 0).last_error, "HTTP 403 no");
    assert_int_equal(stand_stats(f, 0).oldest, 1);
    assert_int_equal(stand_stats(f, 0).backlog, 1);
    assert_int_equal(stand_stats(f, 0).last_status, 403);
    unsigned before = f->targets[0].requests;
    for (int i = 0; i < 20; i++)
        stand_commit(f, 1, 0, NULL);
    stand_run_ms(f, 300);
    assert_in_range(f->targets[0].requests - before, 3, 11);
}

static void a_dead_target_is_asked_ever_more_rarely(void **state)
{
    struct stand *f = *state;
    f->targets[0].plant.url = "http://127.0.0.1:1";
    stand_start(f, 0);
    for (int i = 0; i < 50; i++)
        stand_commit(f, 1, 0, NULL);
    stand_run_ms(f, 500);
    assert_int_equal(stand_stats(f, 0).state, INFLUX_UNREACHABLE);
    assert_in_range(stand_stats(f, 0).requests, 3, 9);
    assert_int_equal(stand_stats(f, 0).backlog, 50);
}

#define case_of(test) cmocka_unit_test_setup_teardown(test, stand_set_up, stand_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        case_of(a_commit_goes_out_at_once_as_it_was_archived),
        case_of(only_the_wanted_members_are_sent),
        case_of(a_partial_write_is_counted_and_quarantined_not_resent),
        case_of(one_refused_line_among_1000_is_found_and_the_rest_delivered),
        case_of(several_refused_lines_and_a_single_one_are_found),
        case_of(a_request_that_is_too_big_is_halved),
        case_of(wrong_credentials_hold_until_they_are_right),
        case_of(a_missing_database_holds_until_it_exists),
        case_of(a_server_error_is_tried_again),
        case_of(an_answer_that_is_cut_is_tried_again),
        case_of(a_proxy_page_quarantines_nothing),
        case_of(silence_ends_in_a_timeout_and_is_tried_again),
        case_of(retry_after_is_kept),
        case_of(a_refusing_target_says_so),
        case_of(a_dead_target_is_asked_ever_more_rarely),
    };
    return cmocka_run_group_tests_name("influx sender", tests, NULL, NULL);
}
