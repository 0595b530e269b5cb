#include "acq/collect/hj212_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOUR_MS = 3600000, FAILURES_MAX = 7, QUIET_MAX_MS = HOUR_MS };

/* HJ 212-2017 6.7, in its order. */
enum step {
    STEP_CLOCK,
    STEP_TIMEOUTS,
    STEP_REALTIME_INTERVAL,
    STEP_MINUTE_INTERVAL,
    STEP_REALTIME,
    STEP_STATES,
    STEPS
};

struct hj212_plan {
    const struct plant_device *device;
    int zone_min;
    struct hj212_gaps *gaps;
    int step;             /* of the start-up sequence that is next */
    int64_t clock_due_ms; /* these on the journal clock */
    int64_t realtime_due_ms;
    int64_t fill_due_ms;
    int64_t quiet_until_ms[SERIES_COUNT]; /* it did not answer for the series */
    int64_t look_ms[SERIES_COUNT];        /* UTC: nothing is missing before */
    uint8_t failures[SERIES_COUNT];
    struct hj212_run run; /* that is being asked for */
    bool set_clock;       /* it is off */
    bool expects;         /* what is polled is expected */
    struct hj212_plan_stats stats;
};

static const int series_cn[SERIES_COUNT] = {2011, 2051, 2061, 2031, 2041};

static const struct plant_asking *asking(const struct hj212_plan *p)
{
    return &p->device->station.asking;
}

int hj212_plan_new(const struct plant *plant, uint32_t device, struct hj212_plan **out)
{
    struct hj212_plan *p = calloc(1, sizeof *p);
    if (!p)
        return PW_ENOMEM;
    p->device = &plant->devices[device];
    p->zone_min = plant->server.zone_offset_min;
    int err = hj212_gaps_new(asking(p), p->zone_min, &plant->signals[p->device->first_signal],
                             p->device->signal_count, &p->gaps);
    if (err) {
        hj212_plan_free(p);
        return err;
    }
    *out = p;
    return 0;
}

void hj212_plan_free(struct hj212_plan *p)
{
    if (!p)
        return;
    hj212_gaps_free(p->gaps);
    free(p);
}

void hj212_plan_rebind(struct hj212_plan *p, const struct plant *plant, uint32_t device)
{
    p->device = &plant->devices[device];
    hj212_gaps_rebind(p->gaps, asking(p), &plant->signals[p->device->first_signal]);
}

void hj212_plan_inherit(struct hj212_plan *p, const struct hj212_plan *from)
{
    hj212_gaps_inherit(p->gaps, from->gaps);
}

static void set_request(struct hj212_request *out, enum hj212_purpose purpose, int cn)
{
    *out = (struct hj212_request){.cn = cn, .notice = cn == 2012 || cn == 2022, .purpose = purpose};
}

static void set_time(const struct hj212_plan *p, const char *name, int64_t utc_ms,
                     struct hj212_request *out)
{
    char time[HJ212_TIME_SIZE];
    size_t len = strlen(out->cp);
    snprintf(out->cp + len, sizeof out->cp - len, "%s%s=%s", len ? ";" : "", name,
             hj212_time_format(utc_ms, p->zone_min, time));
}

static bool ask_clock_set(const struct hj212_plan *p, enum hj212_purpose purpose,
                          const struct hj212_moment *now, struct hj212_request *out)
{
    if (!p->device->station.set_clock || !now->trusted)
        return false;
    set_request(out, purpose, 1012);
    set_time(p, "SystemTime", now->utc_ms, out);
    return true;
}

static bool ask_timeouts(const struct plant_asking *a, struct hj212_request *out)
{
    if (!a->set_timeouts)
        return false;
    set_request(out, HJ212_FOR_START, 1000);
    snprintf(out->cp, sizeof out->cp, "OverTime=%u;ReCount=%u", (unsigned)a->over_time_s,
             a->resends ? (unsigned)a->resends : 1u);
    return true;
}

static bool ask_interval(const struct plant_asking *a, int get_cn, const char *name,
                         uint32_t interval, struct hj212_request *out)
{
    if (a->intervals == INTERVALS_LEAVE)
        return false;
    set_request(out, HJ212_FOR_START, a->intervals == INTERVALS_SET ? get_cn + 1 : get_cn);
    if (a->intervals == INTERVALS_SET)
        snprintf(out->cp, sizeof out->cp, "%s=%u", name, (unsigned)interval);
    return true;
}

static bool ask_switch(int setting, int on_cn, struct hj212_request *out)
{
    if (setting == SWITCH_LEAVE)
        return false;
    set_request(out, HJ212_FOR_START, setting == SWITCH_ON ? on_cn : on_cn + 1);
    return true;
}

