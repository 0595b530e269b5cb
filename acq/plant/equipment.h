/* What produces and what treats: equipment of a site whose run state is known by its electric power
 * (acq/detect/equipment.h). Part of struct plant (plant.h). */
#ifndef ACQ_PLANT_EQUIPMENT_H
#define ACQ_PLANT_EQUIPMENT_H

#include "acq/core/sm3.h"

#include <stdbool.h>
#include <stdint.h>

enum equipment_kind { EQUIPMENT_PRODUCTION, EQUIPMENT_TREATMENT };

/* What must be kept while treatment runs. */
struct plant_parameter {
    uint32_t signal;
    bool has_min, has_max;
    double min, max; /* in the signal's unit */
};

struct plant_equipment {
    const char *id; /* unique, also among the outlets */
    const char *name;
    uint32_t site;
    enum equipment_kind kind;
    uint32_t power;         /* the signal */
    double kw;              /* of one of the signal's unit */
    double rated_kw;        /* > 0 */
    double off_pct;         /* of rated_kw: below it is off */
    double idle_pct;        /* running until below it; off_pct <= idle_pct <= run_pct */
    double run_pct;         /* from here on it runs */
    uint32_t hold_s;        /* a state must last so long before it counts */
    uint32_t stale_s;       /* without a good reading for so long it is offline */
    const uint32_t *serves; /* of treatment: the production that it serves */
    uint32_t serves_count;
    uint32_t lead_min; /* treatment runs so long before what it serves */
    uint32_t lag_min;  /* and so long after it */
    const struct plant_parameter *parameters;
    uint32_t parameter_count;
    /* Of treatment: the signal with the flow of its hoods, or PLANT_NONE, and what that should be.
     */
    uint32_t capture_flow;
    double capture_m3h; /* of one of the signal's unit */
    double design_flow_m3h;
    uint8_t digest[SM3_SIZE];
};

#endif
