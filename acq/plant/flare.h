/* A flare: an outlet of kind `flare`, its geometry and the signals that watch it, by name. Part of
 * struct plant (plant.h). */
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
    FLARE_FLAME, /* camera: 0 or 1 */
    FLARE_AMBIENT,
    FLARE_HEADER_PRESSURE,
    FLARE_SEAL_LEVEL,
    FLARE_IGNITER,
    FLARE_INPUT_COUNT
};

enum { FLARE_PILOTS_MAX = 8, FLARE_VALVES_MAX = 8 };

struct plant_flare {
    uint32_t outlet; /* plant->outlets: its id and name */
    double tip_diameter_m;
    enum flare_assist assist;
    double purge_m3h;                  /* in the unit of the vent flow's standard state */
    uint32_t production;               /* equipment, or PLANT_NONE */
    uint32_t input[FLARE_INPUT_COUNT]; /* signals; PLANT_NONE: not measured */
    uint32_t pilots[FLARE_PILOTS_MAX]; /* a temperature, or 0 and 1 */
    uint32_t pilot_count;
    uint32_t valves[FLARE_VALVES_MAX]; /* that let gas to the flare: 0 or 1, or % */
    uint32_t valve_count;
    uint8_t digest[SM3_SIZE];
};

/* "vent_flow", ...; static. */
const char *flare_input_name(enum flare_input input);

#endif
