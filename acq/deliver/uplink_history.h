/* A platform's request for periods: 2031, 2051 and 2061 with BeginTime and EndTime, both inclusive,
 * held against DataTime (HJ 212-2017 C.20 to C.23). The record is read on a worker, some periods at
 * a time; each goes as a packet of its own in the lane UPLINK_RECORD, oldest first, the next one
 * when the one before has ended and not sooner than UPLINK_HISTORY_GAP_MS behind it. 9012 ends it:
 * ExeRtn 1, 100 when the record has nothing there, 3 for times that are none, that lie the wrong
 * way round or more than UPLINK_HISTORY_MAX periods apart, 6 when the record cannot be read. Loop
 * thread. */
#ifndef ACQ_DELIVER_UPLINK_HISTORY_H
#define ACQ_DELIVER_UPLINK_HISTORY_H

#include "acq/core/clock.h"
#include "acq/deliver/uplink_session.h"

#include <uv.h>

enum {
    UPLINK_HISTORY_MAX = 31 * 24 * 60, /* periods of one request: a month of minutes */
    UPLINK_HISTORY_GAP_MS = 20
};

struct uplink_history;

/* All but data_dir are borrowed until it is closed. PW_ENOMEM. */
PW_MUST_CHECK int uplink_history_new(uv_loop_t *loop, const struct pw_clock *clock,
                                     const char *data_dir, const struct uplink_plan *plan,
                                     struct uplink_session *session, struct uplink_history **out);
/* What `handle` of the session was given; to be called from there. 0: uplink_session_finish()
 * follows; else ExeRtn. */
int uplink_history_begin(struct uplink_history *h, const struct uplink_request *r);
/* on_end() of UPLINK_RECORD. */
void uplink_history_ended(struct uplink_history *h, enum uplink_end end);
/* on_gone(). */
void uplink_history_gone(struct uplink_history *h);
/* Sends what is due. Returns when to be called again: monotonic ms, INT64_MAX while nothing runs or
 * it waits for something else. */
int64_t uplink_history_tick(struct uplink_history *h, int64_t now_ms, int64_t utc_ms);
/* Called when uplink_history_tick() is to be called soon: something was read, or a request began.
 */
void uplink_history_on_read(struct uplink_history *h, void (*on_read)(void *ctx), void *ctx);
/* on_closed, late or from inside when no job runs; h is freed then. */
void uplink_history_close(struct uplink_history *h, void (*on_closed)(void *ctx), void *ctx);

#endif
