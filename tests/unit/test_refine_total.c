/* The mass of a year against the permit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/quantity_stand.h"

#define PERMIT(t) "\"permit_t_per_year\":{\"a21026\":" t "},"

static const char *const start_text = "2026-12-31T18:00:00+08:00";

static void run_hours(struct stack *s, int from, int to)
{
    int64_t start = instant(start_text);
    for (int m = from * 60; m < to * 60; m++)
        stack_read(s, start + m * MINUTE);
    pipeline_tick_to(s->pipeline, start + to * HOUR + MINUTE);
}

static const struct finding *find(const struct stack *s, const char *part, enum finding_state state)
{
    for (size_t i = 0; i < s->finding_count; i++)
        if (strcmp(s->findings[i].part, part) == 0 && s->findings[i].state == state)
            return &s->findings[i];
    return NULL;
}

/* 11.1288 kg an hour of 50 kg. */
static void shares_of_the_permit_are_found_one_by_one(void **state)
{
    (void)state;
    static const struct {
        const char *part;
        int hour;
        unsigned priority;
        double threshold;
    } cases[] = {{"DA001/a21026/total/80", 3, 3, 0.04},
                 {"DA001/a21026/total/90", 4, 2, 0.045},
                 {"DA001/a21026/total/100", 4, 1, 0.05}};
    struct stack *s = stack_new(60000, PERMIT("0.05") STACK_USUAL, instant(start_text));
    run_hours(s, 0, 3);
    assert_int_equal(s->finding_count, 0);
    run_hours(s, 3, 6);
    assert_int_equal(s->finding_count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct finding *f = find(s, cases[i].part, FINDING_OPEN);
        assert_non_null(f);
        assert_string_equal(f->kind, "total");
        assert_int_equal(f->start_ms, instant(start_text) + cases[i].hour * HOUR);
        assert_int_equal(f->priority, cases[i].priority);
        near(f->threshold, cases[i].threshold);
        near(f->value, 0.0111288 * (cases[i].hour + 1));
    }
    stack_free(s);
}

static void a_new_year_begins_with_nothing(void **state)
{
    (void)state;
    struct stack *s = stack_new(60000, PERMIT("0.05") STACK_USUAL, instant(start_text));
    run_hours(s, 0, 7);
    assert_int_equal(s->finding_count, 6);
    const struct finding *f = find(s, "DA001/a21026/total/100", FINDING_CLOSED);
    assert_non_null(f);
    assert_int_equal(f->end_ms, instant("2027-01-01T00:00:00+08:00"));
    near(f->value, 0.0111288 * 6);
    run_hours(s, 7, 9);
    assert_int_equal(s->finding_count, 6);
    run_hours(s, 9, 10);
    assert_int_equal(s->finding_count, 7);
    assert_string_equal(s->findings[6].part, "DA001/a21026/total/80");
    stack_free(s);
}

/* Of the 6 hours that the record has of this quarter one fails: it counts as the greatest before
 * it. */
static void hours_without_a_mass_are_substituted(void **state)
{
    (void)state;
    struct stack *s = stack_new(60000, PERMIT("0.05") STACK_USUAL, instant(start_text));
    run_hours(s, 0, 3);
    s->samples[STACK_SO2].quality = quality_make(QUALITY_CALIBRATING, 0);
    run_hours(s, 3, 4);
    assert_int_equal(s->finding_count, 1);
    assert_string_equal(s->findings[0].part, "DA001/a21026/total/80");
    near(s->findings[0].value, 0.0111288 * 4);
    stack_free(s);
}

/* Less than 75 % of the quarter: a person decides, and nothing is added. */
static void with_too_little_data_nothing_is_added(void **state)
{
    (void)state;
    struct stack *s = stack_new(60000, PERMIT("0.05") STACK_USUAL, instant(start_text));
    run_hours(s, 0, 3);
    s->samples[STACK_V].quality = quality_make(QUALITY_TIMEOUT, 0);
    run_hours(s, 3, 5);
    assert_int_equal(s->finding_count, 2);
    assert_int_equal(s->findings[1].state, FINDING_CLOSED);
    near(s->findings[1].value, 0.0111288 * 3);
    stack_free(s);
}

static void reload(struct stack *s, const char *outlet, int64_t at_ms)
{
    struct plant *plant = stand_load(stack_config(60000, outlet));
    assert_int_equal(pipeline_reload(s->pipeline, plant, at_ms), 0);
    plant_free(s->plant);
    s->plant = plant;
}

static void another_permit_keeps_the_sum(void **state)
{
    (void)state;
    struct stack *s = stack_new(60000, PERMIT("1") STACK_USUAL, instant(start_text));
    run_hours(s, 0, 3);
    reload(s, PERMIT("0.05") STACK_USUAL, instant(start_text) + 3 * HOUR + 2 * MINUTE);
    for (int m = 3; m < 60; m++)
        stack_read(s, instant(start_text) + 3 * HOUR + m * MINUTE);
    pipeline_tick_to(s->pipeline, instant(start_text) + 4 * HOUR + MINUTE);
    assert_int_equal(s->finding_count, 1);
    near(s->findings[0].value, 0.0111288 * 4);
    reload(s, PERMIT("1") STACK_USUAL, instant(start_text) + 4 * HOUR + 2 * MINUTE);
    for (int m = 3; m < 60; m++)
        stack_read(s, instant(start_text) + 4 * HOUR + m * MINUTE);
    pipeline_tick_to(s->pipeline, instant(start_text) + 5 * HOUR + MINUTE);
    assert_int_equal(s->finding_count, 2);
    assert_int_equal(s->findings[1].state, FINDING_CLOSED);
    reload(s, STACK_USUAL, instant(start_text) + 5 * HOUR + 2 * MINUTE);
    assert_int_equal(s->finding_count, 2);
    stack_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_of_the_permit_are_found_one_by_one),
        cmocka_unit_test(a_new_year_begins_with_nothing),
        cmocka_unit_test(hours_without_a_mass_are_substituted),
        cmocka_unit_test(with_too_little_data_nothing_is_added),
        cmocka_unit_test(another_permit_keeps_the_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
