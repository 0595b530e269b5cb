/* Periods of a platform out of the record (SQLite), for what is due, for what was missed and for
 * what the platform asks for. Blocking: on a worker. */
#ifndef ACQ_DELIVER_UPLINK_READ_H
#define ACQ_DELIVER_UPLINK_READ_H

#include "acq/deliver/uplink_period.h"

enum { UPLINK_READ_MAX = 64 };

/* Consecutive periods, oldest first; those that the record knows nothing of have `any` unset. */
struct uplink_periods {
    uint32_t count;
    struct uplink_period periods[UPLINK_READ_MAX];
    struct uplink_sum *sums; /* of all */
};

/* count (1..UPLINK_READ_MAX) periods from start_ms on; of minutes: of so many minutes each. Days
 * have their borders where start_ms says. PW_ENOMEM, and what means_read() says. kind: not
 * UPLINK_RUN_TIME. */
PW_MUST_CHECK int uplink_read(const char *data_dir, const struct uplink_plan *plan,
                              enum uplink_kind kind, uint32_t minutes, int64_t start_ms,
                              uint32_t count, struct uplink_periods *out);
void uplink_periods_deinit(struct uplink_periods *p);

#endif
