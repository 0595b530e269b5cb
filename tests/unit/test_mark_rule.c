/* Marks that rules set by themselves, and what becomes of the data under them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/core/declaration.h"

#include "tests/unit/quantity_stand.h"

static const char *const start_text = "2026-11-24T01:00:00+08:00";

/* STACK_NO is the production's power in kW, STACK_NO2 its furnace's temperature. */
#define STOP_RULE                                                                                  \
    "{\"class\":\"production\",\"mark_kind\":\"stop\",\"when\":[{\"signal\":\"d.no\",\"max\":5}]}"
#define STARTUP_RULE                                                                               \
    "{\"class\":\"production\",\"mark_kind\":\"start-up\",\"for_s\":0,\"when\":["                  \
    "{\"signal\":\"d.no\",\"min\":50},{\"signal\":\"d.no2\",\"max\":600}]}"
#define CALIBRATION_RULE                                                                           \
    "{\"class\":\"maintenance\",\"mark_kind\":\"calibration\",\"factor\":\"a21026\","              \
    "\"at\":\"02:00\",\"last_min\":30}"
#define RULES(list) "\"mark_rules\":[" list "]," STACK_USUAL

struct marks {
    struct stack *stack;
    struct declaration told[16];
    size_t count;
};

static void on_mark(void *ctx, const struct declaration *d)
{
    struct marks *m = ctx;
    assert_true(m->count < sizeof m->told / sizeof *m->told);
    m->told[m->count++] = *d;
}

static void keep_finding(void *ctx, const struct finding *f)
{
    struct marks *m = ctx;
    stack_on_finding(m->stack, f);
}

static void keep_mean(void *ctx, const struct mean *mean)
{
    struct marks *m = ctx;
    stack_on_mean(m->stack, mean);
}

static struct machine_sink sink_of(struct marks *m)
{
    return (struct machine_sink){
        .on_finding = keep_finding, .on_mean = keep_mean, .on_mark = on_mark, .ctx = m};
}

static void begin(struct marks *m, const char *outlet)
{
    *m = (struct marks){.stack = stack_new(5000, outlet, instant(start_text))};
    const struct machine_sink sink = sink_of(m);
    pipeline_set_sink(m->stack->pipeline, &sink);
}

static void run(struct marks *m, int from_min, int to_min)
{
    stack_run(m->stack, instant(start_text) + from_min * MINUTE, (to_min - from_min) * MINUTE);
}

static void set_power(struct marks *m, double kw)
{
    m->stack->samples[STACK_NO].value = kw;
}

static void a_stopped_production_marks_its_outlet(void **state)
{
    (void)state;
    struct marks m;
    begin(&m, RULES(STOP_RULE));
    run(&m, 0, 10);
    set_power(&m, 2);
    run(&m, 10, 25);
    assert_int_equal(m.count, 0);
    run(&m, 25, 70);
    assert_int_equal(m.count, 1);
    assert_string_equal(m.told[0].object, "DA001");
    assert_string_equal(m.told[0].word, "production");
    assert_string_equal(m.told[0].mark_kind, "stop");
    assert_true(m.told[0].is_auto);
    assert_int_equal(m.told[0].start_ms, instant(start_text) + 10 * MINUTE);
    assert_int_equal(m.told[0].end_ms, INT64_MAX);
    assert_int_equal(m.told[0].made_ms, instant(start_text) + 25 * MINUTE);
    const struct mean *minute = stack_mean(m.stack, 0, MEAN_MINUTE, 30);
    assert_int_equal(minute->flag, FLAG_F);
    assert_int_equal(minute->good, 0);
    const struct mean *hour = stack_mean(m.stack, 0, MEAN_HOUR, 0);
    assert_int_equal(hour->flag, FLAG_F);
    assert_int_equal(hour->good, 25);
    set_power(&m, 200);
    run(&m, 70, 80);
    assert_int_equal(m.count, 2);
    assert_string_equal(m.told[1].id, m.told[0].id);
    assert_int_equal(m.told[1].end_ms, instant(start_text) + 70 * MINUTE);
    assert_int_equal(stack_mean(m.stack, 0, MEAN_MINUTE, 75)->flag, FLAG_N);
    stack_free(m.stack);
}

static void a_stop_of_less_than_a_quarter_of_an_hour_is_none(void **state)
{
    (void)state;
    struct marks m;
    begin(&m, RULES(STOP_RULE));
    set_power(&m, 2);
    run(&m, 0, 14);
    set_power(&m, 200);
    run(&m, 14, 15);
    set_power(&m, 2);
    run(&m, 15, 29);
    assert_int_equal(m.count, 0);
    stack_free(m.stack);
}

static void starting_up_is_shown_and_keeps_the_data_in_force(void **state)
{
    (void)state;
    struct marks m;
    begin(&m, RULES(STARTUP_RULE));
    m.stack->samples[STACK_NO2].value = 300;
    run(&m, 0, 40);
    m.stack->samples[STACK_NO2].value = 800;
    run(&m, 40, 61);
    assert_int_equal(m.count, 2);
    assert_string_equal(m.told[0].mark_kind, "start-up");
    assert_int_equal(m.told[1].end_ms, instant(start_text) + 40 * MINUTE);
    pipeline_tick_to(m.stack->pipeline, instant(start_text) + 61 * MINUTE);
    const struct mean *hour = stack_mean(m.stack, 0, MEAN_HOUR, 0);
    assert_int_equal(hour->flag, FLAG_N);
    assert_true(hour->valid);
    stack_free(m.stack);
}

