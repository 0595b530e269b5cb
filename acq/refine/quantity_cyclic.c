#include "acq/refine/convert.h"
#include "acq/refine/periods.h"
#include "acq/refine/quantity.h"

#include <string.h>

/* The value that holds, as it was converted when it came. */
struct hold {
    struct convert_result value;
    int64_t next_ms;  /* UTC: the first step that it was not counted at yet */
    int64_t until_ms; /* UTC: it holds no longer; 0: none does */
};

struct cyclic_state {
    struct periods periods;
    struct convert convert;
    struct hold hold;
    struct reach_gas reaches[PERIODS_MINUTES + CYCLE_MINUTES];
};

static uint32_t cyclic_count(const struct plant *plant)
{
    return plant->cyclic_count;
}

static const struct plant_input *input_at(const struct plant *plant, uint32_t index)
{
    return &plant->inputs[plant->cyclic[index]];
}

static const char *cyclic_id(const struct plant *plant, uint32_t index)
{
    return input_at(plant, index)->id;
}

static void cyclic_digest(const struct plant *plant, uint32_t index, uint8_t out[SM3_SIZE])
{
    memcpy(out, input_at(plant, index)->digest, SM3_SIZE);
}

static uint32_t cyclic_signals(const struct plant *plant, uint32_t index, uint32_t *out)
{
    return convert_signals(plant, plant->cyclic[index], out);
}

static void cyclic_init(struct machine_self self)
{
    memset(self.state, 0, sizeof(struct cyclic_state));
}

static struct periods_of periods_of(struct machine_self self, struct machine_now now,
                                    const struct machine_sink *sink)
{
    struct cyclic_state *s = self.state;
    return (struct periods_of){.plant = self.plant,
                               .input = self.plant->cyclic[self.index],
                               .p = &s->periods,
                               .reaches = s->reaches,
                               .size = sizeof *s->reaches,
                               .minutes = CYCLE_MINUTES,
                               .offset_ms = now.offset_ms,
                               .sink = sink};
}

/* A station says when it sampled, which may be a cycle ago; a register has its value now. */
static int64_t grace_ms(const struct periods_of *o)
{
    const struct plant_input *in = &o->plant->inputs[o->input];
    const struct plant_device *d = &o->plant->devices[o->plant->signals[in->signal].device];
    int64_t own_ms = convert_grace_ms(o->plant, o->input);
    return d->protocol == PROTOCOL_HJ212 ? own_ms + in->cycle_ms : own_ms;
}

/* Counts what holds at each step before to_ms. */
static void count_held(const struct periods_of *o, struct hold *h, int64_t to_ms)
{
    int64_t end_ms = h->until_ms < to_ms ? h->until_ms : to_ms;
    for (; h->next_ms < end_ms; h->next_ms += CYCLE_STEP_MS) {
        int64_t start_ms = floor_to(h->next_ms, MINUTE_MS, 0);
        if (start_ms < o->p->closed_ms)
            continue;
        h->value.time_ms = h->next_ms;
        reach_add_sample((struct reach_gas *)periods_minute(o, start_ms), o->plant, o->input,
                         &h->value);
    }
}

/* What the instruments beside it say counts as it comes. */
static void add_beside(const struct periods_of *o, const struct convert_result *result)
{
    struct convert_result beside = *result;
    int64_t start_ms = floor_to(result->time_ms, MINUTE_MS, 0);
    beside.has_sample = beside.is_counted = false;
    if (start_ms >= o->p->closed_ms && (result->oxygen_came || result->flow_came))
        reach_add_sample((struct reach_gas *)periods_minute(o, start_ms), o->plant, o->input,
                         &beside);
}

