/* What stations are asked for: a fake station answers, the clock is the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocols/hj212/command.h"
#include "tests/unit/hj212_desk_stand.h"

#define PLANT(ask, more)                                                                           \
    "{\"plumewatch\":1,\"server\":{\"plant\":\"p\"},"                                              \
    "\"links\":[{\"id\":\"l\",\"listen\":\"127.0.0.1:9\",\"framing\":\"hj212\"}],"                 \
    "\"devices\":[{\"id\":\"gc\",\"link\":\"l\",\"protocol\":\"hj212\",\"mn\":\"MN1\","            \
    "\"ask\":" ask "," more                                                                        \
    "\"signals\":{\"nmhc\":{\"factor\":\"a24088\"},\"so2\":{\"factor\":\"a21026\"}}}]}"

static const char plant_plain[] = PLANT("{}", "");
static const char plant_start[] =
    PLANT("{\"intervals\":\"set\",\"realtime_interval_s\":30,\"minute_interval_min\":5,"
          "\"set_timeouts\":true,\"over_time_s\":5,\"realtime\":\"on\",\"states\":\"off\"}",
          "\"set_clock\":true,");
static const char plant_clock[] =
    PLANT("{\"intervals\":\"ask\",\"clock_check_h\":24,\"clock_off_s\":10}", "\"set_clock\":true,");
static const char plant_poll[] = PLANT(
    "{\"poll\":[\"2011\",\"2051\"],\"fill_after_s\":5,\"fill_gap_s\":1}", "\"every_ms\":30000,");

static int set_up_plain(void **state)
{
    return stand_open(state, plant_plain);
}

static int set_up_start(void **state)
{
    return stand_open(state, plant_start);
}

static int set_up_clock(void **state)
{
    return stand_open(state, plant_clock);
}

static int set_up_poll(void **state)
{
    return stand_open(state, plant_poll);
}

static void pass(struct stand *s, int64_t ms)
{
    s->now.at_ms += ms;
    s->now.utc_ms += ms;
    hj212_desk_tick(s->desk, &s->now);
}

/* A packet of the station: the standard's fields before its CP. */
static void say(struct stand *s, const char *qn, const char *st, int cn, const char *cp)
{
    char segment[FRAME_ROOM / 2];
    snprintf(segment, sizeof segment, "QN=%s;ST=%s;CN=%d;PW=123456;MN=MN1;Flag=4;CP=&&%s&&", qn, st,
             cn, cp);
    (void)take(s, segment);
}

static void answer(struct stand *s, int cn, const char *cp)
{
    say(s, s->qn, "91", cn, cp);
}

/* 9011 and 9012 with their good results. */
static void obey(struct stand *s)
{
    answer(s, 9011, "QnRtn=1");
    answer(s, 9012, "ExeRtn=1");
}

static void say_hello(struct stand *s)
{
    say(s, "20261124080000001", "31", 2011, NOW "a24088-Rtd=1");
    expect(s, "reading@0 nmhc=1()\npacket 2011\n");
}

static struct hj212_station_stats stats(const struct stand *s)
{
    struct hj212_station_stats out;
    hj212_desk_station(s->desk, 0, &out);
    return out;
}

static void nobody_is_asked_before_it_spoke(void **state)
{
    struct stand *s = *state;
    pass(s, 1000);
    expect(s, "");
}

static void a_new_station_is_told_all_that_its_settings_say(void **state)
{
    struct stand *s = *state;
    say_hello(s);
    pass(s, 0);
    expect(s, "sent 1012 SystemTime=20261124080000\n");
    assert_non_null(strstr(s->frame, ";ST=31;CN=1012;PW=123456;MN=MN1;Flag=5;"));
    obey(s);
    pass(s, 250);
    expect(s, "asked 1012 start done 1 0\nsent 1000 OverTime=5;ReCount=3\n");
    obey(s);
    pass(s, 250);
    expect(s, "asked 1000 start done 1 0\nsent 1062 RtdInterval=30\n");
    obey(s);
    pass(s, 250);
    expect(s, "asked 1062 start done 1 0\nsent 1064 MinInterval=5\n");
    obey(s);
    pass(s, 250);
    expect(s, "asked 1064 start done 1 0\nsent 2011\n");
    obey(s);
    pass(s, 250);
    expect(s, "asked 2011 start done 1 0\nsent 2022\n");
    answer(s, 9013, "");
    expect(s, "asked 2022 start done 1 0\n");
    pass(s, 60000);
    expect(s, "");
    assert_true(stats(s).plan.started);
    assert_int_equal(stats(s).asked[HJ212_FOR_START], 6);
}

