/* The InfluxDB sender with v2 and v3 targets, with several of them, and what it sends when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/influx_stand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct stand_target *v2_target(struct stand *f)
{
    struct stand_target *t = &f->targets[0];
    t->plant.api = INFLUX_V2;
    t->plant.bucket = "b/autogen";
    t->plant.org = "o r";
    t->plant.token = "tok:en";
    t->names = true;
    return t;
}

static struct stand_target *v3_target(struct stand *f, bool accept_partial)
{
    struct stand_target *t = &f->targets[0];
    t->plant.api = INFLUX_V3;
    t->plant.token = "secret";
    t->plant.accept_partial = accept_partial;
    t->names = true;
    t->partial = accept_partial;
    return t;
}

static void each_api_has_its_path_and_its_token(void **state)
{
    struct stand *f = *state;
    struct stand_target *t = v2_target(f);
    stand_start(f, 0);
    stand_commit(f, 3, 2, NULL);
    stand_run_until(f, stand_is_done(f, 0));
    assert_string_equal(t->target, "/api/v2/write?bucket=b%2Fautogen&org=o%20r&precision=ms");
    assert_non_null(strstr(t->headers, "Authorization: Token tok:en\r\n"));
    stand_stop(f, 0);

    t = v3_target(f, true);
    stand_start(f, 0);
    stand_commit(f, 3, 2, NULL);
    stand_run_until(f, stand_is_done(f, 0));
    assert_string_equal(t->target, "/api/v3/write_lp?db=pl%20ume%261&precision=millisecond&"
                                   "accept_partial=true");
    assert_non_null(strstr(t->headers, "Authorization: Bearer secret\r\n"));
    assert_non_null(strstr(t->headers, "Content-Encoding: gzip\r\n"));
    stand_check_stored(f, 0, true);
}

static void a_path_before_the_api_is_kept(void **state)
{
    struct stand *f = *state;
    struct stand_target *t = &f->targets[0];
    strcat(t->url, "/v1/influxdb");
    stand_start(f, 0);
    stand_commit(f, 1, 0, NULL);
    stand_run_until(f, stand_is_done(f, 0));
    assert_memory_equal(t->target, "/v1/influxdb/write?db=", 22);
}

static void v2_names_all_bad_lines_and_they_are_left_out_at_once(void **state)
{
    struct stand *f = *state;
    struct stand_target *t = v2_target(f);
    stand_start(f, 0);
    stand_commit(f, 1000, 2, (const unsigned[]){1, 2, 500, 777, 1000, 0});
    stand_run_until(f, stand_is_done(f, 0));
    stand_check_stored(f, 0, true);
    assert_int_equal(t->requests, 3);
    assert_int_equal(stand_stats(f, 0).quarantined, 5);
    assert_int_equal(stand_stats(f, 0).lines, 997);
    assert_int_equal(t->quarantines, 5);
    assert_string_equal(t->quarantine[3],
                        "\"target\":\"a\",\"seq\":1,\"kind\":\"raw\",\"line\":777,\"lines\":1,"
                        "\"reason\":\"bad\",\"text\":\"r v=1.0777,bad 1\"");
}

static void only_bad_lines_are_all_left_out(void **state)
{
    struct stand *f = *state;
    struct stand_target *t = v2_target(f);
    stand_start(f, 0);
    stand_commit(f, 3, 1, (const unsigned[]){1, 2, 3, 0});
    stand_run_until(f, stand_is_done(f, 0));
    stand_check_stored(f, 0, true);
    assert_int_equal(t->requests, 2);
    assert_int_equal(stand_stats(f, 0).quarantined, 3);
}

static void more_bad_lines_than_an_answer_names_are_found_all_the_same(void **state)
{
    struct stand *f = *state;
    struct stand_target *t = v3_target(f, false);
    stand_start(f, 0);
    stand_commit(f, 100, 1, (const unsigned[]){7, 8, 99, 0});
    stand_run_until(f, stand_is_done(f, 0));
    stand_check_stored(f, 0, true);
    assert_int_equal(t->requests, 5);
    assert_int_equal(stand_stats(f, 0).quarantined, 3);
    assert_non_null(strstr(t->quarantine[2], "\"line\":99,"));
}

static void v3_keeps_the_good_lines_and_names_the_others(void **state)
{
    struct stand *f = *state;
    struct stand_target *t = v3_target(f, true);
    stand_start(f, 0);
    stand_commit(f, 20, 0, (const unsigned[]){4, 5, 0});
    stand_run_until(f, stand_is_done(f, 0));
    stand_check_stored(f, 0, true);
    assert_int_equal(t->requests, 1);
    assert_int_equal(stand_stats(f, 0).partial, 2);
    assert_int_equal(stand_stats(f, 0).lines, 18);
    assert_int_equal(t->quarantines, 2);
    assert_string_equal(t->quarantine[1],
                        "\"target\":\"a\",\"seq\":1,\"kind\":\"raw\",\"line\":5,\"lines\":1,"
                        "\"reason\":\"bad\",\"text\":\"r v=1.0005,bad 1\"");
}

static void a_limit_of_the_server_holds_the_target(void **state)
{
    struct stand *f = *state;
    struct stand_target *t = v3_target(f, true);
    t->steps[0] =
        (struct stand_step){.times = 2, .answer = {.status = 422, .body = "too many tables"}};
    stand_start(f, 0);
    stand_commit(f, 5, 0, NULL);
    stand_run_until(f, stand_stats(f, 0).state == INFLUX_REFUSED);
    stand_run_until(f, stand_is_done(f, 0));
    stand_check_stored(f, 0, true);
    assert_int_equal(stand_stats(f, 0).quarantined, 0);
}

static void when_every_single_line_is_refused_the_target_is_held(void **state)
{
    struct stand *f = *state;
    struct stand_target *t = &f->targets[0];
    t->steps[0] =
        (struct stand_step){.times = 1000, .answer = {.status = 400, .body = "no such db"}};
    stand_start(f, 0);
    stand_commit(f, 50, 0, NULL);
    stand_run_until(f, stand_stats(f, 0).state == INFLUX_REFUSED);
    assert_int_equal(stand_stats(f, 0).quarantined, 16);
    assert_string_equal(stand_stats(f, 0).last_error, "HTTP 400 no such db");
    t->step = 1;
    stand_run_until(f, stand_is_done(f, 0));
    assert_int_equal(t->stored_count, 50 - stand_stats(f, 0).quarantined);
}

static const char *last_stored(const struct stand_target *t, const char *begin)
{
    for (size_t i = t->stored_count; i-- > 0;)
        if (strncmp(t->stored[i], begin, strlen(begin)) == 0)
            return t->stored[i];
    return "";
}

static void a_revision_that_overtook_what_it_revises_is_sent_once_more(void **state)
{
    struct stand *f = *state;
    struct stand_target *t = &f->targets[0];
    for (int i = 0; i < 20; i++)
        fake_archive_add(&f->archive, 2, 0, NULL);
    fake_archive_add_derived(&f->archive, "minute avg=1,revision=0i 7\n");
    fake_archive_add(&f->archive, 2, 1, NULL);
    stand_start(f, 0);
    influx_sender_on_commit(t->sender,
                            fake_archive_add_derived(&f->archive, "minute avg=2,revision=1i 7\n"));
    stand_run_until(f, stand_is_done(f, 0));
    assert_int_equal(stand_stats(f, 0).resent, 1);
    assert_string_equal(last_stored(t, "minute"), "minute avg=2,revision=1i 7");
    stand_check_stored(f, 0, false);
    assert_true(influx_sender_has_confirmed(t->sender, 23));
    assert_false(influx_sender_has_confirmed(t->sender, 24));
}

static void revisions_in_gaps_end_with_the_newest(void **state)
{
    struct stand *f = *state;
    struct stand_target *t = &f->targets[0];
    char line[64];
    for (int i = 0; i < 30; i++) {
        snprintf(line, sizeof line, "minute avg=%d,revision=%di 7\n", i, i / 5);
        fake_archive_add_derived(&f->archive, line);
        fake_archive_add(&f->archive, 1, 1, NULL);
    }
    t->cursor = strdup("\"next\":61,\"gaps\":[[1,5],[9,13],[21,21],[23,40],[59,60]]");
    stand_start(f, 0);
    stand_run_until(f, stand_is_done(f, 0));
    assert_string_equal(last_stored(t, "minute"), "minute avg=29,revision=5i 7");
    assert_in_range(stand_stats(f, 0).resent, 3, 20);
}

static void many_revisions_at_once_are_sent_twice_at_most(void **state)
{
    struct stand *f = *state;
    struct stand_target *t = &f->targets[0];
    char line[64];
    t->plant.backfill_requests = 6;
    t->delay_ms = 3;
    for (int i = 0; i < 60; i++) {
        snprintf(line, sizeof line, "minute avg=%d,revision=%di 7\n", i, i + 1);
        fake_archive_add_derived(&f->archive, line);
    }
    stand_start(f, 0);
    stand_run_until(f, stand_is_done(f, 0));
    assert_string_equal(last_stored(t, "minute"), "minute avg=59,revision=60i 7");
    assert_in_range(stand_stats(f, 0).resent, 30, 60);
    assert_in_range(t->stored_count, 90, 120);
}

static void a_revision_to_be_sent_again_survives_a_restart(void **state)
{
    struct stand *f = *state;
    struct stand_target *t = &f->targets[0];
    for (int i = 0; i < 5; i++)
        fake_archive_add(&f->archive, 1, 1, NULL);
    fake_archive_add_derived(&f->archive, "minute avg=2,revision=1i 7\n");
    t->cursor = strdup("\"next\":7,\"gaps\":[[1,2]],\"again\":[[6,6]]");
    stand_start(f, 0);
    stand_run_until(f, stand_is_done(f, 0));
    assert_string_equal(t->stored[t->stored_count - 1], "minute avg=2,revision=1i 7");
    assert_int_equal(t->stored_count, 5);
}

/* Commits of the backlog stored while a live one comes every 40 ms for 800 ms. */
static size_t backlog_beside_live(struct stand *f, double share)
{
    struct stand_target *t = &f->targets[0];
    t->plant.backfill_share = share;
    t->delay_ms = 20;
    for (int i = 0; i < 100; i++)
        fake_archive_add(&f->archive, 1, 0, NULL);
    stand_start(f, 0);
    for (int i = 0; i < 20; i++) {
        stand_commit(f, 1, 0, NULL);
        stand_run_ms(f, 40);
    }
    size_t stored = t->stored_count;
    t->delay_ms = 0;
    stand_run_until(f, stand_is_done(f, 0));
    stand_check_stored(f, 0, true);
    return stored - 20;
}

