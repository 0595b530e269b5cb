/* Channels of evidence of a bypass: what each asks for, and its thresholds over the defaults. */
#include "acq/plant/loader.h"
#include "acq/plant/thresholds.h"

#include <math.h>
#include <stdio.h>

enum { STALE_LEAST_MS = 60000, STALE_PERIODS = 2, CYCLES = 2 };

enum key {
    KEY_SIGNAL = 1 << 0,
    KEY_OPEN = 1 << 1,
    KEY_CLOSED = 1 << 2,
    KEY_MAIN = 1 << 3,
    KEY_AMBIENT = 1 << 4,
    KEY_SET_POINT = 1 << 5,
    KEY_OUTLET = 1 << 6,
    KEY_LOAD = 1 << 7,
    KEY_EQUIPMENT = 1 << 8,
    KEY_FACTOR = 1 << 9,
    KEY_AREA = 1 << 10,
    KEY_BASE = 1 << 11,
    KEY_LOD = 1 << 12,
    KEY_OPEN_AT = 1 << 13,
    KEY_CLOSED_AT = 1 << 14,
    KEY_TRAVEL = 1 << 15,
    KEY_SPAN = 1 << 16,
    KEY_SMOOTH = 1 << 17,
};

static const char *const key_names[] = {"signal",    "open",   "closed",  "main",      "ambient",
                                        "set_point", "outlet", "load",    "equipment", "factor",
                                        "area_m2",   "base",   "lod",     "open_at",   "closed_at",
                                        "travel_s",  "span_k", "smooth_s"};

static const struct {
    unsigned needs, takes;
} shapes[CHANNEL_COUNT] = {
    [CHANNEL_LIMIT_SWITCH] = {0, KEY_OPEN | KEY_CLOSED | KEY_TRAVEL},
    [CHANNEL_POSITION] = {KEY_SIGNAL, KEY_SMOOTH | KEY_OPEN_AT | KEY_CLOSED_AT},
    [CHANNEL_VELOCITY] = {KEY_SIGNAL, KEY_SMOOTH | KEY_AREA | KEY_OPEN_AT | KEY_CLOSED_AT},
    [CHANNEL_FLOW] = {KEY_SIGNAL | KEY_OPEN_AT, KEY_SMOOTH | KEY_CLOSED_AT},
    [CHANNEL_PRESSURE] = {KEY_SIGNAL, KEY_SMOOTH | KEY_BASE | KEY_OPEN_AT | KEY_CLOSED_AT},
    [CHANNEL_TEMPERATURE] = {KEY_SIGNAL | KEY_MAIN | KEY_AMBIENT,
                             KEY_SPAN | KEY_OPEN_AT | KEY_CLOSED_AT},
    [CHANNEL_CONCENTRATION] = {KEY_SIGNAL,
                               KEY_FACTOR | KEY_BASE | KEY_LOD | KEY_OPEN_AT | KEY_CLOSED_AT},
    [CHANNEL_MAIN_FLOW] = {KEY_OUTLET | KEY_LOAD, KEY_SMOOTH | KEY_OPEN_AT | KEY_CLOSED_AT},
    [CHANNEL_TREATMENT_POWER] = {KEY_EQUIPMENT,
                                 KEY_SMOOTH | KEY_BASE | KEY_OPEN_AT | KEY_CLOSED_AT},
    [CHANNEL_FAN] = {KEY_SIGNAL, KEY_SMOOTH | KEY_SET_POINT | KEY_OPEN_AT | KEY_CLOSED_AT},
    [CHANNEL_SEAL] = {KEY_SIGNAL, 0},
    [CHANNEL_VIDEO] = {KEY_SIGNAL, 0},
};

static void check_keys(struct loader *l, const struct place *at, enum evidence_channel channel)
{
    const char *word = channel_defaults(channel)->word;
    for (size_t i = 0; i < sizeof key_names / sizeof *key_names; i++) {
        unsigned key = 1u << i;
        const struct place member = read_member(at, key_names[i]);
        bool given = member.node != at->node;
        char found[REPORT_VALUE_SIZE];
        snprintf(found, sizeof found, "no \"%s\"", key_names[i]);
        if (!given && (shapes[channel].needs & key))
            report_error(&l->report, at, found, "one, as \"%s\" needs it", word);
        if (given && !((shapes[channel].needs | shapes[channel].takes) & key))
            report_error(&l->report, &member, NULL, "none: \"%s\" has no \"%s\"", word,
                         key_names[i]);
    }
}

