#include "acq/refine/account_state.h"

#include "acq/core/declaration.h"
#include "acq/refine/mean.h"
#include "acq/refine/period.h"

#include <string.h>

enum { STOPPED_LEAST_MS = HOUR_MS / 4, FILL_MAX_MS_DAYS = 400 };

static const int64_t fill_most_ms = (int64_t)FILL_MAX_MS_DAYS * DAY_MS;

static uint32_t account_count(const struct plant *plant)
{
    return plant->input_count;
}

static const char *account_id(const struct plant *plant, uint32_t i)
{
    return plant->inputs[i].id;
}

static void account_digest(const struct plant *plant, uint32_t i, uint8_t out[SM3_SIZE])
{
    memcpy(out, plant->inputs[i].account_digest, SM3_SIZE);
}

static uint32_t account_means(const struct plant *plant, uint32_t i, uint32_t *out)
{
    (void)plant;
    out[0] = i;
    return 1;
}

static void account_init(struct machine_self self)
{
    memset(self.state, 0, sizeof(struct account_state));
}

static const struct plant_outlet *outlet_of(struct machine_self self)
{
    return &self.plant->outlets[self.plant->inputs[self.index].outlet];
}

static bool has_mass(struct machine_self self)
{
    return plant_has_mass(self.plant, self.index);
}

static bool is_stopped(struct machine_self self, int64_t start_ms)
{
    return declarations_stopped_ms(self.declared, outlet_of(self)->id,
                                   self.plant->inputs[self.index].factor, start_ms,
                                   start_ms + HOUR_MS) >= STOPPED_LEAST_MS;
}

/* What is known of an hour's mean, or was before late data came. */
static struct account_hour judge_as(struct machine_self self, bool is_stopped_now, bool has_come,
                                    bool is_valid, bool has_cou, double cou, enum flag flag)
{
    struct account_hour h = {.parts = {.hours = 1}};
    if (!is_valid && is_stopped_now) {
        h.parts.stopped = 1;
        return h;
    }
    if (has_come) {
        h.parts.received = 1;
        h.parts.valid = is_valid;
        const char *outside = outlet_of(self)->outside_flags;
        h.parts.outside = !is_valid && outside && strchr(outside, flag_letter(flag)) != NULL;
    }
    h.is_measured = is_valid && has_cou && has_mass(self);
    h.is_gap = !h.is_measured && has_mass(self);
    h.kg = h.is_measured ? cou : 0;
    return h;
}

/* An hour's value against the limits that an hour of the input has; what is no evidence of an
 * exceedance is none of compliance. */
static void hold_against_limits(struct machine_self self, const struct mean *m,
                                struct account_hour *h)
{
    const struct plant_outlet *o = outlet_of(self);
    for (uint32_t i = o->first_limit; i < o->first_limit + o->limit_count; i++) {
        const struct plant_limit *limit = &self.plant->limits[i];
        bool by_correction = limit->basis == BASIS_CORRECTED && m->is_regulated &&
                             self.plant->inputs[self.index].measure == MEASURE_CONCENTRATION;
        double value = by_correction ? m->corrected : m->avg;
        if (limit->period != PERIOD_HOUR || limit->input != self.index || limit->is_unconfirmed ||
            !(by_correction ? m->corrected_valid : m->valid))
            continue;
        bool is_within =
            !(limit->has_max && value > limit->max) && !(limit->has_min && value < limit->min);
        h->is_compliant = is_within && (!h->is_judged || h->is_compliant);
        h->is_judged = true;
    }
}

/* m: NULL when the hour was never told. */
static struct account_hour judge(struct machine_self self, int64_t start_ms, const struct mean *m)
{
    bool stopped = is_stopped(self, start_ms);
    return m ? judge_as(self, stopped, mean_came(m), m->valid, m->has_cou, m->cou, m->flag)
             : judge_as(self, stopped, false, false, false, 0, FLAG_B);
}

/* What the newest hour of a gap adds, its first ones that only now are of a long one included. */
static double gap_by_length_kg(const struct account_state *s)
{
    double short_kg = window_greatest(&s->window, substitute_hours(SUBSTITUTE_180));
    double long_kg = window_greatest(&s->window, substitute_hours(SUBSTITUTE_720));
    if (s->gap_hours <= SUBSTITUTE_SHORT_GAP_HOURS)
        return short_kg;
    if (s->gap_hours == SUBSTITUTE_SHORT_GAP_HOURS + 1)
        return SUBSTITUTE_SHORT_GAP_HOURS * (long_kg - short_kg) + long_kg;
    return long_kg;
}

