/* The pipeline: readings in, means and findings out, as a function of (state, input, now). It knows
 * neither the loop nor the disk; live running, replay and tests drive it alike. Memory is taken in
 * pipeline_new() and pipeline_reload() only.
 *
 * Ticks follow from inputs: before an input with `at` = t is taken, every whole second of the
 * journal clock up to t that was not ticked yet is ticked with its nominal instant. When no input
 * comes, the owner calls pipeline_tick_to() with the journal clock; as `at` of later inputs is
 * never less, the result does not depend on who ticked. */
#ifndef ACQ_PIPELINE_PIPELINE_H
#define ACQ_PIPELINE_PIPELINE_H

#include "acq/core/declaration.h"
#include "acq/core/err.h"
#include "acq/core/machine.h"

struct pipeline;
struct plant;

/* start_at_ms: the journal clock now; the first tick is the next whole second. plant is borrowed
 * until pipeline_reload() or pipeline_free(). sink is copied. */
PW_MUST_CHECK int pipeline_new(const struct plant *plant, int64_t start_at_ms, int64_t offset_ms,
                               const struct machine_sink *sink, struct pipeline **out);
void pipeline_free(struct pipeline *p);

/* Where output goes from now on (a start replays its tail without telling anybody). */
void pipeline_set_sink(struct pipeline *p, const struct machine_sink *sink);

void pipeline_input(struct pipeline *p, const struct reading *r);
/* One sample alone (recorded data need not come by device); the same as a reading of just that. */
void pipeline_sample(struct pipeline *p, uint32_t signal, const struct sample *s, int64_t time_ms,
                     int64_t at_ms);
/* A mean that was not made here (source MEAN_STATION), or made again from the record: recorded, and
 * taken by limits and totals where its outlet's means_from says so. input and outlet index the
 * plant in effect; input's outlet is outlet. m is borrowed. */
void pipeline_take_mean(struct pipeline *p, const struct mean *m, int64_t at_ms);
/* The answer to on_reopen (acq/refine/late.h): that input's day was computed again. The means that
 * are told again come with pipeline_take_mean(). */
void pipeline_reopened(struct pipeline *p, uint32_t input, int64_t day_ms, bool has_revised,
                       int64_t at_ms);
/* Late samples of all inputs, since their states began: how many came, how many were too old. */
struct pipeline_late {
    uint64_t samples, too_old, early;
    uint32_t days; /* to be computed again, or being so */
};
struct pipeline_late pipeline_get_late(const struct pipeline *p);
void pipeline_tick_to(struct pipeline *p, int64_t at_ms);
/* The instant of the input or tick that is being taken, or was last. */
struct machine_now pipeline_now(const struct pipeline *p);
/* The plant in effect: what the indexes in a mean refer to, also while a reload or a restart still
 * speaks for the one before. Borrowed. */
const struct plant *pipeline_plant(const struct pipeline *p);

/* Plant time changed: UTC = at + offset_ms from at_ms on. A step back by more than
 * PLANT_TIME_SLEW_MAX_MS withdraws what was stamped later than the corrected time: a finding of
 * kind `system`, part `clock`, names the range, its periods are computed again as time reaches
 * them. */
void pipeline_set_offset(struct pipeline *p, int64_t at_ms, int64_t offset_ms);

/* A declaration, or its withdrawal, at at_ms. It speaks for samples that are taken from then on, of
 * whatever time they are. PW_EFULL; PW_ENOTFOUND. */
PW_MUST_CHECK int pipeline_declare(struct pipeline *p, const struct declaration *d, int64_t at_ms);
PW_MUST_CHECK int pipeline_withdraw(struct pipeline *p, const char *id, int64_t at_ms);
/* What is declared now. Borrowed. */
const struct declarations *pipeline_declared(const struct pipeline *p);

/* Swaps in another plant at at_ms. State moves object by object where the digest is equal; an open
 * finding of a changed object closes with reason "reconfigured", of a vanished one with
 * "configuration". On failure nothing has changed. */
PW_MUST_CHECK int pipeline_reload(struct pipeline *p, const struct plant *plant, int64_t at_ms);

/* A snapshot: where the clock is, and the state of each object. */
struct pipeline_clock {
    int64_t ticked_at_ms; /* the last whole second that was ticked */
    int64_t offset_ms;
};

struct pipeline_object {
    const char *kind;
    const char *id;
    uint8_t digest[SM3_SIZE];
    uint32_t version;
    const void *state;
    size_t size;
};

struct pipeline_clock pipeline_get_clock(const struct pipeline *p);
/* Calls once per object, in a fixed order; what is handed out is borrowed. */
void pipeline_snapshot(const struct pipeline *p,
                       void (*on_object)(void *ctx, const struct pipeline_object *o), void *ctx);

void pipeline_restore_clock(struct pipeline *p, struct pipeline_clock clock);
/* Takes the state of one object. PW_ENOTFOUND: no such object now; PW_EFOREIGN: its configuration
 * is another; PW_EVERSION: its layout is. Nothing has changed then. */
PW_MUST_CHECK int pipeline_restore(struct pipeline *p, const struct pipeline_object *o);
/* Puts a declaration of the snapshot back. PW_EFULL. */
PW_MUST_CHECK int pipeline_restore_declaration(struct pipeline *p, const struct declaration *d);

#endif
