#include "acq/detect/bypass_private.h"

#include "acq/detect/note.h"
#include "acq/plant/thresholds.h"

#include <math.h>
#include <string.h>

enum { MINUTE_MS = 60000, STEP_MS = 1000 };

static uint32_t bypass_count(const struct plant *plant)
{
    return plant->bypass_count;
}

static const char *bypass_id(const struct plant *plant, uint32_t i)
{
    return plant->outlets[plant->bypasses[i].outlet].id;
}

static void bypass_digest(const struct plant *plant, uint32_t i, uint8_t out[SM3_SIZE])
{
    memcpy(out, plant->bypasses[i].digest, SM3_SIZE);
}

static uint32_t signals_of(const struct plant *plant, uint32_t i, uint32_t *out)
{
    return bypass_signals(&plant->bypasses[i], out, MACHINE_INPUTS_MAX);
}

static uint32_t states_of(const struct plant *plant, uint32_t i, uint32_t *out)
{
    const struct plant_bypass *b = &plant->bypasses[i];
    uint32_t count = 0;
    if (b->production != PLANT_NONE)
        out[count++] = b->production;
    if (b->standby != PLANT_NONE && b->standby != b->production)
        out[count++] = b->standby;
    return count;
}

static void bypass_init(struct machine_self self)
{
    struct bypass_state *s = self.state;
    memset(s, 0, sizeof *s);
    for (int i = 0; i < BYPASS_EVIDENCE_MAX; i++)
        channel_init(&s->channels[i]);
    release_init(&s->release);
    s->world.load = (double)NAN;
    s->world.production = bypass_of(self)->production == PLANT_NONE ? OBJECT_ON : OBJECT_UNKNOWN;
    s->standby = OBJECT_UNKNOWN;
}

static void tell(struct machine_self self, int64_t time_ms, const struct machine_sink *sink)
{
    static const char *const words[] = {"unknown", "closed", "suspect", "open", "closing"};
    static const enum object_code codes[] = {OBJECT_UNKNOWN, OBJECT_OFF, OBJECT_MOVING, OBJECT_ON,
                                             OBJECT_MOVING};
    const struct bypass_state *s = self.state;
    const struct plant_outlet *o = &self.plant->outlets[bypass_of(self)->outlet];
    double p = s->fused.is_direct && s->fused.p < bypass_of(self)->fusion.open
                   ? bypass_of(self)->fusion.open
                   : s->fused.p;
    const struct object_state state = {
        .site = self.plant->sites[o->site].id,
        .object = o->id,
        .equipment = PLANT_NONE,
        .code = codes[s->word],
        .word = words[s->word],
        .confidence = s->word == BYPASS_UNKNOWN  ? (double)NAN
                      : s->word == BYPASS_CLOSED ? 1 - p
                                                 : p,
        .power_kw = (double)NAN,
        .time_ms = time_ms,
        .since_ms = s->since_ms,
    };
    machine_tell_state(sink, &state);
}

const struct declaration *bypass_find_mark(struct machine_self self, const char *class_word,
                                           int64_t time_ms)
{
    const struct declarations *all = self.declared;
    for (uint32_t i = 0; all && i < all->count; i++) {
        const struct declaration *d = &all->items[i];
        if (d->kind == DECLARATION_MARK && strcmp(d->word, class_word) == 0 &&
            strcmp(d->object, bypass_object(self)) == 0 && d->start_ms <= time_ms &&
            time_ms < d->end_ms)
            return d;
    }
    return NULL;
}

/* Something is usable again: an event goes on where it was; else one word is needed. */
static enum bypass_word word_after_unknown(const struct bypass_state *s, bool suspects, bool closes)
{
    if (s->event.start_ms != 0)
        return closes ? BYPASS_CLOSING : BYPASS_OPEN;
    if (s->fused.speaking == 0)
        return BYPASS_UNKNOWN;
    return suspects ? BYPASS_SUSPECT : BYPASS_CLOSED;
}

static enum bypass_word word_while_closing(const struct bypass_state *s,
                                           const struct plant_fusion *f, bool closes,
                                           struct machine_now now)
{
    if (!closes)
        return s->event.was_open ? BYPASS_OPEN : BYPASS_SUSPECT;
    bool is_over = now.at_ms - s->word_at >= (int64_t)f->off_delay_s * 1000;
    return is_over ? BYPASS_CLOSED : BYPASS_CLOSING;
}

