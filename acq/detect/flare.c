#include "acq/detect/flare_private.h"

#include <math.h>
#include <string.h>

enum { MINUTE_MS = 60000, STEP_MS = 1000, STEPS_MAX = 5 };

enum flare_word {
    WORD_UNKNOWN,
    WORD_PURGE,
    WORD_DISCHARGE,
    WORD_POOR, /* and so on, by enum combustion_class */
    WORD_PILOT_OUT = WORD_POOR + COMBUSTION_GOOD
};

static uint32_t flare_count(const struct plant *plant)
{
    return plant->flare_count;
}

static const char *flare_id(const struct plant *plant, uint32_t i)
{
    return plant->outlets[plant->flares[i].outlet].id;
}

static void flare_digest(const struct plant *plant, uint32_t i, uint8_t out[SM3_SIZE])
{
    memcpy(out, plant->flares[i].digest, SM3_SIZE);
}

static uint32_t signal_of(const struct plant_flare *f, uint32_t level)
{
    if (level < FLARE_FIRST_PILOT)
        return f->input[level];
    if (level < FLARE_FIRST_VALVE)
        return level - FLARE_FIRST_PILOT < f->pilot_count ? f->pilots[level - FLARE_FIRST_PILOT]
                                                          : PLANT_NONE;
    return level - FLARE_FIRST_VALVE < f->valve_count ? f->valves[level - FLARE_FIRST_VALVE]
                                                      : PLANT_NONE;
}

static bool is_listed(const uint32_t *list, uint32_t count, uint32_t signal)
{
    for (uint32_t i = 0; i < count; i++)
        if (list[i] == signal)
            return true;
    return false;
}

static uint32_t flare_signals(const struct plant *plant, uint32_t i, uint32_t *out)
{
    uint32_t count = 0;
    for (uint32_t k = 0; k < FLARE_LEVELS; k++) {
        uint32_t signal = signal_of(&plant->flares[i], k);
        if (signal != PLANT_NONE && !is_listed(out, count, signal))
            out[count++] = signal;
    }
    return count;
}

static uint32_t flare_states(const struct plant *plant, uint32_t i, uint32_t *out)
{
    out[0] = plant->flares[i].production;
    return out[0] != PLANT_NONE;
}

static void flare_init(struct machine_self self)
{
    struct flare_state *s = self.state;
    memset(s, 0, sizeof *s);
    s->production_kw = (double)NAN;
    s->runs = flare_of(self)->production == PLANT_NONE ? OBJECT_ON : OBJECT_UNKNOWN;
}

static void take_level(struct flare_level *l, double value, int64_t at_ms)
{
    double passed = (double)(at_ms - l->last_at) / FLARE_SLOW_MS;
    bool goes_on = l->last_at != 0 && passed < 4;
    l->slow = goes_on ? value + (l->slow - value) * exp(-passed) : value;
    l->value = value;
    l->last_at = at_ms;
}

static void count_igniter(struct flare_state *s, double value)
{
    bool is_on = value > 0.5;
    s->retries += is_on && !s->igniter && s->view.pilot == FLAME_OUT;
    s->igniter = is_on;
}

static void flare_on_sample(struct machine_self self, uint32_t signal, const struct sample *in,
                            int64_t time_ms, struct machine_now now,
                            const struct machine_sink *sink)
{
    (void)time_ms;
    (void)sink;
    struct flare_state *s = self.state;
    const struct plant_flare *f = flare_of(self);
    if (!quality_speaks(in->quality))
        return;
    for (uint32_t k = 0; k < FLARE_LEVELS; k++) {
        if (signal_of(f, k) != signal)
            continue;
        double value = in->value;
        if (k < FLARE_INPUT_COUNT)
            value = value * f->scale[k] + f->offset[k];
        take_level(&s->levels[k], value, now.at_ms);
        if (k == FLARE_IGNITER)
            count_igniter(s, value);
    }
}

static void flare_on_state(struct machine_self self, const struct object_state *state,
                           struct machine_now now, const struct machine_sink *sink)
{
    (void)now;
    (void)sink;
    struct flare_state *s = self.state;
    s->production_kw = state->power_kw;
    s->runs = (uint8_t)state->code;
}

static uint8_t word_of(struct machine_self self)
{
    const struct flare_state *s = self.state;
    const struct flare_view *v = &s->view;
    if (s->said[SAID_PILOT].start_ms != 0 && v->pilot != FLAME_LIT)
        return WORD_PILOT_OUT;
    if (s->event.start_ms != 0) {
        const char *so_far = flare_block_so_far(self);
        for (int c = 0; c < COMBUSTION_GOOD; c++)
            if (strcmp(so_far, flare_combustion_word((enum combustion_class)c)) == 0)
                return (uint8_t)(WORD_POOR + c);
        return WORD_DISCHARGE;
    }
    bool knows = !isnan(v->vent_m3h) || !isnan(v->in[FLARE_HEADER_PRESSURE]) ||
                 !isnan(v->in[FLARE_SEAL_LEVEL]) || v->valve;
    return knows ? WORD_PURGE : WORD_UNKNOWN;
}

