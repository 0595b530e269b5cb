/* Rates that say how well treatment is used (收集率、去除率、运行率), by day, month and year in the
 * plant's zone; that of compliance (达标率) stands in the books (acq/refine/account.h).
 *
 *   run      of the minutes in which something runs that the treatment serves, those in which it
 *            runs itself. Beside it how often production started, and before how many of these
 *            starts treatment ran already. As states are known at the end of each minute.
 *   capture  hood flow by design flow, at most 1, over the same minutes of production; over all
 *            where the treatment serves nothing.
 *   removal  what did not come out of what went in: 1 - out / in, over the hours in which both are
 *            valid. By mass; by concentration only where equal flow is said, since dilution would
 *            look like removal.
 *
 * What nobody knew is in neither part of a rate; `due` and `known` say how much that was. */
#ifndef ACQ_DETECT_RATE_H
#define ACQ_DETECT_RATE_H

#include "acq/core/machine.h"
#include "acq/core/strbuf.h"

enum rate_what { RATE_RUN, RATE_CAPTURE, RATE_REMOVAL, RATE_WHATS };
enum rate_period { RATE_DAY, RATE_MONTH, RATE_YEAR, RATE_PERIODS };

struct rate {
    enum rate_what what;
    enum rate_period period;
    uint32_t equipment; /* plant->equipment; PLANT_NONE: a removal's */
    uint32_t input;     /* plant->inputs: of a removal that of the outlet, else PLANT_NONE */
    int64_t start_ms;   /* UTC */
    int64_t until_ms;   /* UTC: how far it is */
    bool is_closed;
    bool is_passing; /* between two days: for whoever looks now, not for the record */
    uint32_t revision;
    double part, whole;  /* minutes, of a removal kg or mg/m3 x h; the rate is part / whole */
    uint32_t due, known; /* minutes or hours so far, and those of them that are in `whole` or known
                            not to belong there */
    uint32_t starts, on_time; /* of run */
};

/* One instance per treatment equipment, and one per input with an `inlet`. */
extern const struct machine_kind machine_run_rate;
extern const struct machine_kind machine_removal;

/* "run", "capture", "removal"; "day", "month", "year". Static. */
const char *rate_what_name(enum rate_what what);
const char *rate_period_name(enum rate_period period);
/* 0 to 1; of a removal less than 0 when more comes out than goes in. NAN: of nothing. */
double rate_value(const struct rate *r);
/* The id of the equipment, or of the removal's outlet. */
const char *rate_object(const struct rate *r, const struct plant *plant);
const char *rate_site(const struct rate *r, const struct plant *plant);
/* Of a removal; else "". */
const char *rate_factor(const struct rate *r, const struct plant *plant);
/* What stands in the record: the start of the last day in it. */
int64_t rate_stamp_ms(const struct rate *r);
/* The members of its JSON object without braces and "type". */
void rate_write_members(const struct rate *r, const struct plant *plant, struct strbuf *out);

static inline void machine_tell_rate(const struct machine_sink *sink, const struct rate *r)
{
    if (sink->on_rate)
        sink->on_rate(sink->ctx, r);
}

#endif