/* The next value ends the one before. */
static void take_value(const struct periods_of *o, struct cyclic_state *s,
                       const struct convert_result *result)
{
    struct hold *h = &s->hold;
    int64_t from_ms = result->time_ms + CYCLE_STEP_MS - 1;
    if (h->until_ms != 0 && result->time_ms <= h->value.time_ms)
        return;
    if (s->periods.closed_ms == 0)
        s->periods.closed_ms = floor_to(result->time_ms, MINUTE_MS, 0);
    count_held(o, h, result->time_ms);
    h->value = *result;
    h->value.oxygen_came = h->value.flow_came = false;
    h->next_ms = floor_to(from_ms, CYCLE_STEP_MS, 0);
    h->until_ms = result->time_ms + o->plant->inputs[o->input].cycle_ms;
    if (o->plant->outlets[o->plant->inputs[o->input].outlet].is_regulated) {
        struct mean m = reach_realtime(o->plant, o->input, result);
        periods_tell(o, &m);
    }
}

static void flush(const struct periods_of *o, struct cyclic_state *s)
{
    struct convert_result result;
    if (!convert_flush(&s->convert, o->plant, o->input, &result))
        return;
    add_beside(o, &result);
    if (result.has_sample)
        take_value(o, s, &result);
}

/* Nothing was heard of the analyser: its last value holds on. */
static bool is_silence(const struct periods_of *o, uint32_t signal, const struct sample *sample)
{
    return signal == o->plant->inputs[o->input].signal && !quality_has_value(sample->quality);
}

static void cyclic_on_sample(struct machine_self self, uint32_t signal, const struct sample *sample,
                             int64_t time_ms, struct machine_now now,
                             const struct machine_sink *sink)
{
    struct cyclic_state *s = self.state;
    const struct periods_of o = periods_of(self, now, sink);
    if (s->convert.instant_ms != time_ms)
        flush(&o, s);
    if (!is_silence(&o, signal, sample) && periods_take(&o, time_ms, now))
        convert_take(&s->convert, self.plant, o.input, self.declared, signal, sample, time_ms);
}

static int64_t cyclic_on_tick(struct machine_self self, struct machine_now now,
                              const struct machine_sink *sink)
{
    struct cyclic_state *s = self.state;
    const struct periods_of o = periods_of(self, now, sink);
    flush(&o, s);
    count_held(&o, &s->hold, floor_to(machine_utc_ms(now) - grace_ms(&o), MINUTE_MS, 0));
    return periods_tick(&o, now, grace_ms(&o));
}

static void cyclic_on_step_back(struct machine_self self, int64_t from_ms, int64_t back_to_ms,
                                struct machine_now now, const struct machine_sink *sink)
{
    (void)from_ms;
    struct cyclic_state *s = self.state;
    const struct periods_of o = periods_of(self, now, sink);
    if (s->convert.instant_ms >= back_to_ms)
        s->convert = (struct convert){0};
    if (s->hold.next_ms > back_to_ms)
        s->hold = (struct hold){0};
    periods_step_back(&o, back_to_ms);
}

static void cyclic_on_revised(struct machine_self self, int64_t day_ms, bool has_revised)
{
    const struct periods_of o = periods_of(self, (struct machine_now){0}, NULL);
    periods_revised(&o, day_ms, has_revised);
}

static void cyclic_close(struct machine_self self, struct machine_now now, const char *reason,
                         const struct machine_sink *sink)
{
    (void)reason;
    struct cyclic_state *s = self.state;
    const struct periods_of o = periods_of(self, now, sink);
    flush(&o, s);
    count_held(&o, &s->hold, machine_utc_ms(now));
    periods_close(&o);
    cyclic_init(self);
}

const struct machine_kind machine_cyclic = {
    .name = "cyclic",
    .version = 2,
    .state_size = sizeof(struct cyclic_state),
    .count = cyclic_count,
    .id = cyclic_id,
    .digest = cyclic_digest,
    .signals = cyclic_signals,
    .init = cyclic_init,
    .on_sample = cyclic_on_sample,
    .on_tick = cyclic_on_tick,
    .on_step_back = cyclic_on_step_back,
    .on_revised = cyclic_on_revised,
    .keeps_state = true,
    .close = cyclic_close,
};
