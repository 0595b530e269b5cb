#include "acq/detect/limit.h"

#include "acq/core/declaration.h"
#include "acq/detect/finding.h"
#include "acq/plant/plant.h"
#include "acq/refine/mean.h"

#include <math.h>
#include <string.h>

enum phase { PHASE_NORMAL, PHASE_RISING, PHASE_OPEN, PHASE_FALLING };

struct limit_state {
    int64_t start_ms; /* UTC of the first sample beyond the limit */
    int64_t end_ms;   /* UTC of the first sample back inside */
    int64_t since_at; /* journal clock: when RISING or FALLING began */
    double value;     /* the last that spoke */
    double worst;
    uint8_t phase;
    uint8_t upper; /* which side: 1 max, 0 min */
    uint8_t told;  /* how severe it was told to be */
};

static uint32_t limit_count(const struct plant *plant)
{
    return plant->limit_count;
}

static const char *limit_id(const struct plant *plant, uint32_t i)
{
    return plant->limits[i].id;
}

static void limit_digest(const struct plant *plant, uint32_t i, uint8_t out[SM3_SIZE])
{
    memcpy(out, plant->limits[i].digest, SM3_SIZE);
}

/* Of a regulated outlet even single values are converted first, and come as MEAN_REALTIME. */
static bool takes_samples(const struct plant *plant, const struct plant_limit *limit)
{
    return limit->period == PERIOD_REALTIME && !plant->outlets[limit->outlet].is_regulated;
}

static uint32_t limit_signals(const struct plant *plant, uint32_t i, uint32_t *out)
{
    out[0] = plant->limits[i].signal;
    return takes_samples(plant, &plant->limits[i]);
}

static uint32_t limit_means(const struct plant *plant, uint32_t i, uint32_t *out)
{
    out[0] = plant->limits[i].input;
    return !takes_samples(plant, &plant->limits[i]);
}

static void limit_init(struct machine_self self)
{
    *(struct limit_state *)self.state = (struct limit_state){.phase = PHASE_NORMAL};
}

static double threshold(const struct plant_limit *limit, const struct limit_state *s)
{
    return s->upper ? limit->max : limit->min;
}

static const char *const severities[] = {NULL, "low", "middle", "high"};

/* Of hours and days, by value / limit (domain, 2.7): 0: it has none. */
static uint8_t severity_of(const struct plant_limit *limit, const struct limit_state *s)
{
    bool has_one = limit->period == PERIOD_HOUR || limit->period == PERIOD_DAY;
    if (!has_one || !s->upper || limit->max <= 0)
        return 0;
    double ratio = s->worst / limit->max;
    return ratio > limit->severity_high ? 3 : ratio > limit->severity_middle ? 2 : 1;
}

static void report(struct machine_self self, enum finding_state state, struct machine_now now,
                   const char *reason, const struct machine_sink *sink)
{
    const struct plant *plant = self.plant;
    struct limit_state *s = self.state;
    const struct plant_limit *limit = &plant->limits[self.index];
    const struct plant_outlet *outlet = &plant->outlets[limit->outlet];
    const struct plant_signal *signal = &plant->signals[limit->signal];
    s->told = severity_of(limit, s);
    struct finding f = {
        .kind = machine_limit.name,
        .site = plant->sites[outlet->site].id,
        .object = outlet->id,
        .part = limit->id,
        .outlet = outlet->id,
        .factor = limit->factor,
        .signal_device = plant->devices[signal->device].id,
        .signal_id = signal->id,
        .source = limit->source,
        .state = state,
        .priority = limit->priority,
        .start_ms = s->start_ms,
        .raised_ms = machine_utc_ms(now),
        .end_ms = s->end_ms,
        .reason = reason,
        .value = s->value,
        .threshold = threshold(limit, s),
        .worst = s->worst,
        .name = outlet->name,
        .unit = measure_unit(plant->inputs[limit->input].measure),
        .class_word = severities[s->told],
    };
    sink->on_finding(sink->ctx, &f);
}

static bool is_beyond(const struct plant_limit *limit, double value, uint8_t *out_upper)
{
    if (limit->has_max && value > limit->max) {
        *out_upper = 1;
        return true;
    }
    if (limit->has_min && value < limit->min) {
        *out_upper = 0;
        return true;
    }
    return false;
}

static bool is_back(const struct plant_limit *limit, const struct limit_state *s, double value)
{
    return s->upper ? value <= limit->max - limit->deadband : value >= limit->min + limit->deadband;
}

