/* Requests of a platform for periods, out of a record of the test's own; what goes and comes stands
 * here as text. */
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

#include "acq/deliver/uplink_history.h"
#include "tests/unit/means_support.h"

enum { SENT_SIZE = 1 << 20, PATIENCE_MS = 20000, ROUND_MS = 25 };

#define MN "010000A8900016F000169DC0"

struct stand {
    struct record_bench b;
    uv_loop_t loop;
    struct uplink_plan plan;
    struct uplink_outlet outlet;
    struct uplink_code codes[2];
    uint16_t accept[3];
    struct uplink_session *session;
    struct uplink_history *history;
    struct hj212_packet packet;
    char *sent;
    size_t sent_len;
    size_t answered; /* up to here */
    int64_t now_ms;
    bool acknowledges, closed;
};

static int on_send(void *ctx, const char *frame, size_t len)
{
    struct stand *s = ctx;
    assert_true(s->sent_len + len < SENT_SIZE);
    memcpy(s->sent + s->sent_len, frame, len);
    s->sent_len += len;
    s->sent[s->sent_len] = '\0';
    return 0;
}

static void on_give_up(void *ctx, const char *why)
{
    (void)ctx;
    fail_msg("%s", why);
}

static void on_end(void *ctx, enum uplink_lane lane, enum uplink_end end, unsigned resends)
{
    struct stand *s = ctx;
    (void)resends;
    assert_int_equal(lane, UPLINK_RECORD);
    uplink_history_ended(s->history, end);
}

static void on_keep(void *ctx, const struct uplink_settings *settings, bool secret)
{
    (void)ctx;
    (void)settings;
    (void)secret;
    fail();
}

static void on_request(void *ctx, const struct uplink_request *r)
{
    (void)ctx;
    (void)r;
}

static int set_clock(void *ctx, int64_t time_ms)
{
    (void)ctx;
    (void)time_ms;
    return UPLINK_WRONG_CONDITION;
}

static int handle(void *ctx, const struct uplink_request *r)
{
    struct stand *s = ctx;
    return uplink_history_begin(s->history, r);
}

static void on_gone(void *ctx)
{
    struct stand *s = ctx;
    uplink_history_gone(s->history);
}

static void describe(struct stand *s, enum hj212_edition edition)
{
    static const char *const codes[][2] = {{"02", "03"}, {"a21026", "a21002"}};
    const bool is_new = edition != HJ212_2005;
    s->accept[0] = 2051;
    s->accept[1] = 2061;
    s->accept[2] = 2031;
    s->outlet = (struct uplink_outlet){.site = "demo", .outlet = "DA001", .code_count = 2};
    for (int i = 0; i < 2; i++)
        s->codes[i] = (struct uplink_code){.code = codes[is_new][i],
                                           .factor = i ? "a21021" : "a21020",
                                           .scale = 1,
                                           .amount_scale = 1};
    s->plan = (struct uplink_plan){
        .platform = {.id = "city",
                     .mn = MN,
                     .st = "31",
                     .password = "123456",
                     .sm4_key = "",
                     .edition = edition,
                     .accept = s->accept,
                     .accept_count = 3,
                     .minute_min = 10,
                     .timeout_s = 5,
                     .ack = true},
        .profile = hj212_profile_default(edition),
        .outlets = &s->outlet,
        .codes = s->codes,
        .outlet_count = 1,
        .code_count = 2,
    };
}

static struct stand *begin(enum hj212_edition edition, unsigned minutes)
{
    struct stand *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->sent = calloc(1, SENT_SIZE);
    assert_non_null(s->sent);
    record_bench_init(&s->b);
    assert_int_equal(record_bench_open(&s->b), 0);
    means_live(&s->b, minutes);
    assert_int_equal(uv_loop_init(&s->loop), 0);
    describe(s, edition);
    const struct uplink_session_ops ops = {on_send,   on_give_up, on_end,  on_keep, on_request,
                                           set_clock, handle,     on_gone, s};
    struct uplink_settings settings;
    uplink_settings_init(&settings, &s->plan.platform);
    assert_int_equal(uplink_session_new(&s->plan, &settings, &ops, &s->session), 0);
    assert_int_equal(uplink_history_new(&s->loop, &s->b.clock.clock, s->b.data, &s->plan,
                                        s->session, &s->history),
                     0);
    uplink_session_opened(s->session, 0);
    s->acknowledges = true;
    return s;
}

static void on_closed(void *ctx)
{
    struct stand *s = ctx;
    s->closed = true;
}

static void end(struct stand *s)
{
    uplink_history_close(s->history, on_closed, s);
    assert_int_equal(uv_run(&s->loop, UV_RUN_DEFAULT), 0);
    assert_true(s->closed);
    uplink_session_free(s->session);
    assert_int_equal(uv_loop_close(&s->loop), 0);
    record_bench_deinit(&s->b);
    free(s->sent);
    free(s);
}

