#include "acq/refine/quantity.h"

#include "acq/refine/convert.h"
#include "acq/refine/mean.h"
#include "acq/refine/period.h"
#include "acq/refine/reach.h"

#include <string.h>

struct quantity_state {
    struct convert convert;
    struct reach minutes[OPEN_MINUTES]; /* oldest first */
    struct reach hour, day, month;
    int64_t closed_ms; /* UTC: everything before it is closed; 0: none yet */
    uint64_t missed;   /* samples too late or too early for their minute */
    int64_t told_ms;   /* UTC: periods that begin before it were told before a step back */
    uint32_t revision;
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

/* That of the slowest instrument that has a part in it. */
static int64_t grace_ms(struct machine_self self)
{
    int64_t most_ms = 0;
    for (int slot = 0; slot < SLOT_COUNT; slot++) {
        uint32_t signal = convert_signal(self.plant, input_of(self), (enum convert_slot)slot);
        if (signal == PLANT_NONE)
            continue;
        int64_t own_ms = grace_of(&self.plant->devices[self.plant->signals[signal].device]);
        most_ms = own_ms > most_ms ? own_ms : most_ms;
    }
    return most_ms;
}

static void tell(struct machine_self self, struct mean *m, const struct machine_sink *sink)
{
    const struct quantity_state *s = self.state;
    m->revision = m->start_ms < s->told_ms ? s->revision : 0;
    sink->on_mean(sink->ctx, m);
}

/* Tells a period and adds it to the next longer one, if there is one. */
static void conclude(struct machine_self self, enum mean_period period, struct reach *r,
                     struct reach *longer, int64_t offset_ms, const struct machine_sink *sink)
{
    const struct reach_rule rule =
        reach_rule(self.plant, input_of(self), period, r->start_ms, offset_ms);
    struct mean m = reach_conclude(r, self.plant, input_of(self), period, &rule);
    if (rule.parts > 0 || m.good > 0)
        tell(self, &m, sink);
    if (longer)
        reach_add_part(longer, r, &m, &rule);
    *r = (struct reach){0};
}

static void close_month(struct machine_self self, struct quantity_state *s, int64_t offset_ms,
                        const struct machine_sink *sink)
{
    conclude(self, MEAN_MONTH, &s->month, NULL, offset_ms, sink);
}

static void close_day(struct machine_self self, struct quantity_state *s, int64_t offset_ms,
                      const struct machine_sink *sink)
{
    int64_t end_ms = s->day.start_ms + DAY_MS;
    int64_t next_ms = 0;
    int64_t start_ms =
        reach_month_start(s->day.start_ms, self.plant->server.zone_offset_min, &next_ms);
    if (s->month.start_ms == 0)
        s->month.start_ms = start_ms;
    conclude(self, MEAN_DAY, &s->day, &s->month, offset_ms, sink);
    if (end_ms >= next_ms)
        close_month(self, s, offset_ms, sink);
}

static void close_hour(struct machine_self self, struct quantity_state *s, int64_t offset_ms,
                       const struct machine_sink *sink)
{
    int64_t end_ms = s->hour.start_ms + HOUR_MS;
    if (s->day.start_ms == 0)
        s->day.start_ms = floor_to(s->hour.start_ms, DAY_MS, zone_of(self.plant));
    conclude(self, MEAN_HOUR, &s->hour, &s->day, offset_ms, sink);
    if (end_ms >= s->day.start_ms + DAY_MS)
        close_day(self, s, offset_ms, sink);
}

static void close_minute(struct machine_self self, struct quantity_state *s, struct reach *minute,
                         int64_t offset_ms, const struct machine_sink *sink)
{
    s->closed_ms = minute->start_ms + MINUTE_MS;
    if (s->hour.start_ms == 0)
        s->hour.start_ms = floor_to(minute->start_ms, HOUR_MS, zone_of(self.plant));
    conclude(self, MEAN_MINUTE, minute, &s->hour, offset_ms, sink);
    if (s->closed_ms >= s->hour.start_ms + HOUR_MS)
        close_hour(self, s, offset_ms, sink);
}

/* Closes the oldest minute that is not closed yet, whether samples came for it or not. */
static void close_next(struct machine_self self, struct quantity_state *s, int64_t offset_ms,
                       const struct machine_sink *sink)
{
    struct reach minute = {.start_ms = s->closed_ms};
    if (s->minutes[0].start_ms == s->closed_ms) {
        minute = s->minutes[0];
        memmove(&s->minutes[0], &s->minutes[1], (OPEN_MINUTES - 1) * sizeof s->minutes[0]);
        s->minutes[OPEN_MINUTES - 1] = (struct reach){0};
    }
    close_minute(self, s, &minute, offset_ms, sink);
}

/* Slots stay in order of time, whatever order samples come in. */
static struct reach *take_slot(struct quantity_state *s, int i, int64_t start_ms)
{
    for (; i > 0 && s->minutes[i - 1].start_ms > start_ms; i--)
        s->minutes[i] = s->minutes[i - 1];
    s->minutes[i] = (struct reach){.start_ms = start_ms};
    return &s->minutes[i];
}

/* The slot of that minute; what does not fit any more is closed ahead of its grace. */
static struct reach *open_slot(struct machine_self self, struct quantity_state *s, int64_t start_ms,
                               int64_t offset_ms, const struct machine_sink *sink)
{
    if (s->closed_ms == 0)
        s->closed_ms = start_ms;
    for (;;) {
        for (int i = 0; i < OPEN_MINUTES; i++) {
            if (s->minutes[i].start_ms == start_ms)
                return &s->minutes[i];
            if (s->minutes[i].start_ms == 0)
                return take_slot(s, i, start_ms);
        }
        close_next(self, s, offset_ms, sink);
    }
}

/* Works out the instant that waits. */
static void flush(struct machine_self self, struct quantity_state *s, int64_t offset_ms,
                  const struct machine_sink *sink)
{
    struct convert_result result;
    if (!convert_flush(&s->convert, self.plant, input_of(self), &result))
        return;
    int64_t start_ms = floor_to(result.time_ms, MINUTE_MS, 0);
    if (start_ms < s->closed_ms || !(result.has_sample || result.oxygen_came || result.flow_came))
        return;
    struct reach *minute = open_slot(self, s, start_ms, offset_ms, sink);
    reach_add_sample(minute, self.plant, input_of(self), &result);
    if (!result.has_sample)
        return;
    struct mean m = reach_realtime(self.plant, input_of(self), &result);
    tell(self, &m, sink);
}

/* A clock that is wrong must neither open a period to come nor begin with one of long ago. */
static bool is_out_of_reach(int64_t time_ms, struct machine_now now)
{
    int64_t ahead_ms = time_ms - machine_utc_ms(now);
    return ahead_ms > EARLY_MS || ahead_ms < -(int64_t)SKIP_MS;
}

static void quantity_on_sample(struct machine_self self, uint32_t signal,
                               const struct sample *sample, int64_t time_ms, struct machine_now now,
                               const struct machine_sink *sink)
{
    struct quantity_state *s = self.state;
    if (s->convert.instant_ms != time_ms)
        flush(self, s, now.offset_ms, sink);
    if (floor_to(time_ms, MINUTE_MS, 0) < s->closed_ms || is_out_of_reach(time_ms, now)) {
        s->missed++;
        return;
    }
    convert_take(&s->convert, self.plant, input_of(self), self.declared, signal, sample, time_ms);
}

static void close_open(struct machine_self self, struct quantity_state *s, int64_t offset_ms,
                       const struct machine_sink *sink)
{
    while (s->minutes[0].start_ms != 0)
        close_next(self, s, offset_ms, sink);
    if (s->hour.start_ms != 0)
        close_hour(self, s, offset_ms, sink);
    if (s->day.start_ms != 0)
        close_day(self, s, offset_ms, sink);
    if (s->month.start_ms != 0)
        close_month(self, s, offset_ms, sink);
}

/* Nobody was there for longer than a day: what was open closes, the gap stays a gap. A month goes
 * on over it. */
static void skip(struct machine_self self, struct quantity_state *s, struct machine_now now,
                 const struct machine_sink *sink)
{
    while (s->minutes[0].start_ms != 0)
        close_next(self, s, now.offset_ms, sink);
    if (s->hour.start_ms != 0)
        close_hour(self, s, now.offset_ms, sink);
    if (s->day.start_ms != 0)
        close_day(self, s, now.offset_ms, sink);
    s->closed_ms = floor_to(machine_utc_ms(now), MINUTE_MS, 0);
    int64_t next_ms = 0;
    int64_t start_ms =
        reach_month_start(s->closed_ms, self.plant->server.zone_offset_min, &next_ms);
    if (s->month.start_ms != 0 && s->month.start_ms != start_ms)
        close_month(self, s, now.offset_ms, sink);
}

static int64_t quantity_on_tick(struct machine_self self, struct machine_now now,
                                const struct machine_sink *sink)
{
    struct quantity_state *s = self.state;
    flush(self, s, now.offset_ms, sink);
    if (s->closed_ms == 0)
        return INT64_MAX;
    int64_t grace = grace_ms(self);
    if (machine_utc_ms(now) - s->closed_ms > SKIP_MS)
        skip(self, s, now, sink);
    while (machine_utc_ms(now) >= s->closed_ms + MINUTE_MS + grace)
        close_next(self, s, now.offset_ms, sink);
    return s->closed_ms + MINUTE_MS + grace - now.offset_ms;
}

static int64_t month_of(struct machine_self self, int64_t time_ms)
{
    int64_t next_ms = 0;
    return reach_month_start(time_ms, self.plant->server.zone_offset_min, &next_ms);
}

/* Minutes from the corrected one on are counted again, as a revision where they were told already.
 * A sum of which a part is withdrawn begins anew: what it held cannot be taken out of it. */
static void quantity_on_step_back(struct machine_self self, int64_t from_ms, int64_t back_to_ms,
                                  struct machine_now now, const struct machine_sink *sink)
{
    (void)from_ms;
    (void)now;
    (void)sink;
    struct quantity_state *s = self.state;
    int64_t minute_ms = floor_to(back_to_ms, MINUTE_MS, 0);
    if (s->convert.instant_ms >= back_to_ms)
        s->convert = (struct convert){0};
    if (s->closed_ms <= minute_ms)
        return;
    int64_t last_ms = s->closed_ms - MINUTE_MS;
    if (s->closed_ms > s->told_ms)
        s->told_ms = s->closed_ms;
    s->revision++;
    if (floor_to(last_ms, HOUR_MS, zone_of(self.plant)) !=
        floor_to(back_to_ms, HOUR_MS, zone_of(self.plant)))
        s->day = (struct reach){0};
    if (floor_to(last_ms, DAY_MS, zone_of(self.plant)) !=
            floor_to(back_to_ms, DAY_MS, zone_of(self.plant)) ||
        month_of(self, last_ms) != month_of(self, back_to_ms))
        s->month = (struct reach){0};
    s->hour = (struct reach){0};
    for (int i = 0; i < OPEN_MINUTES; i++)
        s->minutes[i] = (struct reach){0};
    s->closed_ms = minute_ms;
}

static void quantity_close(struct machine_self self, struct machine_now now, const char *reason,
                           const struct machine_sink *sink)
{
    (void)reason;
    struct quantity_state *s = self.state;
    flush(self, s, now.offset_ms, sink);
    close_open(self, s, now.offset_ms, sink);
    quantity_init(self);
}

const struct machine_kind machine_quantity = {
    .name = "quantity",
    .version = 1,
    .state_size = sizeof(struct quantity_state),
    .count = quantity_count,
    .id = quantity_id,
    .digest = quantity_digest,
    .signals = quantity_signals,
    .init = quantity_init,
    .on_sample = quantity_on_sample,
    .on_tick = quantity_on_tick,
    .on_step_back = quantity_on_step_back,
    .keeps_state = true,
    .close = quantity_close,
};
