/* What an uplink needs to know of its platform: a copy of the configuration that outlives the plant
 * it was made from, so that a job on a worker may go on reading while the configuration changes. */
#ifndef ACQ_DELIVER_UPLINK_PLAN_H
#define ACQ_DELIVER_UPLINK_PLAN_H

#include "acq/plant/plant.h"
#include "protocols/hj212/profile.h"

struct arena;

/* A factor of an outlet that goes to the platform. */
struct uplink_code {
    const char *code; /* as the platform knows it */
    const char *factor;
    uint32_t input; /* of the plant that the plan was made from */
    double scale, amount_scale;
};

/* The codes of one outlet lie together. */
struct uplink_outlet {
    const char *site, *outlet;
    enum means_from means_from;
    uint32_t first_code, code_count;
};

struct uplink_plan {
    struct plant_platform platform; /* its texts are the plan's own; outlets, facilities: NULL */
    struct hj212_profile profile;
    struct uplink_outlet *outlets;
    struct uplink_code *codes;
    uint32_t outlet_count, code_count;
    const char **facilities; /* ids of equipment: SB1, SB2, ... */
    uint32_t facility_count;
    struct arena *arena;
};

/* Of plant->platforms[index]. */
struct uplink_plan *uplink_plan_new(const struct plant *plant, uint32_t index);
void uplink_plan_free(struct uplink_plan *plan); /* NULL is fine */

#endif