static void the_backlog_keeps_to_its_share_while_new_data_comes(void **state)
{
    assert_in_range(backlog_beside_live(*state, 0.25), 4, 11);
}

static void a_share_of_one_knows_no_rest(void **state)
{
    assert_in_range(backlog_beside_live(*state, 1), 20, 40);
}

static void a_slow_server_is_asked_several_times_at_once(void **state)
{
    struct stand *f = *state;
    struct stand_target *t = &f->targets[0];
    t->plant.backfill_requests = 4;
    t->delay_ms = 50;
    for (int i = 0; i < 40; i++)
        fake_archive_add(&f->archive, 2, 0, NULL);
    uint64_t begun = uv_hrtime();
    stand_start(f, 0);
    stand_run_until(f, stand_is_done(f, 0));
    uint64_t took_ms = (uv_hrtime() - begun) / 1000000;
    stand_check_stored(f, 0, true);
    assert_in_range(took_ms, 450, 1400);
    assert_int_equal(http_server_connections(t->server), 4);
}

static void three_targets_with_different_outages_all_get_everything(void **state)
{
    struct stand *f = *state;
    f->targets[0].steps[0] = (struct stand_step){.times = 4, .answer = {.status = 503}};
    f->targets[2].steps[0] = (struct stand_step){.times = 3, .answer = {.how = SERVE_HANG}};
    f->targets[2].plant.timeout_ms = 100;
    f->targets[2].plant.api = INFLUX_V3;
    f->targets[2].plant.backfill_requests = 3;
    int port = http_server_port(f->targets[1].server);
    for (int i = 0; i < STAND_TARGETS; i++)
        stand_start(f, i);
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
    for (int i = 0; i < STAND_TARGETS; i++)
        stand_run_until(f, stand_is_done(f, i));
    for (int i = 0; i < STAND_TARGETS; i++)
        stand_check_stored(f, i, false);
}

#define case_of(test) cmocka_unit_test_setup_teardown(test, stand_set_up, stand_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        case_of(each_api_has_its_path_and_its_token),
        case_of(a_path_before_the_api_is_kept),
        case_of(v2_names_all_bad_lines_and_they_are_left_out_at_once),
        case_of(only_bad_lines_are_all_left_out),
        case_of(more_bad_lines_than_an_answer_names_are_found_all_the_same),
        case_of(v3_keeps_the_good_lines_and_names_the_others),
        case_of(a_limit_of_the_server_holds_the_target),
        case_of(when_every_single_line_is_refused_the_target_is_held),
        case_of(a_revision_that_overtook_what_it_revises_is_sent_once_more),
        case_of(revisions_in_gaps_end_with_the_newest),
        case_of(many_revisions_at_once_are_sent_twice_at_most),
        case_of(a_revision_to_be_sent_again_survives_a_restart),
        case_of(the_backlog_keeps_to_its_share_while_new_data_comes),
        case_of(a_share_of_one_knows_no_rest),
        case_of(a_slow_server_is_asked_several_times_at_once),
        case_of(three_targets_with_different_outages_all_get_everything),
    };
    return cmocka_run_group_tests_name("influx apis", tests, NULL, NULL);
}
