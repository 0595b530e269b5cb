/* What becomes of the packets of a link's stations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/hj212_desk_stand.h"

static struct hj212_station_stats stats(const struct stand *s)
{
    struct hj212_station_stats out;
    hj212_desk_station(s->desk, 1, &out);
    assert_string_equal(out.mn, "MN1");
    return out;
}

#define HEAD "QN=20261124080000001;ST=31;CN=2011;PW=123456;MN=MN1;Flag=5;"

static void an_answer_waits_for_its_commit(void **state)
{
    struct stand *s = *state;
    assert_int_equal(take(s, HEAD "CP=&&" NOW "a24088-Rtd=12.5,a24088-Flag=N&&"), HJ212_TAKEN);
    expect(s, "reading@0 nmhc=12.5()\npacket 2011\n");
    assert_int_equal(hj212_desk_waiting(s->desk), 1);
    hj212_desk_durable(s->desk, 0, s->now.at_ms);
    expect(s, "");
    hj212_desk_durable(s->desk, 1, s->now.at_ms);
    expect(s, "sent 9014\n");
    assert_int_equal(hj212_desk_waiting(s->desk), 0);
}

static void a_resend_is_answered_but_not_stored(void **state)
{
    struct stand *s = *state;
    const char *segment = HEAD "CP=&&" NOW "a24088-Rtd=1&&";
    take(s, segment);
    strbuf_reset(&s->said);
    take(s, segment); /* while the commit is under way: it shares it */
    expect(s, "");
    hj212_desk_durable(s->desk, 1, s->now.at_ms);
    expect(s, "sent 9014\nsent 9014\n");
    take(s, segment); /* stored: at once */
    expect(s, "sent 9014\n");
    assert_int_equal(stats(s).packets, 1);
    assert_int_equal(stats(s).resends, 2);
}

static void a_packet_of_before_the_start_is_known(void **state)
{
    struct stand *s = *state;
    const char *segment = HEAD "CP=&&" NOW "a24088-Rtd=1&&";
    assert_true(hj212_desk_remember(s->desk, "MN1", hj212_key(hj212_text_of(segment))));
    assert_false(hj212_desk_remember(s->desk, "MN2", 1));
    take(s, segment);
    expect(s, "sent 9014\n");
}

static void what_the_record_refuses_gets_no_answer_and_may_come_again(void **state)
{
    struct stand *s = *state;
    const char *segment = HEAD "CP=&&" NOW "a24088-Rtd=1&&";
    s->refuse = PW_EFULL;
    take(s, segment);
    hj212_desk_durable(s->desk, 9, s->now.at_ms);
    expect(s, "");
    assert_int_equal(stats(s).lost, 1);
    s->refuse = 0;
    s->seq = 10;
    take(s, segment);
    hj212_desk_durable(s->desk, 10, s->now.at_ms);
    expect(s, "reading@0 nmhc=1()\npacket 2011\nsent 9014\n");
}

static void an_answer_that_is_too_late_is_not_sent(void **state)
{
    struct stand *s = *state;
    take(s, HEAD "CP=&&" NOW "a24088-Rtd=1&&");
    strbuf_reset(&s->said);
    hj212_desk_durable(s->desk, 1, s->now.at_ms + 5001);
    expect(s, "");
    assert_int_equal(stats(s).late, 1);
    assert_int_equal(stats(s).answers, 0);
}

static void strangers_leave_no_data(void **state)
{
    struct stand *s = *state;
    assert_int_equal(take(s, "QN=20261124080000001;ST=31;CN=2011;PW=secret;MN=NOBODY;Flag=5;"
                             "CP=&&" NOW "a24088-Rtd=1&&"),
                     HJ212_STRANGER);
    hj212_desk_durable(s->desk, 9, s->now.at_ms);
    expect(s, "");
    const struct hj212_strangers *list = hj212_desk_strangers(s->desk);
    struct hj212_stranger u;
    assert_int_equal(hj212_strangers_count(list), 1);
    hj212_strangers_get(list, 0, &u);
    assert_string_equal(u.mn, "NOBODY");
    assert_null(strstr(u.last, "secret"));
    assert_non_null(strstr(u.last, "PW=******;"));
    for (int i = 0; i < 100; i++) {
        char segment[200];
        snprintf(segment, sizeof segment, "ST=31;CN=2011;PW=1;MN=N%d;Flag=5;CP=&&" NOW "&&", i);
        take(s, segment);
    }
    assert_int_equal(hj212_strangers_count(list), 64);
    assert_int_equal(hj212_strangers_unlisted(list), 101 - 64);
}

static void values_get_the_right_signal_quality_and_number(void **state)
{
    struct stand *s = *state;
    take(s, HEAD "CP=&&" NOW "a24088-Rtd=--,a24088-Flag=D;a21026-Rtd=101,a21026-Flag=N;"
                 "a19001-Rtd=8,a19001-Flag=N;zz1-Rtd=4&&");
    expect(s, "reading@0 nmhc=\"--\"(not-a-number) so2=101(over-range) twice=17()\n"
              "packet 2011 unknown\n");
    take(s, HEAD "CP=&&" NOW "a24088-Rtd=,a24088-Flag=N;a21026-Rtd=7,a21026-Flag=Td&&");
    expect(s, "reading@0 nmhc=(no-value) so2=7(flag-T)\npacket 2011 revision\n");
}

