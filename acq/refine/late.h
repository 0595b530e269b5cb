/* Samples that come when their minute is closed: of a station that sends what it kept, of a device
 * whose clock or line was behind. The open periods never take them. Each makes its (input, day)
 * due to be computed again from the record, once things have settled: nothing late came for
 * `late_settle_s`, and the hour it belongs to is closed. Then the sink is asked (on_reopen), again
 * every ten minutes until pipeline_reopened() answers. What is computed is told again with a higher
 * revision; of the open day its closed hours are, and the day itself when it closes; a month when
 * it closes, or with a day of it that comes later still.
 *
 * One bit by day, so nothing overflows, and part of the machine's state, so it goes over restarts
 * and a replay asks at the same instants. Days are those of the plant's zone. */
#ifndef ACQ_REFINE_LATE_H
#define ACQ_REFINE_LATE_H

#include "acq/core/machine.h"
#include "acq/plant/plant.h"

enum { LATE_DAYS_MAX = 60, LATE_ASK_AGAIN_MS = 600000 };

struct late {
    uint64_t dirty; /* days to be computed again, a bit each by number */
    uint64_t asked; /* of which the sink was asked and has not answered */
    int64_t last_at_ms;
    int64_t asked_at_ms;
    int64_t last_ms; /* UTC: of the latest hour that a late sample was of */
    uint32_t samples;
    uint32_t too_old; /* of more than late_accept_days ago: in no mean */
    uint8_t backfill; /* one came more than an hour late */
    uint8_t at_close; /* the open day was computed again: once more when it closes */
    uint8_t month;    /* a day of the open month was: the month when it closes */
};

/* What is to be computed again. */
struct reopen {
    uint32_t input;
    int64_t day_ms;     /* UTC: its start */
    int64_t until_ms;   /* UTC: what ends later is still open */
    const char *reason; /* "late", or "backfill": more than an hour. Static */
};

/* What an asker needs to know of an input. */
struct late_of {
    const struct plant *plant;
    uint32_t input;
    int64_t closed_ms; /* UTC: everything before it is closed */
    const struct machine_sink *sink;
};

/* A sample for a closed minute. */
void late_note(struct late *l, const struct plant *plant, int64_t time_ms, struct machine_now now);
/* Asks for what is due; returns the `at` of the next question, INT64_MAX: none. */
int64_t late_tick(struct late *l, const struct late_of *o, struct machine_now now);
/* The day, or what of it was closed, has been computed again. */
void late_answered(struct late *l, const struct late_of *o, int64_t day_ms, bool has_revised);
/* A day, or the month with it, closed. */
void late_day_closed(struct late *l, const struct plant *plant, int64_t day_ms, bool month_too);

#endif
