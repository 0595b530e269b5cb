#include "acq/core/declaration.h"
#include "acq/refine/periods.h"
#include "acq/refine/quantity.h"

#include <string.h>

struct plain_state {
    struct periods periods;
    struct reach reaches[PERIODS_MINUTES + OPEN_MINUTES];
};

static uint32_t plain_count(const struct plant *plant)
{
    return plant->plain_count;
}

static const struct plant_input *input_at(const struct plant *plant, uint32_t index)
{
    return &plant->inputs[plant->plain[index]];
}

static const char *plain_id(const struct plant *plant, uint32_t index)
{
    return input_at(plant, index)->id;
}

static void plain_digest(const struct plant *plant, uint32_t index, uint8_t out[SM3_SIZE])
{
    memcpy(out, input_at(plant, index)->digest, SM3_SIZE);
}

static uint32_t plain_signals(const struct plant *plant, uint32_t index, uint32_t *out)
{
    out[0] = input_at(plant, index)->signal;
    return 1;
}

static void plain_init(struct machine_self self)
{
    memset(self.state, 0, sizeof(struct plain_state));
}

static struct periods_of periods_of(struct machine_self self, struct machine_now now,
                                    const struct machine_sink *sink)
{
    struct plain_state *s = self.state;
    return (struct periods_of){.plant = self.plant,
                               .input = self.plant->plain[self.index],
                               .p = &s->periods,
                               .reaches = s->reaches,
                               .size = sizeof *s->reaches,
                               .minutes = OPEN_MINUTES,
                               .offset_ms = now.offset_ms,
                               .sink = sink};
}

static const struct declaration *find_mark(struct machine_self self, uint32_t input,
                                           int64_t time_ms)
{
    const struct plant_input *in = &self.plant->inputs[input];
    if (!self.declared || self.declared->count == 0)
        return NULL;
    return declarations_find_mark(self.declared, self.plant->outlets[in->outlet].id, in->factor,
                                  time_ms);
}

/* What is marked does not count (HJ 212-2017 table 8: M, D, C, S, F are not in the mean). */
static void plain_on_sample(struct machine_self self, uint32_t signal, const struct sample *sample,
                            int64_t time_ms, struct machine_now now,
                            const struct machine_sink *sink)
{
    (void)signal;
    const struct periods_of o = periods_of(self, now, sink);
    if (!periods_take(&o, time_ms, now))
        return;
    struct reach *minute = periods_minute(&o, floor_to(time_ms, MINUTE_MS, 0));
    if (periods_is_repeat(o.p, minute, time_ms))
        return;
    const struct declaration *mark = find_mark(self, o.input, time_ms);
    enum quality_word word = quality_word(sample->quality);
    bool speaks = word == QUALITY_GOOD || word == QUALITY_HELD || word == QUALITY_CLOCK_UNTRUSTED;
    const struct reach_sample share = {
        .time_ms = time_ms,
        .is_counted = speaks && !mark,
        .untrusted = word == QUALITY_CLOCK_UNTRUSTED && !mark,
        .flag = mark ? flag_of_mark(mark->word, mark->mark_kind) : flag_of_quality(sample->quality),
        .value = sample->value,
    };
    reach_add_plain(minute, &share);
    if (share.is_counted)
        periods_count(o.p, time_ms);
}

static int64_t plain_on_tick(struct machine_self self, struct machine_now now,
                             const struct machine_sink *sink)
{
    const struct periods_of o = periods_of(self, now, sink);
    const struct plant_input *in = &self.plant->inputs[o.input];
    return periods_tick(&o, now,
                        grace_of(&self.plant->devices[self.plant->signals[in->signal].device]));
}

static void plain_on_step_back(struct machine_self self, int64_t from_ms, int64_t back_to_ms,
                               struct machine_now now, const struct machine_sink *sink)
{
    (void)from_ms;
    const struct periods_of o = periods_of(self, now, sink);
    periods_step_back(&o, back_to_ms);
}

static void plain_on_revised(struct machine_self self, int64_t day_ms, bool has_revised)
{
    const struct periods_of o = periods_of(self, (struct machine_now){0}, NULL);
    periods_revised(&o, day_ms, has_revised);
}

static void plain_close(struct machine_self self, struct machine_now now, const char *reason,
                        const struct machine_sink *sink)
{
    (void)reason;
    const struct periods_of o = periods_of(self, now, sink);
    periods_close(&o);
    plain_init(self);
}

const struct machine_kind machine_mean = {
    .name = "mean",
    .version = 3,
    .state_size = sizeof(struct plain_state),
    .count = plain_count,
    .id = plain_id,
    .digest = plain_digest,
    .signals = plain_signals,
    .init = plain_init,
    .on_sample = plain_on_sample,
    .on_tick = plain_on_tick,
    .on_step_back = plain_on_step_back,
    .on_revised = plain_on_revised,
    .keeps_state = true,
    .close = plain_close,
};