static bool ask_step(const struct hj212_plan *p, enum step step, enum hj212_edition edition,
                     const struct hj212_moment *now, struct hj212_request *out)
{
    const struct plant_asking *a = asking(p);
    switch (step) {
    case STEP_CLOCK:
        return ask_clock_set(p, HJ212_FOR_START, now, out);
    case STEP_TIMEOUTS:
        return ask_timeouts(a, out);
    case STEP_REALTIME_INTERVAL:
        return ask_interval(a, 1061, "RtdInterval", a->realtime_interval_s, out);
    case STEP_MINUTE_INTERVAL: /* 2005 has none */
        return edition != HJ212_2005 &&
               ask_interval(a, 1063, "MinInterval", a->minute_interval_min, out);
    case STEP_REALTIME:
        return ask_switch(a->realtime, 2011, out);
    case STEP_STATES:
        return ask_switch(a->states, 2021, out);
    default:
        return false;
    }
}

static bool next_step(struct hj212_plan *p, enum hj212_edition edition,
                      const struct hj212_moment *now, struct hj212_request *out)
{
    for (; p->step < STEPS; p->step++)
        if (ask_step(p, (enum step)p->step, edition, now, out))
            return true;
    return false;
}

static bool next_clock(struct hj212_plan *p, const struct hj212_moment *now,
                       struct hj212_request *out)
{
    int64_t every_ms = (int64_t)asking(p)->clock_check_h * HOUR_MS;
    if (p->set_clock && ask_clock_set(p, HJ212_FOR_CLOCK, now, out)) {
        p->set_clock = false;
        return true;
    }
    if (every_ms == 0 || now->at_ms < p->clock_due_ms)
        return false;
    p->clock_due_ms = now->at_ms + every_ms;
    set_request(out, HJ212_FOR_CLOCK, 1011);
    return true;
}

static bool is_polled(const struct hj212_plan *p, enum station_series series)
{
    return asking(p)->poll >> series & 1;
}

static bool next_realtime(struct hj212_plan *p, const struct hj212_moment *now,
                          struct hj212_request *out)
{
    if (!is_polled(p, SERIES_REALTIME) || now->at_ms < p->realtime_due_ms)
        return false;
    p->realtime_due_ms = now->at_ms + p->device->every_ms;
    set_request(out, HJ212_FOR_POLL, 2011);
    return true;
}

/* Looks again only when another period is due or something changed. */
static bool find_missing(struct hj212_plan *p, enum station_series series,
                         const struct hj212_moment *now)
{
    if (!((asking(p)->fill | asking(p)->poll) >> series & 1) ||
        now->at_ms < p->quiet_until_ms[series] || now->utc_ms < p->look_ms[series])
        return false;
    if (hj212_gaps_find(p->gaps, series, now->utc_ms, &p->run))
        return true;
    p->look_ms[series] = hj212_gaps_next_ms(p->gaps, series, now->utc_ms);
    return false;
}

/* Of all series the one whose missing periods are the newest. */
static bool next_missing(struct hj212_plan *p, const struct hj212_moment *now,
                         struct hj212_request *out)
{
    struct hj212_run best = {.periods = 0};
    if (now->at_ms < p->fill_due_ms)
        return false;
    for (int i = SERIES_MINUTE; i < SERIES_COUNT; i++)
        if (find_missing(p, (enum station_series)i, now) &&
            (best.periods == 0 || p->run.last_ms > best.last_ms))
            best = p->run;
    if (best.periods == 0)
        return false;
    p->run = best;
    set_request(out, is_polled(p, best.series) ? HJ212_FOR_POLL : HJ212_FOR_FILL,
                series_cn[best.series]);
    set_time(p, "BeginTime", best.begin_ms, out);
    set_time(p, "EndTime", best.last_ms, out);
    return true;
}

/* What is polled is expected from the first moment on. */
static void expect_polled(struct hj212_plan *p, const struct hj212_moment *now)
{
    if (p->expects)
        return;
    p->expects = true;
    for (int i = SERIES_MINUTE; i < SERIES_COUNT; i++)
        if (is_polled(p, (enum station_series)i))
            hj212_gaps_expect(p->gaps, (enum station_series)i, now->utc_ms);
}

bool hj212_plan_next(struct hj212_plan *p, enum hj212_edition edition,
                     const struct hj212_moment *now, struct hj212_request *out)
{
    expect_polled(p, now);
    return next_step(p, edition, now, out) || next_clock(p, now, out) ||
           next_realtime(p, now, out) || next_missing(p, now, out);
}

static int series_of(int cn)
{
    enum station_series series = hj212_series_of(cn);
    return series == SERIES_COUNT ? -1 : (int)series;
}

