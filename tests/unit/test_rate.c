/* Rates of treatment: run and on time, capture, removal; by day, month and year. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/detect/rate.h"
#include "tests/unit/quantity_stand.h"

enum { LINE_KW, RTO_KW, HOOD, SO2_IN, SO2_OUT, SIGNALS, TOLD_MAX = 10000 };

static const char config[] =
    "{\"plumewatch\":1,\"server\":{\"timezone\":\"Asia/Shanghai\"},"
    "\"links\":[{\"id\":\"l\",\"tcp\":\"h:502\"}],"
    "\"devices\":[{\"id\":\"d\",\"link\":\"l\",\"unit\":1,\"every_ms\":60000,\"phase_ms\":0,"
    "\"timeout_ms\":50,\"signals\":{"
    "\"line\":{\"address\":\"40001\"},\"rto\":{\"address\":\"40002\"},"
    "\"hood\":{\"address\":\"40003\",\"unit\":\"m3/min\"},"
    "\"in\":{\"address\":\"40004\"},\"out\":{\"address\":\"40005\"}}}],"
    "\"sites\":[{\"id\":\"s\",\"equipment\":["
    "{\"id\":\"line\",\"kind\":\"production\",\"power\":\"d.line\",\"rated_kw\":100,\"hold_s\":0},"
    "{\"id\":\"rto\",\"kind\":\"treatment\",\"power\":\"d.rto\",\"rated_kw\":10,\"hold_s\":0,"
    "\"serves\":[\"line\"],\"capture_flow\":\"d.hood\",\"design_flow_m3h\":60000}],"
    "\"outlets\":[{\"id\":\"IN1\",\"inputs\":{\"a21026\":{\"signal\":\"d.in\"}}},"
    "{\"id\":\"DA001\",\"inputs\":{\"a21026\":{\"signal\":\"d.out\",\"inlet\":\"IN1/a21026\","
    "\"equal_flow\":true}}}]}]}";

static const char *const day_text = "2026-11-30T00:00:00+08:00";

struct bench {
    struct plant *plant;
    struct pipeline *pipeline;
    struct sample samples[SIGNALS];
    int64_t at_ms;
    struct rate told[TOLD_MAX];
    size_t count;
};

static void on_rate(void *ctx, const struct rate *r)
{
    struct bench *b = ctx;
    assert_true(b->count < TOLD_MAX);
    b->told[b->count++] = *r;
}

static void on_finding(void *ctx, const struct finding *f)
{
    (void)ctx;
    (void)f;
}

static void on_mean(void *ctx, const struct mean *m)
{
    (void)ctx;
    (void)m;
}

static struct bench *bench_new(const char *text)
{
    struct bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    b->plant = stand_load(text);
    b->at_ms = instant(day_text);
    const struct machine_sink sink = {
        .on_finding = on_finding, .on_mean = on_mean, .ctx = b, .on_rate = on_rate};
    assert_int_equal(pipeline_new(b->plant, b->at_ms, 0, &sink, &b->pipeline), 0);
    return b;
}

static void bench_free(struct bench *b)
{
    pipeline_free(b->pipeline);
    plant_free(b->plant);
    free(b);
}

/* So many minutes of the same. NAN: the signal says nothing. */
static void run(struct bench *b, int minutes, double line_kw, double rto_kw, double hood)
{
    const double values[SIGNALS] = {line_kw, rto_kw, hood, 1800, 28};
    for (int i = 0; i < SIGNALS; i++)
        b->samples[i] = isnan(values[i])
                            ? (struct sample){.quality = quality_make(QUALITY_TIMEOUT, 0)}
                            : (struct sample){.value = values[i]};
    const struct reading r = {.count = SIGNALS, .samples = b->samples};
    for (int i = 0; i < minutes; i++, b->at_ms += MINUTE) {
        struct reading at = r;
        at.time_ms = at.at_ms = b->at_ms;
        pipeline_input(b->pipeline, &at);
    }
}

/* The last of its kind for the record; NULL when none was told. */
static const struct rate *last(const struct bench *b, enum rate_what what, enum rate_period period)
{
    for (size_t i = b->count; i-- > 0;)
        if (b->told[i].what == what && b->told[i].period == period && !b->told[i].is_passing)
            return &b->told[i];
    return NULL;
}

