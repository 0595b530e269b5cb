/* Regulated quantities over days and months, and however their input is cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/xorshift.h"
#include "tests/unit/quantity_stand.h"

static const int64_t DAY = 86400000;

/* Longer periods only: a month of minutes is more than is kept. */
static void on_long_mean(void *ctx, const struct mean *m)
{
    if (m->period == MEAN_DAY || m->period == MEAN_MONTH)
        stack_on_mean(ctx, m);
}

static struct stack *begin_long(const char *outlet, int64_t at_ms)
{
    struct stack *s = stack_new(60000, outlet, at_ms);
    const struct machine_sink sink = {
        .on_finding = stack_on_finding, .on_mean = on_long_mean, .ctx = s};
    pipeline_set_sink(s->pipeline, &sink);
    return s;
}

/* Days d < valid have 20 valid hours, the others 19. */
static void run_month(struct stack *s, int64_t start_ms, int days, int valid)
{
    for (int d = 0; d < days; d++) {
        for (int m = 0; m < 24 * 60; m++) {
            bool good = m < (d < valid ? 20 : 19) * 60;
            s->samples[STACK_SO2].quality = quality_make(good ? QUALITY_GOOD : QUALITY_FAULT, 0);
            stack_read(s, start_ms + d * DAY + m * MINUTE);
        }
    }
    pipeline_tick_to(s->pipeline, start_ms + days * DAY + MINUTE);
}

