/* Regulated quantities against the worked examples, and what must not enter them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/quantity_stand.h"

static const char *const start_text = "2026-11-24T10:00:00+08:00";

static struct stack *begin(const char *outlet)
{
    return stack_new(5000, outlet, instant(start_text));
}

static void run_hour(struct stack *s, int hour)
{
    int64_t from = instant(start_text) + hour * HOUR;
    stack_run(s, from, HOUR);
    pipeline_tick_to(s->pipeline, from + HOUR + 5 * SECOND);
}

static void an_hour_is_corrected_and_weighed(void **state)
{
    (void)state;
    struct stack *s = begin(STACK_USUAL);
    run_hour(s, 0);
    const struct mean *hour = stack_mean(s, 0, MEAN_HOUR, 0);
    const struct mean *minute = stack_mean(s, 0, MEAN_MINUTE, 59);
    assert_true(hour->is_regulated && hour->valid && hour->corrected_valid && hour->has_cou);
    near(hour->avg, 28);
    near(hour->corrected, 35);
    near(hour->cou, 11.1288);
    assert_int_equal(hour->flag, FLAG_N);
    assert_int_equal(hour->parts, 60);
    assert_int_equal(hour->good, 60);
    near(minute->corrected, 35);
    near(minute->cou, 11.1288 / 60);
    assert_int_equal(minute->good, 12);
    /* The gas itself has means, but neither correction nor mass. */
    const struct mean *t = stack_mean(s, 2, MEAN_HOUR, 0);
    near(t->avg, 120);
    assert_false(t->has_corrected || t->has_cou);
    stack_free(s);
}

static void mass_is_of_the_measured_value_and_never_of_the_corrected(void **state)
{
    (void)state;
    struct stack *s = begin(STACK_USUAL);
    s->samples[STACK_O2].value = 18;
    run_hour(s, 0);
    near(stack_mean(s, 0, MEAN_HOUR, 0)->corrected, 28 * 15.0 / 3);
    near(stack_mean(s, 0, MEAN_HOUR, 0)->cou, 11.1288);
    stack_free(s);
}

