/* What is said with a platform over one connection, as a pure state machine: no socket, no clock,
 * no record. Its owner hands in packets and instants; it sends through `send`.
 *
 * Uploads go in lanes, one packet of each under way at a time: live data never waits for what is
 * sent late, nor for a request. An upload that wants an answer (9014) is sent again after
 * timeout_s, the same bytes, QN included; after `resends` of those the connection is given up. An
 * answer is known by its QN: late ones and those that come twice are counted, one with another QN
 * answers nothing.
 *
 * Requests of the platform are served one at a time. They are checked in this order: password (3),
 * MN (4), ST (5), Flag (6), QN (7), CN (8); 2005 knows 3 and has 2 for the rest. A command that
 * `accept` does not list gets QnRtn=2. What changes only how we report is done here, in `settings`;
 * what needs the record, a device or a person is the handler's (uplink_handler). */
#ifndef ACQ_DELIVER_UPLINK_SESSION_H
#define ACQ_DELIVER_UPLINK_SESSION_H

#include "acq/core/sm4.h"
#include "acq/deliver/uplink_plan.h"
#include "protocols/hj212/cp.h"
#include "protocols/hj212/reader.h"
#include "protocols/hj212/write.h"

#include <stdbool.h>
#include <stdint.h>

enum uplink_lane {
    UPLINK_LIVE,     /* periods as they end, and what is told once: a start, a log */
    UPLINK_BACKFILL, /* periods that were missed, or computed again */
    UPLINK_REALTIME, /* 2011, 2021: never waits for an answer */
    UPLINK_NOTICE,   /* 9015, 1013, 1014: answered by 9013 */
    UPLINK_RECORD,   /* records that a request asked for */
    UPLINK_LANES
};

enum uplink_end {
    UPLINK_ACKNOWLEDGED,
    UPLINK_SENT,      /* and no answer was wanted */
    UPLINK_UNANSWERED /* the connection ended, or is given up */
};

enum uplink_qn_rtn {
    UPLINK_READY = 1,
    UPLINK_REFUSED = 2,
    UPLINK_WRONG_PASSWORD = 3,
    UPLINK_WRONG_MN = 4,
    UPLINK_WRONG_ST = 5,
    UPLINK_WRONG_FLAG = 6,
    UPLINK_WRONG_QN = 7,
    UPLINK_WRONG_CN = 8
};

enum uplink_exe_rtn {
    UPLINK_SUCCESS = 1,
    UPLINK_FAILED = 2,
    UPLINK_WRONG_CONDITION = 3,
    UPLINK_TIMEOUT = 4,
    UPLINK_BUSY = 5,
    UPLINK_FAULT = 6,
    UPLINK_NO_DATA = 100
};

enum { UPLINK_PW_SIZE = HJ212_PW_MAX + 1, UPLINK_KEY_TEXT_SIZE = 40 };

/* What a platform may change; kept over restarts by the owner. */
struct uplink_settings {
    uint32_t realtime_s, minute_min;
    uint32_t timeout_s, resends;
    bool realtime_on, states_on;
    char password[UPLINK_PW_SIZE];      /* in force; secret */
    char key[UPLINK_KEY_TEXT_SIZE];     /* likewise, "": none */
    char old_key[UPLINK_KEY_TEXT_SIZE]; /* still read until old_until_ms */
    int64_t old_until_ms, key_since_ms; /* UTC; 0: none, as configured */
};

/* A request that was accepted, or refused. Borrowed until the callback returns. */
struct uplink_request {
    int cn;
    const struct hj212_packet *packet;
    const struct hj212_command *command; /* NULL: unknown */
    int qn_rtn;                          /* 1: it is being done */
};

