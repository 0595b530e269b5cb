/* The formulas against the worked examples E1 to E21, to the digits that they are printed with, and
 * against what must hold whatever the numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/refine/formula.h"
#include "tests/support/xorshift.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 100000 };

/* expected is text: as many decimals as it has must be the same. */
static void prints_as(double value, const char *expected)
{
    const char *point = strchr(expected, '.');
    int decimals = point ? (int)strlen(point + 1) : 0;
    char text[64];
    snprintf(text, sizeof text, "%.*f", decimals, value);
    assert_string_equal(text, expected);
}

static const struct formula_gas duct = {100.0, -0.5, 120, 8};

static void e1_to_standard_state(void **state)
{
    (void)state;
    prints_as(formula_standard(100, &duct), "146.5964");
}

static void e2_wet_to_dry(void **state)
{
    (void)state;
    prints_as(formula_dry(50, 8), "54.3478");
    prints_as(formula_dry(8.0, 8), "8.6957");
}

static void e3_e20_ppm_to_mass(void **state)
{
    (void)state;
    prints_as(formula_mg_m3_from_ppm(100, FORMULA_NO_G_MOL), "133.955");
    prints_as(formula_mg_m3_from_ppm(3, 17.031), "2.281");
    prints_as(formula_mg_m3_from_ppm(100, 28.010), "125.04");
}

static void e4_nox_is_reported_as_no2_both_ways(void **state)
{
    (void)state;
    double no = formula_mg_m3_from_ppm(100, FORMULA_NO_G_MOL);
    double no2 = formula_mg_m3_from_ppm(5, FORMULA_NO2_G_MOL);
    prints_as(formula_nox_mg_m3(no, no2), "215.648");
    prints_as(formula_nox_mg_m3_from_ppm(100, 5), "215.648");
    prints_as(FORMULA_NO2_G_MOL / FORMULA_NO_G_MOL, "1.53319");
}

static void e5_e6_hydrocarbons_as_carbon(void **state)
{
    (void)state;
    prints_as(formula_nmhc_mg_m3(58, 2), "30.000");
    prints_as(formula_nmhc_mg_m3(formula_carbon_ppm(20, 3), 0), "32.143");
    prints_as(formula_mg_m3_from_ppm(20, 44.097), "39.372");
}

static void e7_to_e10_correction_by_oxygen(void **state)
{
    (void)state;
    prints_as(formula_correct(40, 9, 6).value, "50.000");
    prints_as(formula_correct(40, 9, formula_o2_of_excess_air(1.4)).value, "50.000");
    prints_as(formula_correct(30, 17.5, 16).value, "42.8571");
    prints_as(formula_correct(20, 5, 9).value, "15.000");
    prints_as(formula_correct(8, 17, 3).value, "36.000");
    assert_false(formula_correct(8, 17, 3).o2_high);
}

static void e11_to_e13_flow_and_mass(void **state)
{
    (void)state;
    double flow_m3h = formula_flow_m3h(12.566, formula_velocity_ms(14.0, 1));
    double standard_m3h = formula_flow_standard_m3h(flow_m3h, &duct);
    prints_as(flow_m3h, "633326.4");
    prints_as(standard_m3h, "397458.7");
    prints_as(formula_rate_kgh(28, standard_m3h), "11.1288");
    prints_as(formula_m3h_from_m3s(1.5), "5400.0");
}

static void e14_pitot(void **state)
{
    (void)state;
    prints_as(formula_density_kg_m3(&duct), "0.9141");
    prints_as(formula_pitot_ms(0.84, 0.18, &duct), "16.668");
}

static void e15_e16_moisture(void **state)
{
    (void)state;
    const struct formula_gas stack = {.ambient_kpa = 100, .static_kpa = -0.5};
    double saturation_kpa = formula_saturation_kpa(50);
    prints_as(saturation_kpa, "12.334");
    prints_as(formula_moisture_of_bulbs(saturation_kpa, 80, 50, -1.5, 0.00066, &stack), "10.436");
    prints_as(formula_moisture_of_oxygen(8.7, 9.5), "8.421");
}

static void e17_excess_air(void **state)
{
    (void)state;
    prints_as(formula_excess_air(9), "1.75");
    prints_as(formula_excess_air(6), "1.40");
    prints_as(formula_excess_air(3.5), "1.20");
    prints_as(formula_o2_of_excess_air(3.5), "15.0");
}

static void e18_e19_e21_equivalents_oil_fume_removal(void **state)
{
    (void)state;
    prints_as(formula_equivalents(95, 0.95), "100");
    prints_as(formula_oil_fume_mg_m3(1.2, 9000, 3), "1.800");
    prints_as(formula_removal_pct(1800, 5e5, 28, 5e5), "98.444");
}