static void finish(struct bench *b)
{
    pipeline_tick_to(b->pipeline, b->at_ms + 2 * MINUTE);
}

/* 8 h of production, of which treatment runs 6; 16 h of nothing. The first minute ends before
 * anything is known of it. */
static void run_is_what_ran_while_production_did(void **state)
{
    (void)state;
    struct bench *b = bench_new(config);
    run(b, 60, 0, 0, 0);
    run(b, 360, 80, 8, 1000);
    run(b, 120, 80, 0, 1000);
    run(b, 900, 0, 8, 0);
    finish(b);
    const struct rate *r = last(b, RATE_RUN, RATE_DAY);
    assert_non_null(r);
    assert_true(r->is_closed);
    assert_int_equal(r->start_ms, instant(day_text));
    assert_int_equal(r->whole, 480);
    assert_int_equal(r->part, 360);
    near(rate_value(r), 0.75);
    assert_int_equal(r->known, r->due);
    assert_true(r->due >= 1438 && r->due <= 1440);
    r = last(b, RATE_RUN, RATE_MONTH);
    assert_true(r->is_closed);
    assert_int_equal(r->whole, 480);
    r = last(b, RATE_RUN, RATE_YEAR);
    assert_false(r->is_closed);
    bench_free(b);
}

static void a_start_is_on_time_when_treatment_ran_by_then(void **state)
{
    (void)state;
    struct bench *b = bench_new(config);
    run(b, 60, 0, 0, 0);
    run(b, 5, 0, 8, 0);
    run(b, 60, 80, 8, 0);
    run(b, 60, 0, 0, 0);
    run(b, 60, 80, 8, 0); /* both in one reading: at the same instant */
    run(b, 60, 0, 0, 0);
    run(b, 1, 80, 0, 0);
    run(b, 1134, 80, 8, 0);
    finish(b);
    const struct rate *r = last(b, RATE_RUN, RATE_DAY);
    assert_int_equal(r->starts, 3);
    assert_int_equal(r->on_time, 2);
    bench_free(b);
}

static void what_nobody_knows_is_in_neither_part(void **state)
{
    (void)state;
    struct bench *b = bench_new(config);
    run(b, 60, 80, 8, 1000);
    run(b, 60, 80, NAN, NAN);
    run(b, 60, NAN, 8, 1000);
    run(b, 1260, 80, 8, 1000);
    finish(b);
    const struct rate *r = last(b, RATE_RUN, RATE_DAY);
    near(rate_value(r), 1);
    assert_true(r->due - r->known >= 105 && r->due - r->known <= 115);
    assert_int_equal(r->known, r->whole);
    assert_int_equal(r->starts, 0);
    bench_free(b);
}

/* 60,000 m3/h are 1,000 m3/min. */
static void capture_is_hood_flow_by_design_while_production_runs(void **state)
{
    (void)state;
    struct bench *b = bench_new(config);
    run(b, 60, 0, 0, 0);
    run(b, 600, 80, 8, 800);
    run(b, 600, 80, 8, 1200);
    run(b, 180, 0, 0, 0);
    finish(b);
    const struct rate *r = last(b, RATE_CAPTURE, RATE_DAY);
    assert_non_null(r);
    near(rate_value(r), 0.9);
    assert_int_equal(r->known, 1200);
    assert_int_equal(r->due, 1200);
    bench_free(b);
}

/* E21: 1800 in, 28 out, equal flow. */
static void removal_of_the_worked_example(void **state)
{
    (void)state;
    struct bench *b = bench_new(config);
    run(b, 1440, 80, 8, 1000);
    run(b, 5, 80, 8, 1000);
    finish(b);
    const struct rate *r = last(b, RATE_REMOVAL, RATE_DAY);
    assert_non_null(r);
    near(rate_value(r), 0.9844444);
    assert_int_equal(r->known, 24);
    assert_int_equal(r->due, 24);
    assert_true(r->is_closed);
    assert_string_equal(rate_object(r, b->plant), "DA001");
    assert_string_equal(rate_factor(r, b->plant), "a21026");
    r = last(b, RATE_REMOVAL, RATE_MONTH);
    near(rate_value(r), 0.9844444);
    assert_true(r->is_closed);
    bench_free(b);
}

/* Hours given straight to the machine: 0 is the inlet's input, 1 the outlet's. */
struct sides {
    struct bench *bench;
    void *state;
};

