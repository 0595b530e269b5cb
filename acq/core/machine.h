/* The seam of the pipeline: what `refine` and `detect` are made of. A machine kind is a pure state
 * machine over (state, input, now): it owns no timer, takes no memory after load, asks nobody for
 * the time. Live running, replay and tests call the same functions with the same inputs in the same
 * order and get the same output, bit for bit (docs/architecture.md).
 *
 * One kind is one registration; the pipeline makes an instance of it per configured object. */
#ifndef ACQ_CORE_MACHINE_H
#define ACQ_CORE_MACHINE_H

#include "acq/core/sample.h"
#include "acq/core/sm3.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plant;
struct declaration;
struct declarations;
struct finding;       /* acq/detect/finding.h */
struct mean;          /* acq/refine/mean.h */
struct account;       /* acq/refine/account.h */
struct reopen;        /* acq/refine/late.h */
struct object_state;  /* acq/detect/object_state.h */
struct flare_block;   /* acq/detect/flare.h */
struct evidence_note; /* acq/detect/note.h */
struct rate;          /* acq/detect/rate.h */

/* Delays run on `at`; periods and stamps on UTC. */
struct machine_now {
    int64_t at_ms;     /* journal clock: of the input, or the nominal whole second of a tick */
    int64_t offset_ms; /* UTC = at + offset */
};

static inline int64_t machine_utc_ms(struct machine_now now)
{
    return now.at_ms + now.offset_ms;
}

/* Where a machine's output goes, from inside the call. Borrowed until the callback returns. */
struct machine_sink {
    void (*on_finding)(void *ctx, const struct finding *f);
    void (*on_mean)(void *ctx, const struct mean *m);
    void *ctx;
    /* Late samples: an input's day is due to be computed again (acq/refine/late.h). NULL: no. */
    void (*on_reopen)(void *ctx, const struct reopen *r);
    /* NULL: nobody listens. */
    void (*on_state)(void *ctx, const struct object_state *s);
    void (*on_note)(void *ctx, const struct evidence_note *n); /* likewise */
    void (*on_account)(void *ctx, const struct account *a);    /* NULL: nobody wants them */
    void (*on_rate)(void *ctx, const struct rate *r);          /* likewise */
    /* A mark that a rule sets, or ends; from then on it is declared. NULL: nobody wants it told. */
    void (*on_mark)(void *ctx, const struct declaration *d);
    void (*on_flare)(void *ctx, const struct flare_block *b); /* NULL: nobody wants them */
};

/* Which of the plant's objects an instance stands for. */
struct machine_self {
    const struct plant *plant;
    uint32_t index; /* 0..count(plant)-1 */
    void *state;
    const struct declarations *declared; /* what is declared now (declaration.h) */
};

enum { MACHINE_INPUTS_MAX = 128 };

struct machine_kind {
    const char *name;
    uint32_t version;  /* of the state's layout: a snapshot of another version is not read */
    size_t state_size; /* a plain struct without pointers, zeroed before init */
    /* A changed configuration keeps the state: open periods go on with the parts they have. */
    bool keeps_state;

    uint32_t (*count)(const struct plant *plant);
    /* Stable over reloads; within one kind unique. */
    const char *(*id)(const struct plant *plant, uint32_t index);
    void (*digest)(const struct plant *plant, uint32_t index, uint8_t out[SM3_SIZE]);
    /* The signals (plant->signals) whose samples it takes, and the outlet inputs (plant->inputs)
     * whose means and accounts it takes: indexes into out[MACHINE_INPUTS_MAX], returns how many.
     * NULL: none. */
    uint32_t (*signals)(const struct plant *plant, uint32_t index, uint32_t *out);
    uint32_t (*means)(const struct plant *plant, uint32_t index, uint32_t *out);
    /* Likewise the equipment (plant->equipment) whose states it takes. */
    uint32_t (*states)(const struct plant *plant, uint32_t index, uint32_t *out);

    void (*init)(struct machine_self self);
    void (*on_sample)(struct machine_self self, uint32_t signal, const struct sample *s,
                      int64_t time_ms, struct machine_now now, const struct machine_sink *sink);
    /* NULL: it takes accounts only. */
    void (*on_mean)(struct machine_self self, const struct mean *m, struct machine_now now,
                    const struct machine_sink *sink);
    void (*on_state)(struct machine_self self, const struct object_state *s, struct machine_now now,
                     const struct machine_sink *sink);
    /* NULL: it takes means only. */
    void (*on_account)(struct machine_self self, const struct account *a, struct machine_now now,
                       const struct machine_sink *sink);
    /* Returns the `at` before which another tick would do nothing (INT64_MAX: only after an input).
     * Not called before that; after any input, and after a change of the offset, it is called at
     * the next whole second. */
    int64_t (*on_tick)(struct machine_self self, struct machine_now now,
                       const struct machine_sink *sink);
    /* Plant time was put back by more than can be slewed: what was stamped from back_to_ms to
     * from_ms (UTC) is withdrawn, and these instants come again. now has the new offset. NULL:
     * nothing. */
    void (*on_step_back)(struct machine_self self, int64_t from_ms, int64_t back_to_ms,
                         struct machine_now now, const struct machine_sink *sink);
    /* The answer to on_reopen: that day's means were computed again, and some are told again. */
    void (*on_revised)(struct machine_self self, int64_t day_ms, bool has_revised);
    /* The object vanishes or its configuration changes: what is open closes with that reason. */
    void (*close)(struct machine_self self, struct machine_now now, const char *reason,
                  const struct machine_sink *sink);
};

#endif
