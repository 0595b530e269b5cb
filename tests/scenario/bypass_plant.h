/* A line with an oxidiser and a bypass around it: what its instruments say at each second of load
 * swings, starts, nights and seasons, with the bypass as open as its script says. */
#ifndef TESTS_SCENARIO_BYPASS_PLANT_H
#define TESTS_SCENARIO_BYPASS_PLANT_H

#include "tests/scenario/sim.h"

/* Which channels the bypass has. */
enum bypass_has {
    HAS_SWITCH = 1 << 0,
    HAS_OPEN_CONTACT = 1 << 1,
    HAS_CLOSED_CONTACT = 1 << 2,
    HAS_POSITION = 1 << 3,
    HAS_VELOCITY = 1 << 4,
    HAS_FLOW = 1 << 5,
    HAS_PRESSURE = 1 << 6,
    HAS_TEMPERATURE = 1 << 7,
    HAS_NMHC = 1 << 8,
    HAS_MAIN_FLOW = 1 << 9,
    HAS_POWER = 1 << 10,
    HAS_FAN = 1 << 11,
    HAS_STANDBY = 1 << 12,
    HAS_ALL = HAS_SWITCH | HAS_POSITION | HAS_VELOCITY | HAS_PRESSURE | HAS_TEMPERATURE | HAS_NMHC |
              HAS_MAIN_FLOW | HAS_POWER | HAS_FAN,
};

enum { BYPASS_OPENINGS_MAX = 64, BYPASS_SHIFTS_MAX = 1024 };

/* The damper goes to `to` (0..1) and takes travel_s for a whole way. */
struct bypass_opening {
    int64_t from_s, to_s;
    double open;
    double travel_s;
};

/* What production and treatment are told to do from then on. */
struct bypass_shift {
    int64_t at_s;
    double load; /* 0: stopped */
    bool treats;
};

struct bypass_plant {
    struct bypass_opening openings[BYPASS_OPENINGS_MAX];
    struct bypass_shift shifts[BYPASS_SHIFTS_MAX];
    uint32_t opening_count, shift_count, shift;
    bool standby_runs; /* while it is open */
    double load, wander, damper, bypass_degc, main_m3s, nmhc, treats;
    uint32_t signal[32];
};

/* The configuration with those channels; caller frees with free(). */
char *bypass_plant_config(unsigned has);
void bypass_plant_init(struct bypass_plant *p, const struct sim *s);
void bypass_plant_shift(struct bypass_plant *p, int64_t at_s, double load, bool treats);
void bypass_plant_open(struct bypass_plant *p, int64_t from_s, int64_t to_s, double open,
                       double travel_s);
void bypass_plant_step(void *plant, struct sim *s);

/* The plant's signals. */
enum bypass_plant_signal {
    PLANT_LINE,
    PLANT_RTO,
    PLANT_BOX,
    PLANT_OPEN,
    PLANT_CLOSED,
    PLANT_POSITION,
    PLANT_VELOCITY,
    PLANT_FLOW,
    PLANT_PRESSURE,
    PLANT_TEMPERATURE,
    PLANT_MAIN_TEMPERATURE,
    PLANT_AMBIENT,
    PLANT_NMHC,
    PLANT_MAIN_FLOW,
    PLANT_FAN,
    PLANT_SPEED,
    PLANT_SIGNAL_COUNT
};

/* A quiet day's small troubles, by chance: from_s is its midnight. Calibrations at night, lost
 * connections, blips, an afternoon at half load, a stop now and then. */
void bypass_plant_honest_day(struct bypass_plant *p, struct sim *s, int64_t from_s);

#endif
