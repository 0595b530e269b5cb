#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocols/hj212/session.h"

#include <stdlib.h>

#define Q "20160801085857223"
#define HEAD(qn, st, cn) "QN=" qn ";ST=" st ";CN=" cn ";PW=123456;MN=X;Flag=4;CP=&&"
#define YES HEAD(Q, "91", "9011") "QnRtn=1&&"
#define DONE HEAD(Q, "91", "9012") "ExeRtn=1&&"
#define RECORD HEAD("20160801085857534", "31", "2061") "DataTime=20160801080000&&"

static const struct hj212_ask_rules rules = {.over_time_ms = 5000, .resends = 3};

static int setup(void **state)
{
    *state = malloc(sizeof(struct hj212_packet));
    return *state == NULL;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static enum hj212_ask_event input(void **state, struct hj212_ask *a, const char *segment,
                                  int64_t now_ms)
{
    struct hj212_packet *p = *state;
    assert_int_equal(hj212_packet_parse(hj212_text_of(segment), p), 0);
    return hj212_ask_input(a, p, now_ms);
}

static struct hj212_ask ask(int cn, bool notice)
{
    struct hj212_ask a = {.state = HJ212_ASK_IDLE};
    assert_int_equal(hj212_ask_begin(&a, hj212_text_of(Q), cn, notice, &rules, 1000), 0);
    return a;
}

static void a_request_goes_through_its_three_steps(void **state)
{
    struct hj212_ask a = ask(2061, false);
    assert_int_equal(hj212_ask_deadline_ms(&a), 6000);
    assert_int_equal(input(state, &a, YES, 2000), HJ212_ASK_PROGRESS);
    assert_int_equal(hj212_ask_deadline_ms(&a), 7000);
    assert_int_equal(input(state, &a, RECORD, 3000), HJ212_ASK_DATA);
    assert_int_equal(input(state, &a, RECORD, 6500), HJ212_ASK_DATA);
    assert_int_equal(hj212_ask_deadline_ms(&a), 11500);
    assert_int_equal(a.packets, 2);
    assert_int_equal(input(state, &a, DONE, 7000), HJ212_ASK_DONE);
    assert_int_equal(a.result, 1);
    assert_int_equal(hj212_ask_deadline_ms(&a), INT64_MAX);
    assert_int_equal(input(state, &a, DONE, 7001), HJ212_ASK_NOTHING);
}

static void a_request_without_answer_is_sent_again_and_then_given_up(void **state)
{
    (void)state;
    struct hj212_ask a = ask(1011, false);
    int64_t now_ms = 1000;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(hj212_ask_tick(&a, now_ms + 4999), HJ212_ASK_NOTHING);
        now_ms += 5000;
        assert_int_equal(hj212_ask_tick(&a, now_ms), HJ212_ASK_RESEND);
        assert_int_equal(hj212_ask_tick(&a, now_ms), HJ212_ASK_NOTHING);
    }
    assert_int_equal(hj212_ask_tick(&a, now_ms + 5000), HJ212_ASK_TIMEOUT);
    assert_int_equal(a.state, HJ212_ASK_IDLE);
    assert_int_equal(hj212_ask_tick(&a, now_ms + 50000), HJ212_ASK_NOTHING);
}

static void data_without_end_ends_by_the_total(void **state)
{
    const struct hj212_ask_rules short_rules = {5000, 3, 12000};
    struct hj212_ask a = {.state = HJ212_ASK_IDLE};
    assert_int_equal(hj212_ask_begin(&a, hj212_text_of(Q), 2061, false, &short_rules, 1000), 0);
    assert_int_equal(input(state, &a, YES, 2000), HJ212_ASK_PROGRESS);
    for (int64_t now_ms = 3000; now_ms < 13000; now_ms += 1000) {
        assert_int_equal(hj212_ask_tick(&a, now_ms), HJ212_ASK_NOTHING);
        assert_int_equal(input(state, &a, RECORD, now_ms), HJ212_ASK_DATA);
    }
    assert_int_equal(hj212_ask_deadline_ms(&a), 13000);
    assert_int_equal(hj212_ask_tick(&a, 13000), HJ212_ASK_TIMEOUT);
}

static void behind_9011_nothing_is_sent_again(void **state)
{
    struct hj212_ask a = ask(1011, false);
    assert_int_equal(input(state, &a, YES, 2000), HJ212_ASK_PROGRESS);
    assert_int_equal(hj212_ask_tick(&a, 6999), HJ212_ASK_NOTHING);
    assert_int_equal(hj212_ask_tick(&a, 7000), HJ212_ASK_TIMEOUT);
}

static void a_refusal_ends_it_with_its_reason(void **state)
{
    struct hj212_ask a = ask(1011, false);
    assert_int_equal(input(state, &a, HEAD(Q, "91", "9011") "QnRtn=3&&", 2000), HJ212_ASK_REFUSED);
    assert_int_equal(a.result, 3);
    a = ask(1011, false);
    assert_int_equal(input(state, &a, HEAD(Q, "91", "9011") "QnRtn=yes&&", 2000),
                     HJ212_ASK_NOTHING);
    assert_int_equal(input(state, &a, HEAD(Q, "91", "9011") "&&", 2000), HJ212_ASK_NOTHING);
}

