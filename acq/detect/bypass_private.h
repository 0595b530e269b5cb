/* Inside of the bypass: bypass.c takes samples and steps through the states, bypass_event.c makes
 * events and findings of them. */
#ifndef ACQ_DETECT_BYPASS_PRIVATE_H
#define ACQ_DETECT_BYPASS_PRIVATE_H

#include "acq/detect/bypass.h"
#include "acq/detect/fusion.h"
#include "acq/detect/release.h"
#include "acq/detect/window.h"

enum bypass_word { BYPASS_UNKNOWN, BYPASS_CLOSED, BYPASS_SUSPECT, BYPASS_OPEN, BYPASS_CLOSING };

enum event_class { EVENT_SUSPECTED, EVENT_UNDECLARED, EVENT_OVERRUN, EVENT_DECLARED };

struct bypass_event {
    int64_t start_ms;  /* UTC; 0: there is none */
    int64_t end_ms;    /* UTC: of the last evidence, once that is over */
    double confidence; /* the highest while open */
    int64_t open_ms;   /* for so long it looked open, gaps left out */
    int64_t looked_at; /* journal clock: it looked open then; 0: it did not */
    double outside_s;
    double kg[BYPASS_FACTORS_MAX];
    char grade[BYPASS_FACTORS_MAX];
    char window[DECLARATION_ID_SIZE];
    bool was_open; /* not only suspected */
    bool is_told;
    bool is_late;
    uint8_t class; /* as it was told */
    uint8_t priority;
};

/* A condition that must last before it is a finding. */
struct bypass_trouble {
    int64_t since_at; /* journal clock; 0: it is not so */
    int64_t start_ms; /* UTC */
    bool is_told;
    uint8_t word; /* index of its class word */
};

enum bypass_trouble_kind {
    TROUBLE_UNWATCHED,
    TROUBLE_SEAL,
    TROUBLE_STANDBY,
    TROUBLE_SWITCH,
    TROUBLE_COUNT
};

struct bypass_state {
    struct channel_state channels[BYPASS_EVIDENCE_MAX];
    struct channel_world world;
    struct fused fused;
    struct bypass_event event;
    struct bypass_event last; /* the one before, while a declaration may still come for it */
    struct release release;
    struct bypass_trouble troubles[TROUBLE_COUNT];
    int64_t since_ms;      /* UTC: when `word` began */
    int64_t word_at;       /* journal clock, likewise */
    int64_t suspect_at;    /* journal clock: p is high enough since; 0: it is not */
    int64_t told_minute;   /* UTC */
    int64_t seal_ms;       /* UTC: the last look at the seal that was declared */
    uint8_t word;          /* enum bypass_word */
    uint8_t standby;       /* enum object_code of the standby unit */
    bool knows_production; /* somebody told its state */
};

static inline const struct plant_bypass *bypass_of(struct machine_self self)
{
    return &self.plant->bypasses[self.index];
}

static inline const char *bypass_object(struct machine_self self)
{
    return self.plant->outlets[bypass_of(self)->outlet].id;
}

/* Whether what an event rests on looks open: where a position or a flow said so, they alone. One
 * that fell silent while open is no witness that it closed. */
bool bypass_looks_open(struct machine_self self);
/* After every step: begins, tells, upgrades, judges anew, ends. */
void bypass_event_step(struct machine_self self, struct machine_now now,
                       const struct machine_sink *sink);
/* The event is over. */
void bypass_event_end(struct machine_self self, struct machine_now now, const char *reason,
                      const struct machine_sink *sink);
struct finding_evidence;
enum { BYPASS_EVIDENCE_LIST_MAX = BYPASS_EVIDENCE_MAX + 2 };
/* What the channels say, or of an event said at their strongest; returns how many. */
uint32_t bypass_list_evidence(struct machine_self self, bool of_event, int64_t time_ms,
                              struct finding_evidence *out);
/* Unwatched, seal, standby, switch. */
void bypass_troubles_step(struct machine_self self, struct machine_now now,
                          const struct machine_sink *sink);
void bypass_troubles_end(struct machine_self self, struct machine_now now, const char *reason,
                         const struct machine_sink *sink);
/* The journal clock before which time alone changes nothing of them. */
int64_t bypass_troubles_next_at(struct machine_self self);
/* Whether a person declared that now: mark of that class on the bypass. */
const struct declaration *bypass_find_mark(struct machine_self self, const char *class_word,
                                           int64_t time_ms);

#endif
