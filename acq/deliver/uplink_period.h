/* One period of a platform: what the record's means say of each of its codes, and how that stands
 * in a packet (2051, 2061, 2031). A minute packet of several minutes is made of the record's
 * minutes: Avg is the mean of the valid ones (of all that have a value, when none is valid), Min
 * and Max theirs, Cou the sum; Flag is rolled up as the record does it (flag.h). A code without any
 * value goes with its Flag alone: never as 0. Pure; any thread. */
#ifndef ACQ_DELIVER_UPLINK_PERIOD_H
#define ACQ_DELIVER_UPLINK_PERIOD_H

#include "acq/deliver/uplink_plan.h"
#include "acq/record/mean_row.h"
#include "acq/refine/flag.h"
#include "protocols/hj212/cp.h"

/* UPLINK_RUN_TIME has no means: 2041. */
enum uplink_kind { UPLINK_MINUTE, UPLINK_HOUR, UPLINK_DAY, UPLINK_RUN_TIME, UPLINK_KINDS };

/* "minute", "hour", "day", "run-time": in the ledger. Static. */
const char *uplink_kind_word(enum uplink_kind kind);
bool uplink_kind_find(const char *word, enum uplink_kind *out);
/* 2051, 2061, 2031, 2041. */
int uplink_kind_cn(enum uplink_kind kind);

/* A code's part of a period, in the record's units. */
struct uplink_sum {
    uint32_t rows, valid_rows;
    bool is_of_valid; /* the numbers are of valid rows only */
    uint32_t values, zs_values, cous;
    double avg, min, max, zs, zs_min, zs_max, cou; /* sums where that makes a mean */
    uint32_t flags[FLAG_COUNT];
};

struct uplink_period {
    enum uplink_kind kind;
    int64_t start_ms;
    uint32_t minutes;        /* that it is made of; 60 of an hour, 1440 of a day */
    int64_t revision;        /* the greatest of its rows */
    bool any;                /* the record has a row of it */
    bool complete;           /* and of each code as many as it is made of */
    struct uplink_sum *sums; /* by code of the plan; borrowed */
};

/* A row of one of its means; to: the code's part. */
void uplink_period_add(struct uplink_period *p, struct uplink_sum *to, const struct mean_row *row);
/* DataTime and a group for each code that has a row. cp->err says how it went. */
void uplink_period_write(const struct uplink_period *p, const struct uplink_plan *plan,
                         struct hj212_cp *cp);

#endif
