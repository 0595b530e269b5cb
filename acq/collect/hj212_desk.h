/* What is done with the packets of the stations of one link: who may report, what is data, what was
 * sent before, and which answers wait until the commit that holds their packet is durable. No
 * socket, no clock: whoever owns the connections hands in packets and instants, and sends what the
 * desk gives it. Memory is taken in hj212_desk_new() only.
 *
 * An MN that no device has never reaches the data: its packets are set aside (hj212_strangers.h)
 * until it has one. Nor does a wrong password: it is counted, and the last such packet is kept,
 * with the password struck out, for people to look at.
 *
 * A station is asked for one thing at a time: what its plan says (hj212_plan.h), and before that
 * what people want to know. A request that stays unanswered ends; it never closes a connection.
 *
 * A packet that was stored is answered at once when it comes again; one whose commit is still under
 * way shares it; neither is stored again. The last HJ212_KEYS packets of a station are known. */
#ifndef ACQ_COLLECT_HJ212_DESK_H
#define ACQ_COLLECT_HJ212_DESK_H

#include "acq/collect/hj212_keys.h"
#include "acq/collect/hj212_memory.h"
#include "acq/collect/hj212_period.h"
#include "acq/collect/hj212_plan.h"
#include "acq/collect/hj212_reading.h"
#include "acq/collect/hj212_slots.h"
#include "acq/collect/hj212_strangers.h"
#include "acq/core/sample.h"
#include "protocols/hj212/reader.h"

struct plant;
struct hj212_desk;

enum {
    HJ212_ANSWERS_MAX = 8192, /* that wait for a commit */
    HJ212_ANSWER_SIZE = 320,
    HJ212_WANTED_MAX = 2, /* requests of people that wait, of one station */
};

/* A packet as the journal keeps it. Borrowed. */
struct hj212_entry {
    uint32_t device; /* index in the plant */
    uint64_t key;
    const struct hj212_packet *packet;
    enum hj212_crc_variant crc;
    int64_t at_ms;
    uint32_t unknown;  /* realtime values of no signal */
    uint32_t bad_time; /* values left out for their instant */
    bool revision;     /* another value for the same time and code */
    bool urgent;       /* an answer waits for it */
    bool asked;        /* it is what a request of ours brought */
    uint64_t token;    /* of a person's request; 0: none */
};

struct hj212_desk_ops {
    /* 0, or an error: it is not kept, and the packet stays without an answer. */
    int (*on_reading)(void *ctx, const struct reading *r);
    /* Likewise; *out_seq: the commit that will hold all that was handed on for the packet. */
    int (*on_packet)(void *ctx, const struct hj212_entry *e, uint64_t *out_seq);
    /* 0, or an error when the connection does not take it or is gone. */
    int (*send)(void *ctx, uint64_t connection, const char *data, size_t len);
    /* A station's SM4 key is being changed; may be NULL. */
    void (*on_key)(void *ctx, uint32_t device, enum hj212_key_event event);
    /* What a station computed, of a packet that was handed on; may be NULL. */
    void (*on_period)(void *ctx, const struct hj212_period *p);
    /* Realtime values of codes that are no signal: 0, or an error as of on_reading. May be NULL. */
    int (*on_extras)(void *ctx, const struct hj212_extras *e);
    /* What is known of a station is another: hj212_desk_state_write(). May be NULL. */
    void (*on_state)(void *ctx, uint32_t device);
    /* A request of ours ended. */
    void (*on_asked)(void *ctx, const struct hj212_asked *a);
};

struct hj212_station_stats {
    uint32_t index;     /* of the device in the plant */
    const char *device; /* ids of the plant */
    const char *mn;
    enum hj212_edition edition; /* of the last packet; AUTO before the first */
    const struct hj212_crc_state *crc;
    const struct hj212_counts *counts;
    uint64_t packets; /* stored */
    uint64_t resends; /* known already */
    uint64_t revisions;
    uint64_t wrong_password;
    uint64_t other_st;
    uint64_t unknown_values, bad_times;
    uint64_t lost;    /* could not be kept: no answer */
    uint64_t answers; /* sent */
    uint64_t late;    /* answers that came too late to be sent */
    uint64_t unsent;  /* answers that the connection did not take, or that found no room */
    uint64_t heartbeats, clock_asks, clock_sets;
    uint64_t asked[HJ212_PURPOSES]; /* requests sent, resends not counted */
    uint64_t ask_resends, ask_refused, ask_silent, ask_unsent;
    struct hj212_plan_stats plan;
    int asking;                    /* CN of the request that is under way, 0: none */
    int last_result;               /* of the last 9011 or 9012, 0: none */
    int64_t last_at_ms;            /* of the last good packet; 0: none */
    const char *refused;           /* the last packet with a wrong password, or "" */
    uint32_t factors, factors_max; /* codes that are no signal and have a slot */
    uint64_t factors_dropped;      /* values of further ones */
    bool has_key, key_is_offered;  /* SM4 */
    int64_t key_since_ms;          /* UTC of the last change; 0: as configured */
};

