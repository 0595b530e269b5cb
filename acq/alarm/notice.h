/* What an alarm wants told to a person: made by the alarm book and its routes, kept and sent by the
 * outbox (acq/deliver/outbox.h), which holds it durable until a gateway has taken it or its time is
 * over. All texts are borrowed until the call returns. */
#ifndef ACQ_ALARM_NOTICE_H
#define ACQ_ALARM_NOTICE_H

#include <stdint.h>

enum { NOTICE_KEY_SIZE = 33, NOTICE_GATEWAYS_MAX = 8 };

enum notice_why {
    NOTICE_RAISED,
    NOTICE_AGAIN,     /* nobody acknowledged it */
    NOTICE_ESCALATED, /* to the next ones */
    NOTICE_CLEARED,
    NOTICE_GROUPED,   /* many alarms in one message */
    NOTICE_DIGEST,    /* of the day */
    NOTICE_HEARTBEAT, /* so that silence is noticed */
    NOTICE_TEST       /* a person tries the gateways */
};

struct notice {
    /* Hex digits from content: alarm, person, why and which time; the same after a restart and in a
     * replay. Whoever is given a key twice sends it once. */
    const char *key;
    enum notice_why why;
    uint8_t priority;   /* 1..3 */
    const char *alarm;  /* its id; "" of a digest and a heartbeat */
    const char *person; /* id */
    const char *to;     /* the number or address that the gateway needs */
    const char
        *gateways[NOTICE_GATEWAYS_MAX]; /* ids in the order to be tried; NULL behind the last */
    const char *subject;
    const char *text;   /* clean and signed, ready to be sent */
    const char *json;   /* the alarm's object, for web hooks; "" = none */
    int64_t made_ms;    /* UTC */
    int64_t give_up_ms; /* UTC: after it nobody wants it any more */
};

/* "raised", "again", "escalated", "cleared", "grouped", "digest", "heartbeat", "test". Static. */
const char *notice_why_word(enum notice_why why);

#endif
