#include "acq/detect/object_state.h"
#include "acq/detect/rate_place.h"

#include <math.h>
#include <string.h>

enum { SERVED_MAX = 64, FILL_MOST_MIN = 400 * 1440 };

struct run_count {
    uint32_t due, known;
    uint32_t production; /* minutes in which it ran and the treatment's state was known */
    uint32_t both;
    uint32_t starts, on_time;
    uint32_t flow_due, flow_known; /* minutes that a flow belongs to, and had one */
    double flow;                   /* sum of shares of the design flow */
};

struct run_state {
    int64_t minute; /* UTC: the last that was counted; 0: none */
    int64_t flow_at;
    double flow_m3h;
    int64_t own_since_ms;
    int64_t started_ms; /* UTC: production started, to be judged; 0: no */
    struct run_count counts[RATE_PERIODS];
    uint8_t served[SERVED_MAX]; /* enum object_code, by place in `serves` */
    uint8_t own;
    uint8_t has_flow;
    uint8_t is_production_on;
    uint8_t unused[5];
};

_Static_assert(OBJECT_UNKNOWN < 256, "a code is a byte");

static const struct plant_equipment *equipment_of(struct machine_self self)
{
    return &self.plant->equipment[self.plant->treatment[self.index]];
}

static uint32_t run_rate_count(const struct plant *plant)
{
    return plant->treatment_count;
}

static const char *run_rate_id(const struct plant *plant, uint32_t i)
{
    return plant->equipment[plant->treatment[i]].id;
}

static void run_rate_digest(const struct plant *plant, uint32_t i, uint8_t out[SM3_SIZE])
{
    memcpy(out, plant->equipment[plant->treatment[i]].digest, SM3_SIZE);
}

static uint32_t run_rate_signals(const struct plant *plant, uint32_t i, uint32_t *out)
{
    const struct plant_equipment *e = &plant->equipment[plant->treatment[i]];
    out[0] = e->capture_flow;
    return e->capture_flow != PLANT_NONE;
}

static uint32_t run_rate_states(const struct plant *plant, uint32_t i, uint32_t *out)
{
    const struct plant_equipment *e = &plant->equipment[plant->treatment[i]];
    uint32_t n = 0;
    out[n++] = plant->treatment[i];
    for (uint32_t k = 0; k < e->serves_count; k++)
        out[n++] = e->serves[k];
    return n;
}

static void run_rate_init(struct machine_self self)
{
    struct run_state *s = self.state;
    *s = (struct run_state){.own = OBJECT_UNKNOWN};
    memset(s->served, OBJECT_UNKNOWN, sizeof s->served);
}

static void run_rate_on_sample(struct machine_self self, uint32_t signal, const struct sample *in,
                               int64_t time_ms, struct machine_now now,
                               const struct machine_sink *sink)
{
    (void)signal;
    (void)time_ms;
    (void)sink;
    struct run_state *s = self.state;
    if (!quality_speaks(in->quality))
        return;
    s->flow_m3h = in->value * equipment_of(self)->capture_m3h;
    s->flow_at = now.at_ms;
    s->has_flow = 1;
}

static bool is_on(const struct run_state *s, uint32_t count, bool *out_known)
{
    *out_known = true;
    for (uint32_t i = 0; i < count; i++)
        if (s->served[i] == OBJECT_ON)
            return true;
    for (uint32_t i = 0; i < count; i++)
        *out_known = *out_known && s->served[i] != OBJECT_UNKNOWN;
    return false;
}

static void run_rate_on_state(struct machine_self self, const struct object_state *in,
                              struct machine_now now, const struct machine_sink *sink)
{
    (void)now;
    (void)sink;
    struct run_state *s = self.state;
    const struct plant_equipment *e = equipment_of(self);
    bool was_known = false;
    bool is_known = false;
    bool was_on = is_on(s, e->serves_count, &was_known);
    if (in->equipment == self.plant->treatment[self.index]) {
        s->own = (uint8_t)in->code;
        s->own_since_ms = in->since_ms;
        return;
    }
    for (uint32_t i = 0; i < e->serves_count; i++)
        if (e->serves[i] == in->equipment)
            s->served[i] = (uint8_t)in->code;
    if (is_on(s, e->serves_count, &is_known) && !was_on && was_known)
        s->started_ms = in->since_ms;
}

/* Treatment may be told behind production in the same second. */
static void judge_start(struct run_state *s)
{
    if (s->started_ms == 0)
        return;
    bool on_time = s->own == OBJECT_ON && s->own_since_ms <= s->started_ms;
    for (int p = 0; p < RATE_PERIODS && s->own != OBJECT_UNKNOWN; p++) {
        s->counts[p].starts++;
        s->counts[p].on_time += on_time;
    }
    s->started_ms = 0;
}

