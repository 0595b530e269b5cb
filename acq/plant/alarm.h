/* How alarms are treated, who is told of them, and when (docs/alarms.md). Times of day are minutes
 * in the plant's zone; a range whose end is not behind its start goes over midnight. */
#ifndef ACQ_PLANT_ALARM_H
#define ACQ_PLANT_ALARM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ALARM_GATEWAYS_MAX = 8, ALARM_DAYS_ALL = 0x7f, MINUTE_NONE = UINT16_MAX };

enum person_language { LANGUAGE_ZH, LANGUAGE_EN };

/* Differs from the catalogue (acq/alarm/catalogue.h) for alarms of that kind, and of that object if
 * it is not "". The last rule that fits an alarm counts. */
struct plant_alarm_rule {
    const char *kind;
    const char *object;
    uint8_t priority; /* 1..3; 0: as the finding says */
    uint32_t on_delay_s, off_delay_s;
    uint32_t shelve_max_min;
    const char *consequence_zh, *consequence_en; /* "": the catalogue's */
    const char *response_zh, *response_en;
    const char *const *suppressed_by; /* kinds, NULL behind the last */
};

struct plant_alarms {
    const struct plant_alarm_rule *rules;
    uint32_t rule_count;
    uint32_t max; /* alarms that are not normal, at once */
    uint32_t shelve_max_min;
    uint32_t chatter_count, chatter_min; /* activations within so long */
    uint32_t flood_count, flood_min;
    uint32_t group_every_min; /* one message in place of many, at most so often */
    uint32_t text_units;      /* of the first part, sign included */
    const char *sign;         /* between the brackets at the head; "": none */
    const char *link;         /* in front of an alarm's id; "": none */
    /* Texts per language, fields in braces; "": the built-in ones (acq/alarm/text.h). */
    const char *raised[2], *cleared[2];
};

struct plant_person {
    const char *id, *name;
    const char *phone; /* E.164 with '+', or 5..15 digits; "" */
    const char *email; /* "" */
    enum person_language language;
};

struct rota_shift {
    uint8_t days; /* bit 0: Monday; the day on which it begins */
    uint16_t from_min, to_min;
    const uint32_t *people;
    uint32_t people_count;
};

/* Takes the place of every shift while it lasts. */
struct rota_exception {
    int64_t from_ms, to_ms; /* UTC, the end not included */
    const uint32_t *people;
    uint32_t people_count;
};

struct plant_rota {
    const char *id;
    const struct rota_shift *shifts;
    const struct rota_exception *exceptions;
    uint32_t shift_count, exception_count;
};

/* A person, or whoever is on duty. */
struct route_to {
    bool is_rota;
    uint32_t index;
};

enum route_by { BY_PHONE, BY_EMAIL, BY_HOOK /* neither is needed */ };

struct plant_route {
    const char *id;
    uint8_t priorities;        /* bit 1 << priority */
    const char *const *kinds;  /* NULL behind the last; none: all */
    const char *const *sites;  /* likewise */
    uint8_t days;              /* bit 0: Monday */
    uint16_t from_min, to_min; /* MINUTE_NONE: always */
    const struct route_to *to, *escalate_to;
    uint32_t to_count, escalate_to_count;
    enum route_by by;
    const char *via[ALARM_GATEWAYS_MAX]; /* ids of gateways; NULL behind the last */
    uint32_t again_min;                  /* while nobody acknowledges; 0: never */
    uint32_t again_max;
    uint32_t escalate_min;                 /* 0: never */
    uint16_t quiet_from_min, quiet_to_min; /* of P3; MINUTE_NONE: none */
    bool clear;                            /* says when it is over */
    uint32_t give_up_min;
    uint16_t digest_min, heartbeat_min; /* time of day; MINUTE_NONE: none */
};

/* The fields that a text may have in braces, NULL behind the last. */
extern const char *const plant_alarm_fields[];

#endif
