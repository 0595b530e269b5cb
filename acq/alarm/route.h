/* Who is told of which alarm, when, how often, and when somebody else. A pure state machine over
 * (the book, now): what is to be said leaves by on_notice, which must keep it durable together with
 * the alarm's line of change `told`, from which a start knows what was said. Loop thread.
 *
 * More than alarms.flood_count messages to one person within alarms.flood_min become one message
 * of many, at most every group_every_min. P3 waits while it is quiet, with all that it would say.
 */
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
    uint64_t grouped;  /* that became part of a message of many */
    uint64_t unrouted; /* alarms that no route takes to anybody */
};

/* The book and the plant are borrowed. What was told in messages of many before this start is told
 * once more, since such a message may not have left. */
PW_MUST_CHECK int router_new(const struct plant *plant, struct book *book,
                             const struct router_sink *sink, struct router **out);
void router_free(struct router *r);
/* PW_ENOMEM: as before, and the old plant must stay. */
PW_MUST_CHECK int router_set_plant(struct router *r, const struct plant *plant);

/* Says what is due: once a second, and after each finding. */
void router_run(struct router *r, struct machine_now now);

void router_get_stats(const struct router *r, struct router_stats *out);

#endif