static void oxygen_from_18_to_21_rises_evenly_and_stays_bounded(void **state)
{
    (void)state;
    double before = 0;
    for (int i = 0; i <= 3000; i++) {
        double o2_pct = 18 + i / 1000.0;
        struct formula_corrected c = formula_correct(10, o2_pct, 8);
        assert_int_equal(c.o2_high, o2_pct >= 19.5);
        assert_true(c.value >= before);
        assert_true(i == 0 || c.value - before < 0.1);
        assert_true(c.value <= 10 * 13 / 1.5);
        before = c.value;
    }
    assert_true(formula_correct(10, 25, 8).o2_high);
    assert_true(isfinite(formula_correct(10, 21, 8).value));
}

static void what_physics_excludes_has_no_value(void **state)
{
    (void)state;
    const struct formula_gas none[] = {{100, -100, 20, 0}, {100, 0, -273, 0}, {100, -101, 20, 0}};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_true(isnan(formula_standard(1, &none[i])));
        assert_true(isnan(formula_flow_standard_m3h(1, &none[i])));
        assert_true(isnan(formula_pitot_ms(0.84, 0.1, &none[i])));
    }
    assert_true(isnan(formula_dry(1, 100)));
    assert_true(isnan(formula_dry(1, -0.1)));
    assert_true(isnan(formula_excess_air(21)));
    assert_true(isnan(formula_moisture_of_oxygen(1, 0)));
    assert_true(isnan(formula_saturation_kpa(19.9)));
    assert_true(isnan(formula_saturation_kpa(90.1)));
    assert_true(isnan(formula_removal_pct(0, 1, 1, 1)));
    assert_true(isnan(formula_oil_fume_mg_m3(1, 1, 0)));
    assert_true(isnan(formula_correct(1, (double)NAN, 8).value));
    assert_true(formula_pitot_ms(0.84, -0.01, &duct) == 0);
}

static double between(uint64_t *x, double least, double most)
{
    return least + (most - least) * (double)(xorshift_next(x) % 1000001) / 1000000;
}

static bool is_near(double a, double b)
{
    return fabs(a - b) <= 1e-12 * (fabs(a) + fabs(b));
}

static void standard_state_itself_changes_nothing(void **state)
{
    (void)state;
    const struct formula_gas standard = {101.325, 0, 0, 0};
    uint64_t x = 7;
    for (int i = 0; i < ROUNDS; i++) {
        double value = between(&x, 0, 5000);
        assert_true(is_near(formula_standard(value, &standard), value));
        assert_true(is_near(formula_flow_standard_m3h(value, &standard), value));
        assert_true(is_near(formula_correct(value, 8, 8).value, value));
    }
}

/* A duct that is hotter, thinner or wetter dilutes the concentration and swells the flow alike. */
static void mass_does_not_depend_on_the_state_that_it_was_measured_in(void **state)
{
    (void)state;
    uint64_t x = 11;
    for (int i = 0; i < ROUNDS; i++) {
        const struct formula_gas gas = {between(&x, 80, 105), between(&x, -5, 5),
                                        between(&x, -20, 400), between(&x, 0, 60)};
        double wet_mg_m3 = between(&x, 0, 3000);
        double flow_m3h = between(&x, 0, 2e6);
        double dry_mg_m3 = formula_dry(formula_standard(wet_mg_m3, &gas), gas.moisture_pct);
        double rate = formula_rate_kgh(dry_mg_m3, formula_flow_standard_m3h(flow_m3h, &gas));
        assert_true(is_near(rate, wet_mg_m3 * flow_m3h * 1e-6));
    }
}

static void excess_air_and_oxygen_say_the_same(void **state)
{
    (void)state;
    uint64_t x = 13;
    for (int i = 0; i < ROUNDS; i++) {
        double o2_pct = between(&x, 0, 19.4);
        double reference = between(&x, 1.05, 6);
        double value = between(&x, 0, 1000);
        double by_air = value * formula_excess_air(o2_pct) / reference;
        double by_o2 = formula_correct(value, o2_pct, formula_o2_of_excess_air(reference)).value;
        assert_true(fabs(by_air - by_o2) <= 1e-9 * (1 + by_air));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(e1_to_standard_state),
        cmocka_unit_test(e2_wet_to_dry),
        cmocka_unit_test(e3_e20_ppm_to_mass),
        cmocka_unit_test(e4_nox_is_reported_as_no2_both_ways),
        cmocka_unit_test(e5_e6_hydrocarbons_as_carbon),
        cmocka_unit_test(e7_to_e10_correction_by_oxygen),
        cmocka_unit_test(e11_to_e13_flow_and_mass),
        cmocka_unit_test(e14_pitot),
        cmocka_unit_test(e15_e16_moisture),
        cmocka_unit_test(e17_excess_air),
        cmocka_unit_test(e18_e19_e21_equivalents_oil_fume_removal),
        cmocka_unit_test(oxygen_from_18_to_21_rises_evenly_and_stays_bounded),
        cmocka_unit_test(what_physics_excludes_has_no_value),
        cmocka_unit_test(standard_state_itself_changes_nothing),
        cmocka_unit_test(mass_does_not_depend_on_the_state_that_it_was_measured_in),
        cmocka_unit_test(excess_air_and_oxygen_say_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
