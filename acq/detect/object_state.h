/* The state of an object as a machine tells it: on every change and once a minute (interfaces:
 * measurement `state`). Equipment's states also go to the machines that ask for them
 * (machine_kind.states), on the spot. Strings are borrowed from the plant or static. */
#ifndef ACQ_DETECT_OBJECT_STATE_H
#define ACQ_DETECT_OBJECT_STATE_H

#include "acq/core/machine.h"

/* The codes of the measurement; words are the kind's own. */
enum object_code {
    OBJECT_OFF = 0,    /* off, closed */
    OBJECT_ON = 1,     /* run, open */
    OBJECT_MOVING = 2, /* idle, suspect, closing */
    OBJECT_FAULT = 3,
    OBJECT_UNKNOWN = 9, /* never the same as off */
};

struct object_state {
    const char *site;
    const char *object;
    uint32_t equipment; /* plant->equipment, or PLANT_NONE: of something else */
    enum object_code code;
    const char *word;  /* "run", "open", ... */
    double confidence; /* NAN: none is told */
    double power_kw;   /* NAN: none is known */
    int64_t time_ms;   /* UTC: of this telling */
    int64_t since_ms;  /* UTC: when it began */
};

static inline void machine_tell_state(const struct machine_sink *sink, const struct object_state *s)
{
    if (sink->on_state)
        sink->on_state(sink->ctx, s);
}

#endif
