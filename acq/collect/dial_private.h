/* Inside of dial.h: dial.c has a link's side, dial_hub.c the sockets and who is pending. */
#ifndef ACQ_COLLECT_DIAL_PRIVATE_H
#define ACQ_COLLECT_DIAL_PRIVATE_H

#include "acq/collect/dial.h"
#include "acq/collect/heartbeat.h"

enum dial_state {
    DIAL_CLOSED,
    DIAL_WAITING,
    DIAL_OPEN,
    DIAL_ENDING, /* the wait was given up: on_close() is still to come */
    DIAL_STOPPING
};

struct dial_listener;
struct dial_caller; /* a connection that has no link yet, or whose link has not begun with it */

struct dial_hub {
    uv_loop_t *loop;
    struct dial_listener *listeners;
};

struct dial {
    struct dial_hub *hub;
    const struct stream_events *events;
    void *ctx;
    const struct plant_link *link;
    enum dial_state state;
    struct dial_listener *listener; /* from the first opening to the end of the stop */
    struct dial *sibling;           /* at the same listener */
    struct stream *stream;          /* while open, and until it is closed */
    struct dial_caller *next;       /* registered, not begun */
    bool replaced;
    unsigned parts; /* timer, stream, membership: what is to go before the stop is over */
    uv_timer_t timer;
    uint64_t written_ms;
    struct heartbeat heartbeat;
    struct dial_stats counts;
    void (*on_left)(struct dial *d);
};

/* dial.c: a connection registered as d's device. */
void dial_private_attach(struct dial *d, struct dial_caller *caller);
/* d->next closed by itself. */
void dial_private_lost(struct dial *d);

/* dial_hub.c */
PW_MUST_CHECK int dial_private_join(struct dial *d);
/* on_left() when the listener lets go, later. */
void dial_private_leave(struct dial *d, void (*on_left)(struct dial *d));
/* Its stream, open; the caller is gone. */
struct stream *dial_private_take(struct dial_caller *caller);
/* Closes and frees it. */
void dial_private_discard(struct dial_caller *caller);
void dial_private_count(const struct dial_listener *l, struct dial_stats *out);

#endif