static enum bypass_word next_word(const struct bypass_state *s, const struct plant_bypass *b,
                                  struct machine_now now)
{
    const struct plant_fusion *f = &b->fusion;
    const struct fused *u = &s->fused;
    bool suspects = s->suspect_at != 0 && now.at_ms - s->suspect_at >= (int64_t)f->suspect_s * 1000;
    bool closes = u->p < f->closing && !u->is_held;
    if (u->usable == 0)
        return BYPASS_UNKNOWN;
    if (u->is_direct || u->p >= f->open)
        return BYPASS_OPEN;
    switch ((enum bypass_word)s->word) {
    case BYPASS_UNKNOWN:
        return word_after_unknown(s, suspects, closes);
    case BYPASS_CLOSED:
        return suspects ? BYPASS_SUSPECT : BYPASS_CLOSED;
    case BYPASS_SUSPECT:
    case BYPASS_OPEN:
        return closes ? BYPASS_CLOSING : (enum bypass_word)s->word;
    case BYPASS_CLOSING:
        break;
    }
    return word_while_closing(s, f, closes, now);
}

static void enter(struct machine_self self, enum bypass_word word, struct machine_now now,
                  const struct machine_sink *sink)
{
    struct bypass_state *s = self.state;
    s->word = (uint8_t)word;
    s->word_at = now.at_ms;
    s->since_ms = machine_utc_ms(now);
    tell(self, s->since_ms, sink);
    if (word == BYPASS_CLOSED)
        bypass_event_end(self, now, NULL, sink);
}

static void fuse(struct machine_self self, struct machine_now now)
{
    struct bypass_state *s = self.state;
    const struct plant_bypass *b = bypass_of(self);
    int64_t utc_ms = machine_utc_ms(now);
    const struct fusion_marks marks = {
        .seal_broken = bypass_find_mark(self, "seal-broken", utc_ms) != NULL,
        .video_open = bypass_find_mark(self, "video-open", utc_ms) != NULL,
    };
    s->fused = fusion_fuse(b, s->channels, marks);
    if (s->fused.p < b->fusion.suspect)
        s->suspect_at = 0;
    else if (s->suspect_at == 0)
        s->suspect_at = now.at_ms;
}

static bool looks_open(const struct bypass_state *s, const struct plant_bypass *b, bool directly)
{
    for (uint32_t i = 0; i < b->evidence_count; i++)
        if (s->channels[i].word == CHANNEL_OPEN &&
            (!directly || channel_defaults(b->evidence[i].channel)->is_direct))
            return true;
    return false;
}

/* What leaves during a delay counts too, once the delay has shown that it is open. */
static void count_release(struct machine_self self, struct machine_now now)
{
    struct bypass_state *s = self.state;
    const struct plant_bypass *b = bypass_of(self);
    bool counts = s->event.start_ms ? bypass_looks_open(self) : looks_open(s, b, true);
    if (counts)
        release_add(&s->release, self.plant, b, s->channels, &s->world, now);
    else if (s->event.start_ms == 0)
        release_forget(&s->release);
    else
        s->release.since_at = 0;
}

static void step(struct machine_self self, struct machine_now now, const struct machine_sink *sink)
{
    struct bypass_state *s = self.state;
    fuse(self, now);
    enum bypass_word word = next_word(s, bypass_of(self), now);
    if (word != (enum bypass_word)s->word)
        enter(self, word, now, sink);
    bypass_event_step(self, now, sink);
    bypass_troubles_step(self, now, sink);
}

static void note(struct machine_self self, uint32_t i, int64_t time_ms,
                 const struct machine_sink *sink)
{
    const struct bypass_state *s = self.state;
    const struct plant_evidence *e = &bypass_of(self)->evidence[i];
    const struct channel_state *c = &s->channels[i];
    const struct channel_defaults *d = channel_defaults(e->channel);
    const struct evidence_note n = {
        .object = bypass_object(self),
        .channel = d->word,
        .signal = e->signal[0] != PLANT_NONE ? e->signal[0] : e->signal[1],
        .looks = channel_word_name((enum channel_word)c->word),
        .says = channel_word_name((enum channel_word)c->says),
        .unit = d->unit,
        .value = e->channel == CHANNEL_LIMIT_SWITCH ? c->level[1] : c->value,
        .threshold = c->open_at,
        .confidence = s->fused.p,
        .time_ms = time_ms,
    };
    machine_note(sink, &n);
}

static bool settle(struct machine_self self, uint32_t i, int64_t time_ms, struct machine_now now,
                   const struct machine_sink *sink)
{
    struct bypass_state *s = self.state;
    struct channel_state *c = &s->channels[i];
    uint8_t word = c->word;
    bool changed =
        channel_settle(c, self.plant, &bypass_of(self)->evidence[i], &s->world, time_ms, now);
    if (changed || c->word != word)
        note(self, i, time_ms, sink);
    return changed;
}