static void codes_of_2005_reach_signals_named_by_2017(void **state)
{
    struct stand *s = *state;
    take(s, "ST=31;CN=2011;PW=123456;MN=MN1;CP=&&" NOW "02-Rtd=5,02-Flag=N&&");
    expect(s, "reading@0 so2=5()\npacket 2011\n");
    assert_int_equal(stats(s).edition, HJ212_2005);
}

static void each_sample_time_is_a_reading_of_its_own(void **state)
{
    struct stand *s = *state;
    take(s, HEAD "CP=&&" NOW "a24088-SampleTime=20261124075900,a24088-Rtd=1;a21026-Rtd=2&&");
    expect(s, "reading@-60000 nmhc=1()\nreading@0 so2=2()\npacket 2011\n");
    take(s, HEAD "CP=&&DataTime=20200101000000;a24088-Rtd=1&&");
    expect(s, "packet 2011\n");
    take(s, HEAD "CP=&&DataTime=20261330000000;a24088-Rtd=1&&");
    expect(s, "packet 2011\n");
    assert_int_equal(stats(s).bad_times, 2);
}

static void the_same_time_and_code_with_another_value_is_a_revision(void **state)
{
    struct stand *s = *state;
    take(s, HEAD "CP=&&" NOW "a24088-Rtd=1&&");
    take(s, HEAD "CP=&&" NOW "a24088-Rtd=2&&");
    take(s, HEAD "CP=&&" NOW "a24088-Rtd=2;a21026-Rtd=1&&");
    expect(s, "reading@0 nmhc=1()\npacket 2011\nreading@0 nmhc=2()\npacket 2011 revision\n"
              "reading@0 nmhc=2() so2=1()\npacket 2011\n");
}

static void periods_become_no_sample_but_an_entry(void **state)
{
    struct stand *s = *state;
    take(s, "QN=20261124080000002;ST=31;CN=2051;PW=123456;MN=MN1;Flag=4;CP=&&" NOW
            "a24088-Min=1,a24088-Avg=2,a24088-Max=3,a24088-Flag=N&&");
    expect(s, "packet 2051\n");
    assert_int_equal(hj212_desk_waiting(s->desk), 0);
}

static void heartbeats_and_clock_questions_are_answered_at_once(void **state)
{
    struct stand *s = *state;
    take(s, "QN=20261124080000003;ST=31;CN=9015;PW=123456;MN=MN1;Flag=8;CP=&&&&");
    expect(s, "sent 9013\n");
    take(s, "QN=20261124080000004;ST=31;CN=1013;PW=123456;MN=MN1;Flag=5;CP=&&&&");
    expect(s, "sent 9013\nsent 1012 SystemTime=20261124080000\n");
    s->now.trusted = false;
    take(s, "QN=20261124080000005;ST=31;CN=1013;PW=123456;MN=MN1;Flag=5;CP=&&&&");
    expect(s, "sent 9013\n");
    take(s, "QN=20261124080000004;ST=91;CN=9012;PW=123456;MN=MN1;Flag=4;CP=&&ExeRtn=1&&");
    expect(s, "");
    assert_int_equal(stats(s).last_result, 1);
}

static void old_keys_make_room_for_new_ones(void **state)
{
    struct stand *s = *state;
    char segment[300];
    for (int i = 0; i <= HJ212_KEYS; i++) {
        snprintf(segment, sizeof segment, HEAD "CP=&&" NOW "a24088-Rtd=%d&&", i);
        take(s, segment);
        strbuf_reset(&s->said);
    }
    take(s, segment);
    expect(s, "");
    take(s, HEAD "CP=&&" NOW "a24088-Rtd=0&&");
    expect(s, "reading@0 nmhc=0()\npacket 2011 revision\n");
}

#define IN_STAND(f) cmocka_unit_test_setup_teardown(f, stand_set_up, stand_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STAND(an_answer_waits_for_its_commit),
        IN_STAND(a_resend_is_answered_but_not_stored),
        IN_STAND(a_packet_of_before_the_start_is_known),
        IN_STAND(what_the_record_refuses_gets_no_answer_and_may_come_again),
        IN_STAND(an_answer_that_is_too_late_is_not_sent),
        IN_STAND(strangers_leave_no_data),
        IN_STAND(values_get_the_right_signal_quality_and_number),
        IN_STAND(codes_of_2005_reach_signals_named_by_2017),
        IN_STAND(each_sample_time_is_a_reading_of_its_own),
        IN_STAND(the_same_time_and_code_with_another_value_is_a_revision),
        IN_STAND(periods_become_no_sample_but_an_entry),
        IN_STAND(heartbeats_and_clock_questions_are_answered_at_once),
        IN_STAND(old_keys_make_room_for_new_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
