/* The frame of scenarios: a plant of configuration text under a pipeline, whose signals a model
 * sets second by second, with noise and faults of instruments from a seed, and a script of what
 * truly happens. Pure: the same seed gives the same run. What detection says is kept for the scorer
 * (score.h). One model is one file beside this (bypass_plant.h); a new kind of finding needs a
 * model and stories, not another frame.
 *
 * Time is in seconds since the start of the run, a midnight; the first second is 1. Truths and
 * findings are in plant time, which differs once the clock was put to another. */
#ifndef TESTS_SCENARIO_SIM_H
#define TESTS_SCENARIO_SIM_H

#include "acq/detect/finding.h"
#include "acq/pipeline/pipeline.h"
#include "acq/plant/plant.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SIM_SIGNALS_MAX = 64,
    SIM_FAULTS_MAX = 2048,
    SIM_TRUTHS_MAX = 256,
    SIM_SAID_MAX = 4096,
    SIM_DECLARED_MAX = 64,
    SIM_KEPT_MAX = 4096
};

enum sim_fault_kind {
    FAULT_SILENT,      /* no answer */
    FAULT_STUCK,       /* the value of the fault's begin */
    FAULT_FIXED,       /* param, whatever happens: bridged, detached, cheated */
    FAULT_OFFSET,      /* param more */
    FAULT_CALIBRATING, /* marked so; the value is the span gas, param */
    FAULT_BLIPS,       /* param instead, for one reading in 60 */
    FAULT_OVER_RANGE,  /* param, marked as above the range */
};

struct sim_fault {
    uint32_t signal;
    enum sim_fault_kind kind;
    int64_t from_s, to_s;
    double param;
    double held;
    bool has_held;
};

/* What truly happens, of which a finding is due. */
struct sim_truth {
    const char *kind, *object;
    const char *part;       /* NULL: any */
    const char *class_word; /* that it must have in the end; NULL: any */
    bool once;              /* a second finding of it is a false one */
    int64_t from_s, to_s;
    int64_t delay_max_s; /* from its start until it is told */
};

struct sim_declared {
    int64_t at_s;
    struct declaration declaration;
};

/* No reading of [from_s, to_s) comes before to_s + late_s: a station that keeps what it cannot
 * send. Or, at at_s, plant time is put forward, or back by a negative by_s. */
struct sim_hold {
    int64_t from_s, to_s, late_s;
};

struct sim_step {
    int64_t at_s, by_s;
};

struct sim_said {
    char id[FINDING_ID_SIZE], kind[24], object[PLANT_ID_MAX + 1], class_word[24];
    char part[2 * PLANT_ID_MAX + 32];
    int64_t start_s, raised_s, end_s; /* end_s: INT64_MAX while it is open */
    double kg;
    bool scored;
};

struct sim {
    struct plant *plant;
    struct pipeline *pipeline;
    uint64_t random;
    int64_t now_s;
    uint32_t period_s; /* of readings */
    double value[SIM_SIGNALS_MAX];
    struct sim_fault faults[SIM_FAULTS_MAX];
    struct sim_truth truths[SIM_TRUTHS_MAX];
    struct sim_said said[SIM_SAID_MAX];
    struct sim_declared declared[SIM_DECLARED_MAX];
    uint32_t fault_count, truth_count, said_count, declared_count, kept_count;
    struct sim_hold hold;
    struct sim_step step;
    int64_t ahead_s;       /* plant time, of the clock that is right: what steps added up to */
    struct sim_past *past; /* what means are computed again from; NULL: nothing comes late */
};

/* Stops the program when the configuration is not good. */
struct sim *sim_new(const char *config, uint64_t seed, uint32_t period_s);
void sim_free(struct sim *s);

/* For models: stops the program. */
_Noreturn void sim_fail(const char *what, const char *detail);

/* Index of "device.signal"; stops the program when there is none. */
uint32_t sim_signal(const struct sim *s, const char *name);

/* Uniform in [0, 1); normal with that deviation; a whole number in [from, to). */
double sim_uniform(struct sim *s);
double sim_normal(struct sim *s, double deviation);
int64_t sim_between(struct sim *s, int64_t from, int64_t to);

void sim_fault(struct sim *s, uint32_t signal, enum sim_fault_kind kind, int64_t from_s,
               int64_t to_s, double param);
void sim_truth(struct sim *s, const struct sim_truth *t);
/* A window of the object, declared at at_s. */
void sim_declare(struct sim *s, const char *object, int64_t at_s, int64_t from_s, int64_t to_s);

/* Likewise a mark of a person. */
void sim_mark(struct sim *s, const char *object, const char *class_word, int64_t at_s,
              int64_t from_s, int64_t to_s);
/* Before sim_run(); one of each in a run. Steps and holds do not go together. */
void sim_hold(struct sim *s, int64_t from_s, int64_t to_s, int64_t late_s);
void sim_step_clock(struct sim *s, int64_t at_s, int64_t by_s);

/* What follows a change in that time. */
double sim_towards(double now, double to, double dt, double memory_s);

/* Calls step() for each reading, which sets s->value[], and feeds them to the pipeline. */
void sim_run(struct sim *s, int64_t until_s, void (*step)(void *model, struct sim *s), void *model);

#endif
