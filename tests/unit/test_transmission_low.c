/* A day of which too little came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/quantity_stand.h"

#define ONE_INPUT(more)                                                                            \
    "\"state\":\"d.word\"," more "\"inputs\":{\"a21026\":{\"signal\":\"d.so2\",\"min_samples\":1}" \
    "}"

static const char *const day_text = "2026-11-24T00:00:00+08:00";

/* Of each hour's minutes so many have a value. */
static void run_hours(struct stack *s, int from, int to, int minutes)
{
    int64_t start = instant(day_text);
    for (int m = from * 60; m < to * 60; m++) {
        bool good = m % 60 < minutes;
        s->samples[STACK_SO2].quality =
            good ? QUALITY_GOOD : quality_make(minutes ? QUALITY_FAULT : QUALITY_TIMEOUT, 0);
        stack_read(s, start + m * MINUTE);
    }
}

static void finish(struct stack *s, int hours)
{
    pipeline_tick_to(s->pipeline, instant(day_text) + hours * HOUR + 2 * MINUTE);
}

/* 21 of 24 received and valid: 87.5 %; the next day is whole. */
static void a_day_below_the_target_is_found_until_one_reaches_it(void **state)
{
    (void)state;
    struct stack *s = stack_new(60000, ONE_INPUT(""), instant(day_text));
    run_hours(s, 0, 3, 0);
    run_hours(s, 3, 24, 60);
    finish(s, 24);
    assert_int_equal(s->finding_count, 1);
    assert_string_equal(s->findings[0].kind, "transmission");
    assert_string_equal(s->findings[0].object, "DA001");
    assert_int_equal(s->findings[0].start_ms, instant(day_text));
    near(s->findings[0].value, 87.5);
    near(s->findings[0].threshold, 90);
    run_hours(s, 24, 48, 60);
    finish(s, 48);
    assert_int_equal(s->finding_count, 2);
    assert_int_equal(s->findings[1].state, FINDING_CLOSED);
    assert_int_equal(s->findings[1].end_ms, instant("2026-11-25T00:00:00+08:00"));
    near(s->findings[1].worst, 87.5);
    stack_free(s);
}

static void hours_that_came_but_are_not_valid_count_too(void **state)
{
    (void)state;
    struct stack *s = stack_new(60000, ONE_INPUT(""), instant(day_text));
    run_hours(s, 0, 2, 44);
    run_hours(s, 2, 24, 45);
    finish(s, 24);
    assert_int_equal(s->finding_count, 0);
    run_hours(s, 24, 27, 44);
    run_hours(s, 27, 48, 45);
    finish(s, 48);
    assert_int_equal(s->finding_count, 1);
    near(s->findings[0].value, 87.5);
    stack_free(s);
}

static void a_target_is_the_outlets(void **state)
{
    (void)state;
    static const struct {
        const char *outlet;
        size_t findings;
    } cases[] = {{ONE_INPUT("\"transmission_target\":87.5,"), 0},
                 {ONE_INPUT("\"transmission_target\":0,"), 0},
                 {ONE_INPUT("\"transmission_target\":87.6,"), 1},
                 {"\"inputs\":{\"a21026\":{\"signal\":\"d.so2\"}}", 0},
                 {"\"transmission_target\":90,\"inputs\":{\"a21026\":{\"signal\":\"d.so2\"}}", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stack *s = stack_new(60000, cases[i].outlet, instant(day_text));
        run_hours(s, 0, 3, 0);
        run_hours(s, 3, 24, 60);
        finish(s, 24);
        assert_int_equal(s->finding_count, cases[i].findings);
        stack_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_below_the_target_is_found_until_one_reaches_it),
        cmocka_unit_test(hours_that_came_but_are_not_valid_count_too),
        cmocka_unit_test(a_target_is_the_outlets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
