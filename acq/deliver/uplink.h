/* One platform that we report to: its connection, its queue, its packets. Loop thread; the record
 * is read on workers.
 *
 * A period goes when it has ended, its moment within spread_s has come and all of its means are
 * there, or wait_s have passed. Before a packet goes out a line `ledger` that says so is durable;
 * another one says what became of it. What was missed goes newest first, one packet at a time and
 * for backfill_share of the time, beside what is due now. */
#ifndef ACQ_DELIVER_UPLINK_H
#define ACQ_DELIVER_UPLINK_H

#include "acq/core/strbuf.h"
#include "acq/deliver/uplink_queue.h"
#include "acq/deliver/uplink_session.h"

#include <uv.h>

struct uplink;

struct uplink_options {
    uv_loop_t *loop;
    const char *data_dir;         /* borrowed */
    struct uplink_plan *plan;     /* taken, also on failure */
    struct hj212_workspace *work; /* borrowed; one for all */
    struct uplink_settings settings;
    int64_t since_ms;             /* UTC: periods that end from here on are owed */
    int64_t (*now_ms)(void *ctx); /* never runs backwards */
    int64_t (*utc_ms)(void *ctx);
    bool (*may_send)(void *ctx);
    /* Members of a journal line; returns the commit that will hold it. */
    uint64_t (*journal)(void *ctx, const char *type, const struct strbuf *members);
    /* DataTime and a group for each code; false: there is nothing to tell. */
    bool (*realtime)(void *ctx, const struct uplink_plan *plan, struct hj212_cp *cp);
    /* As of struct uplink_session_ops; u is whose request it is. */
    void (*keep)(void *ctx, struct uplink *u, const struct uplink_settings *s, bool secret);
    int (*set_clock)(void *ctx, int64_t time_ms);
    int (*handle)(void *ctx, struct uplink *u, const struct uplink_request *r);
    void (*on_gone)(void *ctx, struct uplink *u);
    void (*on_record_end)(void *ctx, struct uplink *u, enum uplink_end end);
    void (*on_closed)(void *ctx, struct uplink *u); /* it is freed behind this */
    void *ctx;
};

struct uplink_stats {
    const char *id;
    bool connected;
    uint64_t connects, failures; /* connections; attempts and connections that failed */
    uint64_t owed, lost;         /* minutes, hours and days that wait; that grew too old */
    uint64_t acknowledged, sent, no_data;
    int64_t acknowledged_ms; /* UTC of the last; 0: none since the start */
    int64_t waits_since_ms;  /* now_ms since when something waits and nothing arrived; 0: nothing */
    char error[96];          /* the last; "" */
    struct uplink_session_stats session;
};

PW_MUST_CHECK int uplink_open(const struct uplink_options *o, struct uplink **out);
/* A line `ledger` of before the start, in order. */
void uplink_remember(struct uplink *u, const char *json, size_t len);
/* Everything is remembered: it may begin. */
void uplink_start(struct uplink *u);
/* Asynchronous: on_closed() follows, never from inside. */
void uplink_close(struct uplink *u);

/* Once a second. */
void uplink_second(struct uplink *u);
void uplink_on_commit(struct uplink *u, uint64_t seq);
/* That period was computed again. */
void uplink_on_revised(struct uplink *u, uint32_t input, enum uplink_kind kind, int64_t start_ms);

struct uplink_session *uplink_session(struct uplink *u);
const struct uplink_plan *uplink_get_plan(const struct uplink *u);
void uplink_get_stats(const struct uplink *u, struct uplink_stats *out);

#endif
