/* Inside of the flare: flare.c takes samples and steps, flare_view.c says what is so now,
 * flare_block.c sums and judges blocks, flare_event.c makes events, flare_flame.c watches pilots,
 * meter and bleeder, flare_books.c counts days and months, flare_say.c makes findings. */
#ifndef ACQ_DETECT_FLARE_PRIVATE_H
#define ACQ_DETECT_FLARE_PRIVATE_H

#include "acq/core/declaration.h"
#include "acq/detect/finding.h"
#include "acq/detect/flare.h"
#include "acq/detect/flare_heat.h"
#include "acq/detect/learned.h"
#include "acq/detect/object_state.h"
#include "acq/plant/plant.h"

enum {
    FLARE_DAYS = 30,
    FLARE_EVIDENCE_MAX = 16,
    FLARE_SLOW_MS = 30000, /* that flare_level.slow follows in */
    FLARE_FIRST_PILOT = FLARE_INPUT_COUNT,
    FLARE_FIRST_VALVE = FLARE_FIRST_PILOT + FLARE_PILOTS_MAX,
    FLARE_LEVELS = FLARE_FIRST_VALVE + FLARE_VALVES_MAX,
};

enum flare_flame { FLAME_UNKNOWN, FLAME_OUT, FLAME_LIT };

/* What is so in this second; NAN: not known. */
struct flare_view {
    double in[FLARE_INPUT_COUNT]; /* in the inputs' units, gas flows of 20 degC */
    double vent_m3h, nhv, g_mol;  /* with make-up fuel, however it is metered */
    double voc_pct, voc_g_mol, sulphur_pct;
    double threshold_m3h;            /* of a discharge */
    double seal_kpa;                 /* NAN: no seal */
    bool flows, header, seal, valve; /* why it discharges */
    enum flare_flame pilots[FLARE_PILOTS_MAX], pilot, camera;
    bool big_flame;
};

struct flare_level {
    double value;    /* the last that spoke */
    double slow;     /* follows it in half a minute */
    int64_t last_at; /* journal clock: when; 0: never */
};

struct flare_tally {
    int64_t start_ms; /* UTC; 0: none is open */
    double seconds;
    double vent_m3, nhv_m3, heat_mj, nhv_sum, nhv_s, nhv_min;
    double supplement_m3, premix_m3, perimeter_m3, steam_kg;
    double hydrogen_m3;
    double flow_s, pilot_s, dark_s, flaring_s, undeclared_s;
    double g_mol_m3;        /* molar mass by volume */
    double voc_kg, dark_kg; /* burnt if anything is; let go without a flame */
    double sulphur_m3;
    double steam_first, steam_last, tip_first, tip_last;
    uint32_t good_s[FLARE_INPUT_COUNT + 1]; /* by input, and of pilots */
    uint8_t was_event;
};

enum flare_said {
    SAID_EVENT,
    SAID_PILOT,
    SAID_COMBUSTION,
    SAID_VELOCITY,
    SAID_METER,
    SAID_ROUTINE,
    SAID_BLEEDER,
    SAID_AVAILABILITY,
    SAID_COUNT = SAID_AVAILABILITY + FLARE_INPUT_COUNT + 1
};

/* A condition and what was told of it. */
struct flare_said_state {
    int64_t since_at, since_ms; /* journal clock and UTC: it is so; 0: it is not */
    int64_t clear_at, clear_ms; /* it was told, and is no more so */
    int64_t start_ms;           /* UTC: of what was told; 0: nothing is open */
    double value, threshold, worst;
    uint8_t class, priority;
};

struct flare_event {
    int64_t start_ms, end_ms; /* UTC; start 0: there is none */
    double volume_m3, heat_mj, heat_m3, nhv_min, peak_m3h;
    double voc_kg, so2_kg; /* released, of closed blocks */
    double counted_s;      /* today's undeclared seconds that the day holds */
    int64_t counted_day;
    char window[DECLARATION_ID_SIZE];
    double outside_s;
    uint8_t why; /* bits of enum flare_why */
    uint8_t is_late, is_told;
    uint8_t class, priority;
};

enum flare_why { WHY_FLOW = 1, WHY_HEADER = 2, WHY_SEAL = 4, WHY_VALVE = 8 };

