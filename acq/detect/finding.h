/* A finding's identity and its text: one writer for the journal, the API and replay, so that all
 * three say the same. */
#ifndef ACQ_DETECT_FINDING_H
#define ACQ_DETECT_FINDING_H

#include "acq/core/machine.h"
#include "acq/core/strbuf.h"

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

enum { FINDING_ID_SIZE = 17 };

/* 16 hex digits from content: kind, object, part, start. Never a counter, never chance, so that a
 * replay gives the same. Returns out. */
const char *finding_id(const struct finding *f, char out[FINDING_ID_SIZE]);

/* The members of the finding's JSON object, without braces and without "type" (interfaces,
 * "Replay"): "id":...,"kind":...,"site":...,"object":...,"state":... Times with the plant's offset.
 */
void finding_write_members(const struct finding *f, int zone_offset_min, struct strbuf *out);

/* One sentence for a log or a terminal:
 * "limit DA001 a21026: 52.3 above 35 since 2026-11-24T16:00:05.000+08:00, closed after 12 s". */
void finding_write_sentence(const struct finding *f, int zone_offset_min, struct strbuf *out);

#endif
