#include "acq/detect/limit.h"

#include "acq/plant/plant.h"

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

static uint32_t limit_signals(const struct plant *plant, uint32_t i, uint32_t *out)
{
    out[0] = plant->limits[i].signal;
    return 1;
}

static void limit_init(const struct plant *plant, uint32_t i, void *state)
{
    (void)plant;
    (void)i;
    *(struct limit_state *)state = (struct limit_state){.phase = PHASE_NORMAL};
}

static double threshold(const struct plant_limit *limit, const struct limit_state *s)
{
    return s->upper ? limit->max : limit->min;
}

static void report(const struct plant *plant, uint32_t i, const struct limit_state *s,
                   enum finding_state state, struct detector_now now, const char *reason,
                   const struct finding_sink *sink)
{
    const struct plant_limit *limit = &plant->limits[i];
    const struct plant_outlet *outlet = &plant->outlets[limit->outlet];
    const struct plant_signal *signal = &plant->signals[limit->signal];
    struct finding f = {
        .kind = detector_limit.name,
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
        .raised_ms = now.at_ms + now.offset_ms,
        .end_ms = s->end_ms,
        .reason = reason,
        .value = s->value,
        .threshold = threshold(limit, s),
        .worst = s->worst,
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

/* What the passing of time alone decides: a delay is over. */
static void settle(const struct plant *plant, uint32_t i, struct limit_state *s,
                   struct detector_now now, const struct finding_sink *sink)
{
    const struct plant_limit *limit = &plant->limits[i];
    int64_t waited_ms = now.at_ms - s->since_at;
    if (s->phase == PHASE_RISING && waited_ms >= (int64_t)limit->on_delay_s * 1000) {
        s->phase = PHASE_OPEN;
        report(plant, i, s, FINDING_OPEN, now, NULL, sink);
    } else if (s->phase == PHASE_FALLING && waited_ms >= (int64_t)limit->off_delay_s * 1000) {
        s->phase = PHASE_NORMAL;
        report(plant, i, s, FINDING_CLOSED, now, NULL, sink);
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

static bool speaks(const struct sample *sample)
{
    enum quality_word word = quality_word(sample->quality);
    return word == QUALITY_GOOD || word == QUALITY_HELD || word == QUALITY_CLOCK_UNTRUSTED;
}

static void limit_input(const struct plant *plant, uint32_t i, void *state, uint32_t signal,
                        const struct sample *sample, int64_t time_ms, struct detector_now now,
                        const struct finding_sink *sink)
{
    (void)signal;
    struct limit_state *s = state;
    if (speaks(sample))
        take_value(&plant->limits[i], s, sample->value, time_ms, now.at_ms);
    else
        take_silence(s);
    settle(plant, i, s, now, sink);
}

static void limit_tick(const struct plant *plant, uint32_t i, void *state, struct detector_now now,
                       const struct finding_sink *sink)
{
    settle(plant, i, state, now, sink);
}

static void limit_close(const struct plant *plant, uint32_t i, void *state, struct detector_now now,
                        const char *reason, const struct finding_sink *sink)
{
    struct limit_state *s = state;
    if (s->phase == PHASE_OPEN)
        s->end_ms = now.at_ms + now.offset_ms;
    if (s->phase == PHASE_OPEN || s->phase == PHASE_FALLING)
        report(plant, i, s, FINDING_CLOSED, now, reason, sink);
    s->phase = PHASE_NORMAL;
}

const struct detector_kind detector_limit = {
    .name = "limit",
    .version = 1,
    .state_size = sizeof(struct limit_state),
    .count = limit_count,
    .id = limit_id,
    .digest = limit_digest,
    .signals = limit_signals,
    .init = limit_init,
    .input = limit_input,
    .tick = limit_tick,
    .close = limit_close,
};