struct flare_day {
    int64_t start_ms; /* UTC; 0: none */
    double running_s, undeclared_s;
    /* of its blocks, flow against production */
    double n, x, y, xx, yy, xy;
};

struct flare_months {
    int64_t start_ms; /* UTC of the month; 0: none */
    uint32_t blocks;  /* with flow */
    uint32_t valid[FLARE_INPUT_COUNT + 1];
};

struct flare_state {
    struct flare_level levels[FLARE_LEVELS];
    struct flare_view view;
    struct flare_tally tally;
    struct flare_said_state said[SAID_COUNT];
    struct flare_event event;
    struct flare_day days[FLARE_DAYS]; /* newest first */
    struct flare_months month;
    struct learned flow, seal;
    int64_t ticked_at, told_minute, since_ms;
    int64_t trigger_at, trigger_ms; /* journal clock, UTC: it looks like a discharge; 0: no */
    int64_t quiet_at, quiet_ms;     /* of an event: nothing of that any more */
    int64_t flowed_at;              /* journal clock: vent gas flowed last */
    int64_t igniter_at;
    uint32_t retries;
    double production_kw; /* NAN: not known */
    uint8_t runs;         /* enum object_code of production */
    uint8_t word;
    uint8_t igniter;
};

static inline const struct plant_flare *flare_of(struct machine_self self)
{
    return &self.plant->flares[self.index];
}

static inline const char *flare_object(struct machine_self self)
{
    return self.plant->outlets[flare_of(self)->outlet].id;
}

/* What is so now, of the levels. */
void flare_look(struct machine_self self, struct machine_now now);
bool flare_is_fresh(struct machine_self self, uint32_t level, uint32_t signal,
                    struct machine_now now);

void flare_event_step(struct machine_self self, struct machine_now now,
                      const struct machine_sink *sink);
void flare_event_end(struct machine_self self, struct machine_now now, const char *reason,
                     const struct machine_sink *sink);

void flare_flame_step(struct machine_self self, struct machine_now now,
                      const struct machine_sink *sink);

/* Adds this second, dt of it, to the block it is of, and tells the one before when it is over. */
void flare_block_step(struct machine_self self, double dt, struct machine_now now,
                      const struct machine_sink *sink);
/* What the running block looks like so far: "" or a class word of flare-combustion. */
const char *flare_block_so_far(struct machine_self self);
/* Released so far by the running block: hydrocarbons, sulphur dioxide. */
void flare_block_released(struct machine_self self, double *out_voc_kg, double *out_so2_kg);

/* A block is over: days and months. */
void flare_books_add(struct machine_self self, const struct flare_block *b, struct machine_now now,
                     const struct machine_sink *sink);
/* It was declared afterwards: what the day counted is taken back. */
void flare_books_take_back(struct machine_self self);

/* Follows a condition: told once it has lasted on_s, closed once it has not been so for off_s. */
struct flare_condition {
    bool is_so;
    uint32_t on_s, off_s;
    uint8_t class, priority;
    double value, threshold;
};
void flare_say(struct machine_self self, enum flare_said what, const struct flare_condition *c,
               struct machine_now now, const struct machine_sink *sink);
/* At once, of a period that began at start_ms: a block, a month. */
void flare_say_of(struct machine_self self, enum flare_said what, const struct flare_condition *c,
                  int64_t start_ms, struct machine_now now, const struct machine_sink *sink);
void flare_say_close(struct machine_self self, enum flare_said what, int64_t end_ms,
                     const char *reason, struct machine_now now, const struct machine_sink *sink);
void flare_say_event(struct machine_self self, enum finding_state state, struct machine_now now,
                     const char *reason, const struct machine_sink *sink);
enum { PILOT_OUT, PILOT_NOT_PROVEN };
enum combustion_class {
    COMBUSTION_OVER_STEAMED,
    COMBUSTION_SNUFFED,
    COMBUSTION_LOW_HEAT,
    COMBUSTION_DILUTED,
    COMBUSTION_OVER_AIRED,
    COMBUSTION_GOOD
};
const char *flare_combustion_word(enum combustion_class class);

#endif