static void add_hour(const struct account_state *s, const struct account_hour *h,
                     struct account_sums *sums)
{
    transmission_add(&sums->parts, &h->parts);
    sums->measured_hours += h->is_measured;
    sums->judged += h->is_judged;
    sums->compliant += h->is_compliant;
    sums->measured_kg += h->kg;
    if (!h->is_gap)
        return;
    sums->gap_hours++;
    sums->bare_hours += s->window.pushed == 0;
    sums->by_length_kg += gap_by_length_kg(s);
    sums->by_2160_kg += window_greatest(&s->window, substitute_hours(SUBSTITUTE_2160));
}

/* What its hours are substituted by, in case late data fills them. */
static void note_gap(struct account_state *s)
{
    if (s->gap_hours == 1)
        s->gaps[s->gap_count++ % ACCOUNT_GAPS] = (struct account_gap){.start_ms = s->last_ms};
    struct account_gap *gap = &s->gaps[(s->gap_count - 1) % ACCOUNT_GAPS];
    bool is_short = s->gap_hours <= SUBSTITUTE_SHORT_GAP_HOURS;
    gap->last_ms = s->last_ms;
    gap->by_length_kg =
        window_greatest(&s->window, substitute_hours(is_short ? SUBSTITUTE_180 : SUBSTITUTE_720));
    gap->by_2160_kg = window_greatest(&s->window, substitute_hours(SUBSTITUTE_2160));
}

static void follow_gap(struct account_state *s, const struct account_hour *h)
{
    if (h->is_measured) {
        s->gap_hours = 0;
        window_push(&s->window, h->kg);
    }
    if (!h->is_gap)
        return;
    if (s->gap_hours < SUBSTITUTE_SHORT_GAP_HOURS)
        s->gap_first_ms[s->gap_hours] = s->last_ms;
    s->gap_hours++;
    note_gap(s);
}

static void take_hour(struct machine_self self, int64_t start_ms, const struct mean *m,
                      const struct machine_sink *sink)
{
    struct account_state *s = self.state;
    struct account_hour hour = judge(self, start_ms, m);
    if (m)
        hold_against_limits(self, m, &hour);
    s->last_ms = start_ms;
    follow_gap(s, &hour);
    add_hour(s, &hour, &s->day);
    add_hour(s, &hour, &s->month);
    add_hour(s, &hour, &s->quarter);
    account_tell(self, &hour, sink);
}

/* A stop mark that came since would have to be taken from both: the hour stays stopped or not. */
static void revise(struct machine_self self, const struct mean *m, const struct machine_sink *sink)
{
    const struct mean_before *b = &m->before;
    bool stopped = is_stopped(self, m->start_ms);
    const struct account_hour before =
        judge_as(self, stopped, b->came, b->valid, b->has_cou, b->cou, b->flag);
    const struct account_hour after = judge(self, m->start_ms, m);
    account_revise(self, m->start_ms, m->revision, &before, &after, sink);
}

static void account_on_mean(struct machine_self self, const struct mean *m, struct machine_now now,
                            const struct machine_sink *sink)
{
    (void)now;
    struct account_state *s = self.state;
    if (m->period != MEAN_HOUR)
        return;
    if (m->start_ms <= s->last_ms) {
        if (m->before.known)
            revise(self, m, sink);
        return;
    }
    if (s->last_ms != 0 && m->start_ms - s->last_ms > fill_most_ms)
        s->last_ms = m->start_ms - HOUR_MS;
    while (s->last_ms != 0 && s->last_ms + HOUR_MS < m->start_ms)
        take_hour(self, s->last_ms + HOUR_MS, NULL, sink);
    take_hour(self, m->start_ms, m, sink);
}

static int64_t account_on_tick(struct machine_self self, struct machine_now now,
                               const struct machine_sink *sink)
{
    (void)self;
    (void)now;
    (void)sink;
    return INT64_MAX;
}

static void account_close(struct machine_self self, struct machine_now now, const char *reason,
                          const struct machine_sink *sink)
{
    (void)self;
    (void)now;
    (void)reason;
    (void)sink;
}

const struct machine_kind machine_account = {
    .name = "account",
    .version = 3,
    .state_size = sizeof(struct account_state),
    .count = account_count,
    .id = account_id,
    .digest = account_digest,
    .means = account_means,
    .init = account_init,
    .on_mean = account_on_mean,
    .on_tick = account_on_tick,
    .keeps_state = true,
    .close = account_close,
};