static void take(struct stand *s, const char *segment)
{
    assert_int_equal(hj212_packet_parse(hj212_text_of(segment), &s->packet), 0);
    uplink_session_take(s->session, &s->packet, s->now_ms, s->b.clock.wall_ms);
}

/* What was sent since, as a platform does that acknowledges data. */
static void acknowledge(struct stand *s)
{
    const char *end_of_frame;
    while ((end_of_frame = strstr(s->sent + s->answered, "\r\n"))) {
        const char *frame = s->sent + s->answered;
        char answer[256];
        s->answered = (size_t)(end_of_frame + 2 - s->sent);
        if (strncmp(frame + 6, "QN=", 3) != 0 || strncmp(frame + 27, "ST=31", 5) != 0)
            continue;
        if (s->plan.profile.edition == HJ212_2005)
            snprintf(answer, sizeof answer, "ST=91;CN=9014;CP=&&%.20s;CN=2051&&", frame + 6);
        else
            snprintf(answer, sizeof answer,
                     "%.20s;ST=91;CN=9014;PW=123456;MN=" MN ";Flag=4;CP=&&&&", frame + 6);
        take(s, answer);
    }
}

static void run_until(struct stand *s, const char *text)
{
    const struct pw_clock *clock = pw_clock_system();
    int64_t deadline = pw_clock_mono_ms(clock) + PATIENCE_MS;
    while (!strstr(s->sent, text)) {
        if (pw_clock_mono_ms(clock) > deadline)
            fail_msg("%s: not within time, but: %s", text, s->sent);
        s->now_ms += ROUND_MS;
        (void)uplink_history_tick(s->history, s->now_ms, s->b.clock.wall_ms);
        (void)uplink_session_tick(s->session, s->now_ms, s->b.clock.wall_ms);
        if (s->acknowledges)
            acknowledge(s);
        (void)uv_run(&s->loop, UV_RUN_NOWAIT);
    }
}

static void ask(struct stand *s, const char *cn, const char *cp)
{
    char segment[512];
    snprintf(segment, sizeof segment,
             "QN=20261101080000123;ST=31;CN=%s;PW=123456;MN=" MN ";Flag=%d;CP=&&%s&&", cn,
             s->plan.profile.edition == HJ212_2005 ? 3 : 5, cp);
    s->sent_len = s->answered = 0;
    s->sent[0] = '\0';
    take(s, segment);
}

static size_t count_of(const struct stand *s, const char *text)
{
    size_t count = 0;
    for (const char *at = strstr(s->sent, text); at; at = strstr(at + 1, text))
        count++;
    return count;
}

/* Field time of so many minutes before the last minute that the record knows. */
static const char *before(const struct stand *s, int minutes, char out[HJ212_TIME_SIZE])
{
    int64_t last_ms = s->b.clock.wall_ms - s->b.clock.wall_ms % means_minute_ms - means_minute_ms;
    return hj212_time_format(last_ms - minutes * means_minute_ms, 480, out);
}

static void ask_between(struct stand *s, const char *cn, const char *from, const char *to)
{
    char cp[128];
    snprintf(cp, sizeof cp, "BeginTime=%s,EndTime=%s", from, to);
    ask(s, cn, cp);
}

static void hours_come_one_by_one_oldest_first_both_ends_included(void **state)
{
    (void)state;
    char text[64];
    char from[HJ212_TIME_SIZE];
    char to[HJ212_TIME_SIZE];
    struct stand *s = begin(HJ212_2017, 200);
    int64_t hour_ms = s->b.clock.wall_ms - s->b.clock.wall_ms % means_hour_ms - means_hour_ms;
    hj212_time_format(hour_ms - means_hour_ms, 480, from);
    hj212_time_format(hour_ms, 480, to);
    ask_between(s, "2061", from, to);
    assert_int_equal(count_of(s, "CN=9011"), 1);
    run_until(s, "ExeRtn=1&&");
    assert_int_equal(count_of(s, "CN=2061"), 2);
    snprintf(text, sizeof text, "DataTime=%s", from);
    const char *first = strstr(s->sent, text);
    snprintf(text, sizeof text, "DataTime=%s", to);
    assert_non_null(first);
    assert_true(first < strstr(s->sent, text));
    ask_between(s, "2061", to, to);
    run_until(s, "ExeRtn=1&&");
    assert_int_equal(count_of(s, "CN=2061"), 1);
    end(s);
}

