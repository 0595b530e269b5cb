#include "acq/detect/flare_private.h"

#include "acq/core/civil.h"

#include <math.h>
#include <string.h>

static const int64_t day_ms = INT64_C(86400000);

enum { WEEK_DAYS = 7, PAIRS_MIN = 288, NOT_PROVEN_S = 60 };

static int64_t day_of(struct machine_self self, int64_t utc_ms)
{
    int64_t zone_ms = (int64_t)self.plant->server.zone_offset_min * 60000;
    return utc_ms - (utc_ms + zone_ms) % day_ms;
}

static int64_t month_of(struct machine_self self, int64_t utc_ms, uint32_t *out_blocks)
{
    int zone_min = self.plant->server.zone_offset_min;
    struct civil c;
    int64_t start_ms = 0;
    int64_t next_ms = 0;
    civil_from_ms(utc_ms, zone_min, &c);
    c = (struct civil){.year = c.year, .month = c.month, .day = 1};
    (void)!civil_to_ms(&c, zone_min, &start_ms);
    c.month = c.month % 12 + 1;
    c.year += c.month == 1;
    (void)!civil_to_ms(&c, zone_min, &next_ms);
    *out_blocks = (uint32_t)((next_ms - start_ms) / FLARE_BLOCK_MS);
    return start_ms;
}

static struct flare_day *enter_day(struct flare_state *s, int64_t start_ms)
{
    if (s->days[0].start_ms != start_ms) {
        memmove(&s->days[1], &s->days[0], (FLARE_DAYS - 1) * sizeof *s->days);
        s->days[0] = (struct flare_day){.start_ms = start_ms};
    }
    return &s->days[0];
}

static void add_pair(struct flare_day *d, double flow, double load)
{
    d->n++;
    d->x += load;
    d->y += flow;
    d->xx += load * load;
    d->yy += flow * flow;
    d->xy += load * flow;
}

/* Days with more than so long of undeclared discharge among the last seven. */
static uint32_t used_days(const struct flare_state *s, double least_h)
{
    uint32_t days = 0;
    for (int i = 0; i < FLARE_DAYS; i++)
        if (s->days[i].start_ms > s->days[0].start_ms - WEEK_DAYS * day_ms &&
            s->days[i].undeclared_s > least_h * 3600)
            days++;
    return days;
}

/* Of the last 30 days; where fewer are known, as if the rest had run like these and without any
 * discharge. */
static double used_share_pct(const struct flare_state *s)
{
    double undeclared_s = 0;
    double running_s = 0;
    double days = 0;
    for (int i = 0; i < FLARE_DAYS && s->days[i].start_ms; i++) {
        if (s->days[i].start_ms <= s->days[0].start_ms - FLARE_DAYS * day_ms)
            break;
        undeclared_s += s->days[i].undeclared_s;
        running_s += s->days[i].running_s;
        days++;
    }
    return running_s > 0 ? 100 * undeclared_s / (running_s * FLARE_DAYS / days) : 0;
}

static double correlation(const struct flare_state *s, double *out_mean)
{
    struct flare_day a = {0};
    for (int i = 0; i < FLARE_DAYS; i++) {
        const struct flare_day *d = &s->days[i];
        a.n += d->n;
        a.x += d->x;
        a.y += d->y;
        a.xx += d->xx;
        a.yy += d->yy;
        a.xy += d->xy;
    }
    *out_mean = a.n > 0 ? a.y / a.n : 0;
    double sxx = a.n * a.xx - a.x * a.x;
    double syy = a.n * a.yy - a.y * a.y;
    if (a.n < PAIRS_MIN || sxx <= 0 || syy <= 0)
        return 0;
    return (a.n * a.xy - a.x * a.y) / sqrt(sxx * syy);
}

enum { ROUTINE_SHARE, ROUTINE_DAYS, ROUTINE_CORRELATED };

static void judge_routine(struct machine_self self, struct machine_now now,
                          const struct machine_sink *sink)
{
    const struct flare_state *s = self.state;
    const struct plant_flare *f = flare_of(self);
    const struct plant_flare_rules *r = &f->rules;
    double mean_m3h = 0;
    double share = used_share_pct(s);
    double used = correlation(s, &mean_m3h);
    uint32_t days = used_days(s, r->routine_day_h);
    bool follows =
        f->purge_m3h > 0 && used > r->routine_r && mean_m3h > r->routine_flow * f->purge_m3h;
    struct flare_condition c = {.priority = 2, .is_so = true};
    if (days > r->routine_days) {
        c.class = ROUTINE_DAYS;
        c.value = days;
        c.threshold = r->routine_days;
    } else if (share > r->routine_share_pct) {
        c.class = ROUTINE_SHARE;
        c.value = share;
        c.threshold = r->routine_share_pct;
    } else {
        c.class = ROUTINE_CORRELATED;
        c.value = used;
        c.threshold = r->routine_r;
        c.is_so = follows;
    }
    flare_say_of(self, SAID_ROUTINE, &c, s->days[0].start_ms, now, sink);
}

