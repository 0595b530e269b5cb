/* A steam-assisted flare: what its instruments say second by second, with what happens to it
 * scripted as acts. */
#ifndef TESTS_SCENARIO_FLARE_PLANT_H
#define TESTS_SCENARIO_FLARE_PLANT_H

#include "tests/scenario/sim.h"

enum flare_act_kind {
    ACT_DISCHARGE, /* to: m3/h of vent gas */
    ACT_NHV,       /* MJ/m3 */
    ACT_STEAM,     /* kg of steam by m3 of vent gas, instead of what is right */
    ACT_FUEL,      /* m3/h of make-up fuel */
    ACT_PILOTS_OUT,
    ACT_HEADER, /* kPa */
};

struct flare_act {
    enum flare_act_kind kind;
    int64_t from_s, to_s;
    double value;
};

enum { FLARE_ACTS_MAX = 512 };

struct flare_model {
    struct flare_act acts[FLARE_ACTS_MAX];
    uint32_t count;
    double vent, tip, pilots[2], wander;
};

enum flare_model_signal {
    FLARE_SIM_VENT,
    FLARE_SIM_NHV,
    FLARE_SIM_STEAM,
    FLARE_SIM_FUEL,
    FLARE_SIM_PILOT_1,
    FLARE_SIM_PILOT_2,
    FLARE_SIM_TIP,
    FLARE_SIM_HEADER,
    FLARE_SIM_SEAL,
    FLARE_SIM_LINE,
};

extern const char flare_model_config[];
void flare_model_init(struct flare_model *m);
void flare_model_act(struct flare_model *m, enum flare_act_kind kind, int64_t from_s, int64_t to_s,
                     double value);
void flare_model_step(void *model, struct sim *s);
/* A quiet day: purge with a wandering meter, wind on pilots, lost connections, calibrations, and on
 * some days a declared discharge that burns well. */
void flare_model_honest_day(struct flare_model *m, struct sim *s, int64_t from_s);

#endif
