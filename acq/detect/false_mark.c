#include "acq/detect/false_mark.h"

#include "acq/core/declaration.h"
#include "acq/core/mark.h"
#include "acq/core/quality.h"
#include "acq/detect/finding.h"
#include "acq/detect/object_state.h"
#include "acq/plant/plant.h"
#include "acq/refine/mean.h"
#include "acq/refine/period.h"

#include <math.h>
#include <string.h>

enum {
    AROUND_MS = 30 * MINUTE_MS, /* domain: a record within half an hour */
    LATE_MS = DAY_MS,
    INSTANTS = 64, /* of service, and of minutes above a limit, that are remembered */
    LOOK_MS = MINUTE_MS,
};

enum sign { SIGN_FLOW, SIGN_TEMPERATURE, SIGN_OXYGEN, SIGN_EQUIPMENT, SIGNS };

static const struct {
    const char *part, *channel_zh, *unit;
} signs[SIGNS] = {
    [SIGN_FLOW] = {"flow", "烟气流量", "m3/h"},
    [SIGN_TEMPERATURE] = {"temperature", "烟气温度", "℃"},
    [SIGN_OXYGEN] = {"oxygen", "含氧量", "%"},
    [SIGN_EQUIPMENT] = {"equipment", "生产设施", ""},
};

struct contradiction {
    int64_t since_ms; /* UTC; 0: there is none */
    int64_t since_at;
    int64_t open; /* a finding is open */
    double value;
};

struct instants {
    int64_t ms[INSTANTS];
    uint32_t count; /* so far; the newest overwrites the oldest */
    uint32_t unused;
};

struct false_mark_state {
    struct contradiction by[SIGNS];
    struct instants service, exceeded;
    int64_t looked_ms; /* UTC: marks were looked at up to then; 0: not yet */
    uint64_t running;  /* a bit by place in stop_equipment */
};

static uint32_t check_count(const struct plant *plant)
{
    return plant->outlet_count;
}

static const char *check_id(const struct plant *plant, uint32_t i)
{
    return plant->outlets[i].id;
}

static void check_digest(const struct plant *plant, uint32_t i, uint8_t out[SM3_SIZE])
{
    memcpy(out, plant->outlets[i].stop_digest, SM3_SIZE);
}

static void check_init(struct machine_self self)
{
    memset(self.state, 0, sizeof(struct false_mark_state));
}

static const struct plant_outlet *outlet_of(struct machine_self self)
{
    return &self.plant->outlets[self.index];
}

/* The input that a sign is measured by; PLANT_NONE when it is not tested. */
static uint32_t input_of(const struct plant_outlet *o, enum sign sign)
{
    if (o->stop.hold_s == 0)
        return PLANT_NONE;
    switch (sign) {
    case SIGN_FLOW:
        return isnan(o->stop.flow_max_m3h) ? PLANT_NONE : o->flow;
    case SIGN_TEMPERATURE:
        return isnan(o->stop.temperature_max_c) ? PLANT_NONE : o->gas[MEASURE_TEMPERATURE];
    case SIGN_OXYGEN:
        return isnan(o->stop.o2_min_pct) ? PLANT_NONE : o->gas[MEASURE_OXYGEN];
    case SIGN_EQUIPMENT:
    case SIGNS:
        break;
    }
    return PLANT_NONE;
}

static uint32_t add_once(uint32_t *out, uint32_t count, uint32_t signal)
{
    for (uint32_t i = 0; i < count; i++)
        if (out[i] == signal)
            return count;
    out[count] = signal;
    return count + 1;
}

static uint32_t check_signals(const struct plant *plant, uint32_t i, uint32_t *out)
{
    const struct plant_outlet *o = &plant->outlets[i];
    uint32_t count = 0;
    for (int sign = 0; sign < SIGN_EQUIPMENT; sign++) {
        uint32_t input = input_of(o, (enum sign)sign);
        if (input != PLANT_NONE)
            count = add_once(out, count, plant->inputs[input].signal);
    }
    for (uint32_t n = 0; n < o->stop.service_count; n++)
        count = add_once(out, count, o->stop.service[n]);
    return count;
}

