/* All of collection on one loop: a bus, a connection and a timer for each link of the plant. Loop
 * thread only. Readings come through on_reading() in the order of their at_ms, from inside loop
 * callbacks, never from inside a collector_*() call. */
#ifndef ACQ_COLLECT_COLLECTOR_H
#define ACQ_COLLECT_COLLECTOR_H

#include "acq/collect/stats.h"
#include "acq/core/err.h"
#include "acq/core/sample.h"

#include <stdint.h>
#include <uv.h>

struct plant;
struct plant_time;
struct collector;

struct collector_options {
    uv_loop_t *loop;
    const struct plant *plant; /* borrowed until a reload or the stop */
    struct plant_time *time;
    void (*on_reading)(void *ctx, const struct reading *r);
    /* What became of a collector_write(); may be NULL. Comes like a reading, never from inside a
     * collector_*() call. */
    void (*on_written)(void *ctx, const struct collect_write_result *r);
    /* Exceptions taught what ranges devices have, or it was forgotten (then from inside
     * collector_forget()); may be NULL. */
    void (*on_learned)(void *ctx, const struct collect_learned *l);
    void *ctx;
    uint64_t seed; /* of reconnect jitter and first transaction ids */
};

/* Connects every link; nothing is waited for. PW_ENOMEM, PW_EINVAL (a device that cannot be
 * planned), or the loop's error. */
PW_MUST_CHECK int collector_start(const struct collector_options *options, struct collector **out);

/* Moves to new_plant. A link whose id and digest are equal keeps its connection, cycles and
 * counters; others are closed or opened. On failure nothing has changed and the old plant is still
 * in use; after success the old one may be freed. */
PW_MUST_CHECK int collector_reload(struct collector *c, const struct plant *new_plant);

/* Link i of the plant in use, and the device with that index in it. PW_ENOTFOUND. */
uint32_t collector_link_count(const struct collector *c);
PW_MUST_CHECK int collector_link_get(const struct collector *c, uint32_t link,
                                     struct collect_link_stats *out);
PW_MUST_CHECK int collector_device_get(const struct collector *c, uint32_t device,
                                       struct collect_device_stats *out);
/* Writes a signal ahead of all polls and reads it back. One at a time on a link. on_written() tells
 * the end with the same token, unless the link is closed by a reload or the stop meanwhile.
 * PW_EBUSY: one is under way; PW_EIO: the link is not connected; PW_ESTATE: not writable;
 * PW_EINVAL: the registers cannot hold the value. */
PW_MUST_CHECK int collector_write(struct collector *c, uint32_t signal, double value,
                                  uint64_t token);

/* What collector_write() would return, without writing. */
PW_MUST_CHECK int collector_may_write(const struct collector *c, uint32_t signal, double value);

/* Calls for every part of a planned request that is asked otherwise than planned, or not at all,
 * because exceptions taught so. Kept over a reload when the device's digest is equal. PW_ENOTFOUND.
 */
int collector_learned(const struct collector *c, uint32_t device,
                      void (*on_range)(void *ctx, const struct collect_range *range), void *ctx);
/* What an on_learned() of an earlier run told; right behind collector_start(). PW_ENOTFOUND;
 * PW_EINVAL: it is not true of the device as it is configured now. */
PW_MUST_CHECK int collector_recall(struct collector *c, const struct collect_learned *l);
/* The device is asked as planned again. PW_ENOTFOUND. */
int collector_forget(struct collector *c, uint32_t device);

/* The greatest age of a due cycle that is not settled, over all links: for a watchdog. */
int64_t collector_overdue_ms(const struct collector *c);

/* Closes everything; no reading comes after this call. on_stopped() (may be NULL) comes from the
 * last close callback, when c is already freed. */
void collector_stop(struct collector *c, void (*on_stopped)(void *ctx), void *ctx);

#endif
