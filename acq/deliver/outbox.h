/* Notices on their way: which is sent next, over which gateway, how often, until when. A pure state
 * machine over (notices, results, receipts, now): its owner keeps the lines it writes durable,
 * hands it what gateways say, and sends what it says.
 *
 * A notice is first durable, then sent: at least once, and more than once only when a gateway gave
 * no answer, which is then marked (`again`). A gateway that did not take it is tried again after a
 * backoff; after `tries` the next gateway of the notice has its turn, in a circle, until
 * give_up_ms. What a gateway refuses for good (login, our request) makes it wait `pause_ms`, so
 * that the next one is used. A receipt of failure sends the notice on to the next gateway.
 *
 * Bounded: when `max` notices wait, the one that would be given up first makes room, P3 before P2
 * before P1; it is told as lost. */
#ifndef ACQ_DELIVER_OUTBOX_H
#define ACQ_DELIVER_OUTBOX_H

#include "acq/alarm/notice.h"
#include "acq/core/err.h"
#include "acq/core/strbuf.h"
#include "acq/deliver/gateway.h"

#include <stdbool.h>
#include <stdint.h>

enum { OUTBOX_GATEWAYS_MAX = 16, OUTBOX_MAX = 20000 };

struct outbox_gateway {
    const char *id;      /* borrowed */
    uint32_t per_minute; /* messages; 0: as many as it takes */
    uint32_t tries;      /* in a row, before the next gateway: 1..100 */
    uint32_t retry_first_ms, retry_max_ms;
    uint32_t pause_ms; /* after a refusal */
};

enum outbox_state {
    OUTBOX_QUEUED,
    OUTBOX_SENDING,   /* handed to a gateway; after a restart: perhaps sent */
    OUTBOX_ACCEPTED,  /* a gateway has it */
    OUTBOX_DELIVERED, /* the phone has it */
    OUTBOX_FAILED     /* given up, bad number, made room */
};

struct outbox_options {
    const struct outbox_gateway *gateways; /* borrowed */
    uint32_t gateway_count;
    uint32_t max; /* notices that are not over, 1..OUTBOX_MAX */
    /* Members of a journal line `message`, urgent when something waits for it; returns the commit
     * that will hold it. Called from inside. */
    uint64_t (*journal)(void *ctx, const struct strbuf *members, bool urgent);
    void *ctx;
};

struct outbox_counters {
    uint64_t queued, attempts, accepted, delivered, failed, lost, again;
    uint32_t waiting; /* not yet taken by a gateway */
    uint32_t open;    /* taken, no receipt yet */
};

struct outbox;

PW_MUST_CHECK int outbox_new(const struct outbox_options *options, struct outbox **out);
void outbox_free(struct outbox *o);

/* A notice; one whose key is known already is nothing. PW_ENOMEM. */
PW_MUST_CHECK int outbox_add(struct outbox *o, const struct notice *n, int64_t now_ms);

/* A line `message` of before the start, the last of its key: what is not over goes on. PW_ESYNTAX.
 */
PW_MUST_CHECK int outbox_restore(struct outbox *o, const char *json, size_t len, int64_t now_ms);

/* The gateways are others from now on. None is sending. A notice whose gateways are all gone is
 * given up. */
void outbox_set_gateways(struct outbox *o, const struct outbox_gateway *gateways, uint32_t count,
                         int64_t now_ms);

/* Everything up to that commit is durable. */
void outbox_on_commit(struct outbox *o, uint64_t seq);

/* The next notice that may go over that gateway now; false when there is none. It is then SENDING
 * until outbox_on_result(). *out is borrowed until the next call. */
bool outbox_take(struct outbox *o, uint32_t gateway, int64_t now_ms, struct gateway_message *out);

void outbox_on_result(struct outbox *o, uint32_t gateway, const struct gateway_result *r,
                      int64_t now_ms);

/* Whether a gateway has a notice whose result is not known. */
bool outbox_is_sending(const struct outbox *o);

/* By the gateway's id of a part, or by our key. False when it is of none that is open; one by id is
 * then kept for a minute, since it may have overtaken the gateway's answer. */
bool outbox_on_receipt(struct outbox *o, const char *id, const char *key, enum sms_fate fate,
                       const char *state, int64_t now_ms);

/* Gives up what is over its time. Returns when to be called again, INT64_MAX: not before something
 * happens. */
int64_t outbox_tick(struct outbox *o, int64_t now_ms);

void outbox_get_counters(const struct outbox *o, struct outbox_counters *out);

/* "queued", "sending", "accepted", "delivered", "failed". Static. */
const char *outbox_state_word(enum outbox_state state);

#endif
