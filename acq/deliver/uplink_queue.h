/* Which periods a platform has still to get: a bit for each minute, hour and day of the last
 * backfill_days. A minute packet of several minutes is owed as long as one of its minutes is, so
 * that the platform may change the interval at any time. Nothing is kept here: after a start the
 * ledger says what is done. Pure. */
#ifndef ACQ_DELIVER_UPLINK_QUEUE_H
#define ACQ_DELIVER_UPLINK_QUEUE_H

#include "acq/deliver/uplink_period.h"

struct uplink_queue;

struct uplink_due {
    enum uplink_kind kind;
    int64_t start_ms; /* UTC */
    uint32_t minutes; /* that it is made of */
};

/* Nothing is owed yet; what ends from since_ms on will be. PW_ENOMEM. */
PW_MUST_CHECK int uplink_queue_new(uint32_t days, int zone_min, int64_t since_ms,
                                   struct uplink_queue **out);
void uplink_queue_free(struct uplink_queue *q); /* NULL is fine */
/* Which kinds are reported; minutes of one minute packet, 0: none. */
void uplink_queue_set(struct uplink_queue *q, uint32_t minute_min, bool hour, bool day);

/* What ended up to utc_ms is owed from now on; what is older than the days is lost, and counted. */
void uplink_queue_advance(struct uplink_queue *q, int64_t utc_ms);
void uplink_queue_owe(struct uplink_queue *q, const struct uplink_due *d);
void uplink_queue_done(struct uplink_queue *q, const struct uplink_due *d);

/* The newest owed period that ended before before_ms, of the kinds in the bits of kinds; false:
 * there is none. */
bool uplink_queue_pick(const struct uplink_queue *q, unsigned kinds, int64_t before_ms,
                       struct uplink_due *out);
int64_t uplink_due_end_ms(const struct uplink_due *d);

/* Minutes, hours and days that are owed. */
uint64_t uplink_queue_count(const struct uplink_queue *q);
uint64_t uplink_queue_lost(const struct uplink_queue *q);

#endif