static void a_signal_that_falls_silent_ends_the_mark(void **state)
{
    (void)state;
    struct marks m;
    begin(&m, RULES(STOP_RULE));
    set_power(&m, 2);
    run(&m, 0, 20);
    assert_int_equal(m.count, 1);
    m.stack->samples[STACK_NO].quality = quality_make(QUALITY_TIMEOUT, 0);
    run(&m, 20, 34);
    assert_int_equal(m.count, 1);
    run(&m, 34, 36);
    assert_int_equal(m.count, 2);
    assert_true(m.told[1].end_ms < INT64_MAX);
    stack_free(m.stack);
}

/* What it measures then is span gas: none of it is in a mean. */
static void an_hour_with_a_calibration_has_no_reading_of_it(void **state)
{
    (void)state;
    struct marks m;
    begin(&m, RULES(CALIBRATION_RULE));
    run(&m, 0, 60);
    m.stack->samples[STACK_SO2].value = 500;
    run(&m, 60, 90);
    m.stack->samples[STACK_SO2].value = 28;
    run(&m, 90, 180);
    assert_int_equal(m.count, 1);
    assert_int_equal(m.told[0].start_ms, instant("2026-11-24T02:00:00+08:00"));
    assert_int_equal(m.told[0].end_ms, instant("2026-11-24T02:30:00+08:00"));
    const struct mean *hour = stack_mean(m.stack, 0, MEAN_HOUR, 1);
    near(hour->avg, 28);
    near(hour->max, 28);
    assert_int_equal(hour->flag, FLAG_C);
    assert_int_equal(hour->flags[FLAG_C], 30);
    assert_int_equal(stack_mean(m.stack, 1, MEAN_HOUR, 1)->flag, FLAG_N);
    stack_free(m.stack);
}

static void every_other_day_is_every_other_day(void **state)
{
    (void)state;
    struct marks m;
    begin(&m, RULES("{\"class\":\"maintenance\",\"at\":\"02:00\",\"last_min\":1,"
                    "\"every_days\":2}"));
    for (int day = 0; day < 6; day++)
        pipeline_tick_to(m.stack->pipeline, instant(start_text) + (day * 24 + 2) * HOUR);
    assert_int_equal(m.count, 3);
    assert_int_equal(m.told[1].start_ms - m.told[0].start_ms, 48 * HOUR);
    stack_free(m.stack);
}

static void what_a_person_says_goes_before_the_rule(void **state)
{
    (void)state;
    struct marks m;
    begin(&m, RULES(CALIBRATION_RULE));
    run(&m, 0, 65);
    const struct declaration by_hand = {.kind = DECLARATION_MARK,
                                        .id = "hand",
                                        .object = "DA001",
                                        .factor = "a21026",
                                        .word = "maintenance",
                                        .mark_kind = "fault",
                                        .start_ms = instant("2026-11-24T02:05:00+08:00"),
                                        .end_ms = instant("2026-11-24T02:10:00+08:00")};
    assert_int_equal(
        pipeline_declare(m.stack->pipeline, &by_hand, instant(start_text) + 65 * MINUTE), 0);
    run(&m, 65, 80);
    assert_int_equal(stack_mean(m.stack, 0, MEAN_MINUTE, 62)->flag, FLAG_C);
    assert_int_equal(stack_mean(m.stack, 0, MEAN_MINUTE, 67)->flag, FLAG_D);
    assert_int_equal(stack_mean(m.stack, 0, MEAN_MINUTE, 72)->flag, FLAG_C);
    stack_free(m.stack);
}

static void restore_one(void *ctx, const struct pipeline_object *o)
{
    assert_int_equal(pipeline_restore(ctx, o), 0);
}

/* Over a restart the mark goes on, and ends, as if there had been none. */
static void a_restart_keeps_the_mark(void **state)
{
    (void)state;
    struct marks m;
    begin(&m, RULES(STOP_RULE));
    set_power(&m, 2);
    run(&m, 0, 20);
    struct pipeline *next = NULL;
    const struct machine_sink sink = sink_of(&m);
    assert_int_equal(pipeline_new(m.stack->plant, 0, 0, &sink, &next), 0);
    pipeline_restore_clock(next, pipeline_get_clock(m.stack->pipeline));
    pipeline_snapshot(m.stack->pipeline, restore_one, next);
    const struct declarations *declared = pipeline_declared(m.stack->pipeline);
    for (uint32_t i = 0; i < declared->count; i++)
        assert_int_equal(pipeline_restore_declaration(next, &declared->items[i]), 0);
    pipeline_free(m.stack->pipeline);
    m.stack->pipeline = next;
    run(&m, 20, 30);
    assert_int_equal(stack_mean(m.stack, 0, MEAN_MINUTE, 25)->flag, FLAG_F);
    set_power(&m, 200);
    run(&m, 30, 31);
    assert_int_equal(m.count, 2);
    assert_string_equal(m.told[1].id, m.told[0].id);
    stack_free(m.stack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stopped_production_marks_its_outlet),
        cmocka_unit_test(a_stop_of_less_than_a_quarter_of_an_hour_is_none),
        cmocka_unit_test(starting_up_is_shown_and_keeps_the_data_in_force),
        cmocka_unit_test(a_signal_that_falls_silent_ends_the_mark),
        cmocka_unit_test(an_hour_with_a_calibration_has_no_reading_of_it),
        cmocka_unit_test(every_other_day_is_every_other_day),
        cmocka_unit_test(what_a_person_says_goes_before_the_rule),
        cmocka_unit_test(a_restart_keeps_the_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
