/* Inside a station link: the link itself (hj212_link.c), one connection (hj212_call.c), and where
 * connections come from: a listener (hj212_listen.c), or a connection or serial line of our own
 * making (hj212_outgoing.c). */
#ifndef ACQ_COLLECT_HJ212_LINK_PRIVATE_H
#define ACQ_COLLECT_HJ212_LINK_PRIVATE_H

#include "acq/collect/hj212_link.h"
#include "acq/collect/wire.h"
#include "acq/loop/backoff.h"

struct hj212_call {
    struct hj212_link *link;
    struct wire wire;       /* its own, or a copy of the outgoing one */
    struct hj212_peer peer; /* for MNs that are nobody's, and whose frames are none */
    struct hj212_reader reader;
    uint64_t id;            /* turn << 32 | place; a place is used again, an id is not */
    int64_t good_at_ms;     /* of the last good packet, else of the beginning */
    int64_t waits_since_ms; /* the rest of a frame is awaited; 0: none is */
    uint64_t good_bytes;    /* taken from the connection up to the last good packet */
    bool known;             /* something good came */
    bool ending;
    char *buffer;
};

struct hj212_outgoing {
    struct wire wire;
    struct backoff backoff;
    int64_t retry_ms;        /* open it then, unless it is busy */
    bool busy;               /* opening, open or closing: on_close() is still to come */
    struct hj212_call *call; /* while it is open */
};

struct hj212_link {
    const struct hj212_link_setting *setting;
    const struct plant_link *link;
    struct hj212_desk *desk;
    struct hj212_profile profile; /* of the connections */
    size_t buffer_size;
    struct hj212_call **calls; /* by place */
    uint32_t *free_places;
    uint32_t free_count;
    uint32_t size, open;
    uint64_t turn;
    uv_loop_t *loop;
    uv_tcp_t listener;
    uv_timer_t timer;
    struct hj212_outgoing out; /* unless it listens */
    unsigned handles;          /* whose close callback has not come */
    bool listening, stopping;
    int64_t logged_ms;
    struct hj212_counts lost_counts; /* of connections that ended */
    struct hj212_link_stats stats;
};

/* hj212_link.c */
struct hj212_moment hj212_link_moment(const struct hj212_link *l);
/* Frees the link when it stops and nothing of it is left in the loop. */
void hj212_link_settle(struct hj212_link *l);

/* hj212_call.c: the caller sets its wire. NULL: no memory, or no place is free. */
struct hj212_call *hj212_call_new(struct hj212_link *l);
/* Frees it, but for the wire. */
void hj212_call_drop(struct hj212_call *c);
void hj212_call_take(struct hj212_call *c, const uint8_t *data, size_t len);
/* Frames that stay unfinished, and silence. */
void hj212_call_watch(struct hj212_call *c, int64_t now_ms);
void hj212_call_end(struct hj212_call *c);
/* UV_EAGAIN: not all of it went out; the other side finds the next frame. */
PW_MUST_CHECK int hj212_call_send(struct hj212_call *c, const char *data, size_t len);

void hj212_call_add_counts(struct hj212_counts *to, const struct hj212_call *c);

/* hj212_listen.c */
void hj212_listen_step(struct hj212_link *l);
void hj212_listen_stop(struct hj212_link *l);

/* hj212_outgoing.c */
PW_MUST_CHECK int hj212_outgoing_init(struct hj212_link *l);
void hj212_outgoing_step(struct hj212_link *l, int64_t now_ms);
void hj212_outgoing_stop(struct hj212_link *l);
void hj212_outgoing_deinit(struct hj212_link *l);

#endif
