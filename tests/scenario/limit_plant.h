/* A boiler's stack with its analyser: what it says at each 5 s of load swings, starts and stops,
 * with emissions as a script has them. Concentrations of the script are true ones, corrected to 6 %
 * of oxygen; what the analyser says is the measured one. */
#ifndef TESTS_SCENARIO_LIMIT_PLANT_H
#define TESTS_SCENARIO_LIMIT_PLANT_H

#include "tests/scenario/sim.h"

/* What differs between configurations. */
enum limit_has {
    HAS_DUST_CONFIRMED = 1 << 0, /* somebody confirmed the library's row */
    HAS_SMALL_PERMIT = 1 << 1,   /* LIMIT_PERMIT_T instead of one that lasts */
};

enum limit_thing {
    THING_SO2,    /* mg/m3 at 6 % oxygen */
    THING_NOX,    /* mg/m3 as measured */
    THING_DUST,   /* mg/m3 at 6 % oxygen */
    THING_OXYGEN, /* % */
    THING_LOAD,   /* share of the full flow; 0: stopped */
    THING_COUNT
};

enum { LIMIT_TURNS_MAX = 256, LIMIT_PERIOD_S = 5 };

/* From `from` at from_s in a straight line to `to` at to_s. The last of several goes before. */
struct limit_turn {
    enum limit_thing thing;
    int64_t from_s, to_s;
    double from, to;
};

enum limit_signal {
    STACK_SO2,
    STACK_NOX,
    STACK_DUST,
    STACK_OXYGEN,
    STACK_TEMPERATURE,
    STACK_PRESSURE,
    STACK_MOISTURE,
    STACK_VELOCITY,
    STACK_SIGNAL_COUNT
};

struct limit_plant {
    struct limit_turn turns[LIMIT_TURNS_MAX];
    uint32_t turn_count;
    double usual[THING_COUNT]; /* where no turn says otherwise */
    double now[THING_COUNT];
    double wander[THING_COUNT]; /* shares */
    uint32_t signal[STACK_SIGNAL_COUNT];
};

/* Sulphur dioxide is held to 35 mg/m3 by the hour and to 25 by the day, nitrogen oxides to 100 by
 * every value (30 s on, 60 s off, deadband 10), dust to 10 by the hour by a row of the library. */
extern const double limit_permit_kg;
/* Caller frees with free(). */
char *limit_plant_config(unsigned has);
void limit_plant_init(struct limit_plant *p, const struct sim *s);
void limit_plant_turn(struct limit_plant *p, const struct sim *s, const struct limit_turn *turn);
void limit_plant_step(void *plant, struct sim *s);
/* All signals at once. */
void limit_plant_silence(const struct limit_plant *p, struct sim *s, int64_t from_s, int64_t to_s);
/* A quiet day by chance: from_s is its midnight. */
void limit_plant_honest_day(struct limit_plant *p, struct sim *s, int64_t from_s);

#endif
