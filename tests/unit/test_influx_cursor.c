/* The InfluxDB sender over outages, restarts and stops: live first, gaps after, nothing missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/influx_stand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void a_new_target_gets_history_or_only_what_comes(void **state)
{
    struct stand *f = *state;
    for (unsigned i = 0; i < 30; i++)
        fake_archive_add(&f->archive, 2, i % 3, NULL);
    f->targets[1].plant.history = false;
    stand_start(f, 0);
    stand_start(f, 1);
    stand_run_until(f, stand_is_done(f, 0));
    stand_check_stored(f, 0, true);
    assert_int_equal(f->targets[1].requests, 0);
    stand_run_until(f, f->targets[1].cursor);
    assert_string_equal(f->targets[1].cursor, "\"target\":\"b\",\"next\":31,\"gaps\":[]");
    stand_commit(f, 2, 0, NULL);
    stand_run_until(f, stand_is_done(f, 1) && stand_is_done(f, 0));
    assert_int_equal(f->targets[1].stored_count, 2);
    stand_check_stored(f, 0, true);
}

static void live_commits_do_not_wait_for_the_backlog(void **state)
{
    struct stand *f = *state;
    for (int i = 0; i < 200; i++)
        fake_archive_add(&f->archive, 5, 0, NULL);
    stand_start(f, 0);
    stand_run_until(f, f->targets[0].stored_count >= 50);
    stand_commit(f, 1, 0, NULL);
    size_t before = f->targets[0].stored_count;
    char wanted[16];
    snprintf(wanted, sizeof wanted, "r v=%d.", 201);
    stand_run_until(f,
                    strncmp(f->targets[0].stored[f->targets[0].stored_count - 1], wanted, 8) == 0);
    assert_true(f->targets[0].stored_count - before <= 3 * 5 + 1);
    stand_run_until(f, stand_is_done(f, 0));
    stand_check_stored(f, 0, true);
}

static void two_targets_with_different_outages_both_get_everything(void **state)
{
    struct stand *f = *state;
    f->targets[0].steps[0] = (struct stand_step){.times = 4, .answer = {.status = 503}};
    int port = http_server_port(f->targets[1].server);
    stand_start(f, 0);
    stand_start(f, 1);
    for (unsigned i = 0; i < 60; i++) {
        stand_commit(f, 4, i % 2, NULL);
        if (i == 20) {
            http_server_stop(f->targets[1].server);
            f->targets[1].server = NULL;
        }
        if (i == 45)
            stand_listen(&f->targets[1], port);
        stand_run_ms(f, 5);
    }
    stand_run_until(f, stand_is_done(f, 0) && stand_is_done(f, 1));
    stand_check_stored(f, 0, true);
    stand_check_stored(f, 1, false);
}

static void a_restart_goes_on_at_the_cursor(void **state)
{
    struct stand *f = *state;
    for (int i = 0; i < 100; i++)
        fake_archive_add(&f->archive, 5, 0, NULL);
    stand_start(f, 0);
    stand_run_until(f, f->targets[0].stored_count >= 200);
    stand_stop(f, 0);
    size_t stored = f->targets[0].stored_count;
    assert_in_range(stored, 200, 400);
    for (int i = 0; i < 10; i++)
        stand_commit(f, 5, 0, NULL);
    stand_start(f, 0);
    stand_run_until(f, stand_is_done(f, 0));
    stand_check_stored(f, 0, true);
}

static void a_restart_goes_on_inside_a_member(void **state)
{
    struct stand *f = *state;
    struct stand_target *t = &f->targets[0];
    fake_archive_add(&f->archive, 400, 2, (const unsigned[]){50, 300, 0});
    t->cursor = strdup("\"target\":\"a\",\"next\":2,\"gaps\":[[1,1]],"
                       "\"places\":[{\"seq\":1,\"kind\":\"raw\",\"line\":120}]");
    stand_start(f, 0);
    stand_run_until(f, stand_is_done(f, 0));
    assert_int_equal(t->stored_count, 400 - 120 - 1 + 2);
    assert_int_equal(stand_stats(f, 0).quarantined, 1);
    stand_stop(f, 0);
    assert_string_equal(t->cursor, "\"target\":\"a\",\"next\":2,\"gaps\":[]");
}

static void a_stop_while_halving_is_remembered(void **state)
{
    struct stand *f = *state;
    struct stand_target *t = &f->targets[0];
    stand_start(f, 0);
    stand_commit(f, 1000, 2, (const unsigned[]){700, 0});
    stand_run_until(f, t->requests == 5);
    stand_stop(f, 0);
    assert_non_null(
        strstr(t->cursor, "\"gaps\":[[1,1]],\"places\":[{\"seq\":1,\"kind\":\"raw\",\"line\":"));
    assert_in_range(t->stored_count, 500, 999);
    stand_start(f, 0);
    stand_run_until(f, stand_is_done(f, 0));
    stand_check_stored(f, 0, true);
    assert_int_equal(t->quarantines, 1);
}

static void a_cursor_line_alone_begets_no_other(void **state)
{
    struct stand *f = *state;
    f->commits_on_cursor = true;
    stand_start(f, 0);
    stand_commit(f, 1, 0, NULL);
    stand_run_until(f, stand_is_done(f, 0) && f->targets[0].cursors >= 1);
    stand_run_ms(f, 1200);
    unsigned settled = f->targets[0].cursors;
    assert_in_range(settled, 1, 3);
    stand_run_ms(f, 2500);
    assert_int_equal(f->targets[0].cursors, settled);
    assert_int_equal(f->targets[0].requests, 1);
    f->commits_on_cursor = false;
}

static void cursor_lines_come_at_most_once_a_second(void **state)
{
    struct stand *f = *state;
    stand_start(f, 0);
    for (int i = 0; i < 150; i++) {
        stand_commit(f, 1, 0, NULL);
        stand_run_ms(f, 10);
    }
    assert_in_range(f->targets[0].cursors, 1, 4);
}

static void commits_that_retention_removed_are_passed_over(void **state)
{
    struct stand *f = *state;
    for (int i = 0; i < 150; i++)
        fake_archive_add(&f->archive, 1, 0, NULL);
    f->archive.first = 140;
    stand_start(f, 0);
    stand_run_until(f, stand_is_done(f, 0));
    stand_check_stored(f, 0, true);
    assert_int_equal(stand_stats(f, 0).expired, 139);
    assert_int_equal(f->targets[0].quarantines, 1);
    assert_non_null(strstr(f->targets[0].quarantine[0], "139 commits before 140 were removed"));
}

static void a_damaged_commit_does_not_stop_the_others(void **state)
{
    struct stand *f = *state;
    for (int i = 0; i < 10; i++)
        fake_archive_add(&f->archive, 1, 0, NULL);
    f->archive.corrupt = 5;
    stand_start(f, 0);
    stand_run_until(f, stand_is_done(f, 0));
    assert_int_equal(f->targets[0].stored_count, 9);
    assert_int_equal(stand_stats(f, 0).unreadable, 1);
    assert_int_equal(f->targets[0].quarantines, 1);
}

static void an_unreadable_cursor_sends_everything_again(void **state)
{
    struct stand *f = *state;
    for (int i = 0; i < 5; i++)
        fake_archive_add(&f->archive, 1, 0, NULL);
    f->targets[0].cursor = strdup("\"next\":oops");
    f->targets[0].plant.history = false;
    stand_start(f, 0);
    stand_run_until(f, stand_is_done(f, 0));
    stand_check_stored(f, 0, true);
}

static void a_stop_waits_for_the_answer_but_not_for_ever(void **state)
{
    struct stand *f = *state;
    stand_start(f, 0);
    stand_commit(f, 2, 0, NULL);
    stand_stop(f, 0);
    stand_check_stored(f, 0, true);
    assert_string_equal(f->targets[0].cursor, "\"target\":\"a\",\"next\":2,\"gaps\":[]");

    f->targets[0].steps[0] = (struct stand_step){.times = 1, .answer = {.how = SERVE_HANG}};
    stand_start(f, 0);
    stand_commit(f, 2, 0, NULL);
    stand_run_until(f, f->targets[0].requests == 2);
    uint64_t begun = uv_hrtime();
    stand_stop(f, 0);
    uint64_t took_ms = (uv_hrtime() - begun) / 1000000;
    assert_in_range(took_ms, 900, 2000);
    stand_start(f, 0);
    stand_run_until(f, stand_is_done(f, 0));
    stand_check_stored(f, 0, true);
}

static void a_client_that_closes_first_does_no_harm(void **state)
{
    struct stand *f = *state;
    f->targets[0].steps[0] = (struct stand_step){.times = 9, .answer = {.how = SERVE_HANG}};
    stand_start(f, 0);
    stand_commit(f, 2, 0, NULL);
    stand_run_until(f, f->targets[0].requests == 1);
    stand_stop_begin(f, 0);
    http_client_close(f->http, NULL, NULL);
    f->http = NULL;
    stand_run_until(f, f->stopped == 1);
    assert_string_equal(f->targets[0].cursor, "\"target\":\"a\",\"next\":2,\"gaps\":[[1,1]]");
}

static void stopping_at_any_moment_loses_nothing(void **state)
{
    struct stand *f = *state;
    struct stand_target *t = &f->targets[0];
    for (unsigned round = 0; round < 30; round++) {
        t->steps[0] = (struct stand_step){.times = (int)(round % 4), .answer = {.status = 503}};
        t->step = round % 4 == 0;
        stand_start(f, 0);
        stand_commit(f, 7, round % 2, round % 5 ? NULL : (const unsigned[]){3, 0});
        for (unsigned turn = 0; turn < round; turn++)
            uv_run(&f->loop, UV_RUN_NOWAIT);
        stand_stop(f, 0);
    }
    t->step = 1;
    stand_start(f, 0);
    stand_run_until(f, stand_is_done(f, 0));
    stand_check_stored(f, 0, false);
}

#define case_of(test) cmocka_unit_test_setup_teardown(test, stand_set_up, stand_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        case_of(a_new_target_gets_history_or_only_what_comes),
        case_of(live_commits_do_not_wait_for_the_backlog),
        case_of(two_targets_with_different_outages_both_get_everything),
        case_of(a_restart_goes_on_at_the_cursor),
        case_of(a_restart_goes_on_inside_a_member),
        case_of(a_stop_while_halving_is_remembered),
        case_of(a_cursor_line_alone_begets_no_other),
        case_of(cursor_lines_come_at_most_once_a_second),
        case_of(commits_that_retention_removed_are_passed_over),
        case_of(a_damaged_commit_does_not_stop_the_others),
        case_of(an_unreadable_cursor_sends_everything_again),
        case_of(a_stop_waits_for_the_answer_but_not_for_ever),
        case_of(a_client_that_closes_first_does_no_harm),
        case_of(stopping_at_any_moment_loses_nothing),
    };
    return cmocka_run_group_tests_name("influx cursor", tests, NULL, NULL);
}