/* A station that does not do it is left alone for longer and longer. */
static void take_periods_asked(struct hj212_plan *p, const struct hj212_asked *a, int series,
                               const struct hj212_moment *now)
{
    int64_t gap_ms = (int64_t)asking(p)->fill_gap_s * 1000;
    p->fill_due_ms = now->at_ms + gap_ms;
    p->look_ms[series] = 0;
    if (a->end == HJ212_ASKED_DONE || a->packets > 0) {
        p->failures[series] = 0;
        hj212_gaps_tried(p->gaps, &p->run);
    } else if (a->end != HJ212_ASKED_UNSENT) {
        if (p->failures[series] < FAILURES_MAX)
            p->failures[series]++;
        int64_t quiet_ms = gap_ms << p->failures[series];
        p->quiet_until_ms[series] =
            now->at_ms + (quiet_ms < QUIET_MAX_MS ? quiet_ms : QUIET_MAX_MS);
    }
}

void hj212_plan_asked(struct hj212_plan *p, const struct hj212_asked *a,
                      const struct hj212_moment *now)
{
    const struct hj212_request *r = a->request;
    int series = series_of(r->cn);
    if (r->purpose == HJ212_FOR_START && a->end != HJ212_ASKED_UNSENT)
        p->step++;
    if (r->purpose != HJ212_FOR_PERSON && series > 0)
        take_periods_asked(p, a, series, now);
}

/* Items of the packet that are a signal's numbers of the period. */
static void take_periods(struct hj212_plan *p, const struct hj212_packet *packet, int series,
                         const struct hj212_map *map, int64_t utc_ms)
{
    int64_t begin_ms = 0;
    if (hj212_packet_time(packet, HJ212_DATA_TIME, p->zone_min, &begin_ms) != 0)
        return;
    bool more = hj212_gaps_have(p->gaps, (enum station_series)series, PLANT_NONE, begin_ms, utc_ms);
    for (size_t i = 0; i < packet->item_count; i++) {
        const struct hj212_item *item = &packet->items[i];
        if (item->code.len && item->field != HJ212_FLAG)
            more |= hj212_gaps_have(p->gaps, (enum station_series)series,
                                    hj212_map_find(map, item->code), begin_ms, utc_ms);
    }
    if (more)
        p->look_ms[series] = 0;
}

static void take_clock(struct hj212_plan *p, const struct hj212_packet *packet,
                       const struct hj212_moment *now)
{
    int64_t time_ms = 0;
    if (hj212_packet_find(packet, HJ212_POL_ID) ||
        hj212_packet_time(packet, HJ212_SYSTEM_TIME, p->zone_min, &time_ms) != 0)
        return;
    p->stats.clock_known = true;
    p->stats.clock_off_ms = time_ms - now->utc_ms;
    int64_t off_ms = p->stats.clock_off_ms < 0 ? -p->stats.clock_off_ms : p->stats.clock_off_ms;
    p->set_clock = off_ms > (int64_t)asking(p)->clock_off_s * 1000;
}

void hj212_plan_recall(struct hj212_plan *p, const struct hj212_packet *packet,
                       const struct hj212_map *map, int64_t utc_ms)
{
    int series = series_of(packet->cn);
    if (series > 0)
        take_periods(p, packet, series, map, utc_ms);
}

void hj212_plan_heard(struct hj212_plan *p, const struct hj212_packet *packet,
                      const struct hj212_map *map, const struct hj212_moment *now)
{
    int value = 0;
    hj212_plan_recall(p, packet, map, now->utc_ms);
    if (packet->cn == 1011)
        take_clock(p, packet, now);
    if (packet->cn == 1061 && hj212_packet_int(packet, HJ212_RTD_INTERVAL, &value) == 0)
        p->stats.realtime_interval_s = value;
    if (packet->cn == 1063 && hj212_packet_int(packet, HJ212_MIN_INTERVAL, &value) == 0)
        hj212_gaps_set_minutes(p->gaps, value);
    if (packet->cn == 2081)
        p->step = 0;
}

struct hj212_gaps *hj212_plan_gaps(struct hj212_plan *p)
{
    return p->gaps;
}

void hj212_plan_get_stats(const struct hj212_plan *p, struct hj212_plan_stats *out)
{
    *out = p->stats;
    out->gaps = p->gaps;
    out->started = p->step == STEPS;
    out->minute_interval_min = hj212_gaps_minutes(p->gaps);
}

const char *hj212_purpose_name(enum hj212_purpose purpose)
{
    static const char *const names[HJ212_PURPOSES] = {"start", "clock", "poll", "fill", "person"};
    return names[purpose];
}

const char *hj212_asked_end_name(enum hj212_asked_end end)
{
    static const char *const names[] = {"done", "refused", "silence", "unsent"};
    return names[end];
}
