/* Severity of exceedances, and the share of a month's hours within the limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/quantity_stand.h"

#include <string.h>

enum { EVERY_MS = 15000 };

#define LIMITED(more)                                                                              \
    STACK_USUAL "," more "\"limits\":[{\"factor\":\"a21026\",\"period\":\"hour\",\"basis\":"       \
                "\"measured\",\"max\":35,\"source\":\"permit\",\"forecast_pct\":0}]"

struct story {
    struct stack *stack;
    int64_t now_ms;
};

static struct story story_new(const char *outlet, const char *start)
{
    struct story s = {.now_ms = instant(start)};
    s.stack = stack_new(EVERY_MS, outlet, s.now_ms);
    return s;
}

static void hours(struct story *s, int count, double so2)
{
    s->stack->samples[STACK_SO2].value = so2;
    for (int i = 0; i < count; i++) {
        stack_run(s->stack, s->now_ms, HOUR);
        s->now_ms += HOUR;
    }
    pipeline_tick_to(s->stack->pipeline, s->now_ms);
}

static const struct finding *find(const struct story *s, const char *class_word, size_t nth)
{
    for (size_t i = 0; i < s->stack->finding_count; i++) {
        const struct finding *f = &s->stack->findings[i];
        if (f->class_word && strcmp(f->class_word, class_word) == 0 && nth-- == 0)
            return f;
    }
    return NULL;
}

static void severity_is_the_worst_hour(void **state)
{
    (void)state;
    static const struct {
        double so2;
        const char *class_word;
    } cases[] = {{35.5, "low"}, {42, "low"}, {42.5, "middle"}, {70, "middle"}, {71, "high"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct story s = story_new(LIMITED(""), "2026-01-01T00:00:00+08:00");
        hours(&s, 1, cases[i].so2);
        hours(&s, 1, 10);
        const struct finding *f = find(&s, cases[i].class_word, 0);
        assert_non_null(f);
        assert_int_equal(f->state, FINDING_OPEN);
        stack_free(s.stack);
    }
}

static void it_is_told_again_when_it_gets_worse(void **state)
{
    (void)state;
    struct story s = story_new(LIMITED(""), "2026-01-01T00:00:00+08:00");
    hours(&s, 1, 40);
    hours(&s, 1, 80);
    hours(&s, 1, 10);
    hours(&s, 1, 10);
    assert_int_equal(s.stack->finding_count, 3);
    assert_string_equal(s.stack->findings[0].class_word, "low");
    assert_string_equal(s.stack->findings[1].class_word, "high");
    assert_int_equal(s.stack->findings[1].state, FINDING_OPEN);
    assert_int_equal(s.stack->findings[1].start_ms, s.stack->findings[0].start_ms);
    assert_int_equal(s.stack->findings[2].state, FINDING_CLOSED);
    assert_string_equal(s.stack->findings[2].class_word, "high");
    stack_free(s.stack);
}

/* February 2026 has 672 hours, of which 33 may exceed. */
static void a_month_that_can_no_longer_reach_its_share_is_told_at_once(void **state)
{
    (void)state;
    struct story s = story_new(LIMITED(""), "2026-02-01T00:00:00+08:00");
    hours(&s, 33, 40);
    hours(&s, 39, 10);
    assert_null(find(&s, "compliance", 0));
    hours(&s, 1, 40);
    hours(&s, 48, 10);
    const struct finding *f = find(&s, "compliance", 0);
    assert_non_null(f);
    assert_int_equal(f->state, FINDING_OPEN);
    assert_int_equal(f->start_ms, instant("2026-02-01T00:00:00+08:00"));
    assert_int_equal(f->priority, 2);
    assert_true(f->threshold == 95);
    stack_free(s.stack);
}

static void a_month_that_ended_short_is_told_and_over(void **state)
{
    (void)state;
    struct story s = story_new(LIMITED("\"compliance_target\":99,"), "2026-01-30T00:00:00+08:00");
    hours(&s, 2, 40);
    hours(&s, 72, 10);
    const struct finding *f = find(&s, "compliance", 0);
    assert_non_null(f);
    near(f->value, 100.0 * 46 / 48);
    assert_int_equal(find(&s, "compliance", 1)->state, FINDING_CLOSED);
    stack_free(s.stack);
}

static void without_a_target_nothing_is_said(void **state)
{
    (void)state;
    struct story s = story_new(LIMITED("\"compliance_target\":0,"), "2026-01-30T00:00:00+08:00");
    hours(&s, 2, 40);
    hours(&s, 72, 10);
    assert_null(find(&s, "compliance", 0));
    stack_free(s.stack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(severity_is_the_worst_hour),
        cmocka_unit_test(it_is_told_again_when_it_gets_worse),
        cmocka_unit_test(a_month_that_can_no_longer_reach_its_share_is_told_at_once),
        cmocka_unit_test(a_month_that_ended_short_is_told_and_over),
        cmocka_unit_test(without_a_target_nothing_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