/* Of the owner; none is called from inside another but `send`. */
struct uplink_session_ops {
    /* 0, or an error: then the connection ends soon. */
    int (*send)(void *ctx, const char *frame, size_t len);
    /* Ends the connection: uplink_session_closed() follows. */
    void (*close)(void *ctx, const char *why);
    void (*on_end)(void *ctx, enum uplink_lane lane, enum uplink_end end, unsigned resends);
    /* The settings changed: to be kept before uplink_session_kept() is called with result 0 or an
     * error; until then the request waits. secret: password or key are among them. */
    void (*keep)(void *ctx, const struct uplink_settings *s, bool secret);
    /* Any request, once it is known what becomes of it: for the audit. */
    void (*on_request)(void *ctx, const struct uplink_request *r);
    /* The clock: by how many ms the platform's is ahead of ours at 1012. Returns ExeRtn. */
    int (*set_clock)(void *ctx, int64_t time_ms);
    /* History (2031, 2041, 2051, 2061 with BeginTime), 3011 and on, 3019, 3020: what the session
     * does not do itself. 9011 went out already. 0: the handler goes on with uplink_session_reply()
     * and UPLINK_RECORD uploads, and ends with uplink_session_finish(); else it is over, with that
     * ExeRtn. The packet is borrowed. */
    int (*handle)(void *ctx, const struct uplink_request *r);
    /* The request that the handler had is over: the connection ended. */
    void (*on_gone)(void *ctx);
    void *ctx;
};

struct uplink_session_stats {
    uint64_t sent[UPLINK_LANES], acknowledged[UPLINK_LANES];
    uint64_t resends, strays; /* answers to nothing that waits */
    uint64_t requests, refused, busy;
    uint64_t given_up; /* connections, for want of answers */
};

struct uplink_session;

/* plan is borrowed; settings are copied. PW_ENOMEM. */
PW_MUST_CHECK int uplink_session_new(const struct uplink_plan *plan,
                                     const struct uplink_settings *settings,
                                     const struct uplink_session_ops *ops,
                                     struct uplink_session **out);
void uplink_session_free(struct uplink_session *s); /* NULL is fine */

/* As configured. */
void uplink_settings_init(struct uplink_settings *s, const struct plant_platform *p);

/* QNs go on behind that of before (UTC ms). */
void uplink_session_set_qn(struct uplink_session *s, int64_t last_ms);
int64_t uplink_session_qn(const struct uplink_session *s);

void uplink_session_opened(struct uplink_session *s, int64_t now_ms);
/* Whatever was under way ends unanswered. */
void uplink_session_closed(struct uplink_session *s);
/* Bind the reader of the connection to it. */
struct hj212_peer *uplink_session_peer(struct uplink_session *s);

/* A good packet. now: monotonic ms; utc: what QNs and SystemTime are made of. */
void uplink_session_take(struct uplink_session *s, const struct hj212_packet *packet,
                         int64_t now_ms, int64_t utc_ms);

/* An empty CP of the lane, for uplink_session_upload(): valid until then. */
struct hj212_cp *uplink_session_cp(struct uplink_session *s, enum uplink_lane lane);
bool uplink_session_is_free(const struct uplink_session *s, enum uplink_lane lane);

/* Sends the lane's CP. backfill: RF=1 in 2025. on_end() follows once, never from inside. PW_ESTATE:
 * not open, or the lane is under way; what the CP's or the writer's error is. */
PW_MUST_CHECK int uplink_session_upload(struct uplink_session *s, enum uplink_lane lane, int cn,
                                        bool backfill, int64_t now_ms, int64_t utc_ms);

/* The handler's: one packet with the request's QN and command (a parameter: 3019, 3020). */
PW_MUST_CHECK int uplink_session_reply(struct uplink_session *s, const struct hj212_cp *cp);
/* Ends the request with 9012; the next one may come. */
void uplink_session_finish(struct uplink_session *s, int exe_rtn);
/* Whether a request is under way. */
int uplink_session_request(const struct uplink_session *s); /* its CN, 0: none */

/* The owner kept (0) or could not keep what `keep` gave it. */
void uplink_session_kept(struct uplink_session *s, int err, int64_t utc_ms);

/* Resends, gives up. Returns when to be called again. */
int64_t uplink_session_tick(struct uplink_session *s, int64_t now_ms, int64_t utc_ms);

const struct uplink_settings *uplink_session_settings(const struct uplink_session *s);
void uplink_session_get_stats(const struct uplink_session *s, struct uplink_session_stats *out);

#endif