static void settle_all(struct machine_self self, int64_t time_ms, struct machine_now now,
                       const struct machine_sink *sink)
{
    for (uint32_t i = 0; i < bypass_of(self)->evidence_count; i++)
        (void)settle(self, i, time_ms, now, sink);
}

static void take_inlets(struct machine_self self, uint32_t signal, double value,
                        struct machine_now now)
{
    struct bypass_state *s = self.state;
    const struct plant_bypass *b = bypass_of(self);
    for (uint32_t i = 0; i < b->released_count; i++)
        if (b->released[i].inlet == signal)
            release_take_inlet(&s->release, i, value, &s->world, now);
}

static void bypass_on_sample(struct machine_self self, uint32_t signal, const struct sample *in,
                             int64_t time_ms, struct machine_now now,
                             const struct machine_sink *sink)
{
    struct bypass_state *s = self.state;
    const struct plant_bypass *b = bypass_of(self);
    bool changed = false;
    if (!quality_speaks(in->quality))
        return;
    take_inlets(self, signal, in->value, now);
    for (uint32_t i = 0; i < b->evidence_count; i++) {
        const struct plant_evidence *e = &b->evidence[i];
        bool is_mine = false;
        for (int k = 0; k < EVIDENCE_SIGNALS; k++) {
            if (e->signal[k] != signal)
                continue;
            channel_take(&s->channels[i], e, k, in->value, now);
            is_mine = true;
        }
        if (is_mine)
            changed = settle(self, i, time_ms, now, sink) || changed;
    }
    if (changed)
        step(self, now, sink);
}

static void bypass_on_state(struct machine_self self, const struct object_state *state,
                            struct machine_now now, const struct machine_sink *sink)
{
    struct bypass_state *s = self.state;
    const struct plant_bypass *b = bypass_of(self);
    (void)now;
    (void)sink;
    if (state->equipment == b->standby)
        s->standby = (uint8_t)state->code;
    if (state->equipment != b->production)
        return;
    s->world.production = state->code;
    s->world.load = state->power_kw / self.plant->equipment[b->production].rated_kw;
}

static bool is_quiet(const struct bypass_state *s)
{
    return (s->word == BYPASS_CLOSED || s->word == BYPASS_UNKNOWN) && s->event.start_ms == 0 &&
           s->suspect_at == 0;
}

static void each_minute(struct machine_self self, struct machine_now now,
                        const struct machine_sink *sink)
{
    struct bypass_state *s = self.state;
    const struct plant_bypass *b = bypass_of(self);
    int64_t minute = machine_utc_ms(now) / MINUTE_MS;
    if (minute == s->told_minute)
        return;
    s->told_minute = minute;
    if (s->since_ms == 0)
        s->since_ms = machine_utc_ms(now);
    tell(self, minute * MINUTE_MS, sink);
    for (uint32_t i = 0; i < b->evidence_count; i++)
        note(self, i, minute * MINUTE_MS, sink);
    if (!is_quiet(s) || looks_open(s, b, false))
        return;
    for (uint32_t i = 0; i < b->evidence_count; i++)
        channel_learn(&s->channels[i], self.plant, &b->evidence[i], &s->world, now);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t bypass_on_tick(struct machine_self self, struct machine_now now,
                              const struct machine_sink *sink)
{
    struct bypass_state *s = self.state;
    const struct plant_bypass *b = bypass_of(self);
    settle_all(self, machine_utc_ms(now), now, sink);
    count_release(self, now);
    step(self, now, sink);
    each_minute(self, now, sink);
    if (!is_quiet(s) || looks_open(s, b, false))
        return now.at_ms + STEP_MS;
    int64_t next = (s->told_minute + 1) * MINUTE_MS - now.offset_ms;
    next = least(next, bypass_troubles_next_at(self));
    for (uint32_t i = 0; i < b->evidence_count; i++)
        next = least(next, channel_next_at(&s->channels[i], &b->evidence[i]));
    return next;
}

static void bypass_close(struct machine_self self, struct machine_now now, const char *reason,
                         const struct machine_sink *sink)
{
    bypass_event_end(self, now, reason, sink);
    bypass_troubles_end(self, now, reason, sink);
}

const struct machine_kind machine_bypass = {
    .name = "bypass",
    .version = 1,
    .state_size = sizeof(struct bypass_state),
    .count = bypass_count,
    .id = bypass_id,
    .digest = bypass_digest,
    .signals = signals_of,
    .states = states_of,
    .init = bypass_init,
    .on_sample = bypass_on_sample,
    .on_state = bypass_on_state,
    .on_tick = bypass_on_tick,
    .close = bypass_close,
};