/* The same gas in other words: each unit the one that trips people. */
static void units_and_states_lead_to_the_same_quantity(void **state)
{
    (void)state;
    static const struct {
        const char *outlet;
        double so2, p, t, v, expected, cou;
    } cases[] = {
        /* E1: actual to standard. */
        {"\"ambient_kpa\":100,\"inputs\":{\"a21026\":{\"signal\":\"d.so2\",\"state\":\"actual\"},"
         "\"a01012\":{\"signal\":\"d.t\"},\"a01013\":{\"signal\":\"d.p\"}}",
         100, -0.5, 120, 0, 146.5964, 0},
        /* The same in Pa and K. */
        {"\"ambient_kpa\":100,\"inputs\":{\"a21026\":{\"signal\":\"d.so2\",\"state\":\"actual\"},"
         "\"a01012\":{\"signal\":\"d.t\",\"unit\":\"K\"},"
         "\"a01013\":{\"signal\":\"d.p\",\"unit\":\"Pa\"}}",
         100, -500, 393.15, 0, 146.5964, 0},
        /* E2: wet to dry, by a constant. */
        {"\"moisture_pct\":8,\"inputs\":{\"a21026\":{\"signal\":\"d.so2\",\"moisture\":\"wet\"}}",
         50, 0, 0, 0, 54.3478, 0},
        /* ppm. */
        {"\"inputs\":{\"a21026\":{\"signal\":\"d.so2\",\"unit\":\"ppm\"}}", 10, 0, 0, 0,
         10 * 64.06 / 22.4, 0},
        /* A measured flow of the standard state, dry, in m3/h and in m3/s. */
        {"\"inputs\":{\"a21026\":{\"signal\":\"d.so2\"},"
         "\"a00000\":{\"signal\":\"d.v\",\"unit\":\"m3/h\"}}",
         28, 0, 0, 397458.7, 28, 11.1288},
        {"\"inputs\":{\"a21026\":{\"signal\":\"d.so2\",\"unit\":\"ug/m3\"},"
         "\"a00000\":{\"signal\":\"d.v\",\"unit\":\"m3/s\"}}",
         28000, 0, 0, 397458.7 / 3600, 28, 11.1288},
        /* E12: a measured flow of the duct, wet. */
        {"\"ambient_kpa\":100,\"moisture_pct\":8,\"inputs\":{\"a21026\":{\"signal\":\"d.so2\"},"
         "\"a01012\":{\"signal\":\"d.t\"},\"a01013\":{\"signal\":\"d.p\"},"
         "\"a00000\":{\"signal\":\"d.v\",\"unit\":\"m3/h\",\"state\":\"actual\","
         "\"moisture\":\"wet\"}}",
         28, -0.5, 120, 633326.4, 28, 11.1288},
        /* E14: a pitot tube, with Kv so that 16.668 m/s becomes 14. */
        {"\"ambient_kpa\":100,\"moisture_pct\":8,\"area_m2\":12.566,"
         "\"velocity_factor\":0.8399496,\"inputs\":{\"a21026\":{\"signal\":\"d.so2\"},"
         "\"a01012\":{\"signal\":\"d.t\"},\"a01013\":{\"signal\":\"d.p\"},"
         "\"a01017\":{\"signal\":\"d.v\",\"unit\":\"Pa\"}}",
         28, -0.5, 120, 180, 28, 11.1288},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stack *s = begin(cases[i].outlet);
        s->samples[STACK_SO2].value = cases[i].so2;
        s->samples[STACK_P].value = cases[i].p;
        s->samples[STACK_T].value = cases[i].t;
        s->samples[STACK_V].value = cases[i].v;
        run_hour(s, 0);
        const struct mean *hour = stack_mean(s, 0, MEAN_HOUR, 0);
        assert_true(hour && hour->valid);
        near(hour->avg, cases[i].expected);
        near(hour->corrected, cases[i].expected);
        assert_int_equal(hour->has_cou, cases[i].cou > 0);
        if (hour->has_cou)
            assert_true(fabs(hour->cou - cases[i].cou) < 1e-4 * cases[i].cou);
        stack_free(s);
    }
}

static void nitrogen_oxides_are_told_as_no2(void **state)
{
    (void)state;
    struct stack *s =
        begin("\"inputs\":{\"a21002\":{\"signal\":\"d.no\",\"plus\":\"d.no2\",\"unit\":\"ppm\"}}");
    run_hour(s, 0);
    near(stack_mean(s, 0, MEAN_HOUR, 0)->avg, 215.648);
    stack_free(s);
    s = begin(
        "\"inputs\":{\"a21002\":{\"signal\":\"d.no\",\"plus\":\"d.no2\",\"unit\":\"mg/m3\"}}");
    run_hour(s, 0);
    near(stack_mean(s, 0, MEAN_HOUR, 0)->avg, 100 * 46.005 / 30.006 + 5);
    s->samples[STACK_NO2].quality = QUALITY_TIMEOUT;
    run_hour(s, 1);
    const struct mean *without = stack_mean(s, 0, MEAN_MINUTE, 119);
    assert_int_equal(without->good, 0);
    assert_int_equal(without->flag, FLAG_D);
    stack_free(s);
}

static void hydrocarbons_without_methane_are_told_as_carbon(void **state)
{
    (void)state;
    struct stack *s =
        begin("\"inputs\":{\"a24088\":{\"signal\":\"d.no\",\"minus\":\"d.no2\",\"unit\":\"ppm\"}}");
    s->samples[STACK_NO].value = 58;
    s->samples[STACK_NO2].value = 2;
    run_hour(s, 0);
    near(stack_mean(s, 0, MEAN_HOUR, 0)->avg, 30);
    stack_free(s);
}