static void a_logger_that_starts_again_is_told_again(void **state)
{
    struct stand *s = *state;
    say_hello(s);
    for (int i = 0; i < 5; i++) {
        pass(s, 250);
        obey(s);
    }
    pass(s, 250);
    answer(s, 9013, "");
    strbuf_reset(&s->said);
    say(s, "20261124080100000", "31", 2081, NOW "RestartTime=20261124075500");
    pass(s, 250);
    expect(s, "packet 2081\nsent 1012 SystemTime=20261124080001\n");
}

static void of_2005_no_minute_interval_is_set(void **state)
{
    struct stand *s = *state;
    take(s, "ST=31;CN=2011;PW=123456;MN=MN1;CP=&&" NOW "02-Rtd=5&&");
    strbuf_reset(&s->said);
    pass(s, 250);
    expect(s, "sent 1012 SystemTime=20261124080000\n");
    for (int i = 0; i < 3; i++) {
        char cp[64];
        snprintf(cp, sizeof cp, "QN=%s;ExeRtn=1", s->qn);
        char segment[200];
        snprintf(segment, sizeof segment, "ST=91;CN=9012;PW=123456;MN=MN1;CP=&&%s&&", cp);
        take(s, segment);
        strbuf_reset(&s->said);
        pass(s, 250);
    }
    expect(s, "sent 2011\n");
}

static void silence_is_asked_again_with_the_same_bytes_and_then_given_up(void **state)
{
    struct stand *s = *state;
    char first[FRAME_ROOM];
    say_hello(s);
    pass(s, 250);
    snprintf(first, sizeof first, "%s", s->frame);
    strbuf_reset(&s->said);
    for (int i = 0; i < 3; i++) {
        pass(s, 4999);
        expect(s, "");
        pass(s, 1);
        expect(s, "sent 1012 SystemTime=20261124080000\n");
        assert_string_equal(s->frame, first);
    }
    pass(s, 5000);
    expect(s, "asked 1012 start silence 0 0\n");
    assert_int_equal(stats(s).ask_silent, 1);
    assert_int_equal(stats(s).ask_resends, 3);
    pass(s, 250);
    expect(s, "sent 1000 OverTime=5;ReCount=3\n");
    say(s, "20261124080000002", "31", 2011, "DataTime=20261124080030;a24088-Rtd=2");
    expect(s, "reading@9500 nmhc=2()\npacket 2011\n");
}

static void a_refusal_is_counted_and_the_next_step_follows(void **state)
{
    struct stand *s = *state;
    say_hello(s);
    pass(s, 250);
    answer(s, 9011, "QnRtn=8");
    pass(s, 250);
    expect(s, "sent 1012 SystemTime=20261124080000\nasked 1012 start refused 8 0\n"
              "sent 1000 OverTime=5;ReCount=3\n");
    assert_int_equal(stats(s).ask_refused, 1);
}

static void a_connection_that_is_gone_begins_the_step_again_on_the_next_one(void **state)
{
    struct stand *s = *state;
    say_hello(s);
    pass(s, 250);
    strbuf_reset(&s->said);
    s->gone = true;
    pass(s, 5000);
    expect(s, "asked 1012 start unsent 0 0\n");
    pass(s, 60000);
    expect(s, "");
    s->gone = false;
    s->connection = 8;
    say(s, "20261124080000002", "31", 9015, "");
    strbuf_reset(&s->said);
    pass(s, 250);
    assert_non_null(strstr(strbuf_text(&s->said), "sent 1012 "));
}

static void the_clock_is_asked_for_and_set_when_it_is_off(void **state)
{
    struct stand *s = *state;
    say_hello(s);
    pass(s, 0);
    obey(s);
    for (int i = 0; i < 2; i++) {
        pass(s, 0);
        answer(s, 9011, "QnRtn=1");
        say(s, s->qn, "31", i ? 1063 : 1061, i ? "MinInterval=5" : "RtdInterval=45");
        answer(s, 9012, "ExeRtn=1");
    }
    strbuf_reset(&s->said);
    assert_int_equal(stats(s).plan.realtime_interval_s, 45);
    assert_int_equal(stats(s).plan.minute_interval_min, 5);
    pass(s, 0);
    answer(s, 9011, "QnRtn=1");
    say(s, s->qn, "31", 1011, "SystemTime=20261124080020");
    answer(s, 9012, "ExeRtn=1");
    expect(s, "sent 1011\npacket 1011 asked\nasked 1011 clock done 1 1\n");
    assert_int_equal(stats(s).plan.clock_off_ms, 20000);
    pass(s, 250);
    expect(s, "sent 1012 SystemTime=20261124080000\n");
    obey(s);
    strbuf_reset(&s->said);
    pass(s, 86400000);
    expect(s, "sent 1011\n");
}

