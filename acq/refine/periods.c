#include "acq/refine/periods.h"

#include <string.h>

bool periods_take(const struct periods_of *o, int64_t time_ms, struct machine_now now)
{
    struct periods *p = o->p;
    int64_t ahead_ms = time_ms - machine_utc_ms(now);
    if (ahead_ms > EARLY_MS) {
        p->early++;
        return false;
    }
    if (floor_to(time_ms, MINUTE_MS, 0) >= p->closed_ms && ahead_ms >= -(int64_t)SKIP_MS)
        return true;
    late_note(&p->late, o->plant, time_ms, now);
    return false;
}

void periods_tell(const struct periods_of *o, struct mean *m)
{
    m->revision = m->start_ms < o->p->told_ms ? o->p->revision : 0;
    o->sink->on_mean(o->sink->ctx, m);
}

static void clear(const struct periods_of *o, struct reach *r)
{
    memset(r, 0, o->size);
}

static int64_t zone_floor(const struct periods_of *o, int64_t time_ms, int64_t step_ms)
{
    return floor_to(time_ms, step_ms, zone_of(o->plant));
}

static int64_t month_start(const struct periods_of *o, int64_t time_ms, int64_t *out_next_ms)
{
    return reach_month_start(time_ms, o->plant->server.zone_offset_min, out_next_ms);
}

/* Tells a period and adds it to the next longer one, if there is one. */
static void conclude(const struct periods_of *o, enum mean_period period, struct reach *r,
                     struct reach *longer)
{
    const struct reach_rule rule =
        reach_rule(o->plant, o->input, period, r->start_ms, o->offset_ms);
    struct mean m = reach_conclude(r, o->plant, o->input, period, &rule);
    if (rule.parts > 0 || m.good > 0)
        periods_tell(o, &m);
    if (longer)
        reach_add_part(longer, r, &m, o->plant, &rule);
    clear(o, r);
}

static void close_month(const struct periods_of *o)
{
    conclude(o, MEAN_MONTH, periods_at(o, PERIODS_MONTH), NULL);
}

static void close_day(const struct periods_of *o)
{
    struct reach *day = periods_at(o, PERIODS_DAY);
    struct reach *month = periods_at(o, PERIODS_MONTH);
    int64_t end_ms = day->start_ms + DAY_MS;
    int64_t next_ms = 0;
    int64_t start_ms = month_start(o, day->start_ms, &next_ms);
    if (month->start_ms == 0)
        month->start_ms = start_ms;
    late_day_closed(&o->p->late, o->plant, day->start_ms, end_ms >= next_ms);
    conclude(o, MEAN_DAY, day, month);
    if (end_ms >= next_ms)
        close_month(o);
}

static void close_hour(const struct periods_of *o)
{
    struct reach *hour = periods_at(o, PERIODS_HOUR);
    struct reach *day = periods_at(o, PERIODS_DAY);
    int64_t end_ms = hour->start_ms + HOUR_MS;
    if (day->start_ms == 0)
        day->start_ms = zone_floor(o, hour->start_ms, DAY_MS);
    conclude(o, MEAN_HOUR, hour, day);
    if (end_ms >= day->start_ms + DAY_MS)
        close_day(o);
}

static void close_minute(const struct periods_of *o, struct reach *minute)
{
    struct reach *hour = periods_at(o, PERIODS_HOUR);
    o->p->closed_ms = minute->start_ms + MINUTE_MS;
    if (hour->start_ms == 0)
        hour->start_ms = zone_floor(o, minute->start_ms, HOUR_MS);
    reach_set_before(minute, o->p->tail_s);
    o->p->tail_s = reach_tail_s(minute);
    conclude(o, MEAN_MINUTE, minute, hour);
    if (o->p->closed_ms >= hour->start_ms + HOUR_MS)
        close_hour(o);
}

/* Closes the oldest minute that is not closed yet, whether samples came for it or not. */
static void close_next(const struct periods_of *o)
{
    struct reach_gas room = {.reach.start_ms = o->p->closed_ms};
    struct reach *first = periods_minute_at(o, 0);
    if (first->start_ms == o->p->closed_ms) {
        memcpy(&room, first, o->size);
        memmove(first, periods_minute_at(o, 1), (size_t)(o->minutes - 1) * o->size);
        clear(o, periods_minute_at(o, o->minutes - 1));
    }
    close_minute(o, &room.reach);
}