static void an_hour_of_calibration_enters_no_mean(void **state)
{
    (void)state;
    struct stack *s = begin("\"state\":\"d.word\"," STACK_USUAL);
    run_hour(s, 0);
    s->samples[STACK_WORD].value = 3;
    s->samples[STACK_SO2].value = 500;
    run_hour(s, 1);
    stack_set_sound(s);
    run_hour(s, 2);
    const struct mean *hour = stack_mean(s, 0, MEAN_HOUR, 1);
    assert_int_equal(hour->good, 0);
    assert_int_equal(hour->flag, FLAG_C);
    assert_false(hour->valid || hour->has_corrected || hour->has_cou);
    assert_int_equal(stack_mean(s, 0, MEAN_MINUTE, 60)->flags[FLAG_C], 12);
    near(stack_mean(s, 0, MEAN_HOUR, 0)->max, 28);
    near(stack_mean(s, 0, MEAN_HOUR, 2)->max, 28);
    stack_free(s);
}

static void every_state_word_has_its_flag_and_an_unknown_one_is_a_fault(void **state)
{
    (void)state;
    static const struct {
        double word;
        enum flag flag;
    } cases[] = {{0, FLAG_N}, {7, FLAG_N}, {1, FLAG_M}, {10, FLAG_M}, {2, FLAG_D}, {6, FLAG_D},
                 {3, FLAG_C}, {8, FLAG_C}, {5, FLAG_C}, {9, FLAG_F},  {4, FLAG_D}, {99, FLAG_D}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stack *s = begin("\"state\":\"d.word\"," STACK_USUAL);
        s->samples[STACK_WORD].value = cases[i].word;
        stack_run(s, instant(start_text), 2 * MINUTE);
        assert_int_equal(s->realtime.flag, cases[i].flag);
        assert_int_equal(s->realtime.valid, cases[i].flag == FLAG_N);
        stack_free(s);
    }
}

static void a_state_word_of_its_own_speaks_for_the_factors_named(void **state)
{
    (void)state;
    struct stack *s = begin("\"state\":\"d.word\",\"state_words\":[\"0=N\",\"3=M\"],"
                            "\"state_factors\":[\"a21026\"]," STACK_USUAL);
    s->samples[STACK_WORD].value = 3;
    run_hour(s, 0);
    assert_int_equal(stack_mean(s, 0, MEAN_HOUR, 0)->flag, FLAG_M);
    assert_int_equal(stack_mean(s, 1, MEAN_HOUR, 0)->flag, FLAG_N);
    near(stack_mean(s, 1, MEAN_HOUR, 0)->avg, 9);
    stack_free(s);
}

/* Minutes m < normal are normal, the others have the quality. */
static void the_flag_of_an_hour_turns_at_45_normal_minutes(void **state)
{
    (void)state;
    static const struct {
        enum quality_word word;
        enum flag flag;
    } cases[] = {{QUALITY_CALIBRATING, FLAG_C}, {QUALITY_MAINTENANCE, FLAG_M},
                 {QUALITY_FAULT, FLAG_D},       {QUALITY_OVER_RANGE, FLAG_T},
                 {QUALITY_MANUAL, FLAG_S},      {QUALITY_STANDBY, FLAG_F},
                 {QUALITY_TIMEOUT, FLAG_B}};
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        int normal = i % 2 ? 45 : 44;
        struct stack *s = stack_new(60000, STACK_USUAL, instant(start_text));
        for (int m = 0; m < 60; m++) {
            s->samples[STACK_SO2].quality =
                quality_make(m < normal ? QUALITY_GOOD : cases[i / 2].word, 0);
            stack_read(s, instant(start_text) + m * MINUTE);
        }
        pipeline_tick_to(s->pipeline, instant(start_text) + HOUR + MINUTE);
        const struct mean *hour = stack_mean(s, 0, MEAN_HOUR, 0);
        assert_int_equal(hour->flag, normal == 45 ? FLAG_N : cases[i / 2].flag);
        assert_int_equal(hour->valid, normal == 45);
        assert_int_equal(hour->has_cou, normal == 45);
        assert_int_equal(hour->flags[cases[i / 2].flag], 60 - normal);
        stack_free(s);
    }
}

