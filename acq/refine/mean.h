/* A mean of an outlet's input (outlet and factor) over a minute, an hour, a day or a month, as
 * quantity.h's machines tell it, and how it is written.
 *
 * A minute counts the samples of good or held quality; `parts` is how many were due on the device's
 * grid. It is valid with `min_samples` (12) good ones, or with all when fewer were due (HJ 212-2017
 * D.2.2). An hour is the mean of its valid minutes, valid with 45 of 60; a day the mean of its
 * valid hours, valid with 20 of 24; a month that of its valid days, valid with 25, in February 23
 * (HJ 76-2017). Hours, days and months have their borders in the plant's time zone. Samples whose
 * clock was not trusted are averaged but make the minute not valid.
 *
 * A minute is closed by the first tick that is its grace behind its end: as long as the device's
 * period, at least 2 s and at most 60 s, so that the reply to its last request is in. A sample for
 * a closed minute, or stamped more than two minutes ahead of the clock or more than a day behind
 * it, stays in the journal only.
 *
 * When the clock is put back, the minutes that come again are counted again and told as a revision;
 * an hour, day or month that was open or withdrawn counts only from there on.
 *
 * An empty period is a mean too: no value, good 0, not valid. There is never a silent zero. */
#ifndef ACQ_REFINE_MEAN_H
#define ACQ_REFINE_MEAN_H

#include "acq/core/machine.h"
#include "acq/core/strbuf.h"
#include "acq/refine/flag.h"

#include <stdbool.h>

/* MEAN_REALTIME is no mean but one sample, converted; its cou is the rate in kg/h. */
enum mean_period { MEAN_MINUTE, MEAN_HOUR, MEAN_DAY, MEAN_MONTH, MEAN_REALTIME, MEAN_PERIODS };

/* Computed here, or sent by a station that computes means itself. Both are kept; which of the two
 * limits and totals take is the outlet's means_from. */
enum mean_source { MEAN_OWN, MEAN_STATION, MEAN_SOURCES };

/* What was told of a period before. */
struct mean_before {
    bool known; /* it was told at all */
    bool came;  /* something of it was there */
    bool valid, has_cou;
    enum flag flag;
    double cou;
};

struct mean {
    uint32_t input;  /* plant->inputs: outlet, factor, signal */
    uint32_t outlet; /* plant->outlets */
    enum mean_period period;
    enum mean_source source;
    bool is_chosen;       /* choice.h: one of the recorded means again, as the one that counts */
    int64_t start_ms;     /* UTC: the period's start, its label */
    double avg, min, max; /* when good > 0, in the input's unit */
    uint32_t parts;       /* due: samples of a minute, 60 minutes, 24 hours, days of the month */
    uint32_t good;        /* counted: good samples, valid minutes, hours, days */
    bool valid;
    uint32_t gaps;          /* times of more than 5 s without a sample that counts */
    uint32_t longest_gap_s; /* that ends in one minute: 65 at most */
    uint32_t revision;
    const char *reason;         /* why it is told again, a word; NULL: it is the first. Static */
    struct mean_before before;  /* of one that late data revised: what was told */
    enum flag flag;             /* of the period */
    uint32_t flags[FLAG_COUNT]; /* how many parts of each; the rest never came */
    /* Of a regulated outlet only. */
    bool is_regulated;
    bool has_corrected, has_cou;
    bool corrected_valid; /* it may be held against a limit */
    bool o2_high;         /* corrected as if oxygen were lower, see formula_correct() */
    double corrected, corrected_min, corrected_max;
    double cou; /* kg; of a flow m3 */
};

/* "minute", "hour", "day", "month", "realtime". Static. */
const char *mean_period_name(enum mean_period period);
/* "own", "station": the tag and member `source`. Static. */
const char *mean_source_name(enum mean_source source);

/* Why the corrected value of a valid mean may not be held against a limit: "o2-high", "few-parts"
 * (too little oxygen, or too few corrected parts); NULL: it may, or the mean is not valid. Static.
 */
const char *mean_corrected_why(const struct mean *m);

/* Whether anything of the period came, good or not. */
bool mean_came(const struct mean *m);

/* The members of the mean's JSON object without braces and "type" (interfaces, "Replay"). */
void mean_write_members(const struct mean *m, const struct plant *plant, struct strbuf *out);

#endif
