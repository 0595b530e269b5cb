#include "acq/detect/flare_heat.h"

#include <math.h>

static const double pi = 3.14159265358979323846;
static const double m_ft = 0.3048;
static const double kg_gj_lb_mmbtu = 0.42992;
static const double so2_g_mol = 64.06;
static const double water_kg_m3 = 1000;
static const double gravity_m_s2 = 9.80665;

double flare_nhv_of(const struct plant_flare_rules *r, const double pct[FLARE_GASES],
                    double *out_g_mol)
{
    double sum = 0;
    double nhv = 0;
    double g_mol = 0;
    for (uint32_t i = 0; i < FLARE_GASES; i++) {
        sum += pct[i];
        nhv += pct[i] * r->nhv[i];
        g_mol += pct[i] * flare_gas(i)->g_mol;
    }
    bool adds_up = sum >= 90 && sum <= 110;
    *out_g_mol = adds_up ? g_mol / sum : (double)NAN;
    return adds_up ? nhv / sum : (double)NAN;
}

double flare_nhv_60_18(double pct, double kcal_mol)
{
    return 1.740e-7 * pct * 1e4 * kcal_mol;
}

double flare_nhv_cz(const struct flare_sums *s)
{
    double steam_m3 = s->steam_kg * FLARE_M3_KG_STEAM;
    if (s->vent_m3 <= 0)
        return (double)NAN;
    return s->vent_m3 * s->nhv_vg / (s->vent_m3 + steam_m3 + s->premix_m3);
}

double flare_nhv_dil(const struct flare_sums *s, double tip_diameter_m)
{
    double steam_m3 = s->steam_kg * FLARE_M3_KG_STEAM;
    if (s->vent_m3 <= 0)
        return (double)NAN;
    return s->vent_m3 * tip_diameter_m * s->nhv_vg /
           (s->vent_m3 + steam_m3 + s->premix_m3 + s->perimeter_m3);
}

double flare_steam_max_kg(const struct flare_sums *s, double nhv_cz_min)
{
    return s->vent_m3 * (s->nhv_vg / nhv_cz_min - 1) / FLARE_M3_KG_STEAM;
}

double flare_supplement_m3(const struct flare_sums *s, double nhv_cz_min, double supplement_nhv)
{
    double all_m3 = s->vent_m3 + s->steam_kg * FLARE_M3_KG_STEAM + s->premix_m3;
    double missing = nhv_cz_min * all_m3 - s->vent_m3 * s->nhv_vg;
    return missing > 0 ? missing / (supplement_nhv - nhv_cz_min) : 0;
}

double flare_tip_velocity(double vent_m3, double seconds, double tip_diameter_m)
{
    double area_m2 = pi * tip_diameter_m * tip_diameter_m / 4;
    return seconds > 0 ? vent_m3 / (area_m2 * seconds) : (double)NAN;
}

double flare_velocity_max(const struct plant_flare_rules *r, double nhv_vg, double hydrogen_pct)
{
    switch ((enum flare_velocity_rule)r->velocity_rule) {
    case FLARE_63_670:
        return m_ft * pow(10, (nhv_vg / FLARE_MJ_M3_BTU_SCF + 1212) / 850);
    case FLARE_60_18:
        return pow(10, (nhv_vg + 28.8) / 31.7);
    case FLARE_60_18_AIR:
        return 8.706 + 0.7084 * nhv_vg;
    case FLARE_60_18_HYDROGEN:
        return fmin((hydrogen_pct - 6.0) * 3.9, 37.2);
    }
    return (double)NAN;
}

double flare_mass_kg(double m3, double g_mol)
{
    return m3 * g_mol / FLARE_M3_KMOL;
}

double flare_so2_kg(double m3, double sulphur_pct, double share)
{
    return flare_mass_kg(m3 * sulphur_pct / 100, so2_g_mol) * share;
}

double flare_seal_kpa(double level_m)
{
    return water_kg_m3 * gravity_m_s2 * level_m / 1000;
}

double flare_nox_kg(double heat_gj)
{
    return 0.068 * kg_gj_lb_mmbtu * heat_gj;
}

double flare_co_kg(double heat_gj)
{
    return 0.31 * kg_gj_lb_mmbtu * heat_gj;
}
