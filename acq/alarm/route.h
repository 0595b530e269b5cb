/* Who is told of which alarm, when, how often, and when somebody else. A pure state machine over
 * (the book's changes, now): what is to be said leaves by on_notice, which must keep it durable
 * together with the change that led to it (acq/deliver/outbox.h). Loop thread.
 *
 * More than alarms.flood_count messages to one person within alarms.flood_min become one message
 * of many, at most every group_every_min. */
#ifndef ACQ_ALARM_ROUTE_H
#define ACQ_ALARM_ROUTE_H

#include "acq/alarm/book.h"
#include "acq/alarm/notice.h"

struct router;

struct router_sink {
    /* Borrowed until it returns. */
    void (*on_notice)(void *ctx, const struct notice *n);
    void *ctx;
};

struct router_stats {
    uint64_t notices;  /* that left */
    uint64_t grouped;  /* alarms that were told of only in a message of many */
    uint64_t unrouted; /* alarms for which no route has anybody */
    uint32_t held;     /* by quiet hours, now */
};

/* The book and the plant are borrowed. */
PW_MUST_CHECK int router_new(const struct plant *plant, struct book *book,
                             const struct router_sink *sink, struct router **out);
void router_free(struct router *r);
void router_set_plant(struct router *r, const struct plant *plant);

/* Every change of the book, as it comes. */
void router_on_change(struct router *r, const struct alarm *a, enum alarm_change change,
                      struct machine_now now);
/* Repeats, escalation, ends of quiet hours, groups, digests, heartbeats. Once a second. */
void router_second(struct router *r, struct machine_now now);
/* After the book was restored: what was due before now was told then. */
void router_restored(struct router *r, struct machine_now now);

void router_get_stats(const struct router *r, struct router_stats *out);

#endif