static uint32_t check_means(const struct plant *plant, uint32_t i, uint32_t *out)
{
    const struct plant_outlet *o = &plant->outlets[i];
    uint32_t count = 0;
    for (uint32_t n = 0; n < o->limit_count; n++)
        if (plant->limits[o->first_limit + n].period == PERIOD_HOUR)
            count = add_once(out, count, plant->limits[o->first_limit + n].input);
    return count;
}

static uint32_t check_states(const struct plant *plant, uint32_t i, uint32_t *out)
{
    const struct plant_stop_check *stop = &plant->outlets[i].stop;
    for (uint32_t n = 0; n < stop->equipment_count; n++)
        out[n] = stop->equipment[n];
    return stop->equipment_count;
}

static double threshold_of(const struct plant_outlet *o, enum sign sign)
{
    switch (sign) {
    case SIGN_FLOW:
        return o->stop.flow_max_m3h;
    case SIGN_TEMPERATURE:
        return o->stop.temperature_max_c;
    case SIGN_OXYGEN:
        return o->stop.o2_min_pct;
    case SIGN_EQUIPMENT:
    case SIGNS:
        break;
    }
    return (double)NAN;
}

static struct finding begin(struct machine_self self, const char *part, const char *class_word,
                            int64_t start_ms, struct machine_now now)
{
    const struct plant_outlet *o = outlet_of(self);
    return (struct finding){
        .kind = "integrity",
        .test = "false-mark",
        .class_word = class_word,
        .site = self.plant->sites[o->site].id,
        .object = o->id,
        .name = o->name,
        .part = part,
        .outlet = o->id,
        .priority = 3,
        .start_ms = start_ms,
        .raised_ms = machine_utc_ms(now),
        .value = (double)NAN,
        .threshold = (double)NAN,
        .worst = (double)NAN,
    };
}

static void report_sign(struct machine_self self, enum sign sign, enum finding_state state,
                        int64_t end_ms, struct machine_now now, const char *reason,
                        const struct machine_sink *sink)
{
    const struct false_mark_state *s = self.state;
    const struct contradiction *c = &s->by[sign];
    const struct finding_evidence evidence = {.channel = signs[sign].part,
                                              .channel_zh = signs[sign].channel_zh,
                                              .says = "run",
                                              .unit = signs[sign].unit,
                                              .value = c->value,
                                              .threshold = threshold_of(outlet_of(self), sign)};
    struct finding f = begin(self, signs[sign].part, "stop-while-running", c->since_ms, now);
    f.state = state;
    f.end_ms = end_ms;
    f.reason = reason;
    f.evidence = &evidence;
    f.evidence_count = 1;
    sink->on_finding(sink->ctx, &f);
}

static void report_hint(struct machine_self self, const char *part, const char *class_word,
                        const struct declaration *d, struct machine_now now,
                        const struct machine_sink *sink)
{
    struct finding f = begin(self, part, class_word, d->start_ms, now);
    sink->on_finding(sink->ctx, &f);
    f.state = FINDING_CLOSED;
    f.end_ms = d->end_ms < f.raised_ms ? d->end_ms : f.raised_ms;
    if (f.end_ms < f.start_ms)
        f.end_ms = f.start_ms;
    sink->on_finding(sink->ctx, &f);
}

static void clear(struct machine_self self, enum sign sign, int64_t time_ms, struct machine_now now,
                  const char *reason, const struct machine_sink *sink)
{
    struct false_mark_state *s = self.state;
    struct contradiction *c = &s->by[sign];
    if (c->open)
        report_sign(self, sign, FINDING_CLOSED, time_ms, now, reason, sink);
    *c = (struct contradiction){0};
}

static void settle(struct machine_self self, enum sign sign, struct machine_now now,
                   const struct machine_sink *sink)
{
    struct false_mark_state *s = self.state;
    struct contradiction *c = &s->by[sign];
    int64_t hold_ms = (int64_t)outlet_of(self)->stop.hold_s * 1000;
    if (c->since_ms == 0 || c->open || now.at_ms - c->since_at < hold_ms)
        return;
    c->open = 1;
    report_sign(self, sign, FINDING_OPEN, 0, now, NULL, sink);
}