/* An instrument's share can be reached no more when more blocks failed than the month allows. */
static void judge_available(struct machine_self self, uint32_t what, uint32_t of_month,
                            bool is_over, struct machine_now now, const struct machine_sink *sink)
{
    const struct flare_state *s = self.state;
    const struct flare_months *m = &s->month;
    double least = flare_of(self)->rules.available_pct;
    double share = m->blocks ? 100.0 * m->valid[what] / m->blocks : 100;
    double lost = m->blocks - m->valid[what];
    const struct flare_condition c = {
        .is_so = is_over ? share < least : lost > of_month * (1 - least / 100),
        .class = 1,
        .priority = 3,
        .value = share,
        .threshold = least,
    };
    flare_say_of(self, (enum flare_said)(SAID_AVAILABILITY + what), &c, m->start_ms, now, sink);
}

static bool is_there(const struct plant_flare *f, uint32_t what)
{
    return what == FLARE_INPUT_COUNT ? f->pilot_count > 0 : f->input[what] != PLANT_NONE;
}

static void judge_all_available(struct machine_self self, uint32_t of_month, bool is_over,
                                struct machine_now now, const struct machine_sink *sink)
{
    for (uint32_t i = 0; i <= FLARE_INPUT_COUNT; i++)
        if (is_there(flare_of(self), i))
            judge_available(self, i, of_month, is_over, now, sink);
}

static void count_month(struct machine_self self, struct machine_now now,
                        const struct machine_sink *sink)
{
    struct flare_state *s = self.state;
    const struct plant_flare *f = flare_of(self);
    const struct flare_tally *t = &s->tally;
    double least_s = FLARE_BLOCK_MS / 1000.0 * f->rules.block_valid_pct / 100;
    uint32_t of_month = 0;
    int64_t start_ms = month_of(self, t->start_ms, &of_month);
    if (s->month.start_ms != start_ms) {
        if (s->month.start_ms)
            judge_all_available(self, of_month, true, now, sink);
        for (uint32_t i = 0; i <= FLARE_INPUT_COUNT; i++)
            flare_say_close(self, (enum flare_said)(SAID_AVAILABILITY + i), start_ms, NULL, now,
                            sink);
        s->month = (struct flare_months){.start_ms = start_ms};
    }
    const double whole_s = 890; /* a block cut by a start says nothing of instruments */
    if (t->flow_s <= 0 || t->seconds < whole_s)
        return;
    s->month.blocks++;
    for (uint32_t i = 0; i <= FLARE_INPUT_COUNT; i++)
        s->month.valid[i] += t->good_s[i] >= least_s;
    judge_all_available(self, of_month, false, now, sink);
}

static void judge_unproven(struct machine_self self, const struct flare_block *b,
                           struct machine_now now, const struct machine_sink *sink)
{
    const struct flare_state *s = self.state;
    const struct flare_said_state *said = &s->said[SAID_PILOT];
    const struct flare_condition c = {
        .is_so = flare_of(self)->pilot_count > 0 && b->flaring_min > 0 &&
                 s->tally.dark_s >= NOT_PROVEN_S && s->view.pilot != FLAME_OUT,
        .class = PILOT_NOT_PROVEN,
        .priority = 2,
        .value = s->tally.dark_s / 60,
        .threshold = NOT_PROVEN_S / 60.0,
    };
    if (said->start_ms == 0 ? c.is_so : said->class == PILOT_NOT_PROVEN)
        flare_say_of(self, SAID_PILOT, &c, b->start_ms, now, sink);
}

void flare_books_add(struct machine_self self, const struct flare_block *b, struct machine_now now,
                     const struct machine_sink *sink)
{
    struct flare_state *s = self.state;
    const struct flare_tally *t = &s->tally;
    struct flare_day *d = enter_day(s, day_of(self, t->start_ms));
    bool runs = s->runs == OBJECT_ON || s->runs == OBJECT_UNKNOWN;
    d->running_s += runs ? t->seconds : 0;
    d->undeclared_s += t->undeclared_s;
    if (s->event.counted_day != d->start_ms)
        s->event.counted_s = 0;
    s->event.counted_day = d->start_ms;
    s->event.counted_s += t->undeclared_s;
    if (!isnan(s->production_kw) && !isnan(b->vent_m3) && t->undeclared_s >= t->flaring_s)
        add_pair(d, b->vent_m3 / t->seconds * 3600, s->production_kw);
    judge_routine(self, now, sink);
    judge_unproven(self, b, now, sink);
    count_month(self, now, sink);
}

void flare_books_take_back(struct machine_self self)
{
    struct flare_state *s = self.state;
    for (int i = 0; i < FLARE_DAYS; i++)
        if (s->days[i].start_ms == s->event.counted_day)
            s->days[i].undeclared_s = fmax(0, s->days[i].undeclared_s - s->event.counted_s);
    s->event.counted_s = 0;
    s->tally.undeclared_s = 0;
}
