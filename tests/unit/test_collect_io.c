#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/collect/io_map.h"

#include <math.h>

static struct plant_signal current(void)
{
    return (struct plant_signal){
        .has_io = true,
        .io = {.ne43 = true, .has_map = true, .map_from = {4, 20}, .map_to = {0, 500}}};
}

static struct sample apply(struct io_map *m, double number, int64_t at_ms)
{
    struct sample s = {.value = number, .raw_count = 1, .raw = {1234}};
    io_map_apply(m, &s, at_ms);
    return s;
}

static void check(struct io_map *m, double number, double value, enum quality_word word)
{
    struct sample s = apply(m, number, 0);
    assert_int_equal(s.quality, word);
    if (quality_has_value(s.quality))
        assert_true(s.value == value);
    else
        assert_true(isnan(s.value));
    assert_int_equal(s.raw[0], 1234);
}

static void a_current_is_judged_by_ne_43(void **state)
{
    (void)state;
    struct plant_signal signal = current();
    struct io_map m;
    io_map_init(&m, &signal);
    check(&m, 0, 0, QUALITY_WIRE_BREAK);
    check(&m, 3.599, 0, QUALITY_WIRE_BREAK);
    check(&m, 3.6, -12.5, QUALITY_UNDER_RANGE);
    check(&m, 3.8, -6.25, QUALITY_GOOD);
    check(&m, 4, 0, QUALITY_GOOD);
    check(&m, 12, 250, QUALITY_GOOD);
    check(&m, 20, 500, QUALITY_GOOD);
    check(&m, 20.5, 515.625, QUALITY_GOOD);
    check(&m, 20.6, 518.75, QUALITY_OVER_RANGE);
    check(&m, 22, 562.5, QUALITY_OVER_RANGE);
}

static void two_points_may_fall(void **state)
{
    (void)state;
    struct plant_signal signal = {
        .io = {.has_map = true, .map_from = {27648, 0}, .map_to = {0, 10}},
        .has_range = true,
        .range_min = 2,
        .range_max = 8};
    struct io_map m;
    io_map_init(&m, &signal);
    check(&m, 13824, 5, QUALITY_GOOD);
    check(&m, 0, 10, QUALITY_OVER_RANGE);
    check(&m, 27648, 0, QUALITY_UNDER_RANGE);
}

static void a_quarter_of_the_pressure_is_half_the_flow(void **state)
{
    (void)state;
    struct plant_signal signal = current();
    signal.io.square_root = true;
    struct io_map m;
    io_map_init(&m, &signal);
    check(&m, 4, 0, QUALITY_GOOD);
    check(&m, 8, 250, QUALITY_GOOD);
    check(&m, 20, 500, QUALITY_GOOD);
    check(&m, 3.9, 0, QUALITY_GOOD);
    check(&m, 5, 125, QUALITY_GOOD);
}

static void a_sample_without_a_value_stays_as_it_is(void **state)
{
    (void)state;
    struct plant_signal signal = current();
    struct io_map m;
    io_map_init(&m, &signal);
    struct sample s = {.value = (double)NAN, .quality = QUALITY_TIMEOUT};
    io_map_apply(&m, &s, 0);
    assert_int_equal(s.quality, QUALITY_TIMEOUT);
    assert_true(isnan(s.value));
}

static void a_contact_counts_once_it_was_still_for_its_time(void **state)
{
    (void)state;
    struct plant_signal signal = {.io = {.invert = true, .debounce_ms = 300}};
    struct io_map m;
    io_map_init(&m, &signal);
    static const struct {
        int64_t at_ms;
        double read, says;
    } steps[] = {{0, 0, 1},    {100, 1, 1},  {200, 0, 1},  {300, 1, 1}, {500, 1, 1},
                 {600, 1, 0},  {700, 0, 0},  {800, 1, 0},  {900, 0, 0}, {1199, 0, 0},
                 {1200, 0, 1}, {9999, 1, 1}, {20000, 1, 0}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        assert_true(apply(&m, steps[i].read, steps[i].at_ms).value == steps[i].says);
}

static struct io_map counter(enum counter_as as, double modulo, double max_step)
{
    struct plant_signal signal = {.io = {.counter = as,
                                         .modulo = modulo,
                                         .max_step = max_step,
                                         .per_pulse = 0.1,
                                         .rate_ms = 3600000}};
    struct io_map m;
    io_map_init(&m, &signal);
    return m;
}

static void a_total_goes_on_where_the_register_begins_again(void **state)
{
    (void)state;
    struct io_map m = counter(COUNTER_TOTAL, 65536, 32768);
    assert_true(apply(&m, 65000, 0).value == 6500);
    assert_true(apply(&m, 65500, 1000).value == 6550);
    assert_true(apply(&m, 14, 2000).value == 6555);
    assert_true(apply(&m, 30000, 3000).value == 9553.6);
}

static void a_total_does_not_jump_when_the_counter_is_reset(void **state)
{
    (void)state;
    struct io_map m = counter(COUNTER_TOTAL, 4294967296.0, 2147483648.0);
    assert_true(apply(&m, 1000, 0).value == 100);
    assert_true(apply(&m, 10, 1000).value == 100);
    assert_true(apply(&m, 30, 2000).value == 102);
}

static void pulses_become_a_flow(void **state)
{
    (void)state;
    struct io_map m = counter(COUNTER_RATE, 65536, 1000);
    assert_int_equal(apply(&m, 65530, 0).quality, QUALITY_NO_VALUE);
    struct sample s = apply(&m, 65535, 1000); /* 5 pulses of 0.1 in a second */
    assert_true(s.quality == QUALITY_GOOD && s.value == 1800);
    s = apply(&m, 4, 2000);
    assert_true(s.quality == QUALITY_GOOD && s.value == 1800);
    s = apply(&m, 4, 2500);
    assert_true(s.quality == QUALITY_GOOD && s.value == 0);
    /* A pause is no gap in the count: what came in it counts over its whole time. */
    s = apply(&m, 14, 12500);
    assert_true(s.quality == QUALITY_GOOD && s.value == 360);
    assert_int_equal(apply(&m, 14, 12500).quality, QUALITY_NO_VALUE);
}

static void a_step_that_cannot_be_is_a_reset_without_a_flow(void **state)
{
    (void)state;
    struct io_map m = counter(COUNTER_RATE, 65536, 1000);
    (void)apply(&m, 500, 0);
    assert_int_equal(apply(&m, 0, 1000).quality, QUALITY_NO_VALUE);
    assert_int_equal(apply(&m, 1001, 2000).quality, QUALITY_NO_VALUE);
    struct sample s = apply(&m, 2001, 3000);
    assert_true(s.quality == QUALITY_GOOD && s.value == 360000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_current_is_judged_by_ne_43),
        cmocka_unit_test(two_points_may_fall),
        cmocka_unit_test(a_quarter_of_the_pressure_is_half_the_flow),
        cmocka_unit_test(a_sample_without_a_value_stays_as_it_is),
        cmocka_unit_test(a_contact_counts_once_it_was_still_for_its_time),
        cmocka_unit_test(a_total_goes_on_where_the_register_begins_again),
        cmocka_unit_test(a_total_does_not_jump_when_the_counter_is_reset),
        cmocka_unit_test(pulses_become_a_flow),
        cmocka_unit_test(a_step_that_cannot_be_is_a_reset_without_a_flow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