static void minutes(struct stand *s, int hhmm)
{
    char qn[32], cp[100];
    snprintf(qn, sizeof qn, "20261124%04d59001", hhmm);
    snprintf(cp, sizeof cp, "DataTime=20261124%04d00;a24088-Avg=2,a24088-Flag=N", hhmm);
    say(s, qn, "31", 2051, cp);
    strbuf_reset(&s->said);
}

/* 08:00, the last period that came began at 07:00. */
static void missing_periods_are_asked_for_newest_first_and_slowly(void **state)
{
    struct stand *s = *state;
    minutes(s, 600);
    minutes(s, 650);
    minutes(s, 700);
    pass(s, 0);
    expect(s, "sent 2051 BeginTime=20261124071000;EndTime=20261124074000\n");
    answer(s, 9011, "QnRtn=1");
    for (int i = 710; i <= 740; i += 10)
        minutes(s, i);
    answer(s, 9012, "ExeRtn=1");
    expect(s, "asked 2051 fill done 1 4\n");
    pass(s, 29999);
    expect(s, "");
    pass(s, 1);
    expect(s, "sent 2051 BeginTime=20261124061000;EndTime=20261124064000\n");
    answer(s, 9011, "QnRtn=1");
    answer(s, 9012, "ExeRtn=100");
    pass(s, 30000);
    expect(s, "asked 2051 fill done 100 0\n"
              "sent 2051 BeginTime=20261124061000;EndTime=20261124064000\n");
    answer(s, 9012, "ExeRtn=100");
    strbuf_reset(&s->said);
    pass(s, 59000);
    expect(s, "");
    pass(s, 1000);
    expect(s, "sent 2051 BeginTime=20261124075000;EndTime=20261124075000\n");
}

static void an_older_period_makes_those_behind_it_missed_at_once(void **state)
{
    struct stand *s = *state;
    minutes(s, 740);
    minutes(s, 750);
    pass(s, 0);
    expect(s, "");
    minutes(s, 710);
    pass(s, 250);
    expect(s, "sent 2051 BeginTime=20261124072000;EndTime=20261124073000\n");
}

static void a_station_that_does_not_know_history_is_left_alone_for_longer(void **state)
{
    struct stand *s = *state;
    minutes(s, 600);
    pass(s, 0);
    for (int i = 1; i <= 3; i++) {
        answer(s, 9011, "QnRtn=8");
        strbuf_reset(&s->said);
        pass(s, ((int64_t)30000 << i) - 1);
        expect(s, "");
        pass(s, 1);
        assert_non_null(strstr(strbuf_text(&s->said), "sent 2051 "));
    }
}

static void a_station_that_only_answers_is_polled(void **state)
{
    struct stand *s = *state;
    hj212_desk_attach(s->desk, CONNECTION);
    pass(s, 0);
    expect(s, "sent 2011\n");
    answer(s, 9011, "QnRtn=1");
    say(s, s->qn, "31", 2011, NOW "a24088-Rtd=7");
    answer(s, 9012, "ExeRtn=1");
    expect(s, "reading@0 nmhc=7()\npacket 2011 asked\nasked 2011 poll done 1 1\n");
    pass(s, 29999);
    expect(s, "");
    pass(s, 1);
    expect(s, "sent 2011\n");
    obey(s);
    strbuf_reset(&s->said);
    pass(s, 600000 - 30000 + 5000);
    obey(s);
    strbuf_reset(&s->said);
    pass(s, 250);
    expect(s, "sent 2051 BeginTime=20261124080000;EndTime=20261124080000\n");
}

static struct hj212_request wish(int cn, const char *cp, uint64_t token)
{
    struct hj212_request r = {.cn = cn, .purpose = HJ212_FOR_PERSON, .token = token};
    snprintf(r.cp, sizeof r.cp, "%s", cp);
    return r;
}

static void what_a_person_wants_goes_first_and_one_at_a_time(void **state)
{
    struct stand *s = *state;
    const struct hj212_request a = wish(3020, "PolId=a24088;InfoId=i12001", 5);
    const struct hj212_request b = wish(3012, "PolId=a24088", 6);
    assert_int_equal(hj212_desk_want(s->desk, 0, &a), PW_EIO);
    say_hello(s);
    assert_int_equal(hj212_desk_want(s->desk, 1, &a), PW_ENOTFOUND);
    assert_int_equal(hj212_desk_want(s->desk, 0, &a), 0);
    assert_int_equal(hj212_desk_want(s->desk, 0, &b), 0);
    assert_int_equal(hj212_desk_want(s->desk, 0, &b), PW_EBUSY);
    pass(s, 0);
    pass(s, 250);
    expect(s, "sent 3020 PolId=a24088;InfoId=i12001\n");
    answer(s, 9011, "QnRtn=1");
    say(s, s->qn, "31", 3020, NOW "PolId=a24088;i12001-Info=1");
    answer(s, 9012, "ExeRtn=1");
    pass(s, 250);
    expect(s, "packet 3020 asked\nasked 3020 person done 1 1\nsent 3012 PolId=a24088\n");
}