enum hj212_verdict {
    HJ212_TAKEN,
    HJ212_STRANGER, /* unknown MN or wrong password */
};

/* PW_ENOMEM. The plant is borrowed until a rebind or the end; ops until the end. */
PW_MUST_CHECK int hj212_desk_new(const struct plant *plant, uint32_t link,
                                 const struct hj212_desk_ops *ops, void *ctx,
                                 struct hj212_desk **out);
void hj212_desk_free(struct hj212_desk *d);
/* The same link and devices in a newer plant. */
void hj212_desk_rebind(struct hj212_desk *d, const struct plant *plant, uint32_t link);
/* What stations of the same MN had in another desk: keys, values, check sums. */
void hj212_desk_inherit(struct hj212_desk *d, const struct hj212_desk *from);

/* For hj212_reader_init(): context is the desk. */
struct hj212_peer *hj212_desk_find_peer(void *desk, struct hj212_text mn);
/* A good packet that came over a connection. */
enum hj212_verdict hj212_desk_take(struct hj212_desk *d, uint64_t connection,
                                   const struct hj212_received *got,
                                   const struct hj212_moment *now);
/* Commits up to seq are durable: their answers go out. */
void hj212_desk_durable(struct hj212_desk *d, uint64_t seq, int64_t at_ms);

/* At a start, from the journal, oldest first. false: no station has that MN. */
bool hj212_desk_remember(struct hj212_desk *d, const char *mn, uint64_t key);

/* Every quarter of a second or so: sends what is due, sends again, gives up. */
void hj212_desk_tick(struct hj212_desk *d, const struct hj212_moment *now);
/* Of a line that leads to all stations of the desk, whether they said something yet or not; 0: it
 * is gone. Without it a station is asked over the connection that it reported over last. */
void hj212_desk_attach(struct hj212_desk *d, uint64_t connection);
/* A person's request. PW_ENOTFOUND: no station of this desk is that device; PW_EIO: it is not
 * connected; PW_EBUSY: HJ212_WANTED_MAX wait already; PW_EINVAL: CP cannot be sent. */
PW_MUST_CHECK int hj212_desk_want(struct hj212_desk *d, uint32_t device,
                                  const struct hj212_request *r);
/* The edition that the device speaks, as far as is known; AUTO: no station of this desk. */
enum hj212_edition hj212_desk_edition(const struct hj212_desk *d, uint32_t device);
/* At a start, beside hj212_desk_remember(): which periods were there, and what they said. */
void hj212_desk_recall(struct hj212_desk *d, const struct hj212_packet *p, int64_t utc_ms);
/* By the device's index in the plant, or NULL. */
struct hj212_gaps *hj212_desk_gaps(struct hj212_desk *d, uint32_t device);

/* Keys that 1014 changed. A version counts up with each change; what is written is of the present
 * one. A new key goes to its station only when the version that has it was said to be saved. */
uint64_t hj212_desk_keys_version(const struct hj212_desk *d);
void hj212_desk_keys_write(const struct hj212_desk *d, struct strbuf *out);
void hj212_desk_keys_saved(struct hj212_desk *d, uint64_t version);
/* At a start: what hj212_keys_write() wrote behind the MN. PW_ENOTFOUND, PW_ESYNTAX. */
PW_MUST_CHECK int hj212_desk_keys_read(struct hj212_desk *d, const char *mn, const char *line);
/* Several times a second: offered keys go out, old ones end. */
void hj212_desk_keys_tick(struct hj212_desk *d, const struct hj212_moment *now);

bool hj212_desk_has(const struct hj212_desk *d, const char *mn);
uint32_t hj212_desk_station_count(const struct hj212_desk *d);
void hj212_desk_station(const struct hj212_desk *d, uint32_t i, struct hj212_station_stats *out);
const struct hj212_strangers *hj212_desk_strangers(const struct hj212_desk *d);
/* At a reload: the list of the same link's desk of before. */
void hj212_desk_inherit_strangers(struct hj212_desk *d, struct hj212_desk *from);
/* Takes what was set aside of MNs that have a device by now, as if it came at this moment; a packet
 * with a wrong password is none. */
void hj212_desk_adopt(struct hj212_desk *d, struct hj212_workspace *work,
                      const struct hj212_moment *now);
/* What a start must know of a station, by its device: which check sum it sends, and the codes that
 * have a slot, in order: members of a JSON object. false: no station of this link. */
bool hj212_desk_state_write(const struct hj212_desk *d, uint32_t device, struct strbuf *out);
/* At a start, from what was written: the check sum's state, and a code, one after the other. */
void hj212_desk_state_crc(struct hj212_desk *d, uint32_t device, const char *state);
void hj212_desk_state_code(struct hj212_desk *d, uint32_t device, const char *code);
/* Which check sum the station sends is found out again. false: no station of this link. */
bool hj212_desk_forget_crc(struct hj212_desk *d, uint32_t device);
size_t hj212_desk_waiting(const struct hj212_desk *d);

#endif
