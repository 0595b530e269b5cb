#include "acq/refine/quantity.h"

#include "acq/refine/convert.h"
#include "acq/refine/periods.h"

#include <string.h>

struct quantity_state {
    struct periods periods;
    struct convert convert;
    struct reach_gas reaches[PERIODS_MINUTES + OPEN_MINUTES];
};

static uint32_t quantity_count(const struct plant *plant)
{
    return plant->regulated_count;
}

static const struct plant_input *input_at(const struct plant *plant, uint32_t index)
{
    return &plant->inputs[plant->regulated[index]];
}

static uint32_t input_of(struct machine_self self)
{
    return self.plant->regulated[self.index];
}

static const char *quantity_id(const struct plant *plant, uint32_t index)
{
    return input_at(plant, index)->id;
}

static void quantity_digest(const struct plant *plant, uint32_t index, uint8_t out[SM3_SIZE])
{
    memcpy(out, input_at(plant, index)->digest, SM3_SIZE);
}

static uint32_t quantity_signals(const struct plant *plant, uint32_t index, uint32_t *out)
{
    return convert_signals(plant, plant->regulated[index], out);
}

static void quantity_init(struct machine_self self)
{
    memset(self.state, 0, sizeof(struct quantity_state));
}

static struct periods_of periods_of(struct machine_self self, struct machine_now now,
                                    const struct machine_sink *sink)
{
    struct quantity_state *s = self.state;
    return (struct periods_of){.plant = self.plant,
                               .input = input_of(self),
                               .p = &s->periods,
                               .reaches = s->reaches,
                               .size = sizeof *s->reaches,
                               .minutes = OPEN_MINUTES,
                               .offset_ms = now.offset_ms,
                               .sink = sink};
}

/* Works out the instant that waits. */
static void flush(const struct periods_of *o, struct quantity_state *s)
{
    struct convert_result result;
    if (!convert_flush(&s->convert, o->plant, o->input, &result))
        return;
    int64_t start_ms = floor_to(result.time_ms, MINUTE_MS, 0);
    if (start_ms < s->periods.closed_ms ||
        !(result.has_sample || result.oxygen_came || result.flow_came))
        return;
    struct reach *minute = periods_minute(o, start_ms);
    if (result.has_sample && periods_is_repeat(o->p, minute, result.time_ms))
        return;
    if (result.is_counted)
        periods_count(o->p, result.time_ms);
    reach_add_sample((struct reach_gas *)minute, o->plant, o->input, &result);
    if (!result.has_sample)
        return;
    struct mean m = reach_realtime(o->plant, o->input, &result);
    periods_tell(o, &m);
}

static void quantity_on_sample(struct machine_self self, uint32_t signal,
                               const struct sample *sample, int64_t time_ms, struct machine_now now,
                               const struct machine_sink *sink)
{
    struct quantity_state *s = self.state;
    const struct periods_of o = periods_of(self, now, sink);
    if (s->convert.instant_ms != time_ms)
        flush(&o, s);
    if (periods_take(&o, time_ms, now))
        convert_take(&s->convert, self.plant, o.input, self.declared, signal, sample, time_ms);
}

static int64_t quantity_on_tick(struct machine_self self, struct machine_now now,
                                const struct machine_sink *sink)
{
    const struct periods_of o = periods_of(self, now, sink);
    flush(&o, self.state);
    return periods_tick(&o, now, convert_grace_ms(o.plant, o.input));
}

static void quantity_on_step_back(struct machine_self self, int64_t from_ms, int64_t back_to_ms,
                                  struct machine_now now, const struct machine_sink *sink)
{
    (void)from_ms;
    struct quantity_state *s = self.state;
    const struct periods_of o = periods_of(self, now, sink);
    if (s->convert.instant_ms >= back_to_ms)
        s->convert = (struct convert){0};
    periods_step_back(&o, back_to_ms);
}

static void quantity_on_revised(struct machine_self self, int64_t day_ms, bool has_revised)
{
    const struct periods_of o = periods_of(self, (struct machine_now){0}, NULL);
    periods_revised(&o, day_ms, has_revised);
}

static void quantity_close(struct machine_self self, struct machine_now now, const char *reason,
                           const struct machine_sink *sink)
{
    (void)reason;
    const struct periods_of o = periods_of(self, now, sink);
    flush(&o, self.state);
    periods_close(&o);
    quantity_init(self);
}

const struct machine_kind machine_quantity = {
    .name = "quantity",
    .version = 3,
    .state_size = sizeof(struct quantity_state),
    .count = quantity_count,
    .id = quantity_id,
    .digest = quantity_digest,
    .signals = quantity_signals,
    .init = quantity_init,
    .on_sample = quantity_on_sample,
    .on_tick = quantity_on_tick,
    .on_step_back = quantity_on_step_back,
    .on_revised = quantity_on_revised,
    .keeps_state = true,
    .close = quantity_close,
};
