#include "acq/refine/formula.h"

#include <math.h>
#include <stddef.h>

static const double standard_kpa = 101.325;
static const double standard_k = 273;
static const double molar_volume_l = 22.4;
static const double flue_gas_kg_m3 = 1.34;
static const double pitot_root_2 = 1.414;
static const double stove_m3h = 2000;

static const double no_value = (double)NAN;

static double duct_kpa(const struct formula_gas *gas)
{
    double kpa = gas->ambient_kpa + gas->static_kpa;
    return kpa > 0 ? kpa : no_value;
}

static double duct_k(const struct formula_gas *gas)
{
    double k = standard_k + gas->temperature_c;
    return k > 0 ? k : no_value;
}

/* The share of a wet gas that is not water. */
static double dry_share(double moisture_pct)
{
    return moisture_pct >= 0 && moisture_pct < 100 ? 1 - moisture_pct / 100 : no_value;
}

double formula_standard(double actual_mg_m3, const struct formula_gas *gas)
{
    return actual_mg_m3 * (standard_kpa / duct_kpa(gas)) * (duct_k(gas) / standard_k);
}

double formula_dry(double wet, double moisture_pct)
{
    return wet / dry_share(moisture_pct);
}

double formula_mg_m3_from_ppm(double ppm, double molar_g_mol)
{
    return ppm * molar_g_mol / molar_volume_l;
}

double formula_nox_mg_m3(double no_mg_m3, double no2_mg_m3)
{
    return no_mg_m3 * (FORMULA_NO2_G_MOL / FORMULA_NO_G_MOL) + no2_mg_m3;
}

double formula_nox_mg_m3_from_ppm(double no_ppm, double no2_ppm)
{
    return formula_mg_m3_from_ppm(no_ppm + no2_ppm, FORMULA_NO2_G_MOL);
}

double formula_nmhc_mg_m3(double total_ppmc, double methane_ppmc)
{
    return formula_mg_m3_from_ppm(total_ppmc - methane_ppmc, FORMULA_CARBON_G_MOL);
}

double formula_carbon_ppm(double ppm, double carbon_atoms)
{
    return ppm * carbon_atoms;
}

double formula_excess_air(double o2_pct)
{
    double rest = FORMULA_AIR_O2_PCT - o2_pct;
    return rest > 0 ? FORMULA_AIR_O2_PCT / rest : no_value;
}

double formula_o2_of_excess_air(double excess_air)
{
    return excess_air > 0 ? FORMULA_AIR_O2_PCT - FORMULA_AIR_O2_PCT / excess_air : no_value;
}

struct formula_corrected formula_correct(double dry, double o2_pct, double reference_o2_pct)
{
    bool high = o2_pct >= FORMULA_O2_HIGH_PCT;
    double used_pct = high ? FORMULA_O2_HIGH_PCT : o2_pct;
    double factor = (FORMULA_AIR_O2_PCT - reference_o2_pct) / (FORMULA_AIR_O2_PCT - used_pct);
    return (struct formula_corrected){.value = dry * factor, .o2_high = high};
}

double formula_velocity_ms(double point_ms, double velocity_factor)
{
    return point_ms * velocity_factor;
}

double formula_flow_m3h(double area_m2, double velocity_ms)
{
    return 3600 * area_m2 * velocity_ms;
}

double formula_flow_standard_m3h(double actual_m3h, const struct formula_gas *gas)
{
    return actual_m3h * (standard_k / duct_k(gas)) * (duct_kpa(gas) / standard_kpa) *
           dry_share(gas->moisture_pct);
}

double formula_m3h_from_m3s(double m3s)
{
    return m3s * 3600;
}

double formula_rate_kgh(double dry_standard_mg_m3, double flow_standard_m3h)
{
    return dry_standard_mg_m3 * flow_standard_m3h * 1e-6;
}

double formula_density_kg_m3(const struct formula_gas *gas)
{
    return flue_gas_kg_m3 * (standard_k / duct_k(gas)) * (duct_kpa(gas) / standard_kpa);
}

double formula_pitot_ms(double pitot_factor, double dynamic_kpa, const struct formula_gas *gas)
{
    double dynamic_pa = dynamic_kpa < 0 ? 0 : dynamic_kpa * 1000;
    return pitot_root_2 * pitot_factor * sqrt(dynamic_pa / formula_density_kg_m3(gas));
}

double formula_moisture_of_oxygen(double wet_o2_pct, double dry_o2_pct)
{
    return dry_o2_pct > 0 ? (1 - wet_o2_pct / dry_o2_pct) * 100 : no_value;
}

double formula_moisture_of_bulbs(double saturation_kpa, double dry_c, double wet_c, double bulb_kpa,
                                 double coefficient, const struct formula_gas *gas)
{
    double cooled_kpa = coefficient * (dry_c - wet_c) * (gas->ambient_kpa + bulb_kpa);
    return (saturation_kpa - cooled_kpa) / duct_kpa(gas) * 100;
}

double formula_saturation_kpa(double temperature_c)
{
    static const struct {
        double c, kpa;
    } points[] = {{20, 2.338},  {30, 4.243},  {40, 7.376},  {50, 12.334},
                  {60, 19.916}, {70, 31.157}, {80, 47.342}, {90, 70.095}};
    for (size_t i = 1; i < sizeof points / sizeof *points; i++) {
        if (temperature_c < points[0].c || temperature_c > points[i].c)
            continue;
        double share = (temperature_c - points[i - 1].c) / (points[i].c - points[i - 1].c);
        return points[i - 1].kpa * pow(points[i].kpa / points[i - 1].kpa, share);
    }
    return no_value;
}

double formula_removal_pct(double in_mg_m3, double in_m3h, double out_mg_m3, double out_m3h)
{
    double in = in_mg_m3 * in_m3h;
    return in > 0 ? (1 - out_mg_m3 * out_m3h / in) * 100 : no_value;
}

double formula_equivalents(double mass_kg, double equivalent_kg)
{
    return mass_kg / equivalent_kg;
}

double formula_oil_fume_mg_m3(double mg_m3, double flow_m3h, double stoves)
{
    return stoves > 0 ? mg_m3 * flow_m3h / (stoves * stove_m3h) : no_value;
}
