/* One SMPP 3.4 session: bound as transceiver, a window of submits, answers matched by sequence
 * number in any order, enquire_link while idle. A state machine over (state, bytes, now) without a
 * socket and without a timer: whoever holds the connection hands bytes and time in and writes what
 * comes out.
 *
 * A submit is answered once through on_answer(): by the centre, by its own time-out, or by
 * smpp_session_end() when the connection is lost. The last two leave open whether the centre has
 * it. */
#ifndef ACQ_DELIVER_SMPP_SESSION_H
#define ACQ_DELIVER_SMPP_SESSION_H

#include "protocols/sms/smpp.h"

#include <stdbool.h>
#include <stdint.h>

enum { SMPP_WINDOW_MAX = 64, SMPP_INPUT_MAX = 2 * SMPP_PDU_MAX };

struct smpp_session_config {
    struct smpp_bind bind; /* borrowed */
    uint32_t window;       /* submits in flight, 1..SMPP_WINDOW_MAX */
    uint32_t bind_timeout_ms;
    uint32_t response_timeout_ms;
    uint32_t enquire_ms; /* of silence before enquire_link; two without an answer end the session */
};

struct smpp_answer {
    uint64_t token;
    bool answered;
    uint32_t status; /* when answered */
    const char *id;  /* the centre's, "" when there is none; borrowed */
};

/* From inside the calls below. */
struct smpp_session_events {
    void (*on_bytes)(void *ctx, const uint8_t *data, size_t len);
    /* status 0: bound; else refused, see smpp_action_of(): end the session. */
    void (*on_bound)(void *ctx, uint32_t status);
    void (*on_answer)(void *ctx, const struct smpp_answer *answer);
    /* An inbound message or a receipt. It is told again by the centre until
     * smpp_session_acknowledge(): first make it durable. */
    void (*on_deliver)(void *ctx, const struct smpp_deliver *d, uint32_t sequence);
};

enum smpp_phase { SMPP_CLOSED, SMPP_BINDING, SMPP_BOUND };

struct smpp_flight {
    uint32_t sequence; /* 0: free */
    uint64_t token;
    int64_t until_ms;
};

struct smpp_session {
    const struct smpp_session_config *config;
    const struct smpp_session_events *events;
    void *ctx;
    enum smpp_phase phase;
    uint32_t sequence; /* of the last request of ours */
    uint32_t in_flight;
    struct smpp_flight flights[SMPP_WINDOW_MAX];
    int64_t bind_until_ms;
    int64_t heard_ms; /* when anything last came */
    int64_t asked_ms; /* when enquire_link was last sent */
    uint32_t unheard; /* enquire_links in a row without a sign of life */
    uint64_t strange; /* units that fit nothing: counted, not answered but with generic_nack */
    size_t input_len;
    uint8_t input[SMPP_INPUT_MAX];
};

/* config and events are borrowed. */
void smpp_session_init(struct smpp_session *s, const struct smpp_session_config *config,
                       const struct smpp_session_events *events, void *ctx);

/* The connection is open: binds. */
PW_MUST_CHECK int smpp_session_begin(struct smpp_session *s, int64_t now_ms);

/* PW_ESYNTAX: framing is lost, PW_ESTATE: the centre ended the session; close the connection. */
PW_MUST_CHECK int smpp_session_take(struct smpp_session *s, const uint8_t *data, size_t len,
                                    int64_t now_ms);

bool smpp_session_can_submit(const struct smpp_session *s);
/* PW_ESTATE unless there is room in the window; PW_EINVAL when the message is none. */
PW_MUST_CHECK int smpp_session_submit(struct smpp_session *s, const struct smpp_submit *message,
                                      uint64_t token, int64_t now_ms);
void smpp_session_acknowledge(struct smpp_session *s, uint32_t sequence);

/* What time alone decides. *out_next_ms: when to call again. PW_ETIMEOUT: the centre is silent,
 * close the connection. */
PW_MUST_CHECK int smpp_session_tick(struct smpp_session *s, int64_t now_ms, int64_t *out_next_ms);

/* The connection is gone: every submit in flight is told as unanswered. */
void smpp_session_end(struct smpp_session *s);

/* Says unbind, as the last thing before closing. */
void smpp_session_unbind(struct smpp_session *s);

#endif
