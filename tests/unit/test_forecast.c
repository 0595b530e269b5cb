/* The detector `limit-forecast`: an hour that is heading beyond its limit, minute by minute. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define STACK_KEEPS_FORECASTS
#include "tests/unit/quantity_stand.h"

#include <string.h>

enum { EVERY_MS = 5000 };

static const int64_t HOUR_START = 1764000000000; /* a full hour in UTC and in Asia/Shanghai */

#define LIMITED(more)                                                                              \
    STACK_USUAL ",\"limits\":[{\"factor\":\"a21026\",\"period\":\"hour\",\"basis\":\"measured\","  \
                "\"max\":35,\"source\":\"permit\"" more "}]"

struct story {
    struct stack *stack;
    int64_t now_ms;
};

static struct story story_new(const char *outlet)
{
    return (struct story){stack_new(EVERY_MS, outlet, HOUR_START), HOUR_START};
}

static void minutes(struct story *s, int count, double so2)
{
    s->stack->samples[STACK_SO2].value = so2;
    stack_run(s->stack, s->now_ms, count * MINUTE);
    s->now_ms += count * MINUTE;
}

/* Until the last minute is told. */
static void settle(struct story *s)
{
    pipeline_tick_to(s->stack->pipeline, s->now_ms + 10 * SECOND);
}

static const struct finding *finding_of(const struct story *s, const char *kind, size_t nth)
{
    for (size_t i = 0; i < s->stack->finding_count; i++)
        if (strcmp(s->stack->findings[i].kind, kind) == 0 && nth-- == 0)
            return &s->stack->findings[i];
    return NULL;
}

static const struct finding *forecast(const struct story *s, size_t nth)
{
    return finding_of(s, "limit-forecast", nth);
}

static void an_hour_that_will_exceed_is_told_before_it_does(void **state)
{
    (void)state;
    struct story s = story_new(LIMITED(""));
    minutes(&s, 20, 30);
    minutes(&s, 2, 45);
    settle(&s);
    assert_null(forecast(&s, 0));
    s.now_ms += 10 * SECOND;
    stack_free(s.stack);

    s = story_new(LIMITED(""));
    minutes(&s, 20, 30);
    minutes(&s, 3, 45);
    settle(&s);
    const struct finding *f = forecast(&s, 0);
    assert_non_null(f);
    assert_int_equal(f->state, FINDING_OPEN);
    assert_int_equal(f->start_ms, HOUR_START + 20 * MINUTE);
    assert_in_range(f->raised_ms, HOUR_START + 23 * MINUTE, HOUR_START + 23 * MINUTE + 10 * SECOND);
    near(f->value, (20 * 30 + 40 * 45) / 60.0);
    assert_true(f->threshold == 35);
    assert_int_equal(f->priority, 3);
    stack_free(s.stack);
}

static void it_closes_when_the_hour_is_no_longer_in_danger(void **state)
{
    (void)state;
    struct story s = story_new(LIMITED(""));
    minutes(&s, 20, 30);
    minutes(&s, 5, 45);
    minutes(&s, 1, 20);
    settle(&s);
    const struct finding *f = forecast(&s, 1);
    assert_non_null(f);
    assert_int_equal(f->state, FINDING_CLOSED);
    assert_int_equal(f->end_ms, HOUR_START + 25 * MINUTE);
    near(f->worst, 40);
    assert_null(forecast(&s, 2));
    stack_free(s.stack);
}

static void the_end_of_the_hour_closes_it_and_the_hour_speaks(void **state)
{
    (void)state;
    struct story s = story_new(LIMITED(""));
    minutes(&s, 60, 45);
    minutes(&s, 2, 20);
    settle(&s);
    assert_non_null(forecast(&s, 1));
    assert_int_equal(forecast(&s, 1)->state, FINDING_CLOSED);
    assert_int_equal(forecast(&s, 1)->end_ms, HOUR_START + HOUR);
    const struct finding *verdict = finding_of(&s, "limit", 0);
    assert_non_null(verdict);
    assert_int_equal(verdict->start_ms, HOUR_START);
    assert_int_equal(verdict->raised_ms, forecast(&s, 1)->raised_ms);
    stack_free(s.stack);
}

static void silence_does_not_keep_it_open(void **state)
{
    (void)state;
    struct story s = story_new(LIMITED(""));
    minutes(&s, 30, 45);
    pipeline_tick_to(s.stack->pipeline, HOUR_START + HOUR + 5 * MINUTE);
    assert_non_null(forecast(&s, 1));
    assert_int_equal(forecast(&s, 1)->end_ms, HOUR_START + HOUR);
    stack_free(s.stack);
}

static void minutes_that_are_not_valid_say_nothing(void **state)
{
    (void)state;
    struct story s = story_new(LIMITED(""));
    minutes(&s, 20, 30);
    s.stack->samples[STACK_SO2].quality = QUALITY_CALIBRATING;
    minutes(&s, 10, 80);
    s.stack->samples[STACK_SO2].quality = QUALITY_GOOD;
    minutes(&s, 5, 30);
    settle(&s);
    assert_null(forecast(&s, 0));
    stack_free(s.stack);
}

static void a_high_end_of_an_hour_that_holds_is_none(void **state)
{
    (void)state;
    struct story s = story_new(LIMITED(""));
    minutes(&s, 50, 20);
    minutes(&s, 10, 45);
    settle(&s);
    assert_null(forecast(&s, 0));
    stack_free(s.stack);
}

static void its_thresholds_are_settings(void **state)
{
    (void)state;
    struct story s = story_new(LIMITED(",\"forecast_pct\":0"));
    minutes(&s, 30, 45);
    settle(&s);
    assert_null(forecast(&s, 0));
    stack_free(s.stack);
    s = story_new(LIMITED(",\"forecast_for_min\":1,\"forecast_window_min\":1"));
    minutes(&s, 1, 36);
    settle(&s);
    assert_non_null(forecast(&s, 0));
    stack_free(s.stack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_hour_that_will_exceed_is_told_before_it_does),
        cmocka_unit_test(it_closes_when_the_hour_is_no_longer_in_danger),
        cmocka_unit_test(the_end_of_the_hour_closes_it_and_the_hour_speaks),
        cmocka_unit_test(silence_does_not_keep_it_open),
        cmocka_unit_test(minutes_that_are_not_valid_say_nothing),
        cmocka_unit_test(a_high_end_of_an_hour_that_holds_is_none),
        cmocka_unit_test(its_thresholds_are_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