static void give(struct sides *s, uint32_t input, int hour, double kg, bool valid,
                 uint32_t revision)
{
    const struct machine_self self = {.plant = s->bench->plant, .index = 0, .state = s->state};
    const struct machine_sink sink = {.on_rate = on_rate, .ctx = s->bench};
    const struct mean m = {.input = input,
                           .period = MEAN_HOUR,
                           .start_ms = instant(day_text) + hour * HOUR,
                           .valid = valid,
                           .good = valid ? 60 : 0,
                           .has_cou = valid,
                           .avg = kg,
                           .cou = kg,
                           .revision = revision};
    machine_removal.on_mean(self, &m, (struct machine_now){0}, &sink);
}

static struct sides sides_new(struct bench *b)
{
    struct sides s = {.bench = b, .state = calloc(1, machine_removal.state_size)};
    assert_non_null(s.state);
    return s;
}

static void removal_is_by_mass_over_hours_that_both_sides_have(void **state)
{
    (void)state;
    struct bench *b = bench_new(config);
    b->plant->inputs[1].equal_flow = false;
    struct sides s = sides_new(b);
    for (int h = 0; h < 24; h++) {
        give(&s, 0, h, h < 12 ? 100 : 10, h != 3, 0);
        give(&s, 1, h, h < 12 ? 10 : 5, h != 20, 0);
    }
    const struct rate *r = last(b, RATE_REMOVAL, RATE_DAY);
    assert_int_equal(r->known, 22);
    assert_int_equal(r->due, 24);
    near(r->whole, 11 * 100 + 11 * 10);
    near(rate_value(r), 1 - (11 * 10 + 11 * 5) / (11 * 100.0 + 11 * 10));
    free(s.state);
    bench_free(b);
}

static void a_revised_hour_tells_its_day_and_month_again(void **state)
{
    (void)state;
    struct bench *b = bench_new(config);
    struct sides s = sides_new(b);
    for (int h = 0; h < 30; h++) {
        give(&s, 0, h, 100, true, 0);
        give(&s, 1, h, 10, h != 5, 0);
    }
    assert_int_equal(last(b, RATE_REMOVAL, RATE_DAY)->known, 23);
    size_t before = b->count;
    give(&s, 1, 5, 40, true, 1);
    assert_int_equal(b->count, before + 2);
    const struct rate *r = last(b, RATE_REMOVAL, RATE_DAY);
    assert_int_equal(r->revision, 1);
    assert_int_equal(r->known, 24);
    near(rate_value(r), 1 - (23 * 10 + 40) / 2400.0);
    r = last(b, RATE_REMOVAL, RATE_MONTH);
    assert_int_equal(r->revision, 1);
    near(rate_value(r), 1 - (23 * 10 + 40) / 2400.0);
    give(&s, 1, 5, 40, true, 2);
    assert_int_equal(b->count, before + 2);
    free(s.state);
    bench_free(b);
}

static void hours_that_nobody_told_are_due_and_not_those_of_long_ago(void **state)
{
    (void)state;
    struct bench *b = bench_new(config);
    struct sides s = sides_new(b);
    enum { LATER = 64 * 24 };
    for (int h = 0; h < 24; h++) {
        give(&s, 0, h, 100, true, 0);
        give(&s, 1, h, 10, true, 0);
    }
    for (int h = LATER + 12; h < LATER + 24; h++) {
        give(&s, 0, h, 100, true, 0);
        give(&s, 1, h, 20, true, 0);
    }
    const struct rate *r = last(b, RATE_REMOVAL, RATE_DAY);
    assert_int_equal(r->known, 12);
    assert_int_equal(r->due, 24);
    near(rate_value(r), 0.8);
    free(s.state);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_is_what_ran_while_production_did),
        cmocka_unit_test(a_start_is_on_time_when_treatment_ran_by_then),
        cmocka_unit_test(what_nobody_knows_is_in_neither_part),
        cmocka_unit_test(capture_is_hood_flow_by_design_while_production_runs),
        cmocka_unit_test(removal_of_the_worked_example),
        cmocka_unit_test(removal_is_by_mass_over_hours_that_both_sides_have),
        cmocka_unit_test(a_revised_hour_tells_its_day_and_month_again),
        cmocka_unit_test(hours_that_nobody_told_are_due_and_not_those_of_long_ago),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
