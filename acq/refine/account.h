/* The books of one input: of each hour, day, month, quarter and year, in the plant's zone, how much
 * of what was due came and was valid, and of a concentration with a flow beside it the mass,
 * measured and substituted apart. One instance per input; what it takes is the input's hour means.
 *
 * An hour counts once, in order; one that was never told (nobody was there) counts as due and not
 * received. An hour that a stop mark covers for at least a quarter, and that is not valid, is not
 * due and has no mass. Any other hour without a measured mass is one of a gap, and is substituted
 * (substitute.h). A gap is judged as short until its 25th hour, which tells its first 24 hours once
 * more (revision 1) and books what they gain by it. The substituted mass of a day, a month and a
 * quarter is by the valid capture rate of the quarter, what is to come of it taken as valid; when a
 * quarter ends, its months are told once more if its class changes them. A quarter begins with the
 * first hour in the record; a year adds up its quarters. An hour of the last 63 days, and of this
 * year, that late data revises is counted anew, and what it changes is told once more. */
#ifndef ACQ_REFINE_ACCOUNT_H
#define ACQ_REFINE_ACCOUNT_H

#include "acq/core/machine.h"
#include "acq/core/strbuf.h"
#include "acq/refine/substitute.h"
#include "acq/refine/transmission.h"

#include <stdbool.h>

enum account_period {
    ACCOUNT_HOUR,
    ACCOUNT_DAY,
    ACCOUNT_MONTH,
    ACCOUNT_QUARTER,
    ACCOUNT_YEAR,
    ACCOUNT_PERIODS
};

struct account {
    uint32_t input;  /* plant->inputs */
    uint32_t outlet; /* plant->outlets */
    enum account_period period;
    int64_t start_ms; /* UTC: the period's start */
    int64_t until_ms; /* UTC: the end of the last hour in it */
    bool is_closed;   /* the period is over */
    bool is_passing;  /* between two days: for whoever looks now, not for the record */
    uint32_t revision;
    struct transmission parts;  /* hours */
    uint32_t judged, compliant; /* hours held against a limit of the hour, as first told, and of
                                   those within it */
    bool has_mass;              /* the rest is given */
    double measured_kg, substituted_kg;
    uint32_t substituted_hours, missing_hours; /* without a measured mass: with and without one
                                                  that stands for it */
    enum substitute method;                    /* of an hour; of longer periods the quarter's */
    bool is_short_history;                     /* of an hour: fewer valid hours than it asks for */
    double capture;                            /* of the quarter; NAN: nothing was due */
    double equivalents;                        /* pollution equivalents; NAN: not known */
    double permit_kg;                          /* a year; 0: none */
    int64_t exhausted_ms; /* of a year: the day on which the permit is used up if it goes on as in
                             the last seven valid days; 0: not in this year, or not known */
};

extern const struct machine_kind machine_account;

/* "hour", "day", "month", "quarter", "year". Static. */
const char *account_period_name(enum account_period period);
/* What stands in the record and is drawn: an hour by its start, the others by the start of the last
 * day that is in them, so that a year is a line that rises from day to day. */
int64_t account_stamp_ms(const struct account *a);
/* The members of its JSON object without braces and "type". */
void account_write_members(const struct account *a, const struct plant *plant, struct strbuf *out);

#endif