/* Slots stay in order of time, whatever order samples come in. */
static struct reach *take_slot(const struct periods_of *o, int i, int64_t start_ms)
{
    for (; i > 0 && periods_minute_at(o, i - 1)->start_ms > start_ms; i--)
        memcpy(periods_minute_at(o, i), periods_minute_at(o, i - 1), o->size);
    clear(o, periods_minute_at(o, i));
    periods_minute_at(o, i)->start_ms = start_ms;
    return periods_minute_at(o, i);
}

/* What does not fit any more is closed ahead of its grace. */
struct reach *periods_minute(const struct periods_of *o, int64_t start_ms)
{
    if (o->p->closed_ms == 0)
        o->p->closed_ms = start_ms;
    for (;;) {
        for (int i = 0; i < o->minutes; i++) {
            struct reach *r = periods_minute_at(o, i);
            if (r->start_ms == start_ms)
                return r;
            if (r->start_ms == 0)
                return take_slot(o, i, start_ms);
        }
        close_next(o);
    }
}

static void close_to_day(const struct periods_of *o)
{
    while (periods_minute_at(o, 0)->start_ms != 0)
        close_next(o);
    if (periods_at(o, PERIODS_HOUR)->start_ms != 0)
        close_hour(o);
    if (periods_at(o, PERIODS_DAY)->start_ms != 0)
        close_day(o);
}

void periods_close(const struct periods_of *o)
{
    close_to_day(o);
    if (periods_at(o, PERIODS_MONTH)->start_ms != 0)
        close_month(o);
}

/* Nobody was there for longer than a day: what was open closes, the gap stays a gap. A month goes
 * on over it. */
static void skip(const struct periods_of *o, int64_t utc_ms)
{
    int64_t next_ms = 0;
    const struct reach *month = periods_at(o, PERIODS_MONTH);
    close_to_day(o);
    o->p->closed_ms = floor_to(utc_ms, MINUTE_MS, 0);
    o->p->tail_s = 0;
    if (month->start_ms != 0 && month->start_ms != month_start(o, o->p->closed_ms, &next_ms))
        close_month(o);
}

static struct late_of late_of(const struct periods_of *o, int64_t utc_ms)
{
    return (struct late_of){.plant = o->plant,
                            .input = o->input,
                            .closed_ms = o->p->closed_ms ? o->p->closed_ms : utc_ms - EARLY_MS,
                            .sink = o->sink};
}

int64_t periods_tick(const struct periods_of *o, struct machine_now now, int64_t grace_ms)
{
    struct periods *p = o->p;
    int64_t utc_ms = machine_utc_ms(now);
    int64_t next_ms = INT64_MAX;
    if (p->closed_ms != 0) {
        if (utc_ms - p->closed_ms > SKIP_MS)
            skip(o, utc_ms);
        while (utc_ms >= p->closed_ms + MINUTE_MS + grace_ms)
            close_next(o);
        next_ms = p->closed_ms + MINUTE_MS + grace_ms - now.offset_ms;
    }
    if ((p->late.dirty | p->late.asked) == 0)
        return next_ms;
    const struct late_of late = late_of(o, utc_ms);
    int64_t asks_ms = late_tick(&p->late, &late, now);
    return asks_ms < next_ms ? asks_ms : next_ms;
}

void periods_revised(const struct periods_of *o, int64_t day_ms, bool has_revised)
{
    const struct late_of late = late_of(o, 0);
    late_answered(&o->p->late, &late, day_ms, has_revised);
}

void periods_step_back(const struct periods_of *o, int64_t back_to_ms)
{
    struct periods *p = o->p;
    int64_t minute_ms = floor_to(back_to_ms, MINUTE_MS, 0);
    int64_t next_ms = 0;
    if (p->closed_ms <= minute_ms)
        return;
    int64_t last_ms = p->closed_ms - MINUTE_MS;
    if (p->closed_ms > p->told_ms)
        p->told_ms = p->closed_ms;
    p->revision++;
    if (zone_floor(o, last_ms, HOUR_MS) != zone_floor(o, back_to_ms, HOUR_MS))
        clear(o, periods_at(o, PERIODS_DAY));
    if (zone_floor(o, last_ms, DAY_MS) != zone_floor(o, back_to_ms, DAY_MS) ||
        month_start(o, last_ms, &next_ms) != month_start(o, back_to_ms, &next_ms))
        clear(o, periods_at(o, PERIODS_MONTH));
    clear(o, periods_at(o, PERIODS_HOUR));
    for (int i = 0; i < o->minutes; i++)
        clear(o, periods_minute_at(o, i));
    p->closed_ms = minute_ms;
    p->tail_s = 0;
}
