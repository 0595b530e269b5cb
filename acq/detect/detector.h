/* The contract of a detector: a pure state machine over (state, input, now). It owns no timer,
 * takes no memory after load, and asks nobody for the time. Live running and replay call the same
 * functions with the same inputs in the same order and get the same findings, bit for bit.
 *
 * `now_ms` is `at` of the input, or the nominal instant of a tick (a whole second of the journal
 * clock); `time_ms` of a sample is UTC. Delays run on `at`; periods and stamps on UTC.
 *
 * One detector kind registers one struct detector_kind (limit.h); the pipeline makes one instance
 * of it per configured object and calls input() for every sample of the signals it watches. */
#ifndef ACQ_DETECT_DETECTOR_H
#define ACQ_DETECT_DETECTOR_H

#include "acq/core/sample.h"
#include "acq/core/sm3.h"

#include <stddef.h>
#include <stdint.h>

struct plant;

enum finding_state { FINDING_OPEN, FINDING_CLOSED };

/* What a detector says. Strings are borrowed from the plant or static and live as long as it.
 * The id follows from content: kind, object, start (finding_id()). */
struct finding {
    const char *kind;   /* "limit", ... (interfaces: kinds) */
    const char *site;   /* id */
    const char *object; /* id of the configuration */
    const char *part; /* what of the object, so that ids differ: the limit's id; "" for the whole */
    const char *outlet;        /* id or NULL */
    const char *factor;        /* code or NULL */
    const char *signal_device; /* with signal_id: "device.signal"; NULL when it does not apply */
    const char *signal_id;
    const char *source; /* of the limit, or "" */
    enum finding_state state;
    uint8_t priority;   /* 1..3 */
    int64_t start_ms;   /* UTC: when the condition began */
    int64_t raised_ms;  /* UTC: when it was known */
    int64_t end_ms;     /* UTC; of a closed one: when the condition ended */
    const char *reason; /* closed otherwise than by its condition: "reconfigured", ...; else NULL */
    double value;       /* the deciding value; NAN when there is none */
    double threshold;   /* what it was compared with; NAN when nothing */
    double worst;       /* the worst value while open */
};

struct finding_sink {
    void (*on_finding)(void *ctx, const struct finding *f);
    void *ctx;
};

struct detector_now {
    int64_t at_ms;     /* journal clock */
    int64_t offset_ms; /* UTC = at + offset */
};

struct detector_kind {
    const char *name;
    uint32_t version;  /* of the state's layout; another version is never read */
    size_t state_size; /* a plain struct without pointers, zeroed before init */
    /* How many instances the plant asks for, and of instance i: its id, its configuration digest
     * and the signals it watches (at most DETECTOR_SIGNALS_MAX, returns how many). */
    uint32_t (*count)(const struct plant *plant);
    const char *(*id)(const struct plant *plant, uint32_t i);
    void (*digest)(const struct plant *plant, uint32_t i, uint8_t out[SM3_SIZE]);
    uint32_t (*signals)(const struct plant *plant, uint32_t i, uint32_t *out);
    void (*init)(const struct plant *plant, uint32_t i, void *state);
    void (*input)(const struct plant *plant, uint32_t i, void *state, uint32_t signal,
                  const struct sample *s, int64_t time_ms, struct detector_now now,
                  const struct finding_sink *sink);
    void (*tick)(const struct plant *plant, uint32_t i, void *state, struct detector_now now,
                 const struct finding_sink *sink);
    /* The object vanishes or changes: an open finding is closed with that reason. */
    void (*close)(const struct plant *plant, uint32_t i, void *state, struct detector_now now,
                  const char *reason, const struct finding_sink *sink);
};

enum { DETECTOR_SIGNALS_MAX = 16 };

#endif
