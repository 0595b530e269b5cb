#include "acq/detect/rate_place.h"
#include "acq/refine/mean.h"

#include <math.h>
#include <string.h>

/* Late data may change an hour of the last 63 days. */
enum { KEPT_HOURS = 64 * 24, IN = 0, OUT = 1, SIDES = 2 };

struct removal_hour {
    double amount[SIDES]; /* kg, or mg/m3 */
    uint8_t has[SIDES];
    uint8_t unused[6];
};

struct removal_sum {
    double amount[SIDES];
    uint32_t known;
    uint32_t unused;
};

struct removal_state {
    int64_t first_ms;       /* UTC: start of the first hour ever; 0: none yet */
    int64_t last_ms[SIDES]; /* UTC: start of the last hour that each side told; 0: none yet */
    int64_t told_ms;        /* UTC: up to where it was told */
    int64_t year_ms;        /* UTC: start of the year that `year` is of */
    struct removal_sum year;
    struct removal_hour hours[KEPT_HOURS];
};

static uint32_t removal_count(const struct plant *plant)
{
    return plant->removal_count;
}

static const struct plant_input *input_of(const struct plant *plant, uint32_t i)
{
    return &plant->inputs[plant->removals[i]];
}

static const char *removal_id(const struct plant *plant, uint32_t i)
{
    return input_of(plant, i)->id;
}

static void removal_digest(const struct plant *plant, uint32_t i, uint8_t out[SM3_SIZE])
{
    const struct plant_input *input = input_of(plant, i);
    char storage[4 * PLANT_ID_MAX + 4];
    struct strbuf text;
    strbuf_init_fixed(&text, storage, sizeof storage);
    strbuf_addf(&text, "%s %s %d", input->id, plant->inputs[input->inlet].id, input->equal_flow);
    sm3_once(text.data, text.len, out);
}

static uint32_t removal_means(const struct plant *plant, uint32_t i, uint32_t *out)
{
    out[0] = plant->removals[i];
    out[1] = input_of(plant, i)->inlet;
    return SIDES;
}

static void removal_init(struct machine_self self)
{
    memset(self.state, 0, sizeof(struct removal_state));
}

static struct removal_hour *hour_at(struct removal_state *s, int64_t start_ms)
{
    return &s->hours[start_ms / HOUR_MS % KEPT_HOURS];
}

static bool is_pair(const struct removal_hour *h)
{
    return h->has[IN] && h->has[OUT];
}

static void add(struct removal_sum *sum, const struct removal_hour *h, int sign)
{
    if (!is_pair(h))
        return;
    for (int side = 0; side < SIDES; side++)
        sum->amount[side] += sign * h->amount[side];
    sum->known += (uint32_t)sign;
}

static struct removal_sum sum_of(struct removal_state *s, int64_t from_ms, int64_t to_ms)
{
    struct removal_sum sum = {0};
    int64_t kept_ms = s->told_ms - (int64_t)KEPT_HOURS * HOUR_MS;
    for (int64_t at = from_ms > kept_ms ? from_ms : kept_ms; at < to_ms; at += HOUR_MS)
        add(&sum, hour_at(s, at), 1);
    return sum;
}

static uint32_t due_hours(const struct removal_state *s, int64_t from_ms, int64_t to_ms)
{
    int64_t begin_ms = from_ms > s->first_ms ? from_ms : s->first_ms;
    return to_ms > begin_ms ? (uint32_t)((to_ms - begin_ms) / HOUR_MS) : 0;
}

static void tell(struct machine_self self, enum rate_period period, int64_t until_ms,
                 uint32_t revision, const struct machine_sink *sink)
{
    struct removal_state *s = self.state;
    int64_t start_ms = rate_start_ms(self.plant, period, until_ms - 1);
    const struct removal_sum sum = period == RATE_YEAR ? s->year : sum_of(s, start_ms, until_ms);
    const struct rate r = {
        .what = RATE_REMOVAL,
        .period = period,
        .equipment = PLANT_NONE,
        .input = self.plant->removals[self.index],
        .start_ms = start_ms,
        .until_ms = until_ms,
        .is_closed = rate_start_ms(self.plant, period, until_ms) == until_ms,
        .is_passing = rate_start_ms(self.plant, RATE_DAY, until_ms) != until_ms,
        .revision = revision,
        .part = sum.amount[IN] - sum.amount[OUT],
        .whole = sum.amount[IN],
        .due = due_hours(s, start_ms, until_ms),
        .known = sum.known,
    };
    machine_tell_rate(sink, &r);
}

/* The hours that both sides have told. */
static void end_hours(struct machine_self self, int64_t until_ms, const struct machine_sink *sink)
{
    struct removal_state *s = self.state;
    if (until_ms - s->told_ms > (int64_t)KEPT_HOURS * HOUR_MS)
        s->told_ms = until_ms - HOUR_MS;
    while (s->told_ms < until_ms) {
        int64_t year_ms = rate_start_ms(self.plant, RATE_YEAR, s->told_ms);
        if (year_ms != s->year_ms)
            s->year = (struct removal_sum){0};
        s->year_ms = year_ms;
        add(&s->year, hour_at(s, s->told_ms), 1);
        s->told_ms += HOUR_MS;
        for (int p = 0; p < RATE_PERIODS; p++)
            tell(self, (enum rate_period)p, s->told_ms, 0, sink);
    }
}