static bool is_stopped(struct machine_self self, int64_t time_ms)
{
    return declarations_stopped_ms(self.declared, outlet_of(self)->id, "", time_ms, time_ms + 1) >
           0;
}

static void take_sign(struct machine_self self, enum sign sign, bool is_running, double value,
                      int64_t time_ms, struct machine_now now, const struct machine_sink *sink)
{
    struct false_mark_state *s = self.state;
    struct contradiction *c = &s->by[sign];
    if (!is_running || !is_stopped(self, time_ms)) {
        clear(self, sign, time_ms, now, NULL, sink);
        return;
    }
    if (c->since_ms == 0)
        *c = (struct contradiction){.since_ms = time_ms, .since_at = now.at_ms};
    c->value = value;
    settle(self, sign, now, sink);
}

/* A flow at the duct's state, whatever it comes of; NAN of a pitot tube, which needs the gas. */
static double in_unit(const struct plant_outlet *o, const struct plant_input *in, enum sign sign,
                      double raw)
{
    double value = raw * in->scale + in->offset;
    if (sign != SIGN_FLOW)
        return value;
    if (in->source == MEASURE_VELOCITY)
        return value * o->velocity_factor * o->area_m2 * 3600;
    return in->source == MEASURE_FLOW ? value * 3600 : (double)NAN;
}

static void remember(struct instants *i, int64_t ms)
{
    i->ms[i->count++ % INSTANTS] = ms;
}

static bool is_within(const struct instants *i, int64_t from_ms, int64_t to_ms)
{
    for (uint32_t n = 0; n < INSTANTS && n < i->count; n++)
        if (i->ms[n] >= from_ms && i->ms[n] <= to_ms)
            return true;
    return false;
}

static void check_on_sample(struct machine_self self, uint32_t signal, const struct sample *sample,
                            int64_t time_ms, struct machine_now now,
                            const struct machine_sink *sink)
{
    struct false_mark_state *s = self.state;
    const struct plant_outlet *o = outlet_of(self);
    enum quality_word word = quality_word(sample->quality);
    if (word != QUALITY_GOOD && word != QUALITY_HELD && word != QUALITY_CLOCK_UNTRUSTED)
        return;
    for (int sign = 0; sign < SIGN_EQUIPMENT; sign++) {
        uint32_t input = input_of(o, (enum sign)sign);
        if (input == PLANT_NONE || self.plant->inputs[input].signal != signal)
            continue;
        double value = in_unit(o, &self.plant->inputs[input], (enum sign)sign, sample->value);
        double threshold = threshold_of(o, (enum sign)sign);
        bool is_running = sign == SIGN_OXYGEN ? value < threshold : value > threshold;
        take_sign(self, (enum sign)sign, is_running, value, time_ms, now, sink);
    }
    for (uint32_t n = 0; n < o->stop.service_count; n++)
        if (o->stop.service[n] == signal && sample->value != 0 &&
            !is_within(&s->service, time_ms - MINUTE_MS, time_ms))
            remember(&s->service, time_ms);
}

static void check_on_state(struct machine_self self, const struct object_state *state,
                           struct machine_now now, const struct machine_sink *sink)
{
    struct false_mark_state *s = self.state;
    const struct plant_stop_check *stop = &outlet_of(self)->stop;
    for (uint32_t n = 0; n < stop->equipment_count; n++) {
        if (stop->equipment[n] != state->equipment)
            continue;
        s->running &= ~(UINT64_C(1) << n);
        if (state->code == OBJECT_ON)
            s->running |= UINT64_C(1) << n;
    }
    take_sign(self, SIGN_EQUIPMENT, s->running != 0, (double)NAN, state->time_ms, now, sink);
}