static uint32_t signal_of(struct loader *l, const struct place *at, const char *key,
                          const char *text)
{
    const struct place member = read_member(at, key);
    return text ? load_resolve_number(l, &member, text) : PLANT_NONE;
}

static void resolve_signals(struct loader *l, const struct place *at,
                            const struct evidence_draft *d, struct plant_evidence *e)
{
    for (int i = 0; i < EVIDENCE_SIGNALS; i++)
        e->signal[i] = PLANT_NONE;
    if (e->channel == CHANNEL_LIMIT_SWITCH) {
        e->signal[0] = signal_of(l, at, "open", d->open);
        e->signal[1] = signal_of(l, at, "closed", d->closed);
        if (!d->open && !d->closed)
            report_error(&l->report, at, "neither \"open\" nor \"closed\"", "at least one of them");
        return;
    }
    e->signal[0] = signal_of(l, at, "signal", d->signal);
    if (e->channel == CHANNEL_TEMPERATURE) {
        e->signal[1] = signal_of(l, at, "main", d->main);
        e->signal[2] = signal_of(l, at, "ambient", d->ambient);
    } else if (e->channel == CHANNEL_FAN) {
        e->signal[1] = signal_of(l, at, "set_point", d->set_point);
    }
}

static void resolve_outlet(struct loader *l, const struct place *at, const char *id,
                           struct plant_evidence *e)
{
    const struct place member = read_member(at, "outlet");
    const struct plant_outlet *all = l->outlets.items;
    const struct plant_input *inputs = l->inputs.items;
    e->outlet = load_resolve(l, &member, &l->outlets, sizeof *all, id, "an outlet");
    if (e->outlet == PLANT_NONE)
        return;
    const struct plant_outlet *o = &all[e->outlet];
    uint32_t flow = o->kind == OUTLET_FLARE ? PLANT_NONE : o->flow;
    if (flow == PLANT_NONE && o->kind != OUTLET_FLARE)
        flow = o->gas[MEASURE_VELOCITY];
    if (flow == PLANT_NONE) {
        report_error(&l->report, &member, NULL, "an outlet with an input \"a00000\" or \"a01011\"");
        return;
    }
    e->input = flow;
    e->signal[0] = inputs[flow].signal;
}

static void resolve_objects(struct loader *l, const struct place *at,
                            const struct evidence_draft *d, struct plant_evidence *e)
{
    bool is_main = e->channel == CHANNEL_MAIN_FLOW;
    const char *id = is_main ? d->load : d->equipment;
    const struct plant_equipment *all = l->equipment.items;
    e->outlet = e->input = PLANT_NONE;
    e->equipment = load_equipment_ref(l, at, is_main ? "load" : "equipment", id);
    if (is_main && d->outlet)
        resolve_outlet(l, at, d->outlet, e);
    if (e->equipment != PLANT_NONE)
        e->signal[is_main ? 1 : 0] = all[e->equipment].power;
}

static uint32_t longest_period_ms(const struct loader *l, const struct plant_evidence *e)
{
    const struct plant_signal *signals = l->signals.items;
    const struct plant_device *devices = l->devices.items;
    uint32_t longest = 0;
    for (int i = 0; i < EVIDENCE_SIGNALS; i++) {
        if (e->signal[i] == PLANT_NONE)
            continue;
        uint32_t every = devices[signals[e->signal[i]].device].every_ms;
        longest = every > longest ? every : longest;
    }
    return longest;
}

static void set_delays(const struct loader *l, const struct evidence_draft *d,
                       struct plant_evidence *e)
{
    const struct channel_defaults *c = channel_defaults(e->channel);
    uint32_t period_ms = longest_period_ms(l, e);
    uint32_t cycles_s = (CYCLES * period_ms + 999) / 1000;
    bool by_cycles = e->channel == CHANNEL_CONCENTRATION;
    uint32_t stale_ms = STALE_PERIODS * period_ms;
    e->on_delay_s = by_cycles ? cycles_s : c->on_delay_s;
    e->off_delay_s = by_cycles ? cycles_s : c->off_delay_s;
    if (d->on_delay_s != DRAFT_NOT_GIVEN)
        e->on_delay_s = d->on_delay_s;
    if (d->off_delay_s != DRAFT_NOT_GIVEN)
        e->off_delay_s = d->off_delay_s;
    e->stale_ms = stale_ms < STALE_LEAST_MS ? STALE_LEAST_MS : stale_ms;
    if (d->stale_s != DRAFT_NOT_GIVEN)
        e->stale_ms = d->stale_s * 1000;
    e->travel_s = d->travel_s;
    e->span_k = d->span_k;
    e->smooth_s = d->smooth_s == DRAFT_NOT_GIVEN ? c->smooth_s : d->smooth_s;
}

