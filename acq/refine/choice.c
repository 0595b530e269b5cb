#include "acq/refine/choice.h"

#include "acq/plant/plant.h"

#include <string.h>

static const int64_t minute_ms = 60000;

struct held {
    struct mean own; /* without its reason: that is the record's */
    int64_t until_at;
    bool is_held;
};

struct choice_state {
    struct held held[MEAN_PERIODS];
    int64_t told_ms[MEAN_PERIODS]; /* UTC: start of the station's newest; 0: none yet */
};

bool choice_counts(const struct plant *plant, const struct mean *m)
{
    if (m->period == MEAN_REALTIME)
        return true;
    switch (plant->outlets[m->outlet].means_from) {
    case MEANS_FROM_STATION:
        return m->source == MEAN_STATION;
    case MEANS_FROM_STATION_ELSE_OWN:
        return m->is_chosen;
    case MEANS_FROM_OWN:
        break;
    }
    return m->source == MEAN_OWN;
}

static uint32_t choice_count(const struct plant *plant)
{
    return plant->chosen_count;
}

static const struct plant_input *input_of(const struct plant *plant, uint32_t index)
{
    return &plant->inputs[plant->chosen[index]];
}

static const char *choice_id(const struct plant *plant, uint32_t index)
{
    return input_of(plant, index)->id;
}

static void choice_digest(const struct plant *plant, uint32_t index, uint8_t out[SM3_SIZE])
{
    memcpy(out, input_of(plant, index)->digest, SM3_SIZE);
}

static uint32_t choice_means(const struct plant *plant, uint32_t index, uint32_t *out)
{
    out[0] = plant->chosen[index];
    return 1;
}

static void choice_init(struct machine_self self)
{
    memset(self.state, 0, sizeof(struct choice_state));
}

static void pass(const struct mean *m, const struct machine_sink *sink)
{
    struct mean chosen = *m;
    chosen.is_chosen = true;
    sink->on_mean(sink->ctx, &chosen);
}

static void release(struct held *h, const struct machine_sink *sink)
{
    if (!h->is_held)
        return;
    h->is_held = false;
    pass(&h->own, sink);
}

static void take_own(struct machine_self self, const struct mean *m, struct machine_now now,
                     const struct machine_sink *sink)
{
    struct choice_state *s = self.state;
    struct held *h = &s->held[m->period];
    if (m->start_ms <= s->told_ms[m->period])
        return;
    if (h->is_held && h->own.start_ms != m->start_ms)
        release(h, sink);
    h->own = *m;
    h->own.reason = NULL;
    h->until_at = now.at_ms + self.plant->outlets[m->outlet].station_wait_min * minute_ms;
    h->is_held = true;
}

static void take_station(struct choice_state *s, const struct mean *m,
                         const struct machine_sink *sink)
{
    struct held *h = &s->held[m->period];
    if (h->is_held && h->own.start_ms < m->start_ms)
        release(h, sink);
    if (h->own.start_ms == m->start_ms)
        h->is_held = false;
    if (m->start_ms > s->told_ms[m->period])
        s->told_ms[m->period] = m->start_ms;
    pass(m, sink);
}

static void choice_on_mean(struct machine_self self, const struct mean *m, struct machine_now now,
                           const struct machine_sink *sink)
{
    if (m->is_chosen || m->period == MEAN_REALTIME)
        return;
    if (m->source == MEAN_STATION)
        take_station(self.state, m, sink);
    else
        take_own(self, m, now, sink);
}

static int64_t choice_on_tick(struct machine_self self, struct machine_now now,
                              const struct machine_sink *sink)
{
    struct choice_state *s = self.state;
    int64_t next_at = INT64_MAX;
    for (int period = 0; period < MEAN_PERIODS; period++) {
        struct held *h = &s->held[period];
        if (h->is_held && h->until_at <= now.at_ms)
            release(h, sink);
        if (h->is_held && h->until_at < next_at)
            next_at = h->until_at;
    }
    return next_at;
}

/* Withdrawn periods are told again by whoever told them. */
static void choice_on_step_back(struct machine_self self, int64_t from_ms, int64_t back_to_ms,
                                struct machine_now now, const struct machine_sink *sink)
{
    struct choice_state *s = self.state;
    (void)from_ms;
    (void)now;
    (void)sink;
    for (int period = 0; period < MEAN_PERIODS; period++) {
        if (s->told_ms[period] > back_to_ms)
            s->told_ms[period] = back_to_ms;
        if (s->held[period].own.start_ms > back_to_ms)
            s->held[period].is_held = false;
    }
}

static void choice_close(struct machine_self self, struct machine_now now, const char *reason,
                         const struct machine_sink *sink)
{
    struct choice_state *s = self.state;
    (void)now;
    (void)reason;
    for (int period = 0; period < MEAN_PERIODS; period++)
        release(&s->held[period], sink);
}

const struct machine_kind machine_choice = {
    .name = "choice",
    .version = 1,
    .state_size = sizeof(struct choice_state),
    .count = choice_count,
    .id = choice_id,
    .digest = choice_digest,
    .means = choice_means,
    .init = choice_init,
    .on_mean = choice_on_mean,
    .on_tick = choice_on_tick,
    .on_step_back = choice_on_step_back,
    .close = choice_close,
};
