#include "acq/detect/equipment.h"

#include "acq/detect/object_state.h"
#include "acq/plant/plant.h"

#include <math.h>
#include <string.h>

enum { MINUTE_MS = 60000 };

enum run { RUN_OFFLINE, RUN_OFF, RUN_IDLE, RUN_ON };

struct equipment_state {
    double power_kw;     /* the last that spoke */
    int64_t last_at;     /* journal clock: when */
    int64_t since_ms;    /* UTC: when `run` began */
    int64_t wanted_at;   /* journal clock: when `wanted` began */
    int64_t wanted_ms;   /* UTC: likewise */
    int64_t told_minute; /* UTC: the minute of the last telling */
    uint8_t run;
    uint8_t wanted; /* what the power says; counts once it has lasted */
};

static uint32_t equipment_count(const struct plant *plant)
{
    return plant->equipment_count;
}

static const char *equipment_id(const struct plant *plant, uint32_t i)
{
    return plant->equipment[i].id;
}

static void equipment_digest(const struct plant *plant, uint32_t i, uint8_t out[SM3_SIZE])
{
    memcpy(out, plant->equipment[i].digest, SM3_SIZE);
}

static uint32_t equipment_signals(const struct plant *plant, uint32_t i, uint32_t *out)
{
    out[0] = plant->equipment[i].power;
    return 1;
}

static void equipment_init(struct machine_self self)
{
    *(struct equipment_state *)self.state = (struct equipment_state){.run = RUN_OFFLINE};
}

static void tell(struct machine_self self, int64_t time_ms, const struct machine_sink *sink)
{
    static const enum object_code codes[] = {OBJECT_UNKNOWN, OBJECT_OFF, OBJECT_MOVING, OBJECT_ON};
    static const char *const words[] = {"offline", "off", "idle", "run"};
    const struct equipment_state *s = self.state;
    const struct plant_equipment *e = &self.plant->equipment[self.index];
    const struct object_state state = {
        .site = self.plant->sites[e->site].id,
        .object = e->id,
        .equipment = self.index,
        .code = codes[s->run],
        .word = words[s->run],
        .confidence = (double)NAN,
        .power_kw = s->run == RUN_OFFLINE ? (double)NAN : s->power_kw,
        .time_ms = time_ms,
        .since_ms = s->since_ms,
    };
    machine_tell_state(sink, &state);
}

static void enter(struct machine_self self, enum run run, int64_t since_ms, struct machine_now now,
                  const struct machine_sink *sink)
{
    struct equipment_state *s = self.state;
    s->run = (uint8_t)run;
    s->since_ms = since_ms;
    tell(self, machine_utc_ms(now), sink);
}

static enum run judge(const struct plant_equipment *e, enum run before, double power_kw)
{
    double share_pct = 100 * power_kw / e->rated_kw;
    if (share_pct < e->off_pct)
        return RUN_OFF;
    if (share_pct >= e->run_pct || (before == RUN_ON && share_pct >= e->idle_pct))
        return RUN_ON;
    return RUN_IDLE;
}

static int64_t held_at(struct machine_self self)
{
    const struct equipment_state *s = self.state;
    if (s->run == s->wanted || s->run == RUN_OFFLINE)
        return INT64_MAX;
    return s->wanted_at + (int64_t)self.plant->equipment[self.index].hold_s * 1000;
}

static int64_t stale_at(struct machine_self self)
{
    const struct equipment_state *s = self.state;
    if (s->run == RUN_OFFLINE)
        return INT64_MAX;
    return s->last_at + (int64_t)self.plant->equipment[self.index].stale_s * 1000;
}

/* What the passing of time alone decides. */
static void settle(struct machine_self self, struct machine_now now,
                   const struct machine_sink *sink)
{
    struct equipment_state *s = self.state;
    if (now.at_ms >= stale_at(self)) {
        s->wanted = RUN_OFFLINE;
        enter(self, RUN_OFFLINE, machine_utc_ms(now), now, sink);
    } else if (now.at_ms >= held_at(self)) {
        enter(self, (enum run)s->wanted, s->wanted_ms, now, sink);
    }
}

static void equipment_on_sample(struct machine_self self, uint32_t signal, const struct sample *in,
                                int64_t time_ms, struct machine_now now,
                                const struct machine_sink *sink)
{
    (void)signal;
    struct equipment_state *s = self.state;
    const struct plant_equipment *e = &self.plant->equipment[self.index];
    if (quality_speaks(in->quality)) {
        s->power_kw = in->value * e->kw;
        s->last_at = now.at_ms;
        enum run wanted = judge(e, (enum run)s->run, s->power_kw);
        if (wanted != (enum run)s->wanted) {
            s->wanted = (uint8_t)wanted;
            s->wanted_at = now.at_ms;
            s->wanted_ms = time_ms;
        }
        if (s->run == RUN_OFFLINE)
            enter(self, wanted, time_ms, now, sink);
    }
    settle(self, now, sink);
}

static void tell_each_minute(struct machine_self self, struct machine_now now,
                             const struct machine_sink *sink)
{
    struct equipment_state *s = self.state;
    int64_t minute = machine_utc_ms(now) / MINUTE_MS;
    if (minute == s->told_minute)
        return;
    s->told_minute = minute;
    if (s->since_ms == 0)
        s->since_ms = machine_utc_ms(now);
    tell(self, minute * MINUTE_MS, sink);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t equipment_on_tick(struct machine_self self, struct machine_now now,
                                 const struct machine_sink *sink)
{
    const struct equipment_state *s = self.state;
    settle(self, now, sink);
    tell_each_minute(self, now, sink);
    int64_t next_at = (s->told_minute + 1) * MINUTE_MS - now.offset_ms;
    return least(next_at, least(held_at(self), stale_at(self)));
}

static void equipment_close(struct machine_self self, struct machine_now now, const char *reason,
                            const struct machine_sink *sink)
{
    (void)self;
    (void)now;
    (void)reason;
    (void)sink;
}

const struct machine_kind machine_equipment = {
    .name = "equipment",
    .version = 1,
    .state_size = sizeof(struct equipment_state),
    .count = equipment_count,
    .id = equipment_id,
    .digest = equipment_digest,
    .signals = equipment_signals,
    .init = equipment_init,
    .on_sample = equipment_on_sample,
    .on_tick = equipment_on_tick,
    .close = equipment_close,
};
