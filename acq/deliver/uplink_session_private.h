/* Inside of an uplink's session: uplink_session.c is its life and what it sends, uplink_answer.c
 * what it answers, uplink_command.c the commands that it does itself. */
#ifndef ACQ_DELIVER_UPLINK_SESSION_PRIVATE_H
#define ACQ_DELIVER_UPLINK_SESSION_PRIVATE_H

#include "acq/deliver/uplink_session.h"
#include "protocols/hj212/command.h"
#include "protocols/hj212/value.h"

struct uplink_way {
    struct hj212_cp cp;
    char *text; /* room for it */
    struct hj212_split split;
    char frame[HJ212_FRAME_SIZE];
    size_t len;
    char qn[HJ212_QN_SIZE];
    bool busy;   /* on_end() is still to come */
    bool wanted; /* an answer is */
    bool sent;   /* all of it, and no answer is wanted */
    unsigned resends;
    int64_t deadline_ms;
};

/* The request that is being served. */
struct uplink_asked {
    int cn; /* 0: none */
    char qn[HJ212_QN_SIZE], pw[UPLINK_PW_SIZE], mn[HJ212_MN_MAX + 1], st[8];
    bool is_handled; /* by the handler */
    bool is_kept;    /* waits for uplink_session_kept() */
};

/* The last one that is over: it is not done twice. */
struct uplink_done {
    int cn, exe_rtn;
    char qn[HJ212_QN_SIZE];
};

struct uplink_session {
    const struct uplink_plan *plan;
    struct uplink_session_ops ops;
    struct hj212_profile profile;
    struct uplink_settings settings, next;
    struct uplink_way ways[UPLINK_LANES];
    struct uplink_asked asked;
    struct uplink_done done;
    struct hj212_peer peer;
    struct sm4 *key, *old_key;
    struct hj212_qn qn;
    bool open, ending;
    struct uplink_session_stats stats;
};

/* uplink_session.c */
void uplink_send(struct uplink_session *s, const char *frame, size_t len);
void uplink_bind_keys(struct uplink_session *s, int64_t utc_ms);
struct hj212_head uplink_head(const struct uplink_session *s, int cn);

/* uplink_answer.c */
void uplink_answer(struct uplink_session *s, const struct uplink_asked *to, int cn, int result);
void uplink_take_request(struct uplink_session *s, const struct hj212_packet *p, int64_t utc_ms);

/* uplink_command.c: does it, by itself or by the handler. ExeRtn; 0: that is still to come. */
int uplink_do_command(struct uplink_session *s, const struct uplink_request *r, int64_t utc_ms);

#endif
