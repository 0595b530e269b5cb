#include "acq/refine/mean.h"

#include "acq/core/declaration.h"
#include "acq/plant/plant.h"
#include "acq/refine/period.h"

#include <stdio.h>
#include <string.h>

struct open_minute {
    int64_t start_ms; /* UTC; 0: the slot is free */
    struct total total;
};

struct mean_state {
    struct open_minute minutes[OPEN_MINUTES]; /* oldest first, contiguous */
    int64_t closed_ms;                        /* UTC: everything before it is closed; 0: none yet */
    int64_t hour_ms, day_ms;                  /* UTC: start of the open hour and day; 0: none */
    struct total hour, day;
    uint64_t missed; /* samples too late or too early for their minute */
    int64_t told_ms; /* UTC: periods that begin before it were told before a step back */
    uint32_t revision;
};

/* Of an outlet that is regulated quantity.c makes them. */
static uint32_t mean_count(const struct plant *plant)
{
    return plant->plain_count;
}

static const struct plant_input *input_at(const struct plant *plant, uint32_t index)
{
    return &plant->inputs[plant->plain[index]];
}

static const char *mean_id(const struct plant *plant, uint32_t index)
{
    return input_at(plant, index)->id;
}

static void mean_digest(const struct plant *plant, uint32_t index, uint8_t out[SM3_SIZE])
{
    memcpy(out, input_at(plant, index)->digest, SM3_SIZE);
}

static uint32_t mean_signals(const struct plant *plant, uint32_t index, uint32_t *out)
{
    out[0] = input_at(plant, index)->signal;
    return 1;
}

static void mean_init(struct machine_self self)
{
    memset(self.state, 0, sizeof(struct mean_state));
}

static const struct plant_device *device_of(struct machine_self self)
{
    const struct plant_input *input = input_at(self.plant, self.index);
    return &self.plant->devices[self.plant->signals[input->signal].device];
}

static int64_t zone_ms(struct machine_self self)
{
    return zone_of(self.plant);
}

static int64_t grace_ms(struct machine_self self)
{
    return grace_of(device_of(self));
}

static void emit(struct machine_self self, enum mean_period period, int64_t start_ms,
                 const struct total *t, uint32_t parts, bool valid, const struct machine_sink *sink)
{
    const struct mean_state *s = self.state;
    struct mean m = {
        .input = self.plant->plain[self.index],
        .outlet = input_at(self.plant, self.index)->outlet,
        .period = period,
        .start_ms = start_ms,
        .avg = t->good ? t->sum / t->good : 0,
        .min = t->min,
        .max = t->max,
        .parts = parts,
        .good = t->good,
        .valid = valid,
        .revision = start_ms < s->told_ms ? s->revision : 0,
    };
    sink->on_mean(sink->ctx, &m);
}

static void close_day(struct machine_self self, struct mean_state *s,
                      const struct machine_sink *sink)
{
    emit(self, MEAN_DAY, s->day_ms, &s->day, 24, s->day.good >= DAY_GOOD, sink);
    s->day = (struct total){0};
    s->day_ms = 0;
}

static void close_hour(struct machine_self self, struct mean_state *s,
                       const struct machine_sink *sink)
{
    bool valid = s->hour.good >= HOUR_GOOD;
    emit(self, MEAN_HOUR, s->hour_ms, &s->hour, 60, valid, sink);
    int64_t day_ms = floor_to(s->hour_ms, DAY_MS, zone_ms(self));
    if (s->day_ms == 0)
        s->day_ms = day_ms;
    if (valid)
        total_add(&s->day, s->hour.sum / s->hour.good, s->hour.min, s->hour.max);
    int64_t end_ms = s->hour_ms + HOUR_MS;
    s->hour = (struct total){0};
    s->hour_ms = 0;
    if (end_ms >= s->day_ms + DAY_MS)
        close_day(self, s, sink);
}

static void close_minute(struct machine_self self, struct mean_state *s, int64_t start_ms,
                         const struct total *t, int64_t offset_ms, const struct machine_sink *sink)
{
    uint32_t parts =
        due_between(start_ms - offset_ms, start_ms + MINUTE_MS - offset_ms, device_of(self));
    uint32_t needed = parts < MINUTE_GOOD ? parts : MINUTE_GOOD;
    bool valid = t->good > 0 && t->good >= needed && t->untrusted == 0;
    if (parts > 0 || t->good > 0)
        emit(self, MEAN_MINUTE, start_ms, t, parts, valid, sink);
    if (s->hour_ms == 0)
        s->hour_ms = floor_to(start_ms, HOUR_MS, zone_ms(self));
    if (valid)
        total_add(&s->hour, t->sum / t->good, t->min, t->max);
    s->closed_ms = start_ms + MINUTE_MS;
    if (s->closed_ms >= s->hour_ms + HOUR_MS)
        close_hour(self, s, sink);
}

static void drop_first(struct mean_state *s)
{
    memmove(&s->minutes[0], &s->minutes[1], (OPEN_MINUTES - 1) * sizeof s->minutes[0]);
    s->minutes[OPEN_MINUTES - 1] = (struct open_minute){0};
}

/* Closes the oldest minute that is not closed yet, whether samples came for it or not. */
static void close_next(struct machine_self self, struct mean_state *s, int64_t offset_ms,
                       const struct machine_sink *sink)
{
    struct total none = {0};
    if (s->minutes[0].start_ms != s->closed_ms) {
        close_minute(self, s, s->closed_ms, &none, offset_ms, sink);
        return;
    }
    struct total t = s->minutes[0].total;
    drop_first(s);
    close_minute(self, s, s->closed_ms, &t, offset_ms, sink);
}