static void a_month_needs_25_valid_days_and_february_23(void **state)
{
    (void)state;
    static const struct {
        const char *start;
        int days, valid;
        bool is_valid;
    } cases[] = {
        {"2028-02-01T00:00:00+08:00", 29, 23, true},  {"2028-02-01T00:00:00+08:00", 29, 22, false},
        {"2026-02-01T00:00:00+08:00", 28, 23, true},  {"2026-11-01T00:00:00+08:00", 30, 25, true},
        {"2026-12-01T00:00:00+08:00", 31, 24, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t start = instant(cases[i].start);
        struct stack *s = begin_long(STACK_USUAL, start);
        run_month(s, start, cases[i].days, cases[i].valid);
        const struct mean *month = stack_mean(s, 0, MEAN_MONTH, 0);
        assert_non_null(month);
        assert_int_equal(month->start_ms, start);
        assert_int_equal(month->parts, cases[i].days);
        assert_int_equal(month->good, cases[i].valid);
        assert_int_equal(month->valid, cases[i].is_valid);
        near(month->avg, 28);
        near(month->corrected, 35);
        int hours = cases[i].valid * 20 + (cases[i].days - cases[i].valid) * 19;
        near(month->cou, 11.1288 * hours);
        assert_null(stack_mean(s, 0, MEAN_MONTH, 1));
        stack_free(s);
    }
}

static void a_day_of_18_normal_hours_is_normal_but_not_valid(void **state)
{
    (void)state;
    int64_t start = instant("2026-11-24T00:00:00+08:00");
    struct stack *s = begin_long(STACK_USUAL, start);
    for (int m = 0; m < 24 * 60; m++) {
        s->samples[STACK_SO2].quality = quality_make(m < 18 * 60 ? QUALITY_GOOD : QUALITY_FAULT, 0);
        stack_read(s, start + m * MINUTE);
    }
    pipeline_tick_to(s->pipeline, start + DAY + MINUTE);
    const struct mean *day = stack_mean(s, 0, MEAN_DAY, 0);
    assert_int_equal(day->flag, FLAG_N);
    assert_false(day->valid || day->corrected_valid);
    assert_int_equal(day->good, 18);
    near(day->cou, 18 * 11.1288);
    stack_free(s);
}

/* The corrected value of a day is the mean of those of its hours, not the formula on its means. */
static void a_day_is_the_mean_of_its_corrected_hours(void **state)
{
    (void)state;
    int64_t start = instant("2026-11-24T00:00:00+08:00");
    struct stack *s = begin_long(STACK_USUAL, start);
    for (int m = 0; m < 24 * 60; m++) {
        s->samples[STACK_O2].value = m / 60 % 2 ? 6 : 16;
        stack_read(s, start + m * MINUTE);
    }
    pipeline_tick_to(s->pipeline, start + DAY + MINUTE);
    const struct mean *day = stack_mean(s, 0, MEAN_DAY, 0);
    near(day->corrected, 28 * (1 + 3.0) / 2);
    near(day->corrected_min, 28);
    near(day->corrected_max, 84);
    near(day->cou, 24 * 11.1288);
    stack_free(s);
}

/* Wandering values, some without, on a grid of 5 s; the same for the same seed. */
static void wander(struct stack *s, uint64_t *x)
{
    stack_set_sound(s);
    for (int i = 0; i < STACK_WORD; i++) {
        s->samples[i].value += (double)(xorshift_next(x) % 1000) / 500 - 1;
        if (xorshift_next(x) % 50 == 0)
            s->samples[i].quality = quality_make(QUALITY_TIMEOUT, 0);
    }
    s->samples[STACK_WORD].value = xorshift_next(x) % 40 == 0 ? 3 : 0;
}

static const char rich[] =
    "\"state\":\"d.word\",\"area_m2\":12.566,\"ambient_kpa\":100,\"reference_o2\":6,"
    "\"inputs\":{\"a21026\":{\"signal\":\"d.so2\",\"state\":\"actual\",\"moisture\":\"wet\","
    "\"min_samples\":8},"
    "\"a21002\":{\"signal\":\"d.no\",\"plus\":\"d.no2\",\"unit\":\"ppm\"},"
    "\"a00000\":{\"signal\":\"d.v\",\"unit\":\"m/s\"},"
    "\"a19001\":{\"signal\":\"d.o2\",\"moisture\":\"wet\",\"min_samples\":8},"
    "\"a01012\":{\"signal\":\"d.t\"},\"a01013\":{\"signal\":\"d.p\"},"
    "\"a01014\":{\"signal\":\"d.x\"}}";

enum cut { CUT_NOT, CUT_SAMPLES, CUT_TICKS, CUT_SNAPSHOTS, CUT_RELOADS, CUT_COUNT };

static void give_by_samples(struct stack *s, int64_t time_ms)
{
    for (uint32_t i = STACK_SIGNALS; i-- > 0;)
        pipeline_sample(s->pipeline, i, &s->samples[i], time_ms, time_ms);
}

static void restore_one(void *ctx, const struct pipeline_object *o)
{
    assert_int_equal(pipeline_restore(ctx, o), 0);
}

/* Another pipeline goes on from what the first one knows. */
static void change_over(struct stack *s)
{
    struct pipeline *next = NULL;
    const struct machine_sink sink = {
        .on_finding = stack_on_finding, .on_mean = stack_on_mean, .ctx = s};
    assert_int_equal(pipeline_new(s->plant, 0, 0, &sink, &next), 0);
    pipeline_restore_clock(next, pipeline_get_clock(s->pipeline));
    pipeline_snapshot(s->pipeline, restore_one, next);
    pipeline_free(s->pipeline);
    s->pipeline = next;
}

static void reload_same(struct stack *s, int64_t at_ms)
{
    struct plant *plant = stand_load(stack_config(5000, rich));
    assert_int_equal(pipeline_reload(s->pipeline, plant, at_ms), 0);
    plant_free(s->plant);
    s->plant = plant;
}

static void cut_here(struct stack *s, enum cut cut, int64_t time_ms, uint64_t *x)
{
    if (cut == CUT_SNAPSHOTS && xorshift_next(x) % 7 == 0)
        change_over(s);
    if (cut == CUT_RELOADS && xorshift_next(x) % 200 == 0)
        reload_same(s, time_ms);
    if (cut == CUT_TICKS)
        for (int i = 0; i < 5; i++)
            pipeline_tick_to(s->pipeline, time_ms + (int64_t)(xorshift_next(x) % 5000));
}

static struct stack *run_cut(enum cut cut)
{
    int64_t start = instant("2026-11-30T21:58:20+08:00");
    struct stack *s = stack_new(5000, rich, start);
    uint64_t values = 17;
    uint64_t cuts = 23;
    for (int i = 0; i < 3 * 720; i++) {
        int64_t time = start + i * 5 * SECOND;
        wander(s, &values);
        if (cut == CUT_SAMPLES)
            give_by_samples(s, time);
        else
            stack_read(s, time);
        cut_here(s, cut, time, &cuts);
    }
    pipeline_tick_to(s->pipeline, start + 3 * HOUR + MINUTE);
    return s;
}

static bool is_same(const struct mean *a, const struct mean *b)
{
    return a->input == b->input && a->period == b->period && a->start_ms == b->start_ms &&
           a->avg == b->avg && a->min == b->min && a->max == b->max && a->parts == b->parts &&
           a->good == b->good && a->valid == b->valid && a->has_corrected == b->has_corrected &&
           a->corrected == b->corrected && a->corrected_min == b->corrected_min &&
           a->corrected_max == b->corrected_max && a->corrected_valid == b->corrected_valid &&
           a->has_cou == b->has_cou && a->cou == b->cou && a->flag == b->flag;
}

static void however_the_input_is_cut_the_means_are_the_same(void **state)
{
    (void)state;
    struct stack *whole = run_cut(CUT_NOT);
    assert_non_null(stack_mean(whole, 0, MEAN_MONTH, 0));
    assert_true(stack_mean(whole, 0, MEAN_HOUR, 1)->corrected_valid);
    for (int cut = CUT_SAMPLES; cut < CUT_COUNT; cut++) {
        struct stack *s = run_cut((enum cut)cut);
        assert_int_equal(s->kept_count, whole->kept_count);
        for (size_t i = 0; i < s->kept_count; i++)
            assert_true(is_same(&s->kept[i], &whole->kept[i]));
        stack_free(s);
    }
    stack_free(whole);
}

/* What an hour says follows from what its minutes said. */
static void minutes_add_up_to_their_hour(void **state)
{
    (void)state;
    struct stack *s = run_cut(CUT_NOT);
    const struct mean *hour = stack_mean(s, 0, MEAN_HOUR, 1);
    double sum = 0;
    double least = INFINITY;
    unsigned count = 0;
    for (size_t i = 0; i < s->kept_count; i++) {
        const struct mean *m = &s->kept[i];
        if (m->input != 0 || m->period != MEAN_MINUTE || !m->valid ||
            m->start_ms < hour->start_ms || m->start_ms >= hour->start_ms + HOUR)
            continue;
        sum += m->avg;
        least = m->min < least ? m->min : least;
        count++;
    }
    assert_int_equal(count, hour->good);
    assert_true(sum / count == hour->avg);
    assert_true(least == hour->min);
    stack_free(s);
}

static void a_clock_put_back_tells_what_comes_again_as_a_revision(void **state)
{
    (void)state;
    int64_t start = instant("2026-11-24T10:00:00+08:00");
    struct stack *s = stack_new(5000, STACK_USUAL, start);
    stack_run(s, start, 10 * MINUTE);
    pipeline_tick_to(s->pipeline, start + 10 * MINUTE + 10 * SECOND);
    pipeline_set_offset(s->pipeline, start + 10 * MINUTE + 10 * SECOND, -5 * MINUTE);
    s->samples[STACK_SO2].value = 56;
    for (int i = 0; i < 120; i++) {
        int64_t at = start + 11 * MINUTE + i * 5 * SECOND;
        const struct reading r = {
            .count = STACK_SIGNALS, .time_ms = at - 5 * MINUTE, .at_ms = at, .samples = s->samples};
        pipeline_input(s->pipeline, &r);
    }
    pipeline_tick_to(s->pipeline, start + 22 * MINUTE);
    const struct mean *again = stack_mean(s, 0, MEAN_MINUTE, 11);
    assert_int_equal(again->start_ms, start + 6 * MINUTE);
    assert_int_equal(again->revision, 1);
    near(again->avg, 56);
    assert_int_equal(stack_mean(s, 0, MEAN_MINUTE, 15)->revision, 0);
    stack_free(s);
}

static void days_without_anybody_leave_a_gap_and_the_month_goes_on(void **state)
{
    (void)state;
    int64_t start = instant("2026-11-24T00:00:00+08:00");
    struct stack *s = begin_long(STACK_USUAL, start);
    stack_run(s, start, DAY);
    stack_run(s, start + 3 * DAY, DAY);
    stack_run(s, instant("2026-12-05T00:00:00+08:00"), HOUR);
    const struct mean *month = stack_mean(s, 0, MEAN_MONTH, 0);
    assert_non_null(month);
    assert_int_equal(month->start_ms, instant("2026-11-01T00:00:00+08:00"));
    assert_int_equal(month->good, 2);
    near(month->cou, 48 * 11.1288);
    assert_false(month->valid);
    stack_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_month_needs_25_valid_days_and_february_23),
        cmocka_unit_test(a_day_of_18_normal_hours_is_normal_but_not_valid),
        cmocka_unit_test(a_day_is_the_mean_of_its_corrected_hours),
        cmocka_unit_test(however_the_input_is_cut_the_means_are_the_same),
        cmocka_unit_test(minutes_add_up_to_their_hour),
        cmocka_unit_test(a_clock_put_back_tells_what_comes_again_as_a_revision),
        cmocka_unit_test(days_without_anybody_leave_a_gap_and_the_month_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
