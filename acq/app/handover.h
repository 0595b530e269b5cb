/* Commits on their way from the recorder's thread to the loop. Bounded: when the loop is behind by
 * HANDOVER_MAX commits, the oldest waiting one is passed over; its receivers see the jump in the
 * sequence and read it from the archive. */
#ifndef ACQ_APP_HANDOVER_H
#define ACQ_APP_HANDOVER_H

#include "acq/record/recorder.h"

#include <uv.h>

enum { HANDOVER_MAX = 256 };

struct handover {
    uv_async_t async;
    uv_mutex_t lock;
    struct commit waiting[HANDOVER_MAX];
    uint64_t first, count;
    void (*on_commit)(void *ctx, const struct commit *c);
    void *ctx;
};

/* on_commit comes on the loop thread, in order of seq; the commit is borrowed. */
PW_MUST_CHECK int handover_init(struct handover *h, uv_loop_t *loop,
                                void (*on_commit)(void *ctx, const struct commit *c), void *ctx);

/* Any thread. Takes references of its own. */
void handover_put(struct handover *h, const struct commit *c);

/* Hands on what waits, at once. Loop thread. */
void handover_drain(struct handover *h);

/* Nobody puts any more. The storage must live until the loop has run the close callback. */
void handover_close(struct handover *h);

#endif