static void answers_to_somebody_else_change_nothing(void **state)
{
    struct hj212_ask a = ask(2061, false);
    assert_int_equal(input(state, &a, HEAD("20160801085857224", "91", "9011") "QnRtn=1&&", 2000),
                     HJ212_ASK_NOTHING);
    assert_int_equal(input(state, &a, HEAD("20160801085857224", "91", "9012") "ExeRtn=1&&", 2000),
                     HJ212_ASK_NOTHING);
    assert_int_equal(input(state, &a, HEAD(Q, "91", "9013") "&&", 2000), HJ212_ASK_NOTHING);
    assert_int_equal(input(state, &a, HEAD(Q, "91", "9014") "&&", 2000), HJ212_ASK_NOTHING);
    assert_int_equal(input(state, &a, RECORD, 2000), HJ212_ASK_NOTHING);
    assert_int_equal(hj212_ask_deadline_ms(&a), 6000);
    assert_int_equal(input(state, &a, YES, 2000), HJ212_ASK_PROGRESS);
    assert_int_equal(
        input(state, &a, HEAD("20160801085857534", "31", "2011") "DataTime=20160801080000&&", 3000),
        HJ212_ASK_NOTHING);
    assert_int_equal(hj212_ask_deadline_ms(&a), 7000);
}

static void an_answer_is_known_by_its_number_whatever_its_st(void **state)
{
    struct hj212_ask a = ask(1011, false);
    assert_int_equal(input(state, &a, HEAD(Q, "22", "9011") "QnRtn=1&&", 2000), HJ212_ASK_PROGRESS);
}

static void a_lost_9011_does_not_lose_the_result(void **state)
{
    struct hj212_ask a = ask(1011, false);
    assert_int_equal(input(state, &a, HEAD(Q, "31", "1011") "SystemTime=20160801085857&&", 2000),
                     HJ212_ASK_DATA);
    assert_int_equal(hj212_ask_tick(&a, 6500), HJ212_ASK_NOTHING);
    assert_int_equal(input(state, &a, HEAD(Q, "91", "9012") "ExeRtn=100&&", 6600), HJ212_ASK_DONE);
    assert_int_equal(a.result, 100);
}

static void the_answers_of_2005_are_found_in_cp(void **state)
{
    struct hj212_ask a = ask(1072, false);
    assert_int_equal(
        input(state, &a, "ST=91;CN=9011;PW=1;MN=X;Flag=0;CP=&&QN=" Q ";QnRtn=1&&", 2000),
        HJ212_ASK_PROGRESS);
    assert_int_equal(input(state, &a, "ST=91;CN=9012;PW=1;MN=X;CP=&&QN=" Q ";ExeRtn=1&&", 2000),
                     HJ212_ASK_DONE);
}

static void a_notice_is_answered_by_9013_alone(void **state)
{
    struct hj212_ask a = ask(2012, true);
    assert_int_equal(input(state, &a, YES, 2000), HJ212_ASK_NOTHING);
    assert_int_equal(input(state, &a, DONE, 2000), HJ212_ASK_NOTHING);
    assert_int_equal(input(state, &a, HEAD(Q, "91", "9013") "&&", 2000), HJ212_ASK_DONE);
    assert_int_equal(a.result, 1);
}

static void one_request_runs_at_a_time(void **state)
{
    (void)state;
    struct hj212_ask a = ask(1011, false);
    assert_int_equal(hj212_ask_begin(&a, hj212_text_of(Q), 1012, false, &rules, 2000), PW_ESTATE);
    hj212_ask_cancel(&a);
    assert_int_equal(hj212_ask_begin(&a, hj212_text_of("1"), 1012, false, &rules, 2000), PW_EINVAL);
    assert_int_equal(hj212_ask_begin(&a, hj212_text_of(Q), 1012, false, &rules, 2000), 0);
    struct hj212_ask_rules printed = hj212_ask_rules_default();
    assert_int_equal(printed.over_time_ms, 10000);
    assert_int_equal(printed.resends, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_without_end_ends_by_the_total),
        cmocka_unit_test(a_request_goes_through_its_three_steps),
        cmocka_unit_test(a_request_without_answer_is_sent_again_and_then_given_up),
        cmocka_unit_test(behind_9011_nothing_is_sent_again),
        cmocka_unit_test(a_refusal_ends_it_with_its_reason),
        cmocka_unit_test(answers_to_somebody_else_change_nothing),
        cmocka_unit_test(an_answer_is_known_by_its_number_whatever_its_st),
        cmocka_unit_test(a_lost_9011_does_not_lose_the_result),
        cmocka_unit_test(the_answers_of_2005_are_found_in_cp),
        cmocka_unit_test(a_notice_is_answered_by_9013_alone),
        cmocka_unit_test(one_request_runs_at_a_time),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
