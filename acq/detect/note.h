/* A word of evidence while it changes, for whoever asks why (replay --explain); nobody listens
 * live. Strings are borrowed. */
#ifndef ACQ_DETECT_NOTE_H
#define ACQ_DETECT_NOTE_H

#include "acq/core/machine.h"

struct evidence_note {
    const char *object;  /* id of the outlet or equipment */
    const char *channel; /* "velocity" */
    uint32_t signal;     /* plant->signals, or PLANT_NONE */
    const char *looks;   /* what the last value looks like */
    const char *says;    /* ... and what has lasted its delay */
    const char *unit;
    double value;      /* what is held against the threshold; NAN: none */
    double threshold;  /* NAN: none */
    double confidence; /* of the whole, now */
    int64_t time_ms;   /* UTC */
};

static inline void machine_note(const struct machine_sink *sink, const struct evidence_note *n)
{
    if (sink->on_note)
        sink->on_note(sink->ctx, n);
}

#endif
