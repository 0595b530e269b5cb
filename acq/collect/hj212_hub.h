/* Every link of HJ 212 stations, whether they dial in, are dialled, or speak over a serial line:
 * connections, the desk behind each (hj212_desk.h). Loop thread. Readings and packets come from
 * inside loop callbacks, never from inside a hj212_hub_*() call; answers go out from
 * hj212_hub_durable().
 *
 * A connection is closed when it says nothing good for too long, sends too much that is no packet,
 * or has to be refused for number; never for a wrong frame or a wrong password alone. One that is
 * ours is made again: after 1 s, doubling up to a minute until good packets come. */
#ifndef ACQ_COLLECT_HJ212_HUB_H
#define ACQ_COLLECT_HJ212_HUB_H

#include "acq/collect/hj212_desk.h"

#include <uv.h>

struct plant_time;
struct hj212_hub;

struct hj212_hub_options {
    uv_loop_t *loop;
    const struct plant *plant; /* borrowed until a reload or the stop */
    struct plant_time *time;
    int (*on_reading)(void *ctx, const struct reading *r);
    int (*on_packet)(void *ctx, const struct hj212_entry *e, uint64_t *out_seq);
    void (*on_key)(void *ctx, uint32_t device, enum hj212_key_event event); /* or NULL */
    void (*on_period)(void *ctx, const struct hj212_period *p);
    int (*on_extras)(void *ctx, const struct hj212_extras *e);
    void (*on_state)(void *ctx, uint32_t device);
    void (*on_asked)(void *ctx, const struct hj212_asked *a); /* a request of ours ended */
    void *ctx;
};

struct hj212_link_stats {
    const char *id;
    bool listens;
    int error;                       /* why it does not listen or is not connected, or 0 */
    uint16_t port;                   /* 0 of a serial line */
    uint32_t connections, strangers; /* open; of which nothing good has come */
    uint64_t accepted;               /* or made */
    uint64_t refused;                /* beyond connections_max or pending_max */
    uint64_t silent, endless;        /* closed for silence, for garbage */
    uint64_t disconnects;            /* by the other side */
    struct hj212_counts counts;      /* of all connections together */
};

/* Listens or connects at every link with framing hj212; there may be none. An address that cannot
 * be had is logged and tried again. PW_ENOMEM. */
PW_MUST_CHECK int hj212_hub_start(const struct hj212_hub_options *options, struct hj212_hub **out);
/* A link whose id and digest are equal keeps its connections. PW_ENOMEM: nothing has changed. */
PW_MUST_CHECK int hj212_hub_reload(struct hj212_hub *h, const struct plant *plant);
/* Commits up to seq are durable. */
void hj212_hub_durable(struct hj212_hub *h, uint64_t seq);
bool hj212_hub_remember(struct hj212_hub *h, const char *mn, uint64_t key);

/* Beside it: which periods that packet, of before this start, held. */
void hj212_hub_recall(struct hj212_hub *h, const struct hj212_packet *p);
/* A person's request: as hj212_desk_want(). */
PW_MUST_CHECK int hj212_hub_want(struct hj212_hub *h, uint32_t device,
                                 const struct hj212_request *r);
enum hj212_edition hj212_hub_edition(const struct hj212_hub *h, uint32_t device);
/* Of the device, or NULL. */
struct hj212_gaps *hj212_hub_gaps(struct hj212_hub *h, uint32_t device);

/* As of the desk that has the device. */
bool hj212_hub_state_write(const struct hj212_hub *h, uint32_t device, struct strbuf *out);
void hj212_hub_state_crc(struct hj212_hub *h, uint32_t device, const char *state);
void hj212_hub_state_code(struct hj212_hub *h, uint32_t device, const char *code);
bool hj212_hub_forget_crc(struct hj212_hub *h, uint32_t device);

/* As of a desk, of all of them. The version tells two states of the keys apart. */
uint64_t hj212_hub_keys_version(const struct hj212_hub *h);
void hj212_hub_keys_write(const struct hj212_hub *h, struct strbuf *out);
/* What was written when the version was that one is kept. Nothing when it is another by now. */
void hj212_hub_keys_saved(struct hj212_hub *h, uint64_t version);
/* Whether a station has that MN. */
bool hj212_hub_has(const struct hj212_hub *h, const char *mn);
PW_MUST_CHECK int hj212_hub_keys_read(struct hj212_hub *h, const char *mn, const char *line);

uint32_t hj212_hub_link_count(const struct hj212_hub *h);
void hj212_hub_link(const struct hj212_hub *h, uint32_t i, struct hj212_link_stats *out);
const struct hj212_desk *hj212_hub_desk(const struct hj212_hub *h, uint32_t i);

/* Whether a station is connected to the link of that id. */
bool hj212_hub_connected(const struct hj212_hub *h, const char *link);

/* Closes everything; on_stopped() comes from the last close callback, when h is freed. */
void hj212_hub_stop(struct hj212_hub *h, void (*on_stopped)(void *ctx), void *ctx);

#endif
