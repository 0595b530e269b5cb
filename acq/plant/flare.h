/* A flare: an outlet of kind `flare`, its geometry, the signals that watch it, by name, and the
 * rules that it is judged by. Part of struct plant (plant.h). */
#ifndef ACQ_PLANT_FLARE_H
#define ACQ_PLANT_FLARE_H

#include "acq/core/sm3.h"

#include <stdbool.h>
#include <stdint.h>

enum flare_assist { FLARE_UNASSISTED, FLARE_STEAM_ASSIST, FLARE_AIR_ASSIST, FLARE_PRESSURE_ASSIST };

/* Inputs of one signal each; flare_input_name() says their names in the configuration. */
enum flare_input {
    FLARE_VENT_FLOW,
    FLARE_VENT_NHV,
    FLARE_VENT_TEMPERATURE,
    FLARE_VENT_PRESSURE,
    FLARE_STEAM,
    FLARE_PREMIX_AIR,
    FLARE_PERIMETER_AIR,
    FLARE_SUPPLEMENT, /* make-up fuel */
    FLARE_PURGE_FLOW,
    FLARE_PILOT_FLOW,
    FLARE_TIP_TEMPERATURE,
    FLARE_FLAME, /* camera that sees the main flame: 0 or 1 */
    FLARE_AMBIENT,
    FLARE_HEADER_PRESSURE,
    FLARE_SEAL_LEVEL,
    FLARE_IGNITER,
    FLARE_FIRST_GAS, /* the composition of the vent gas, vol % */
    FLARE_METHANE = FLARE_FIRST_GAS,
    FLARE_ETHANE,
    FLARE_PROPANE,
    FLARE_N_BUTANE,
    FLARE_I_BUTANE,
    FLARE_ETHYLENE,
    FLARE_PROPYLENE,
    FLARE_BUTADIENE,
    FLARE_ACETYLENE,
    FLARE_BENZENE,
    FLARE_C5_PLUS,
    FLARE_CARBON_MONOXIDE,
    FLARE_HYDROGEN_SULFIDE,
    FLARE_HYDROGEN,
    FLARE_NITROGEN,
    FLARE_CARBON_DIOXIDE,
    FLARE_OXYGEN,
    FLARE_WATER,
    FLARE_INPUT_COUNT,
    FLARE_GASES = FLARE_INPUT_COUNT - FLARE_FIRST_GAS
};

#define FLARE_MJ_M3_BTU_SCF 0.037259 /* MJ/m3 of 1 Btu/scf, at the same state */

enum { FLARE_PILOTS_MAX = 8, FLARE_VALVES_MAX = 8 };

/* Of a gas of the composition. */
struct flare_gas {
    const char *name; /* as in the configuration */
    double btu_scf;   /* net heating value (40 CFR 63 subpart CC, table 12) */
    double g_mol;     /* molar mass */
    bool is_nmhc;     /* a hydrocarbon other than methane */
    uint8_t sulphur;  /* atoms */
};

enum flare_gas_state { FLARE_STATE_20, FLARE_STATE_0, FLARE_STATE_ACTUAL };
enum flare_velocity_rule { FLARE_63_670, FLARE_60_18, FLARE_60_18_AIR, FLARE_60_18_HYDROGEN };

/* What it is judged by (domain, flares): each an option under `flare`. Heating values are MJ/m3,
 * volumes m3, both of 20 degC and 101.325 kPa. */
struct plant_flare_rules {
    double nhv[FLARE_GASES];
    int flow_state; /* enum flare_gas_state, of the gas flows */
    int nhv_state;  /* enum flare_gas_state, of vent_nhv; not FLARE_STATE_ACTUAL */
    int velocity_rule;
    bool is_bleeder;
    bool supplement_metered; /* the vent flow's meter sees the make-up fuel too */
    double supplement_nhv;
    double voc_pct, vent_g_mol; /* without a composition; NAN: not known */
    uint32_t stale_s;           /* 0: by the device's period */
    double block_valid_pct;
    double nhv_cz_min, nhv_dil_min;     /* nhv_cz_min NAN: by the assist */
    double nhv_poor_min;                /* below it nothing is known of the destruction */
    double velocity_safe, velocity_max; /* m/s */
    double steam_ratio_max;             /* kg of steam by kg of vent gas */
    double snuff_rise_pct;              /* of steam within a block */
    double snuff_fall_c;                /* of the tip, while steam rises */
    double dre_good, dre_poor;          /* shares destroyed */
    double so2_share;                   /* of the sulphur */
    uint32_t judge_after_min;           /* from the block that holds that minute of the event */
    double event_margin_pct, event_margin_m3h;
    double event_seal_pct, event_seal_fall_m;
    double seal_m;         /* usual level; NAN: what it usually is */
    double valve_open_pct; /* of valves in % */
    uint32_t event_on_s, event_off_s;
    uint32_t margin_s, late_max_s; /* of declared windows */
    double pilot_rise_c;           /* above ambient */
    double pilot_fall_c_min;
    double ambient_c; /* when not measured */
    uint32_t pilot_on_s, pilot_off_s;
    double tip_flame_c;
    uint32_t meter_on_s;
    uint32_t bleeder_on_s;
    double routine_share_pct; /* of 30 days' running hours */
    uint32_t routine_days;    /* of any 7 */
    double routine_day_h;
    double routine_r, routine_flow; /* correlation; times the purge */
    double available_pct;
};

struct plant_flare {
    uint32_t outlet; /* plant->outlets: its id and name */
    double tip_diameter_m;
    enum flare_assist assist;
    double purge_m3h;                  /* in the unit of the vent flow's standard state */
    uint32_t production;               /* equipment, or PLANT_NONE */
    uint32_t input[FLARE_INPUT_COUNT]; /* signals; PLANT_NONE: not measured */
    double scale[FLARE_INPUT_COUNT];   /* of one of the signal's unit in that of the input */
    double offset[FLARE_INPUT_COUNT];
    uint32_t pilots[FLARE_PILOTS_MAX];
    bool pilot_is_hot[FLARE_PILOTS_MAX]; /* a temperature, degC; else 0 and 1 */
    uint32_t pilot_count;
    uint32_t valves[FLARE_VALVES_MAX];
    bool valve_is_pct[FLARE_VALVES_MAX]; /* else 0 and 1 */
    uint32_t valve_count;
    struct plant_flare_rules rules;
    uint8_t digest[SM3_SIZE];
};

/* "vent_flow", ..., "methane", ...; static. */
const char *flare_input_name(enum flare_input input);
/* By its place in the composition: 0 is methane. Static. */
const struct flare_gas *flare_gas(uint32_t gas);
/* A composition is there when at least one gas is measured. */
static inline bool flare_has_composition(const struct plant_flare *f)
{
    for (int i = FLARE_FIRST_GAS; i < FLARE_INPUT_COUNT; i++)
        if (f->input[i] != UINT32_MAX)
            return true;
    return false;
}

#endif