static double first_given(double a, double b)
{
    return isnan(a) ? b : a;
}

/* A threshold that is not given keeps its default ratio to the other. */
static void set_thresholds(const struct evidence_draft *d, struct plant_evidence *e)
{
    const struct channel_defaults *c = channel_defaults(e->channel);
    double ratio = e->channel == CHANNEL_FLOW ? 0.6 : c->closed_at / c->open_at;
    e->base = d->base;
    e->lod = isnan(d->lod) ? 0 : d->lod;
    e->area_m2 = isnan(d->area_m2) ? 0 : d->area_m2;
    e->open_at = c->open_at;
    e->closed_at = c->closed_at;
    if (e->channel == CHANNEL_CONCENTRATION && isnan(d->open_at) && !isnan(d->base)) {
        e->open_at = fmax(2 * e->lod, 5 * d->base);
        e->closed_at = fmin(2 * d->base, e->open_at);
    }
    if (!isnan(d->open_at)) {
        e->open_at = d->open_at;
        e->closed_at = isnan(ratio) ? d->open_at * 0.4 : d->open_at * ratio;
    } else if (!isnan(d->closed_at) && !isnan(ratio)) {
        e->open_at = d->closed_at / ratio;
    }
    e->closed_at = first_given(d->closed_at, e->closed_at);
    e->ln_open = log(first_given(d->lr_open, c->lr_open));
    e->ln_closed = log(first_given(d->lr_closed, c->lr_closed));
}

static void check_thresholds(struct loader *l, const struct place *at,
                             const struct plant_evidence *e)
{
    bool is_falling = channel_defaults(e->channel)->is_falling;
    const struct place closed = read_member(at, "closed_at");
    const struct place place = closed.node == at->node ? read_member(at, "open_at") : closed;
    if (isnan(e->open_at) || isnan(e->closed_at))
        return;
    if (is_falling ? e->closed_at < e->open_at : e->closed_at > e->open_at)
        report_error(&l->report, &place, NULL, "a closed threshold that is not %s the open one, %g",
                     is_falling ? "below" : "above", e->open_at);
}

static void check_concentration(struct loader *l, const struct place *at,
                                const struct evidence_draft *d)
{
    if (isnan(d->lod) && isnan(d->open_at))
        report_error(&l->report, at, "neither \"lod\" nor \"open_at\"", "at least one of them");
}

static void check_velocity_unit(struct loader *l, const struct place *at,
                                const struct plant_evidence *e)
{
    const struct plant_signal *signals = l->signals.items;
    const struct place signal = read_member(at, "signal");
    if (e->signal[0] == PLANT_NONE)
        return;
    const char *unit = signals[e->signal[0]].unit;
    if (unit[0] && strcmp(unit, "m/s") != 0)
        report_error(&l->report, &signal, NULL, "a signal in m/s, as a velocity is; else \"flow\"");
}

bool load_evidence(struct loader *l, const struct place *at, struct plant_evidence *out)
{
    struct evidence_draft d = {.channel = -1,
                               .area_m2 = (double)NAN,
                               .base = (double)NAN,
                               .lod = (double)NAN,
                               .open_at = (double)NAN,
                               .closed_at = (double)NAN,
                               .lr_open = (double)NAN,
                               .lr_closed = (double)NAN,
                               .on_delay_s = DRAFT_NOT_GIVEN,
                               .off_delay_s = DRAFT_NOT_GIVEN,
                               .stale_s = DRAFT_NOT_GIVEN,
                               .smooth_s = DRAFT_NOT_GIVEN};
    read_defaults(&l->reader, IN_EVIDENCE, &d);
    if (!read_object(&l->reader, at, IN_EVIDENCE, &d))
        return false;
    *out = (struct plant_evidence){.channel = (enum evidence_channel)d.channel,
                                   .factor = d.factor ? d.factor : ""};
    check_keys(l, at, out->channel);
    resolve_signals(l, at, &d, out);
    resolve_objects(l, at, &d, out);
    set_delays(l, &d, out);
    set_thresholds(&d, out);
    check_thresholds(l, at, out);
    if (out->channel == CHANNEL_CONCENTRATION)
        check_concentration(l, at, &d);
    if (out->channel == CHANNEL_VELOCITY)
        check_velocity_unit(l, at, out);
    return true;
}