static void a_declared_mark_goes_before_the_state_word(void **state)
{
    (void)state;
    struct stack *s = begin("\"state\":\"d.word\"," STACK_USUAL);
    struct declaration d = {.id = "m",
                            .kind = DECLARATION_MARK,
                            .object = "DA001",
                            .factor = "a21026",
                            .word = "maintenance",
                            .start_ms = instant(start_text),
                            .end_ms = instant(start_text) + HOUR};
    assert_int_equal(pipeline_declare(s->pipeline, &d, instant(start_text)), 0);
    s->samples[STACK_WORD].value = 3;
    run_hour(s, 0);
    assert_int_equal(stack_mean(s, 0, MEAN_HOUR, 0)->flag, FLAG_M);
    assert_int_equal(stack_mean(s, 0, MEAN_HOUR, 0)->good, 0);
    assert_int_equal(stack_mean(s, 1, MEAN_HOUR, 0)->flag, FLAG_C);
    stack_free(s);
}

static void oxygen_from_18_to_21_stays_bounded_and_is_no_evidence_from_19_5(void **state)
{
    (void)state;
    struct stack *s = begin("\"limits\":[{\"factor\":\"a21026\",\"period\":\"realtime\","
                            "\"max\":281}]," STACK_USUAL);
    double before = 0;
    for (int i = 0; i <= 300; i++) {
        s->samples[STACK_O2].value = 18 + i / 100.0;
        stack_read(s, instant(start_text) + i * 5 * SECOND);
        pipeline_tick_to(s->pipeline, instant(start_text) + i * 5 * SECOND + SECOND);
        assert_true(s->realtime.has_corrected && s->realtime.corrected >= before);
        assert_true(s->realtime.corrected <= 280 + 1e-9);
        assert_int_equal(s->realtime.o2_high, i >= 150);
        assert_int_equal(s->realtime.corrected_valid, i < 150);
        before = s->realtime.corrected;
    }
    pipeline_tick_to(s->pipeline, instant(start_text) + 26 * MINUTE);
    const struct mean *last = stack_mean(s, 0, MEAN_MINUTE, 24);
    assert_true(last->valid && last->o2_high && !last->corrected_valid);
    assert_int_equal(s->finding_count, 0);
    stack_free(s);
}

static void without_oxygen_a_value_is_measured_but_not_corrected(void **state)
{
    (void)state;
    struct stack *s = begin("\"limits\":[{\"factor\":\"a21026\",\"period\":\"hour\",\"max\":1},"
                            "{\"factor\":\"a21026\",\"period\":\"hour\",\"basis\":\"measured\","
                            "\"max\":1}]," STACK_USUAL);
    s->samples[STACK_O2].quality = QUALITY_TIMEOUT;
    run_hour(s, 0);
    const struct mean *hour = stack_mean(s, 0, MEAN_HOUR, 0);
    assert_true(hour->valid && hour->has_cou && !hour->has_corrected);
    assert_int_equal(s->finding_count, 1);
    near(s->findings[0].value, 28);
    stack_free(s);
}

static void a_limit_looks_at_the_basis_that_it_names(void **state)
{
    (void)state;
    struct stack *s = begin("\"limits\":[{\"factor\":\"a21026\",\"period\":\"hour\",\"max\":30},"
                            "{\"factor\":\"a21026\",\"period\":\"hour\",\"basis\":\"measured\","
                            "\"max\":30}]," STACK_USUAL);
    run_hour(s, 0);
    assert_int_equal(s->finding_count, 1);
    near(s->findings[0].value, 35);
    stack_free(s);
}

static void an_empty_minute_has_no_value(void **state)
{
    (void)state;
    struct stack *s = begin(STACK_USUAL);
    stack_run(s, instant(start_text), MINUTE);
    stack_run(s, instant(start_text) + 2 * MINUTE, MINUTE);
    pipeline_tick_to(s->pipeline, instant(start_text) + 4 * MINUTE);
    const struct mean *empty = stack_mean(s, 0, MEAN_MINUTE, 1);
    assert_int_equal(empty->good, 0);
    assert_int_equal(empty->parts, 12);
    assert_int_equal(empty->flag, FLAG_B);
    assert_false(empty->valid || empty->has_corrected || empty->has_cou);
    stack_free(s);
}

