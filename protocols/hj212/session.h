/* A request to a peer as a pure state machine: no clock, no socket, no memory. The
 * caller hands in `now` (its own monotonic ms), gets back what to do, and sends.
 *
 * Asking (the host): one request to a station at a time. It is sent again, the same bytes, when
 * nothing answers within over_time_ms; after 9011 each packet of the answer starts the time anew
 * and nothing is sent again (HJ 212-2017 6.2), until total_ms have passed. A request that stays
 * unanswered ends; it never closes a link: that is the caller's business and only where it dialled.
 *
 *     hj212_ask_begin(&a, q, CN, wants 9011?, &rules, now)  -> send the frame
 *     hj212_ask_input(&a, packet, now)                      -> enum hj212_ask_event
 *     hj212_ask_tick(&a, now)                               -> HJ212_ASK_RESEND: send it again
 */
#ifndef PROTOCOLS_HJ212_SESSION_H
#define PROTOCOLS_HJ212_SESSION_H

#include "acq/core/err.h"
#include "protocols/hj212/packet.h"
#include "protocols/hj212/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hj212_ask_rules {
    int64_t over_time_ms; /* 2017: 10 s, over ADSL 5 s */
    unsigned resends;     /* 2017: 3 */
    int64_t total_ms;     /* the most for all of it, data included; 0: as long as data comes */
};

/* What the edition prints for an IP bearer: 10 s and 3 times. */
struct hj212_ask_rules hj212_ask_rules_default(void);

enum hj212_ask_state {
    HJ212_ASK_IDLE,
    HJ212_ASK_SENT,     /* waits for 9011, or for 9013 to a notice */
    HJ212_ASK_ACCEPTED, /* 9011 said yes; waits for data and 9012 */
};

enum hj212_ask_event {
    HJ212_ASK_NOTHING,  /* not for us, or too early */
    HJ212_ASK_PROGRESS, /* 9011 with QnRtn=1 */
    HJ212_ASK_DATA,     /* an answer's packet, or a record under a QN of its own */
    HJ212_ASK_RESEND,   /* tick only */
    HJ212_ASK_DONE,     /* 9012 or 9013; result holds ExeRtn (9013: 1) */
    HJ212_ASK_REFUSED,  /* 9011 with another QnRtn; result holds it */
    HJ212_ASK_TIMEOUT   /* no answer after all resends, or none behind 9011 */
};

struct hj212_ask {
    enum hj212_ask_state state;
    char qn[HJ212_QN_SIZE];
    int cn;
    bool notice; /* answered by 9013 only */
    struct hj212_ask_rules rules;
    unsigned resends_left;
    int64_t deadline_ms;
    int64_t end_ms;   /* by rules.total_ms */
    int result;       /* of the last end */
    unsigned packets; /* of data, since 9011 */
};

/* qn: 17 digits of the frame that is sent now. PW_ESTATE while another request runs. */
PW_MUST_CHECK int hj212_ask_begin(struct hj212_ask *a, struct hj212_text qn, int cn, bool notice,
                                  const struct hj212_ask_rules *rules, int64_t now_ms);
/* Any good packet of that peer; those that are no answer give HJ212_ASK_NOTHING. An answer is known
 * by its QN (2005: inside CP); records of history by their command. After DONE, REFUSED and TIMEOUT
 * the state is idle. */
enum hj212_ask_event hj212_ask_input(struct hj212_ask *a, const struct hj212_packet *p,
                                     int64_t now_ms);
enum hj212_ask_event hj212_ask_tick(struct hj212_ask *a, int64_t now_ms);
/* When hj212_ask_tick() must be called next; INT64_MAX when idle. */
int64_t hj212_ask_deadline_ms(const struct hj212_ask *a);
/* Gives up at once: the link is gone. */
void hj212_ask_cancel(struct hj212_ask *a);

#endif