/* Slots stay in order of time, whatever order samples come in. */
static struct open_minute *take_slot(struct mean_state *s, int i, int64_t start_ms)
{
    for (; i > 0 && s->minutes[i - 1].start_ms > start_ms; i--)
        s->minutes[i] = s->minutes[i - 1];
    s->minutes[i] = (struct open_minute){.start_ms = start_ms};
    return &s->minutes[i];
}

/* The slot of that minute; what does not fit any more is closed ahead of its grace. */
static struct open_minute *open_slot(struct machine_self self, struct mean_state *s,
                                     int64_t start_ms, int64_t offset_ms,
                                     const struct machine_sink *sink)
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

/* What is marked does not count (HJ 212-2017 table 8: M, D, C, S, F are not in the mean). */
static bool is_marked(struct machine_self self, int64_t time_ms)
{
    const struct plant_input *input = input_at(self.plant, self.index);
    return declarations_find_mark(self.declared, self.plant->outlets[input->outlet].id,
                                  input->factor, time_ms) != NULL;
}

/* A clock that is wrong must neither open a period to come nor begin with one of long ago. */
static bool is_out_of_reach(int64_t time_ms, struct machine_now now)
{
    int64_t ahead_ms = time_ms - machine_utc_ms(now);
    return ahead_ms > EARLY_MS || ahead_ms < -(int64_t)SKIP_MS;
}

static void mean_on_sample(struct machine_self self, uint32_t signal, const struct sample *sample,
                           int64_t time_ms, struct machine_now now, const struct machine_sink *sink)
{
    (void)signal;
    struct mean_state *s = self.state;
    enum quality_word word = quality_word(sample->quality);
    int64_t start_ms = floor_to(time_ms, MINUTE_MS, 0);
    if (start_ms < s->closed_ms || is_out_of_reach(time_ms, now)) {
        s->missed++;
        return;
    }
    struct open_minute *minute = open_slot(self, s, start_ms, now.offset_ms, sink);
    if (is_marked(self, time_ms))
        return;
    if (word == QUALITY_CLOCK_UNTRUSTED)
        minute->total.untrusted++;
    if (word == QUALITY_GOOD || word == QUALITY_HELD || word == QUALITY_CLOCK_UNTRUSTED)
        total_add(&minute->total, sample->value, sample->value, sample->value);
}

static void close_open(struct machine_self self, struct mean_state *s, int64_t offset_ms,
                       const struct machine_sink *sink)
{
    while (s->minutes[0].start_ms != 0)
        close_next(self, s, offset_ms, sink);
    if (s->hour_ms != 0)
        close_hour(self, s, sink);
    if (s->day_ms != 0)
        close_day(self, s, sink);
}

/* Nobody was there for longer than a day: what was open closes, the gap stays a gap. */
static void skip(struct machine_self self, struct mean_state *s, struct machine_now now,
                 const struct machine_sink *sink)
{
    close_open(self, s, now.offset_ms, sink);
    s->closed_ms = floor_to(machine_utc_ms(now), MINUTE_MS, 0);
}

static int64_t mean_on_tick(struct machine_self self, struct machine_now now,
                            const struct machine_sink *sink)
{
    struct mean_state *s = self.state;
    if (s->closed_ms == 0)
        return INT64_MAX;
    int64_t grace = grace_ms(self);
    if (machine_utc_ms(now) - s->closed_ms > SKIP_MS)
        skip(self, s, now, sink);
    while (machine_utc_ms(now) >= s->closed_ms + MINUTE_MS + grace)
        close_next(self, s, now.offset_ms, sink);
    return s->closed_ms + MINUTE_MS + grace - now.offset_ms;
}

/* Minutes from the corrected one on are counted again, as a revision where they were told already.
 * A total of which a part is withdrawn begins anew: what it held cannot be taken out of a sum. */
static void mean_on_step_back(struct machine_self self, int64_t from_ms, int64_t back_to_ms,
                              struct machine_now now, const struct machine_sink *sink)
{
    (void)from_ms;
    (void)now;
    (void)sink;
    struct mean_state *s = self.state;
    int64_t minute_ms = floor_to(back_to_ms, MINUTE_MS, 0);
    if (s->closed_ms <= minute_ms)
        return;
    if (s->closed_ms > s->told_ms)
        s->told_ms = s->closed_ms;
    s->revision++;
    int64_t hour_ms = floor_to(back_to_ms, HOUR_MS, zone_ms(self));
    if (floor_to(s->closed_ms - MINUTE_MS, HOUR_MS, zone_ms(self)) != hour_ms) {
        s->day = (struct total){0};
        s->day_ms = 0;
    }
    s->hour = (struct total){0};
    s->hour_ms = 0;
    for (int i = 0; i < OPEN_MINUTES; i++)
        s->minutes[i] = (struct open_minute){0};
    s->closed_ms = minute_ms;
}

static void mean_close(struct machine_self self, struct machine_now now, const char *reason,
                       const struct machine_sink *sink)
{
    (void)reason;
    close_open(self, self.state, now.offset_ms, sink);
    mean_init(self);
}

const struct machine_kind machine_mean = {
    .name = "mean",
    .version = 1,
    .state_size = sizeof(struct mean_state),
    .count = mean_count,
    .id = mean_id,
    .digest = mean_digest,
    .signals = mean_signals,
    .init = mean_init,
    .on_sample = mean_on_sample,
    .on_tick = mean_on_tick,
    .on_step_back = mean_on_step_back,
    .keeps_state = true,
    .close = mean_close,
};
