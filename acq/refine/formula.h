/* The formulas of HJ 212-2017 appendix D (numbers in brackets) and of HJ 75/76, each a pure
 * function of numbers whose units stand in their names. F5 to F7, F14 and F16 are means and sums
 * (mean.h).
 *
 * Standard state is 273 K, 101.325 kPa, dry; 273 and not 273.15, as the rules print it. Pressures
 * are kPa and never Pa: ambient is the local air pressure, static that of the duct against it,
 * below 0 under suction. Flows are m3/h; HJ 212's m3/s is converted once, by
 * formula_m3h_from_m3s().
 *
 * What physics excludes (no pressure left, no absolute temperature, all water) gives NAN, and so
 * does NAN in; the caller asks isfinite(). */
#ifndef ACQ_REFINE_FORMULA_H
#define ACQ_REFINE_FORMULA_H

#include <stdbool.h>

/* State of the gas at one place and time. */
struct formula_gas {
    double ambient_kpa;
    double static_kpa;
    double temperature_c;
    double moisture_pct; /* by volume */
};

/* Oxygen of air as the rules have it, and from where on a correction says nothing any more. */
#define FORMULA_AIR_O2_PCT 21.0
#define FORMULA_O2_HIGH_PCT 19.5
/* Molar mass that NOx is reported by, as NO2; that of NO; carbon as HJ 38 has it. */
#define FORMULA_NO2_G_MOL 46.005
#define FORMULA_NO_G_MOL 30.006
#define FORMULA_CARBON_G_MOL 12.0

/* F1 (18): from duct state to standard state; wet stays wet. */
double formula_standard(double actual_mg_m3, const struct formula_gas *gas);
/* F2 (19): wet to dry; concentrations and oxygen alike. */
double formula_dry(double wet, double moisture_pct);
/* F3 (20). */
double formula_mg_m3_from_ppm(double ppm, double molar_g_mol);
/* F4 (21): NOx as NO2, of both as mg/m3. */
double formula_nox_mg_m3(double no_mg_m3, double no2_mg_m3);
/* F4 (22): the same of both as ppm. */
double formula_nox_mg_m3_from_ppm(double no_ppm, double no2_ppm);

/* Non-methane hydrocarbons as carbon, of a FID that says ppm of carbon. */
double formula_nmhc_mg_m3(double total_ppmc, double methane_ppmc);
/* ppm of carbon of a compound with so many carbon atoms: propane 3. */
double formula_carbon_ppm(double ppm, double carbon_atoms);

/* (26): alpha. NAN from 21 % on. */
double formula_excess_air(double o2_pct);
/* The reference oxygen that means the same as a reference excess air. */
double formula_o2_of_excess_air(double excess_air);

struct formula_corrected {
    double value;
    bool o2_high; /* oxygen was at or above 19.5 %: corrected as if it were 19.5, no evidence */
};
/* F9 (28), and with formula_o2_of_excess_air() F8 (27): to the reference oxygen. Both dry. The
 * factor is bounded: near 21 % the formula's own would grow without end. */
struct formula_corrected formula_correct(double dry, double o2_pct, double reference_o2_pct);

/* F11 (29). */
double formula_velocity_ms(double point_ms, double velocity_factor);
/* F12 (30): at duct state, wet. */
double formula_flow_m3h(double area_m2, double velocity_ms);
/* F13 (31): at standard state, dry. */
double formula_flow_standard_m3h(double actual_m3h, const struct formula_gas *gas);
double formula_m3h_from_m3s(double m3s);
/* F15 (33): of the measured dry standard concentration, never of the corrected one. */
double formula_rate_kgh(double dry_standard_mg_m3, double flow_standard_m3h);

/* Flue gas of 1.34 kg/m3 at standard state, at duct state. */
double formula_density_kg_m3(const struct formula_gas *gas);
/* Pitot tube, with 1.414 as the rules print it. 0 below the least pressure that can be told from
 * none. */
double formula_pitot_ms(double pitot_factor, double dynamic_kpa, const struct formula_gas *gas);

/* Moisture in %, of oxygen measured both ways. */
double formula_moisture_of_oxygen(double wet_o2_pct, double dry_o2_pct);
/* Of dry and wet bulb; coefficient 0.00066 (0.00067 in GB/T 16157). saturation_kpa is that of water
 * at the wet bulb, bulb_kpa the static pressure there. */
double formula_moisture_of_bulbs(double saturation_kpa, double dry_c, double wet_c, double bulb_kpa,
                                 double coefficient, const struct formula_gas *gas);
/* Of water between 20 and 90 °C, between the printed points by the straight line of its logarithm;
 * NAN outside. */
double formula_saturation_kpa(double temperature_c);

/* Removed share in %, of masses. */
double formula_removal_pct(double in_mg_m3, double in_m3h, double out_mg_m3, double out_m3h);
/* Pollution equivalents of a mass. */
double formula_equivalents(double mass_kg, double equivalent_kg);
/* GB 18483: oil fume at 2000 m3/h a stove. */
double formula_oil_fume_mg_m3(double mg_m3, double flow_m3h, double stoves);

#endif