static bool is_worse(const struct limit_state *s, double value)
{
    return s->upper ? value > s->worst : value < s->worst;
}

/* When the running delay is over, on the journal clock. */
static int64_t over_at(struct machine_self self)
{
    const struct plant_limit *limit = &self.plant->limits[self.index];
    const struct limit_state *s = self.state;
    if (s->phase == PHASE_RISING)
        return s->since_at + (int64_t)limit->on_delay_s * 1000;
    if (s->phase == PHASE_FALLING)
        return s->since_at + (int64_t)limit->off_delay_s * 1000;
    return INT64_MAX;
}

/* What the passing of time alone decides: a delay is over. */
static void settle(struct machine_self self, struct machine_now now,
                   const struct machine_sink *sink)
{
    struct limit_state *s = self.state;
    if (s->phase == PHASE_RISING && now.at_ms >= over_at(self)) {
        s->phase = PHASE_OPEN;
        report(self, FINDING_OPEN, now, NULL, sink);
    } else if (s->phase == PHASE_FALLING && now.at_ms >= over_at(self)) {
        s->phase = PHASE_NORMAL;
        report(self, FINDING_CLOSED, now, NULL, sink);
    } else if (s->phase == PHASE_OPEN &&
               severity_of(&self.plant->limits[self.index], s) > s->told) {
        report(self, FINDING_OPEN, now, NULL, sink);
    }
}

static void enter_rising(struct limit_state *s, double value, uint8_t upper, int64_t time_ms,
                         int64_t at_ms)
{
    *s = (struct limit_state){.phase = PHASE_RISING,
                              .upper = upper,
                              .start_ms = time_ms,
                              .since_at = at_ms,
                              .value = value,
                              .worst = value};
}

static void take_value(const struct plant_limit *limit, struct limit_state *s, double value,
                       int64_t time_ms, int64_t at_ms)
{
    uint8_t upper = s->upper;
    bool beyond = is_beyond(limit, value, &upper);
    switch ((enum phase)s->phase) {
    case PHASE_NORMAL:
        if (beyond)
            enter_rising(s, value, upper, time_ms, at_ms);
        break;
    case PHASE_RISING:
        if (!beyond)
            s->phase = PHASE_NORMAL;
        else if (upper != s->upper)
            enter_rising(s, value, upper, time_ms, at_ms);
        break;
    case PHASE_OPEN:
        if (is_back(limit, s, value)) {
            s->phase = PHASE_FALLING;
            s->since_at = at_ms;
            s->end_ms = time_ms;
        }
        break;
    case PHASE_FALLING:
        if (!is_back(limit, s, value))
            s->phase = PHASE_OPEN;
        break;
    }
    s->value = value;
    if (s->phase != PHASE_NORMAL && is_worse(s, value))
        s->worst = value;
}

static void take_silence(struct limit_state *s)
{
    if (s->phase == PHASE_RISING)
        s->phase = PHASE_NORMAL;
    else if (s->phase == PHASE_FALLING)
        s->phase = PHASE_OPEN;
}

/* What is marked is no evidence; a mean has left it out already. */
static bool is_marked(struct machine_self self, int64_t time_ms)
{
    const struct plant_limit *limit = &self.plant->limits[self.index];
    return declarations_find_mark(self.declared, self.plant->outlets[limit->outlet].id,
                                  limit->factor, time_ms) != NULL;
}

static bool hears(struct machine_self self, const struct sample *sample, int64_t time_ms)
{
    return !self.plant->limits[self.index].is_unconfirmed && quality_speaks(sample->quality) &&
           !is_marked(self, time_ms);
}

static void limit_on_sample(struct machine_self self, uint32_t signal, const struct sample *sample,
                            int64_t time_ms, struct machine_now now,
                            const struct machine_sink *sink)
{
    (void)signal;
    if (hears(self, sample, time_ms))
        take_value(&self.plant->limits[self.index], self.state, sample->value, time_ms, now.at_ms);
    else
        take_silence(self.state);
    settle(self, now, sink);
}

static bool is_of_period(enum limit_period period, enum mean_period mean)
{
    switch (mean) {
    case MEAN_MINUTE:
        return period == PERIOD_MINUTE;
    case MEAN_HOUR:
        return period == PERIOD_HOUR;
    case MEAN_DAY:
        return period == PERIOD_DAY;
    case MEAN_REALTIME:
        return period == PERIOD_REALTIME;
    case MEAN_MONTH:
    case MEAN_PERIODS:
        break;
    }
    return false;
}