static void minutes_are_made_as_long_as_the_platform_takes_them(void **state)
{
    (void)state;
    char from[HJ212_TIME_SIZE];
    char to[HJ212_TIME_SIZE];
    struct stand *s = begin(HJ212_2017, 65);
    ask_between(s, "2051", before(s, 40, from), before(s, 0, to));
    run_until(s, "ExeRtn=1&&");
    size_t records = count_of(s, "CN=2051");
    assert_in_range(records, 3, 4);
    assert_int_equal(count_of(s, "a21026-Avg="), records);
    assert_int_equal(count_of(s, "a21026-Flag=N"), records);
    for (const char *at = strstr(s->sent, "DataTime="); at; at = strstr(at + 1, "DataTime="))
        assert_int_equal(strncmp(at + 9 + 11, "000", 3), 0); /* a border of ten minutes */
    end(s);
}

static void the_next_record_waits_for_the_answer_to_the_one_before(void **state)
{
    (void)state;
    char from[HJ212_TIME_SIZE];
    char to[HJ212_TIME_SIZE];
    struct stand *s = begin(HJ212_2017, 65);
    s->acknowledges = false;
    ask_between(s, "2051", before(s, 40, from), before(s, 0, to));
    run_until(s, "CN=2051");
    for (int i = 0; i < 50; i++) {
        s->now_ms++;
        (void)uplink_history_tick(s->history, s->now_ms, s->b.clock.wall_ms);
        (void)uv_run(&s->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(count_of(s, "CN=2051"), 1);
    s->acknowledges = true;
    run_until(s, "ExeRtn=1&&");
    assert_in_range(count_of(s, "CN=2051"), 3, 4);
    end(s);
}

static void a_record_without_anything_there_says_so(void **state)
{
    (void)state;
    struct stand *s = begin(HJ212_2017, 5);
    ask(s, "2031", "BeginTime=20200101000000;EndTime=20200110000000");
    run_until(s, "ExeRtn=100&&");
    ask(s, "2061", "BeginTime=20990101000000;EndTime=20990101000000");
    run_until(s, "ExeRtn=100&&");
    assert_int_equal(count_of(s, "DataTime"), 0);
    end(s);
}

static void times_that_are_none_or_too_far_apart_are_wrong_conditions(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "BeginTime=20261101000000",
        "BeginTime=20261101000000;EndTime=20261301000000",
        "BeginTime=20261102000000;EndTime=20261101000000",
        "BeginTime=20200101000000;EndTime=20261101000000",
    };
    struct stand *s = begin(HJ212_2017, 2);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ask(s, "2051", wrong[i]);
        run_until(s, "ExeRtn=");
        assert_int_equal(count_of(s, "ExeRtn=3&&"), 1);
    }
    end(s);
}

static void the_old_edition_has_its_codes_and_no_flags(void **state)
{
    (void)state;
    char from[HJ212_TIME_SIZE];
    char to[HJ212_TIME_SIZE];
    struct stand *s = begin(HJ212_2005, 65);
    ask_between(s, "2051", before(s, 40, from), before(s, 0, to));
    run_until(s, "ExeRtn=1&&");
    assert_true(count_of(s, "02-Avg=") >= 3);
    assert_int_equal(count_of(s, "-Flag="), 0);
    end(s);
}

static void a_connection_that_ends_ends_the_request_and_the_next_one_is_served(void **state)
{
    (void)state;
    char from[HJ212_TIME_SIZE];
    char to[HJ212_TIME_SIZE];
    struct stand *s = begin(HJ212_2017, 65);
    ask_between(s, "2051", before(s, 40, from), before(s, 0, to));
    (void)uplink_history_tick(s->history, s->now_ms, s->b.clock.wall_ms);
    uplink_session_closed(s->session);
    assert_int_equal(uv_run(&s->loop, UV_RUN_DEFAULT), 0);
    uplink_session_opened(s->session, s->now_ms);
    ask_between(s, "2051", from, to);
    run_until(s, "ExeRtn=1&&");
    end(s);
}

static void closing_waits_for_the_worker(void **state)
{
    (void)state;
    char from[HJ212_TIME_SIZE];
    char to[HJ212_TIME_SIZE];
    struct stand *s = begin(HJ212_2017, 65);
    ask_between(s, "2051", before(s, 40, from), before(s, 0, to));
    (void)uplink_history_tick(s->history, s->now_ms, s->b.clock.wall_ms);
    end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hours_come_one_by_one_oldest_first_both_ends_included),
        cmocka_unit_test(minutes_are_made_as_long_as_the_platform_takes_them),
        cmocka_unit_test(the_next_record_waits_for_the_answer_to_the_one_before),
        cmocka_unit_test(a_record_without_anything_there_says_so),
        cmocka_unit_test(times_that_are_none_or_too_far_apart_are_wrong_conditions),
        cmocka_unit_test(the_old_edition_has_its_codes_and_no_flags),
        cmocka_unit_test(a_connection_that_ends_ends_the_request_and_the_next_one_is_served),
        cmocka_unit_test(closing_waits_for_the_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
