/* The worked examples FL1 to FL11 of flares. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/detect/flare_heat.h"

#include <math.h>

static struct plant_flare_rules rules(void)
{
    struct plant_flare_rules r = {.velocity_rule = FLARE_63_670};
    for (uint32_t i = 0; i < FLARE_GASES; i++)
        r.nhv[i] = flare_gas(i)->btu_scf * FLARE_MJ_M3_BTU_SCF;
    return r;
}

/* As exact as the example is written. */
static void is(double value, double expected, double last_digit)
{
    if (fabs(value - expected) > last_digit / 2 * 1.000001)
        fail_msg("%.9g is not %.9g", value, expected);
}

static const double gas[FLARE_GASES] = {[FLARE_METHANE - FLARE_FIRST_GAS] = 20,
                                        [FLARE_ETHYLENE - FLARE_FIRST_GAS] = 10,
                                        [FLARE_PROPYLENE - FLARE_FIRST_GAS] = 10,
                                        [FLARE_HYDROGEN - FLARE_FIRST_GAS] = 20,
                                        [FLARE_NITROGEN - FLARE_FIRST_GAS] = 40};

static void fl1_heating_value_of_a_composition(void **state)
{
    (void)state;
    struct plant_flare_rules r = rules();
    double g_mol = 0;
    double nhv = flare_nhv_of(&r, gas, &g_mol);
    is(nhv / FLARE_MJ_M3_BTU_SCF, 596.7, 0.1);
    is(nhv, 22.232, 0.001);
    r.nhv[FLARE_HYDROGEN - FLARE_FIRST_GAS] = 1212 * FLARE_MJ_M3_BTU_SCF;
    nhv = flare_nhv_of(&r, gas, &g_mol);
    is(nhv / FLARE_MJ_M3_BTU_SCF, 784.3, 0.1);
    is(nhv, 29.222, 0.001);
}

static void a_composition_that_does_not_add_up_is_none(void **state)
{
    (void)state;
    const struct plant_flare_rules r = rules();
    const double half[FLARE_GASES] = {50};
    double g_mol = 0;
    assert_true(isnan(flare_nhv_of(&r, half, &g_mol)));
    assert_true(isnan(g_mol));
}

static void fl2_steam_that_is_not_too_much(void **state)
{
    (void)state;
    const struct plant_flare_rules r = rules();
    double g_mol = 0;
    const struct flare_sums s = {
        .vent_m3 = 1000, .nhv_vg = flare_nhv_of(&r, gas, &g_mol), .steam_kg = 500};
    is(s.steam_kg * FLARE_M3_KG_STEAM, 667.64, 0.01);
    is(flare_nhv_cz(&s), 13.332, 0.001);
}

static void fl3_too_much_steam(void **state)
{
    (void)state;
    const struct flare_sums s = {.vent_m3 = 1000, .nhv_vg = 22.232, .steam_kg = 1200};
    is(s.steam_kg * FLARE_M3_KG_STEAM, 1602.34, 0.01);
    is(flare_nhv_cz(&s), 8.543, 0.001);
    /* With what the example rounds: 270 Btu/scf, and the gas of FL1. */
    const struct plant_flare_rules r = rules();
    const double least = 270 * FLARE_MJ_M3_BTU_SCF;
    double g_mol = 0;
    const struct flare_sums exact = {
        .vent_m3 = 1000, .nhv_vg = flare_nhv_of(&r, gas, &g_mol), .steam_kg = 1200};
    is(flare_steam_max_kg(&exact, least), 906.2, 0.1);
    is(flare_supplement_m3(&exact, least, 896 * FLARE_MJ_M3_BTU_SCF), 169.22, 0.05);
    const struct flare_sums good = {.vent_m3 = 1000, .nhv_vg = 22.232, .steam_kg = 500};
    assert_true(flare_supplement_m3(&good, 10.06, 33.384) == 0);
}

static void fl4_dilution_by_perimeter_air(void **state)
{
    (void)state;
    const struct flare_sums s = {.vent_m3 = 1000, .nhv_vg = 22.232, .perimeter_m3 = 4000};
    is(flare_nhv_dil(&s, 0.6), 2.668, 0.001);
}

static void fl5_velocity_at_the_tip(void **state)
{
    (void)state;
    struct plant_flare_rules r = rules();
    is(flare_tip_velocity(5000, 900, 0.6), 19.649, 0.001);
    is(flare_velocity_max(&r, 22.232, 0), 40.92, 0.01);
    r.velocity_rule = FLARE_60_18;
    is(flare_velocity_max(&r, 22.232, 0), 40.72, 0.01);
}

static void fl6_velocity_allowed_at_the_least_heat(void **state)
{
    (void)state;
    struct plant_flare_rules r = rules();
    r.velocity_rule = FLARE_60_18;
    is(flare_velocity_max(&r, 11.2, 0), 18.27, 0.01);
    r.velocity_rule = FLARE_60_18_AIR;
    is(flare_velocity_max(&r, 11.2, 0), 8.706 + 0.7084 * 11.2, 1e-9);
    r.velocity_rule = FLARE_60_18_HYDROGEN;
    is(flare_velocity_max(&r, 11.2, 10), 15.6, 1e-9);
    is(flare_velocity_max(&r, 11.2, 50), 37.2, 1e-9);
}

static void fl7_mass_to_the_flare(void **state)
{
    (void)state;
    double kg = flare_mass_kg(1000 * 0.20, 35.07);
    is(kg, 291.58, 0.01);
    is(kg * (1 - 0.98), 5.832, 0.001);
}

static void fl8_sulphur_dioxide(void **state)
{
    (void)state;
    is(flare_so2_kg(1000, 0.5, 0.98), 13.049, 0.001);
}

static void fl9_heat_and_what_burning_makes(void **state)
{
    (void)state;
    double gj = 1000 * 22.232 / 1000;
    is(flare_nox_kg(gj), 0.650, 0.001);
    is(flare_co_kg(gj), 2.963, 0.001);
}

static void fl10_heating_value_of_60_18(void **state)
{
    (void)state;
    is(flare_nhv_60_18(100, 191.76), 33.366, 0.001);
}

static void fl11_a_seal_opens(void **state)
{
    (void)state;
    is(flare_seal_kpa(1.5), 14.71, 0.01);
}

static void without_vent_gas_there_is_no_zone(void **state)
{
    (void)state;
    const struct flare_sums s = {.nhv_vg = 22.232, .steam_kg = 500};
    assert_true(isnan(flare_nhv_cz(&s)));
    assert_true(isnan(flare_nhv_dil(&s, 0.6)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fl1_heating_value_of_a_composition),
        cmocka_unit_test(a_composition_that_does_not_add_up_is_none),
        cmocka_unit_test(fl2_steam_that_is_not_too_much),
        cmocka_unit_test(fl3_too_much_steam),
        cmocka_unit_test(fl4_dilution_by_perimeter_air),
        cmocka_unit_test(fl5_velocity_at_the_tip),
        cmocka_unit_test(fl6_velocity_allowed_at_the_least_heat),
        cmocka_unit_test(fl7_mass_to_the_flare),
        cmocka_unit_test(fl8_sulphur_dioxide),
        cmocka_unit_test(fl9_heat_and_what_burning_makes),
        cmocka_unit_test(fl10_heating_value_of_60_18),
        cmocka_unit_test(fl11_a_seal_opens),
        cmocka_unit_test(without_vent_gas_there_is_no_zone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
