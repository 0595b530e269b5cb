#include "acq/refine/late.h"

#include "acq/refine/period.h"
#include "acq/refine/reach.h"

static int64_t day_start(const struct plant *plant, int64_t time_ms)
{
    return floor_to(time_ms, DAY_MS, zone_of(plant));
}

static uint64_t bit_of(const struct plant *plant, int64_t day_ms)
{
    return UINT64_C(1) << ((uint64_t)((day_ms + zone_of(plant)) / DAY_MS) & 63);
}

void late_note(struct late *l, const struct plant *plant, int64_t time_ms, struct machine_now now)
{
    int64_t age_ms = machine_utc_ms(now) - time_ms;
    if (age_ms > (int64_t)plant->server.late_accept_days * DAY_MS) {
        l->too_old++;
        return;
    }
    if (l->dirty == 0) {
        l->last_ms = time_ms;
        l->backfill = 0;
    }
    l->last_ms = time_ms > l->last_ms ? time_ms : l->last_ms;
    l->backfill |= age_ms > HOUR_MS;
    l->dirty |= bit_of(plant, day_start(plant, time_ms));
    l->last_at_ms = now.at_ms;
    l->samples++;
}

/* The days that a bit may stand for, newest first. */
static void ask(struct late *l, const struct late_of *o, uint64_t days, int64_t utc_ms)
{
    const char *reason = l->backfill ? "backfill" : "late";
    int64_t hour_ms = floor_to(o->closed_ms, HOUR_MS, zone_of(o->plant));
    int64_t day_ms = day_start(o->plant, utc_ms);
    for (int i = 0; i <= LATE_DAYS_MAX; i++, day_ms -= DAY_MS) {
        if (!(days & bit_of(o->plant, day_ms)))
            continue;
        bool is_open = o->closed_ms < day_ms + DAY_MS;
        const struct reopen r = {.input = o->input,
                                 .day_ms = day_ms,
                                 .until_ms = is_open ? hour_ms : day_ms + DAY_MS,
                                 .reason = reason};
        if (o->sink->on_reopen)
            o->sink->on_reopen(o->sink->ctx, &r);
    }
}

int64_t late_tick(struct late *l, const struct late_of *o, struct machine_now now)
{
    int64_t settled_ms = l->last_at_ms + (int64_t)o->plant->server.late_settle_s * 1000;
    int64_t hour_end_ms = floor_to(l->last_ms, HOUR_MS, zone_of(o->plant)) + HOUR_MS;
    if ((l->dirty | l->asked) == 0)
        return INT64_MAX;
    if (l->dirty && now.at_ms >= settled_ms && o->closed_ms >= hour_end_ms) {
        uint64_t days = l->dirty;
        l->asked |= days;
        l->dirty = 0;
        l->asked_at_ms = now.at_ms;
        ask(l, o, days, machine_utc_ms(now));
    } else if (l->asked && now.at_ms >= l->asked_at_ms + LATE_ASK_AGAIN_MS) {
        l->asked_at_ms = now.at_ms;
        ask(l, o, l->asked, machine_utc_ms(now));
    }
    /* An hour's end is a minute's, at which there is a tick anyway. */
    int64_t again_ms = l->asked ? l->asked_at_ms + LATE_ASK_AGAIN_MS : INT64_MAX;
    return l->dirty && settled_ms > now.at_ms && settled_ms < again_ms ? settled_ms : again_ms;
}

void late_answered(struct late *l, const struct late_of *o, int64_t day_ms, bool has_revised)
{
    int64_t next_ms = 0;
    l->asked &= ~bit_of(o->plant, day_ms);
    if (!has_revised || o->closed_ms == 0)
        return;
    if (o->closed_ms < day_ms + DAY_MS)
        l->at_close = 1;
    reach_month_start(day_ms, o->plant->server.zone_offset_min, &next_ms);
    if (o->closed_ms < next_ms)
        l->month = 1;
}

void late_day_closed(struct late *l, const struct plant *plant, int64_t day_ms, bool month_too)
{
    bool again = l->at_close || (month_too && l->month);
    l->at_close = 0;
    l->month = month_too ? 0 : l->month;
    if (!again)
        return;
    l->dirty |= bit_of(plant, day_ms);
    l->last_ms = day_ms;
}