static int64_t day_end_ms(struct machine_self self, int64_t start_ms)
{
    return rate_start_ms(self.plant, RATE_DAY, start_ms) + DAY_MS;
}

/* The start of the month after. */
static int64_t month_end_ms(struct machine_self self, int64_t start_ms)
{
    int64_t month_ms = rate_start_ms(self.plant, RATE_MONTH, start_ms);
    return rate_start_ms(self.plant, RATE_MONTH, month_ms + (int64_t)32 * DAY_MS);
}

static void tell_again(struct machine_self self, int64_t start_ms, uint32_t revision,
                       const struct machine_sink *sink)
{
    const struct removal_state *s = self.state;
    int64_t kept_ms = s->told_ms - (int64_t)KEPT_HOURS * HOUR_MS;
    int64_t day_ms = day_end_ms(self, start_ms);
    int64_t month_ms = month_end_ms(self, start_ms);
    if (day_ms <= s->told_ms)
        tell(self, RATE_DAY, day_ms, revision, sink);
    if (month_ms <= s->told_ms && rate_start_ms(self.plant, RATE_MONTH, start_ms) >= kept_ms)
        tell(self, RATE_MONTH, month_ms, revision, sink);
}

static bool is_same(const struct removal_hour *a, const struct removal_hour *b)
{
    for (int side = 0; side < SIDES; side++)
        if (a->has[side] != b->has[side] || a->amount[side] != b->amount[side])
            return false;
    return true;
}

static void take(struct machine_self self, int side, const struct mean *m, bool is_told,
                 const struct machine_sink *sink)
{
    struct removal_state *s = self.state;
    struct removal_hour *h = hour_at(s, m->start_ms);
    const struct removal_hour before = *h;
    bool by_mass = !input_of(self.plant, self.index)->equal_flow;
    h->has[side] = m->valid && (by_mass ? m->has_cou : m->good > 0);
    h->amount[side] = h->has[side] ? (by_mass ? m->cou : m->avg) : 0;
    if (!is_told || is_same(&before, h))
        return;
    if (rate_start_ms(self.plant, RATE_YEAR, m->start_ms) == s->year_ms) {
        add(&s->year, &before, -1);
        add(&s->year, h, 1);
    }
    tell_again(self, m->start_ms, m->revision, sink);
}

/* Slots of hours that were never told are empty, not those of 64 days ago. */
static void pass_to(struct removal_state *s, int64_t start_ms)
{
    int64_t last_ms = s->last_ms[IN] > s->last_ms[OUT] ? s->last_ms[IN] : s->last_ms[OUT];
    int64_t from_ms = start_ms - (int64_t)(KEPT_HOURS - 1) * HOUR_MS;
    from_ms = last_ms + HOUR_MS > from_ms ? last_ms + HOUR_MS : from_ms;
    for (int64_t at = from_ms; last_ms != 0 && at <= start_ms; at += HOUR_MS)
        *hour_at(s, at) = (struct removal_hour){0};
}

static void removal_on_mean(struct machine_self self, const struct mean *m, struct machine_now now,
                            const struct machine_sink *sink)
{
    (void)now;
    struct removal_state *s = self.state;
    int side = m->input == self.plant->removals[self.index] ? OUT : IN;
    if (m->period != MEAN_HOUR || m->start_ms < s->first_ms ||
        (s->told_ms != 0 && m->start_ms < s->told_ms - (int64_t)(KEPT_HOURS - 24) * HOUR_MS))
        return;
    if (s->first_ms == 0)
        s->first_ms = s->told_ms = m->start_ms;
    pass_to(s, m->start_ms);
    take(self, side, m, m->start_ms < s->told_ms, sink);
    if (m->start_ms > s->last_ms[side])
        s->last_ms[side] = m->start_ms;
    int64_t both_ms = s->last_ms[IN] < s->last_ms[OUT] ? s->last_ms[IN] : s->last_ms[OUT];
    if (both_ms != 0)
        end_hours(self, both_ms + HOUR_MS, sink);
}

static int64_t removal_on_tick(struct machine_self self, struct machine_now now,
                               const struct machine_sink *sink)
{
    (void)self;
    (void)now;
    (void)sink;
    return INT64_MAX;
}

static void removal_close(struct machine_self self, struct machine_now now, const char *reason,
                          const struct machine_sink *sink)
{
    (void)self;
    (void)now;
    (void)reason;
    (void)sink;
}

const struct machine_kind machine_removal = {
    .name = "removal",
    .version = 1,
    .state_size = sizeof(struct removal_state),
    .count = removal_count,
    .id = removal_id,
    .digest = removal_digest,
    .means = removal_means,
    .init = removal_init,
    .on_mean = removal_on_mean,
    .on_tick = removal_on_tick,
    .close = removal_close,
};
