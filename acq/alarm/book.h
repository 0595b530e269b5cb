/* The alarm book: findings, people's commands and time become alarms with the states of ISA-18.2. A
 * pure state machine over (finding, command, now): its owner makes every change durable and reads
 * the book back with alarm_restore(). One alarm per rule, outlet and object: what raises it again
 * counts on. Loop thread; no memory after book_new().
 *
 * Instants are on the journal clock, which a step of the wall clock does not move. */
#ifndef ACQ_ALARM_BOOK_H
#define ACQ_ALARM_BOOK_H

#include "acq/core/machine.h"
#include "acq/detect/finding.h"
#include "acq/plant/plant.h"

enum {
    ALARM_ID_SIZE = 17,
    ALARM_WHO_SIZE = 96,
    ALARM_WHY_SIZE = 256,
    ALARM_FINDINGS_MAX = 4,
    ALARM_RECENT_MAX = 16,
};

enum alarm_state {
    ALARM_NORMAL,
    ALARM_UNACKNOWLEDGED, /* active */
    ALARM_ACKNOWLEDGED,   /* active */
    ALARM_RETURNED,       /* over, and nobody has acknowledged it */
    ALARM_SHELVED,        /* by a person, for some time */
    ALARM_SUPPRESSED,     /* by design: while another alarm explains it */
    ALARM_OUT_OF_SERVICE, /* by a person, until it is taken back */
    ALARM_STATES
};

enum alarm_change {
    ALARM_RAISED,
    ALARM_CHANGED, /* priority, value or class */
    ALARM_OVER,    /* its condition */
    ALARM_ACK,
    ALARM_COMMENT,
    ALARM_SHELVE,
    ALARM_UNSHELVE, /* by a person, or its time is over (who is "") */
    ALARM_SUPPRESS,
    ALARM_UNSUPPRESS,
    ALARM_TAKE_OUT,
    ALARM_TAKE_IN,
    ALARM_CHATTERS,
    ALARM_CALMS,
    ALARM_KEPT, /* once a day, of what is not normal */
    ALARM_TOLD, /* to people: told_at and told_grouped */
    ALARM_CHANGES
};

struct alarm {
    char id[ALARM_ID_SIZE];
    uint32_t number; /* short, for people; another one each time it leaves normal */
    char kind[32], test[32];
    char part[2 * PLANT_ID_MAX + 2];
    char site[PLANT_ID_MAX + 1], outlet[PLANT_ID_MAX + 1], object[PLANT_ID_MAX + 1];
    char factor[16], unit[16], name[128];
    char findings[ALARM_FINDINGS_MAX][FINDING_ID_SIZE]; /* that are open, the newest first */
    uint8_t priority;
    bool active, acknowledged;
    bool shelved, suppressed, out_of_service;
    bool chattering;
    bool told_grouped;                   /* not by a message of its own */
    double value, threshold;             /* NAN: none */
    int64_t start_ms;                    /* UTC: when the condition began */
    int64_t raised_at, over_at, ack_at;  /* journal clock; 0: not yet */
    int64_t told_at;                     /* when the routes last said something of it; 0: not yet */
    int64_t until_at;                    /* of a shelved one */
    int64_t on_at, off_at;               /* a delay that runs ends then; 0: none */
    uint32_t count;                      /* activations since it left normal */
    int64_t recent_at[ALARM_RECENT_MAX]; /* the last ones, the newest first; 0: none */
    char who[ALARM_WHO_SIZE];            /* of the last change by a person */
    char why[ALARM_WHY_SIZE];
};

struct alarm_sink {
    /* From inside the call; *a borrowed. */
    void (*on_change)(void *ctx, const struct alarm *a, enum alarm_change change, int64_t at_ms);
    void *ctx;
};

struct alarm_command {
    enum alarm_change verb; /* ACK, COMMENT, SHELVE, UNSHELVE, TAKE_OUT, TAKE_IN */
    const char *ref;        /* an alarm's id or number */
    const char *who, *why;  /* why is needed for SHELVE, TAKE_OUT and COMMENT */
    uint32_t shelve_min;
};

struct book_stats {
    uint32_t states[ALARM_STATES]; /* how many are in each */
    uint32_t flood;                /* activations within flood_min */
    bool in_flood;
    uint64_t raised;    /* since the start */
    uint64_t overflows; /* findings for which there was no room: no alarm, counted */
};

struct book;

/* The plant is borrowed until book_set_plant() or book_free(). */
PW_MUST_CHECK int book_new(const struct plant *plant, const struct alarm_sink *sink,
                           struct book **out);
void book_free(struct book *b);
/* The room stays as it was. */
void book_set_plant(struct book *b, const struct plant *plant);

void book_finding(struct book *b, const struct finding *f, struct machine_now now);
/* Delays, shelves, suppression, chattering that calms, midnight. Once a second. */
void book_second(struct book *b, struct machine_now now);
/* PW_ENOTFOUND, PW_EINVAL, PW_ESTATE; *refusal then says in one static sentence why. */
PW_MUST_CHECK int book_command(struct book *b, const struct alarm_command *c,
                               struct machine_now now, const char **refusal);

/* Takes back what a line of before the start says of an alarm, the last one of its id. */
void book_restore(struct book *b, const struct alarm *a);
/* Numbers up to this one were given already. */
void book_skip_numbers(struct book *b, uint32_t number);
/* What the routes said: each is a change. */
void book_set_told(struct book *b, const char *id, bool grouped, int64_t at_ms);
/* What was told in a message of many counts as not told. */
void book_forget_groups(struct book *b);

/* Those that are not normal, and normal ones whose chattering is remembered: i < book_count(). */
uint32_t book_count(const struct book *b);
const struct alarm *book_get(const struct book *b, uint32_t i);
/* By id or number; NULL: none. */
const struct alarm *book_find(const struct book *b, const char *ref);
void book_get_stats(const struct book *b, int64_t at_ms, struct book_stats *out);

enum alarm_state alarm_state(const struct alarm *a);
/* Static: "unacknowledged", ...; "raised", .... */
const char *alarm_state_word(enum alarm_state s);
const char *alarm_change_word(enum alarm_change c);
/* Members of its JSON object, without braces; a journal line and the API have the same. */
void alarm_write_members(const struct alarm *a, int64_t offset_ms, int zone_offset_min,
                         struct strbuf *out);
/* PW_ESYNTAX when it is none. */
PW_MUST_CHECK int alarm_read(const char *json, size_t len, struct alarm *out);

#endif
