/* A finding's identity and its text: one writer for the journal, the API and replay, so that all
 * three say the same. */
#ifndef ACQ_DETECT_FINDING_H
#define ACQ_DETECT_FINDING_H

#include "acq/core/machine.h"
#include "acq/core/strbuf.h"

enum finding_state { FINDING_OPEN, FINDING_CLOSED };

/* One piece of what decided: a channel, what it measured, and what that says. */
struct finding_evidence {
    const char *channel;                   /* "velocity" */
    const char *channel_zh;                /* NULL: none */
    const char *signal_device, *signal_id; /* "device.signal"; NULL when it does not apply */
    const char *says;                      /* "open", "closed", "unknown", ... */
    const char *unit;                      /* of value and threshold; "" or NULL: none */
    double value;                          /* NAN when there is none */
    double threshold;                      /* NAN likewise */
};

/* What left while it lasted: a factor, and how well that is known, A to E. */
struct finding_released {
    const char *factor;
    double kg;
    char grade;
};

enum { FINDING_RELEASED_MAX = 4 };

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
    /* Zero or NULL, all of these: not said. */
    const char *name;       /* of the object, for people */
    const char *unit;       /* of value, threshold and worst */
    const char *class_word; /* "undeclared", ...: it may change from line to line */
    const char *test;       /* of kind integrity: which */
    const char *window;     /* id of the declaration that it was held against */
    bool is_late;           /* that was declared after the start */
    double outside_s;       /* of OVERRUN: beside the declared window */
    double confidence;      /* 0..1; 0: by measurement alone */
    const struct finding_released *released;
    uint32_t released_count;
    double extra_kg; /* of the first factor: beyond what treatment would have let through */
    const struct finding_evidence *evidence;
    uint32_t evidence_count;
};

enum { FINDING_ID_SIZE = 17, FINDING_SENTENCE_SIZE = 2048 };

/* 16 hex digits from content: kind, object, part, start. Never a counter, never chance, so that a
 * replay gives the same. Returns out. */
const char *finding_id(const struct finding *f, char out[FINDING_ID_SIZE]);

/* The members of the finding's JSON object, without braces and without "type" (interfaces,
 * "Replay"): "id":...,"kind":...,"site":...,"object":...,"state":... Times with the plant's offset.
 */
void finding_write_members(const struct finding *f, int zone_offset_min, struct strbuf *out);

/* One sentence for people: what, where, since when, how sure and why (sentence.c). English:
 * "exceedance at 焦炉烟囱 (DA001), SO2: 52.3 mg/m3 above 35, since 2026-11-24 16:00:05; measured".
 * Chinese as an officer would write it. */
void finding_write_english(const struct finding *f, int zone_offset_min, struct strbuf *out);
void finding_write_chinese(const struct finding *f, int zone_offset_min, struct strbuf *out);

#endif