static void tell(struct machine_self self, int64_t time_ms, const struct machine_sink *sink)
{
    const struct flare_state *s = self.state;
    const struct plant_outlet *o = &self.plant->outlets[flare_of(self)->outlet];
    static const char *const words[] = {"unknown", "purge", "discharge"};
    static const enum object_code codes[] = {OBJECT_UNKNOWN, OBJECT_OFF, OBJECT_ON};
    struct object_state state = {
        .site = self.plant->sites[o->site].id,
        .object = o->id,
        .equipment = PLANT_NONE,
        .code = OBJECT_ON,
        .confidence = (double)NAN,
        .power_kw = (double)NAN,
        .time_ms = time_ms,
        .since_ms = s->since_ms,
    };
    if (s->word == WORD_PILOT_OUT) {
        state.word = "pilot-out";
        state.code = OBJECT_FAULT;
    } else if (s->word >= WORD_POOR) {
        state.word = flare_combustion_word((enum combustion_class)(s->word - WORD_POOR));
    } else {
        state.word = words[s->word];
        state.code = codes[s->word];
    }
    machine_tell_state(sink, &state);
}

static void tell_state(struct machine_self self, struct machine_now now,
                       const struct machine_sink *sink)
{
    struct flare_state *s = self.state;
    int64_t utc_ms = machine_utc_ms(now);
    uint8_t word = word_of(self);
    if (word != s->word || s->since_ms == 0) {
        s->word = word;
        s->since_ms = utc_ms;
        tell(self, utc_ms, sink);
    }
    if (utc_ms / MINUTE_MS != s->told_minute) {
        s->told_minute = utc_ms / MINUTE_MS;
        tell(self, s->told_minute * MINUTE_MS, sink);
    }
}

/* Once a minute, while nothing is wrong. */
static void learn(struct machine_self self, struct machine_now now)
{
    struct flare_state *s = self.state;
    const struct flare_view *v = &s->view;
    bool is_quiet = s->event.start_ms == 0 && s->trigger_at == 0;
    if (machine_utc_ms(now) / MINUTE_MS == s->told_minute || !is_quiet)
        return;
    if (!isnan(v->in[FLARE_VENT_FLOW]))
        learned_add(&s->flow, 0, v->in[FLARE_VENT_FLOW]);
    if (!isnan(v->in[FLARE_SEAL_LEVEL]))
        learned_add(&s->seal, 0, v->in[FLARE_SEAL_LEVEL]);
}

static int64_t flare_on_tick(struct machine_self self, struct machine_now now,
                             const struct machine_sink *sink)
{
    struct flare_state *s = self.state;
    int64_t passed_ms = s->ticked_at ? now.at_ms - s->ticked_at : 0;
    if (s->ticked_at && passed_ms < STEP_MS)
        return s->ticked_at + STEP_MS;
    s->ticked_at = now.at_ms;
    if (passed_ms > (int64_t)STEPS_MAX * STEP_MS)
        passed_ms = STEP_MS;
    flare_look(self, now);
    if (s->view.flows)
        s->flowed_at = now.at_ms;
    flare_event_step(self, now, sink);
    flare_block_step(self, (double)passed_ms / 1000, now, sink);
    flare_flame_step(self, now, sink);
    learn(self, now);
    tell_state(self, now, sink);
    return now.at_ms + STEP_MS;
}

static void flare_on_step_back(struct machine_self self, int64_t from_ms, int64_t back_to_ms,
                               struct machine_now now, const struct machine_sink *sink)
{
    (void)from_ms;
    (void)back_to_ms;
    struct flare_state *s = self.state;
    for (int i = SAID_PILOT; i < SAID_COUNT; i++)
        flare_say_close(self, (enum flare_said)i, machine_utc_ms(now), "clock", now, sink);
    flare_event_end(self, now, "clock", sink);
    s->tally = (struct flare_tally){0};
    s->trigger_at = s->quiet_at = 0;
}

static void flare_close(struct machine_self self, struct machine_now now, const char *reason,
                        const struct machine_sink *sink)
{
    for (int i = SAID_PILOT; i < SAID_COUNT; i++)
        flare_say_close(self, (enum flare_said)i, machine_utc_ms(now), reason, now, sink);
    flare_event_end(self, now, reason, sink);
}

const struct machine_kind machine_flare = {
    .name = "flare",
    .version = 1,
    .state_size = sizeof(struct flare_state),
    .count = flare_count,
    .id = flare_id,
    .digest = flare_digest,
    .signals = flare_signals,
    .states = flare_states,
    .init = flare_init,
    .on_sample = flare_on_sample,
    .on_state = flare_on_state,
    .on_tick = flare_on_tick,
    .on_step_back = flare_on_step_back,
    .close = flare_close,
};
