/* One channel of evidence of a bypass (domain, evidence channels): samples in, a word out, with
 * hysteresis, delays and the quality gate. What is stale, bad or contradicts itself is unknown, and
 * unknown is never closed. Pure; part of the bypass's state. */
#ifndef ACQ_DETECT_CHANNEL_H
#define ACQ_DETECT_CHANNEL_H

#include "acq/core/machine.h"
#include "acq/detect/learned.h"
#include "acq/detect/object_state.h"
#include "acq/plant/plant.h"

enum channel_word {
    CHANNEL_UNKNOWN,
    CHANNEL_FAULT,   /* contradicts itself: unknown too */
    CHANNEL_BETWEEN, /* it works, and says neither */
    CHANNEL_CLOSED,
    CHANNEL_OPEN,
};

struct channel_state {
    double level[EVIDENCE_SIGNALS];     /* the last that spoke */
    int64_t level_at[EVIDENCE_SIGNALS]; /* journal clock: when; 0: never */
    double value;                       /* what is held against the thresholds; NAN: none */
    double open_at;                     /* the threshold it was held against; NAN: none */
    int64_t word_at;                    /* journal clock: when `word` began */
    int64_t word_ms;                    /* UTC, likewise */
    int64_t open_ms;                    /* UTC: when what it says open of began */
    int64_t shut_ms;    /* UTC: when it was last seen to be no more open; 0: never */
    int64_t neither_at; /* limit switch: neither contact since; 0: one is */
    double reference;   /* fan: the usual current; NAN: none yet */
    double set_point;   /* fan: of the reference */
    double worst;       /* of the event: the value furthest on the open side */
    struct learned usual;
    uint8_t word;     /* enum channel_word: what the last samples look like */
    uint8_t says;     /* ... and what has lasted its delay */
    uint8_t was_open; /* in this event */
    uint8_t is_firm;  /* the last value lies beyond a threshold, not between the two */
};

/* What a channel needs to know of its surroundings. */
struct channel_world {
    enum object_code production; /* OBJECT_ON when nobody said which it is */
    double load;                 /* of production, of its rated power; NAN: not known */
};

void channel_init(struct channel_state *c);
/* A sample that speaks, of signal[which]. */
void channel_take(struct channel_state *c, const struct plant_evidence *e, int which, double value,
                  struct machine_now now);
/* Looks again at what is known now; time_ms stamps what begins. True when it says something else.
 */
bool channel_settle(struct channel_state *c, const struct plant *plant,
                    const struct plant_evidence *e, const struct channel_world *w, int64_t time_ms,
                    struct machine_now now);
/* The journal clock before which time alone changes nothing. */
int64_t channel_next_at(const struct channel_state *c, const struct plant_evidence *e);
/* Once a minute, while the bypass is closed as far as anybody knows. */
void channel_learn(struct channel_state *c, const struct plant *plant,
                   const struct plant_evidence *e, const struct channel_world *w,
                   struct machine_now now);

bool channel_is_fresh(const struct channel_state *c, const struct plant_evidence *e, int which,
                      struct machine_now now);
/* What main-flow expects at this load, in its signal's terms; NAN: not learned. */
double channel_expected(const struct channel_state *c, const struct plant *plant,
                        const struct plant_evidence *e);
/* "open", "closed", "between", "fault", "unknown". Static. */
const char *channel_word_name(enum channel_word word);

#endif