/* In the form of the edition: QN in the header, or in CP. */
static void answer_as(struct stand *s, enum hj212_edition edition, int cn, const char *cp)
{
    char segment[300];
    if (edition == HJ212_2005)
        snprintf(segment, sizeof segment, "ST=91;CN=%d;PW=1;MN=MN1;CP=&&QN=%s%s%s&&", cn, s->qn,
                 cp[0] ? ";" : "", cp);
    else
        snprintf(segment, sizeof segment, "QN=%s;ST=91;CN=%d;PW=1;MN=MN1;Flag=4;CP=&&%s&&", s->qn,
                 cn, cp);
    (void)take(s, segment);
}

static void ask_row(struct stand *s, enum hj212_edition edition, const struct hj212_command *c)
{
    char wanted[400];
    struct hj212_request r = wish(c->cn, c->cp, 7);
    bool notice = c->kind == HJ212_NOTICE;
    r.notice = notice;
    strbuf_reset(&s->said);
    assert_int_equal(hj212_desk_want(s->desk, 0, &r), 0);
    pass(s, 1000);
    snprintf(wanted, sizeof wanted, "sent %d%s%s\n", c->cn, c->cp[0] ? " " : "", c->cp);
    expect(s, wanted);
    if (notice)
        answer_as(s, edition, 9013, "");
    else
        answer_as(s, edition, 9011, "QnRtn=1");
    if (!notice)
        answer_as(s, edition, 9012, "ExeRtn=1");
    snprintf(wanted, sizeof wanted, "asked %d person done 1 0\n", c->cn);
    expect(s, wanted);
}

static void every_request_of_every_edition_can_be_asked(void **state)
{
    static const char *const plants[HJ212_EDITION_COUNT] = {
        [HJ212_2005] = PLANT("{\"fill\":[]}", "\"edition\":\"2005\","),
        [HJ212_2017] = PLANT("{\"fill\":[]}", "\"edition\":\"2017\","),
        [HJ212_2025] = PLANT("{\"fill\":[]}", "\"edition\":\"2025\",")};
    size_t count;
    const struct hj212_command *table = hj212_commands(&count);
    unsigned asked = 0;
    for (int e = HJ212_2005; e <= HJ212_2025; e++) {
        assert_int_equal(stand_open(state, plants[e]), 0);
        struct stand *s = *state;
        hj212_desk_attach(s->desk, CONNECTION);
        for (size_t i = 0; i < count; i++) {
            const struct hj212_command *c = &table[i];
            if (c->direction != HJ212_DOWN || c->kind == HJ212_ANSWER || !(c->editions >> e & 1))
                continue;
            ask_row(s, (enum hj212_edition)e, c);
            asked++;
        }
        (void)stand_tear_down(state);
    }
    assert_true(asked > 80);
}

static void a_cp_that_would_end_the_packet_is_not_taken(void **state)
{
    struct stand *s = *state;
    const struct hj212_request a = wish(3012, "PolId=x&&;CN=1072", 5);
    say_hello(s);
    assert_int_equal(hj212_desk_want(s->desk, 0, &a), PW_EINVAL);
}

#define WITH(set_up, f) cmocka_unit_test_setup_teardown(f, set_up, stand_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(set_up_start, nobody_is_asked_before_it_spoke),
        WITH(set_up_start, a_new_station_is_told_all_that_its_settings_say),
        WITH(set_up_start, a_logger_that_starts_again_is_told_again),
        WITH(set_up_start, of_2005_no_minute_interval_is_set),
        WITH(set_up_start, silence_is_asked_again_with_the_same_bytes_and_then_given_up),
        WITH(set_up_start, a_refusal_is_counted_and_the_next_step_follows),
        WITH(set_up_start, a_connection_that_is_gone_begins_the_step_again_on_the_next_one),
        WITH(set_up_clock, the_clock_is_asked_for_and_set_when_it_is_off),
        WITH(set_up_plain, missing_periods_are_asked_for_newest_first_and_slowly),
        WITH(set_up_plain, an_older_period_makes_those_behind_it_missed_at_once),
        WITH(set_up_plain, a_station_that_does_not_know_history_is_left_alone_for_longer),
        WITH(set_up_poll, a_station_that_only_answers_is_polled),
        WITH(set_up_plain, what_a_person_wants_goes_first_and_one_at_a_time),
        cmocka_unit_test(every_request_of_every_edition_can_be_asked),
        WITH(set_up_plain, a_cp_that_would_end_the_packet_is_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
