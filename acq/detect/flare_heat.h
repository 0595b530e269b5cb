/* What a flare's gases amount to: heating values, velocities and masses (domain, formulas in SI).
 * Volumes are m3 and heating values MJ/m3 of 20 degC and 101.325 kPa. Pure; without a state. */
#ifndef ACQ_DETECT_FLARE_HEAT_H
#define ACQ_DETECT_FLARE_HEAT_H

#include "acq/plant/flare.h"

/* m3 of 20 degC and 101.325 kPa: R T / p, and that by the molar mass of water. */
#define FLARE_M3_KMOL 24.05514
#define FLARE_M3_KG_STEAM (FLARE_M3_KMOL / 18.015)
#define FLARE_M3_NM3 1.07322 /* of 1 m3 of 0 degC */

/* Sums of a time, as a rule a block of 15 minutes. */
struct flare_sums {
    double vent_m3;
    double nhv_vg; /* NAN: not known */
    double steam_kg;
    double premix_m3, perimeter_m3;
};

/* MJ/m3 of a composition in vol %, by the table of the rules. NAN when it does not add up to
 * 90..110 %. The mean molar mass comes with it. */
double flare_nhv_of(const struct plant_flare_rules *r, const double pct[FLARE_GASES],
                    double *out_g_mol);
/* 40 CFR 60.18: of a concentration in vol % with a heat of combustion in kcal/mol. */
double flare_nhv_60_18(double pct, double kcal_mol);

/* NHV_cz; NHV_vg alone without steam and premix air. NAN without vent gas. */
double flare_nhv_cz(const struct flare_sums *s);
/* NHV_dil, MJ/m2. */
double flare_nhv_dil(const struct flare_sums *s, double tip_diameter_m);
/* kg of steam from which on NHV_cz is below that. */
double flare_steam_max_kg(const struct flare_sums *s, double nhv_cz_min);
/* m3 of make-up fuel that bring NHV_cz up to that; 0 when it is there. */
double flare_supplement_m3(const struct flare_sums *s, double nhv_cz_min, double supplement_nhv);

/* m/s of vent_m3 in seconds. */
double flare_tip_velocity(double vent_m3, double seconds, double tip_diameter_m);
/* m/s; hydrogen_pct only for FLARE_60_18_HYDROGEN. NAN when it cannot be told. */
double flare_velocity_max(const struct plant_flare_rules *r, double nhv_vg, double hydrogen_pct);

/* kg of m3 of a gas with that molar mass. */
double flare_mass_kg(double m3, double g_mol);
/* kg of sulphur dioxide from m3 of a gas with so many vol % of sulphur atoms. */
double flare_so2_kg(double m3, double sulphur_pct, double share);
/* kPa at which a water seal of that height opens. */
double flare_seal_kpa(double level_m);
/* kg of a heat in GJ (AP-42, chapter 13.5). */
double flare_nox_kg(double heat_gj);
double flare_co_kg(double heat_gj);

#endif
