/* The open periods of one input, from its minutes to its month: which there are, when they close,
 * what becomes of a step of the clock. One code for plain and for regulated inputs, which differ in
 * what is kept of a period (reach.h) and lie in two layouts of state.
 *
 * A minute is closed by the first tick that is its grace behind its end. Its mean is told and added
 * to its hour, the hour's to its day, the day's to its month; borders are those of the plant's
 * zone. What is told again after a step back has a higher revision. */
#ifndef ACQ_REFINE_PERIODS_H
#define ACQ_REFINE_PERIODS_H

#include "acq/core/machine.h"
#include "acq/refine/late.h"
#include "acq/refine/reach.h"

/* Of what is kept of periods: the open hour, day and month, then minutes, oldest first. */
enum { PERIODS_HOUR, PERIODS_DAY, PERIODS_MONTH, PERIODS_MINUTES };

/* Part of a machine's state. */
struct periods {
    int64_t closed_ms; /* UTC: everything before it is closed; 0: none yet */
    int64_t told_ms;   /* UTC: periods that begin before it were told before a step back */
    int64_t last_ms;   /* UTC: the latest sample that counted */
    uint32_t revision;
    uint32_t early;  /* samples more than two minutes ahead of the clock: in no mean */
    uint32_t tail_s; /* reach_tail_s() of the minute that closed last */
    struct late late;
};

/* One input's, made anew for each call. */
struct periods_of {
    const struct plant *plant;
    uint32_t input;
    struct periods *p;
    void *reaches; /* PERIODS_MINUTES + minutes of them */
    size_t size;   /* of one */
    int minutes;   /* that may be open at once */
    int64_t offset_ms;
    const struct machine_sink *sink;
};

static inline struct reach *periods_at(const struct periods_of *o, int i)
{
    return (struct reach *)(void *)((unsigned char *)o->reaches + (size_t)i * o->size);
}

static inline struct reach *periods_minute_at(const struct periods_of *o, int i)
{
    return periods_at(o, PERIODS_MINUTES + i);
}

/* False for a sample that no open minute takes: its own is closed (late.h), or a clock is wrong.
 * Such a clock must neither open a period to come nor begin with one of long ago. */
bool periods_take(const struct periods_of *o, int64_t time_ms, struct machine_now now);
/* A sample of an instant that one counted of before: the first counts. Told by the second where it
 * is not later than all others, so several in one second count while they come in order. */
static inline bool periods_is_repeat(const struct periods *p, const struct reach *minute,
                                     int64_t time_ms)
{
    return time_ms <= p->last_ms && reach_has_second(minute, time_ms);
}
static inline void periods_count(struct periods *p, int64_t time_ms)
{
    p->last_ms = time_ms > p->last_ms ? time_ms : p->last_ms;
}

/* The minute that begins then; not one that is closed. */
struct reach *periods_minute(const struct periods_of *o, int64_t start_ms);

/* Tells a mean of the input with its revision. */
void periods_tell(const struct periods_of *o, struct mean *m);
/* Closes what is due, asks for what is late; returns the `at` of the next. */
int64_t periods_tick(const struct periods_of *o, struct machine_now now, int64_t grace_ms);
/* Minutes from the corrected one on are counted again, as a revision where they were told already.
 * A sum of which a part is withdrawn begins anew: what it held cannot be taken out of it. */
void periods_step_back(const struct periods_of *o, int64_t back_to_ms);
/* That day has been computed again (late.h). */
void periods_revised(const struct periods_of *o, int64_t day_ms, bool has_revised);
/* Closes everything as it is. */
void periods_close(const struct periods_of *o);

#endif