static void check_on_mean(struct machine_self self, const struct mean *m, struct machine_now now,
                          const struct machine_sink *sink)
{
    (void)now;
    (void)sink;
    struct false_mark_state *s = self.state;
    const struct plant_outlet *o = outlet_of(self);
    for (uint32_t n = 0; m->period == MEAN_MINUTE && n < o->limit_count; n++) {
        const struct plant_limit *limit = &self.plant->limits[o->first_limit + n];
        bool corrected = limit->basis == BASIS_CORRECTED && m->has_corrected;
        if (limit->period == PERIOD_HOUR && limit->input == m->input && limit->has_max &&
            !limit->is_unconfirmed && m->valid &&
            (corrected ? m->corrected : m->avg) > limit->max) {
            remember(&s->exceeded, m->start_ms);
            return;
        }
    }
}

static bool is_new(const struct false_mark_state *s, int64_t due_ms, int64_t now_ms)
{
    return due_ms > s->looked_ms && due_ms <= now_ms;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void look_at(struct machine_self self, const struct declaration *d, struct machine_now now,
                    const struct machine_sink *sink)
{
    const struct false_mark_state *s = self.state;
    const struct mark_meaning *meaning = mark_meaning(d->word, d->mark_kind);
    int64_t now_ms = machine_utc_ms(now);
    bool is_maintenance = strcmp(meaning->mark_class, "maintenance") == 0 || meaning->flag == 'C';
    if (d->end_ms != INT64_MAX && d->made_ms - d->end_ms > LATE_MS && is_new(s, d->made_ms, now_ms))
        report_hint(self, "late", "late", d, now, sink);
    if (outlet_of(self)->stop.service_count > 0 && is_maintenance &&
        is_new(s, later(d->start_ms + AROUND_MS, d->made_ms), now_ms) &&
        !is_within(&s->service, d->start_ms - AROUND_MS, d->start_ms + AROUND_MS))
        report_hint(self, "service", "no-service-record", d, now, sink);
    if (meaning->flag != 0 && is_new(s, later(d->start_ms, d->made_ms), now_ms) &&
        is_within(&s->exceeded, d->start_ms - AROUND_MS, d->start_ms + AROUND_MS))
        report_hint(self, "exceedance", "at-exceedance", d, now, sink);
}

static void look(struct machine_self self, struct machine_now now, const struct machine_sink *sink)
{
    struct false_mark_state *s = self.state;
    const char *object = outlet_of(self)->id;
    for (uint32_t i = 0; s->looked_ms != 0 && i < self.declared->count; i++) {
        const struct declaration *d = &self.declared->items[i];
        if (d->kind == DECLARATION_MARK && !d->is_auto && strcmp(d->object, object) == 0)
            look_at(self, d, now, sink);
    }
    s->looked_ms = machine_utc_ms(now);
}

static int64_t check_on_tick(struct machine_self self, struct machine_now now,
                             const struct machine_sink *sink)
{
    struct false_mark_state *s = self.state;
    int64_t now_ms = machine_utc_ms(now);
    for (int sign = 0; sign < SIGNS; sign++) {
        if (s->by[sign].since_ms != 0 && !is_stopped(self, now_ms))
            clear(self, (enum sign)sign, now_ms, now, NULL, sink);
        settle(self, (enum sign)sign, now, sink);
    }
    look(self, now, sink);
    return now.at_ms + LOOK_MS;
}

static void check_close(struct machine_self self, struct machine_now now, const char *reason,
                        const struct machine_sink *sink)
{
    for (int sign = 0; sign < SIGNS; sign++)
        clear(self, (enum sign)sign, machine_utc_ms(now), now, reason, sink);
    check_init(self);
}

const struct machine_kind machine_false_mark = {
    .name = "false-mark",
    .version = 1,
    .state_size = sizeof(struct false_mark_state),
    .count = check_count,
    .id = check_id,
    .digest = check_digest,
    .signals = check_signals,
    .means = check_means,
    .states = check_states,
    .init = check_init,
    .on_sample = check_on_sample,
    .on_mean = check_on_mean,
    .on_state = check_on_state,
    .on_tick = check_on_tick,
    .close = check_close,
};