/* NAN: no share is known. */
static double flow_share(struct machine_self self, struct machine_now now)
{
    const struct run_state *s = self.state;
    const struct plant_equipment *e = equipment_of(self);
    if (!s->has_flow || now.at_ms - s->flow_at >= (int64_t)e->stale_s * 1000)
        return (double)NAN;
    double share = s->flow_m3h / e->design_flow_m3h;
    return share < 0 ? 0 : share > 1 ? 1 : share;
}

/* is_there: somebody looked in that minute. */
static void count_minute(struct machine_self self, bool is_there, struct machine_now now)
{
    struct run_state *s = self.state;
    const struct plant_equipment *e = equipment_of(self);
    bool is_known = false;
    bool runs = is_on(s, e->serves_count, &is_known) && is_there;
    bool counts = runs && s->own != OBJECT_UNKNOWN;
    bool has_hood = e->capture_flow != PLANT_NONE && (runs || e->serves_count == 0);
    double share = has_hood && is_there ? flow_share(self, now) : (double)NAN;
    for (int p = 0; p < RATE_PERIODS; p++) {
        struct run_count *c = &s->counts[p];
        c->due++;
        c->known += is_there && is_known && (!runs || counts);
        c->production += counts;
        c->both += counts && s->own == OBJECT_ON;
        c->flow_due += has_hood;
        c->flow_known += isnan(share) ? 0 : 1;
        c->flow += isnan(share) ? 0 : share;
    }
}

static struct rate begin(struct machine_self self, enum rate_what what, enum rate_period period,
                         int64_t until_ms)
{
    return (struct rate){.what = what,
                         .period = period,
                         .equipment = self.plant->treatment[self.index],
                         .input = PLANT_NONE,
                         .start_ms = rate_start_ms(self.plant, period, until_ms - 1),
                         .until_ms = until_ms,
                         .is_closed = rate_start_ms(self.plant, period, until_ms) == until_ms,
                         .is_passing = rate_start_ms(self.plant, RATE_DAY, until_ms) != until_ms};
}

static void tell(struct machine_self self, int64_t until_ms, const struct machine_sink *sink)
{
    const struct run_state *s = self.state;
    const struct plant_equipment *e = equipment_of(self);
    for (int p = 0; p < RATE_PERIODS; p++) {
        const struct run_count *c = &s->counts[p];
        struct rate run = begin(self, RATE_RUN, (enum rate_period)p, until_ms);
        struct rate capture = begin(self, RATE_CAPTURE, (enum rate_period)p, until_ms);
        run.part = c->both;
        run.whole = c->production;
        run.due = c->due;
        run.known = c->known;
        run.starts = c->starts;
        run.on_time = c->on_time;
        capture.part = c->flow;
        capture.whole = c->flow_known;
        capture.due = c->flow_due;
        capture.known = c->flow_known;
        if (e->serves_count > 0)
            machine_tell_rate(sink, &run);
        if (e->capture_flow != PLANT_NONE)
            machine_tell_rate(sink, &capture);
    }
}

static void end_minute(struct machine_self self, int64_t minute, bool is_there,
                       struct machine_now now, const struct machine_sink *sink)
{
    struct run_state *s = self.state;
    int64_t end_ms = (minute + 1) * MINUTE_MS;
    s->minute = minute;
    count_minute(self, is_there, now);
    if ((end_ms + zone_of(self.plant)) % HOUR_MS != 0)
        return;
    tell(self, end_ms, sink);
    for (int p = 0; p < RATE_PERIODS; p++)
        if (rate_start_ms(self.plant, (enum rate_period)p, end_ms) == end_ms)
            s->counts[p] = (struct run_count){0};
}

static int64_t run_rate_on_tick(struct machine_self self, struct machine_now now,
                                const struct machine_sink *sink)
{
    struct run_state *s = self.state;
    int64_t ended = machine_utc_ms(now) / MINUTE_MS - 1;
    judge_start(s);
    if (s->minute == 0 || ended - s->minute > FILL_MOST_MIN) {
        memset(s->counts, 0, sizeof s->counts);
        s->minute = ended;
    }
    while (s->minute + 1 < ended)
        end_minute(self, s->minute + 1, false, now, sink);
    if (s->minute < ended)
        end_minute(self, ended, true, now, sink);
    int64_t next = s->minute > ended ? s->minute : ended;
    return (next + 2) * MINUTE_MS - now.offset_ms;
}

static void run_rate_close(struct machine_self self, struct machine_now now, const char *reason,
                           const struct machine_sink *sink)
{
    (void)self;
    (void)now;
    (void)reason;
    (void)sink;
}

const struct machine_kind machine_run_rate = {
    .name = "run-rate",
    .version = 1,
    .state_size = sizeof(struct run_state),
    .count = run_rate_count,
    .id = run_rate_id,
    .digest = run_rate_digest,
    .signals = run_rate_signals,
    .states = run_rate_states,
    .init = run_rate_init,
    .on_sample = run_rate_on_sample,
    .on_state = run_rate_on_state,
    .on_tick = run_rate_on_tick,
    .keeps_state = true,
    .close = run_rate_close,
};