static void temperature_that_is_lost_is_held_for_a_minute(void **state)
{
    (void)state;
    struct stack *s = begin(
        "\"ambient_kpa\":100,\"inputs\":{\"a21026\":{\"signal\":\"d.so2\",\"state\":\"actual\"},"
        "\"a01012\":{\"signal\":\"d.t\"},\"a01013\":{\"signal\":\"d.p\"}}");
    stack_run(s, instant(start_text), MINUTE);
    struct sample so2 = {.value = 28};
    for (int i = 12; i < 48; i++) {
        int64_t time = instant(start_text) + i * 5 * SECOND;
        pipeline_sample(s->pipeline, STACK_SO2, &so2, time, time);
    }
    pipeline_tick_to(s->pipeline, instant(start_text) + 5 * MINUTE);
    assert_int_equal(stack_mean(s, 0, MEAN_MINUTE, 0)->good, 12);
    assert_int_equal(stack_mean(s, 0, MEAN_MINUTE, 1)->good, 12);
    assert_int_equal(stack_mean(s, 0, MEAN_MINUTE, 2)->good, 0);
    assert_int_equal(stack_mean(s, 0, MEAN_MINUTE, 2)->flag, FLAG_D);
    stack_free(s);
}

static void every_reading_is_told_once_at_most(void **state)
{
    (void)state;
    struct stack *s = begin(STACK_USUAL);
    stack_run(s, instant(start_text), HOUR);
    pipeline_tick_to(s->pipeline, instant(start_text) + HOUR);
    assert_int_equal(s->realtime_count, 720);
    near(s->realtime.avg, 28);
    near(s->realtime.corrected, 35);
    near(s->realtime.cou, 11.1288);
    stack_free(s);
}

/* Oxygen alternates between the minutes: the formula on means and the mean of the formula differ.
 */
static void zs_from_says_at_which_step_an_hour_is_corrected(void **state)
{
    (void)state;
    for (int by_minutes = 0; by_minutes < 2; by_minutes++) {
        struct stack *s =
            begin(by_minutes ? "\"zs_from\":\"minute_values\"," STACK_USUAL : STACK_USUAL);
        for (int m = 0; m < 60; m++) {
            s->samples[STACK_O2].value = m % 2 ? 6 : 16;
            stack_run(s, instant(start_text) + m * MINUTE, MINUTE);
        }
        pipeline_tick_to(s->pipeline, instant(start_text) + HOUR + 5 * SECOND);
        near(stack_mean(s, 0, MEAN_HOUR, 0)->corrected,
             by_minutes ? 28 * (1 + 3.0) / 2 : 28 * 15.0 / 10);
        stack_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_hour_is_corrected_and_weighed),
        cmocka_unit_test(mass_is_of_the_measured_value_and_never_of_the_corrected),
        cmocka_unit_test(units_and_states_lead_to_the_same_quantity),
        cmocka_unit_test(nitrogen_oxides_are_told_as_no2),
        cmocka_unit_test(hydrocarbons_without_methane_are_told_as_carbon),
        cmocka_unit_test(an_hour_of_calibration_enters_no_mean),
        cmocka_unit_test(every_state_word_has_its_flag_and_an_unknown_one_is_a_fault),
        cmocka_unit_test(a_state_word_of_its_own_speaks_for_the_factors_named),
        cmocka_unit_test(the_flag_of_an_hour_turns_at_45_normal_minutes),
        cmocka_unit_test(a_declared_mark_goes_before_the_state_word),
        cmocka_unit_test(oxygen_from_18_to_21_stays_bounded_and_is_no_evidence_from_19_5),
        cmocka_unit_test(without_oxygen_a_value_is_measured_but_not_corrected),
        cmocka_unit_test(a_limit_looks_at_the_basis_that_it_names),
        cmocka_unit_test(an_empty_minute_has_no_value),
        cmocka_unit_test(temperature_that_is_lost_is_held_for_a_minute),
        cmocka_unit_test(every_reading_is_told_once_at_most),
        cmocka_unit_test(zs_from_says_at_which_step_an_hour_is_corrected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