static bool is_by_correction(const struct plant_limit *limit, const struct mean *m)
{
    return limit->basis == BASIS_CORRECTED && m->has_corrected;
}

/* A concentration that could not be corrected, for want of oxygen, is no evidence either. */
static bool mean_speaks(const struct plant *plant, const struct plant_limit *limit,
                        const struct mean *m)
{
    bool is_needed = m->is_regulated && limit->basis == BASIS_CORRECTED &&
                     plant->inputs[limit->input].measure == MEASURE_CONCENTRATION;
    return !limit->is_unconfirmed && (is_needed ? m->corrected_valid : m->valid);
}

static double mean_value(const struct plant_limit *limit, const struct mean *m)
{
    return is_by_correction(limit, m) ? m->corrected : m->avg;
}

bool limit_mean_value(const struct plant *plant, const struct plant_limit *limit,
                      const struct mean *m, double *out)
{
    *out = mean_value(limit, m);
    return mean_speaks(plant, limit, m);
}

static void limit_on_mean(struct machine_self self, const struct mean *m, struct machine_now now,
                          const struct machine_sink *sink)
{
    const struct plant_limit *limit = &self.plant->limits[self.index];
    if (!is_of_period(limit->period, m->period))
        return;
    if (mean_speaks(self.plant, limit, m))
        take_value(limit, self.state, mean_value(limit, m), m->start_ms, now.at_ms);
    else
        take_silence(self.state);
    settle(self, now, sink);
}

static int64_t limit_on_tick(struct machine_self self, struct machine_now now,
                             const struct machine_sink *sink)
{
    settle(self, now, sink);
    return over_at(self);
}

static void limit_close(struct machine_self self, struct machine_now now, const char *reason,
                        const struct machine_sink *sink)
{
    struct limit_state *s = self.state;
    if (s->phase == PHASE_OPEN)
        s->end_ms = machine_utc_ms(now);
    if (s->phase == PHASE_OPEN || s->phase == PHASE_FALLING)
        report(self, FINDING_CLOSED, now, reason, sink);
    s->phase = PHASE_NORMAL;
}

static enum limit_word judge_value(const struct plant_limit *limit, double value)
{
    struct limit_state s = {0};
    if (is_beyond(limit, value, &s.upper))
        return LIMIT_BEYOND;
    if (limit->has_max && value > limit->max - limit->deadband)
        return LIMIT_NEAR;
    return limit->has_min && value < limit->min + limit->deadband ? LIMIT_NEAR : LIMIT_INSIDE;
}

bool limit_takes_sample(struct machine_self self, uint32_t signal)
{
    const struct plant_limit *limit = &self.plant->limits[self.index];
    return takes_samples(self.plant, limit) && limit->signal == signal;
}

bool limit_takes_mean(struct machine_self self, const struct mean *m)
{
    const struct plant_limit *limit = &self.plant->limits[self.index];
    return !takes_samples(self.plant, limit) && limit->input == m->input &&
           is_of_period(limit->period, m->period);
}

enum limit_word limit_judge_sample(struct machine_self self, const struct sample *s,
                                   int64_t time_ms)
{
    if (self.plant->limits[self.index].is_unconfirmed)
        return LIMIT_NOT_JUDGED;
    if (!hears(self, s, time_ms))
        return LIMIT_NO_EVIDENCE;
    return judge_value(&self.plant->limits[self.index], s->value);
}

enum limit_word limit_judge_mean(struct machine_self self, const struct mean *m)
{
    const struct plant_limit *limit = &self.plant->limits[self.index];
    if (limit->is_unconfirmed)
        return LIMIT_NOT_JUDGED;
    if (!mean_speaks(self.plant, limit, m) || !is_of_period(limit->period, m->period))
        return LIMIT_NO_EVIDENCE;
    return judge_value(limit, mean_value(limit, m));
}

const char *limit_word_name(enum limit_word word)
{
    static const char *const names[] = {"no-evidence", "inside", "inside-deadband", "beyond",
                                        "not-judged"};
    return names[word];
}

const struct machine_kind machine_limit = {
    .name = "limit",
    .version = 2,
    .state_size = sizeof(struct limit_state),
    .count = limit_count,
    .id = limit_id,
    .digest = limit_digest,
    .signals = limit_signals,
    .means = limit_means,
    .init = limit_init,
    .on_sample = limit_on_sample,
    .on_mean = limit_on_mean,
    .on_tick = limit_on_tick,
    .close = limit_close,
};
