#include "acq/detect/flare_private.h"

#include <math.h>

/* Kind, part, unit, and the words of its classes. */
static const struct said_row {
    const char *kind, *part, *unit;
    const char *classes[COMBUSTION_GOOD + 1];
} rows[] = {
    [SAID_EVENT] = {"flare-event", "", "m3/h", {"undeclared", "overrun", "declared"}},
    [SAID_PILOT] = {"flare-pilot", "", "min", {"out", "pilot-not-proven"}},
    [SAID_COMBUSTION] = {"flare-combustion",
                         "",
                         "MJ/m3",
                         {"over-steamed", "snuffed", "low-heat", "diluted", "over-aired"}},
    [SAID_VELOCITY] = {"flare-velocity", "", "m/s", {NULL}},
    [SAID_METER] = {"flare-meter", "", "m3/h", {"unmetered", "availability"}},
    [SAID_ROUTINE] = {"flare-routine",
                      "",
                      "",
                      {"routine-share", "routine-days", "routine-correlated"}},
    [SAID_BLEEDER] = {"bleeder", "", "m3/h", {"unlit"}},
};

const char *flare_combustion_word(enum combustion_class class)
{
    return class == COMBUSTION_GOOD ? "" : rows[SAID_COMBUSTION].classes[class];
}

struct list {
    struct finding_evidence items[FLARE_EVIDENCE_MAX];
    uint32_t count;
};

static void add(struct list *l, struct finding_evidence e)
{
    if (l->count < FLARE_EVIDENCE_MAX)
        l->items[l->count++] = e;
}

static void add_measured(struct list *l, const char *channel, const char *channel_zh, double value,
                         const char *unit, double threshold)
{
    if (!isnan(value))
        add(l, (struct finding_evidence){.channel = channel,
                                         .channel_zh = channel_zh,
                                         .says = "measured",
                                         .unit = unit,
                                         .value = value,
                                         .threshold = threshold});
}

static void add_why(struct machine_self self, struct list *l)
{
    const struct flare_state *s = self.state;
    const struct flare_view *v = &s->view;
    const struct {
        enum flare_why why;
        const char *channel, *zh, *unit;
        double value, threshold;
    } whys[] = {
        {WHY_FLOW, "vent flow", "放空气流量", "m3/h", s->event.peak_m3h, v->threshold_m3h},
        {WHY_HEADER, "header pressure", "总管压力", "kPa", v->in[FLARE_HEADER_PRESSURE],
         v->seal_kpa},
        {WHY_SEAL, "seal level", "水封液位", "m", v->in[FLARE_SEAL_LEVEL], (double)NAN},
        {WHY_VALVE, "valve", "放空阀", "", (double)NAN, (double)NAN},
    };
    for (size_t i = 0; i < sizeof whys / sizeof *whys; i++)
        if (s->event.why & whys[i].why)
            add(l, (struct finding_evidence){.channel = whys[i].channel,
                                             .channel_zh = whys[i].zh,
                                             .says = "discharge",
                                             .unit = whys[i].unit,
                                             .value = whys[i].value,
                                             .threshold = whys[i].threshold});
}

static void add_event(struct machine_self self, struct list *l)
{
    const struct flare_state *s = self.state;
    const struct flare_event *e = &s->event;
    add_why(self, l);
    add_measured(l, "volume", "累计放空量", e->volume_m3, "m3", (double)NAN);
    if (e->heat_m3 <= 0)
        return;
    add_measured(l, "heating value", "平均热值", e->heat_mj / e->heat_m3, "MJ/m3", (double)NAN);
    add_measured(l, "least heating value", "最低热值", e->nhv_min, "MJ/m3", (double)NAN);
}

static void add_pilots(struct machine_self self, struct list *l)
{
    static const char *const words[] = {"unknown", "out", "lit"};
    const struct flare_state *s = self.state;
    const struct plant_flare *f = flare_of(self);
    for (uint32_t i = 0; i < f->pilot_count; i++) {
        const struct plant_signal *signal = &self.plant->signals[f->pilots[i]];
        bool has_value = s->view.pilots[i] != FLAME_UNKNOWN && f->pilot_is_hot[i];
        add(l, (struct finding_evidence){.channel = "pilot",
                                         .channel_zh = "长明灯",
                                         .signal_device = self.plant->devices[signal->device].id,
                                         .signal_id = signal->id,
                                         .says = words[s->view.pilots[i]],
                                         .unit = "degC",
                                         .value = has_value ? s->levels[FLARE_FIRST_PILOT + i].value
                                                            : (double)NAN,
                                         .threshold = (double)NAN});
    }
    if (f->input[FLARE_FLAME] != PLANT_NONE)
        add(l, (struct finding_evidence){.channel = "camera",
                                         .channel_zh = "火焰视频",
                                         .says = words[s->view.camera],
                                         .value = (double)NAN,
                                         .threshold = (double)NAN});
    if (f->input[FLARE_IGNITER] != PLANT_NONE)
        add_measured(l, "ignitions", "点火次数", s->retries, "", (double)NAN);
    add_measured(l, "vent flow", "放空气流量", s->view.in[FLARE_VENT_FLOW], "m3/h", (double)NAN);
}

static void add_block(struct machine_self self, struct list *l)
{
    const struct flare_state *s = self.state;
    const struct plant_flare *f = flare_of(self);
    const struct flare_tally *t = &s->tally;
    double nhv = t->nhv_m3 > 0 ? t->heat_mj / t->nhv_m3 : (double)NAN;
    const struct flare_sums sums = {t->vent_m3, nhv, t->steam_kg, t->premix_m3, t->perimeter_m3};
    add_measured(l, "vent gas", "放空量", t->vent_m3, "m3", (double)NAN);
    add_measured(l, "heating value", "放空气热值", nhv, "MJ/m3", (double)NAN);
    if (f->input[FLARE_STEAM] != PLANT_NONE)
        add_measured(l, "steam", "蒸汽量", t->steam_kg, "kg",
                     fmax(0, flare_steam_max_kg(&sums, f->rules.nhv_cz_min)));
    if (f->input[FLARE_SUPPLEMENT] != PLANT_NONE)
        add_measured(l, "make-up fuel", "补充燃料气", t->supplement_m3, "m3",
                     flare_supplement_m3(&sums, f->rules.nhv_cz_min, f->rules.supplement_nhv));
    if (f->input[FLARE_PREMIX_AIR] != PLANT_NONE || f->input[FLARE_PERIMETER_AIR] != PLANT_NONE)
        add_measured(l, "air", "助燃空气", t->premix_m3 + t->perimeter_m3, "m3", (double)NAN);
}

static void add_meter(struct machine_self self, struct list *l)
{
    const struct flare_state *s = self.state;
    const struct flare_view *v = &s->view;
    add_measured(l, "tip temperature", "火炬头温度", v->in[FLARE_TIP_TEMPERATURE], "degC",
                 flare_of(self)->rules.tip_flame_c);
    add_measured(l, "header pressure", "总管压力", v->in[FLARE_HEADER_PRESSURE], "kPa",
                 v->seal_kpa);
    if (v->camera == FLAME_LIT)
        add(l, (struct finding_evidence){.channel = "camera",
                                         .channel_zh = "火焰视频",
                                         .says = "lit",
                                         .value = (double)NAN,
                                         .threshold = (double)NAN});
}

static void list_evidence(struct machine_self self, enum flare_said what, struct list *l)
{
    switch (what) {
    case SAID_EVENT:
        add_event(self, l);
        break;
    case SAID_PILOT:
    case SAID_BLEEDER:
        add_pilots(self, l);
        break;
    case SAID_COMBUSTION:
    case SAID_VELOCITY:
        add_block(self, l);
        break;
    case SAID_METER:
        add_meter(self, l);
        break;
    default:
        break;
    }
}

/* Two kinds of witnesses are surer than one; what is computed of measurements is measured. */
static double confidence_of(struct machine_self self, enum flare_said what)
{
    const struct flare_state *s = self.state;
    const struct flare_view *v = &s->view;
    if (what == SAID_PILOT || what == SAID_BLEEDER)
        return v->camera == FLAME_OUT ? 0.97 : 0.9;
    if (what == SAID_METER)
        return v->header && v->big_flame ? 0.97 : 0.9;
    return 0;
}

static void fill(struct machine_self self, enum flare_said what, struct finding *f,
                 struct machine_now now)
{
    const struct plant *plant = self.plant;
    const struct plant_outlet *o = &plant->outlets[flare_of(self)->outlet];
    const struct said_row *row = &rows[what < SAID_AVAILABILITY ? what : SAID_METER];
    uint32_t input = what < SAID_AVAILABILITY ? 0 : (uint32_t)what - SAID_AVAILABILITY;
    *f = (struct finding){
        .kind = row->kind,
        .site = plant->sites[o->site].id,
        .object = o->id,
        .name = o->name,
        .part = what < SAID_AVAILABILITY     ? row->part
                : input == FLARE_INPUT_COUNT ? "pilots"
                                             : flare_input_name((enum flare_input)input),
        .outlet = o->id,
        .raised_ms = machine_utc_ms(now),
        .unit = what < SAID_AVAILABILITY ? row->unit : "%",
    };
}

static void report(struct machine_self self, enum flare_said what, enum finding_state state,
                   int64_t end_ms, const char *reason, struct machine_now now,
                   const struct machine_sink *sink)
{
    const struct flare_state *s = self.state;
    const struct flare_said_state *said = &s->said[what];
    struct list evidence = {.count = 0};
    struct finding f;
    fill(self, what, &f, now);
    list_evidence(self, what, &evidence);
    f.state = state;
    f.priority = said->priority;
    f.start_ms = said->start_ms;
    f.end_ms = end_ms;
    f.reason = reason;
    f.value = said->value;
    f.threshold = said->threshold;
    f.worst = said->worst;
    f.class_word = rows[what < SAID_AVAILABILITY ? what : SAID_METER].classes[said->class];
    f.confidence = confidence_of(self, what);
    f.evidence = evidence.items;
    f.evidence_count = evidence.count;
    if (what == SAID_ROUTINE)
        f.unit = said->class == 0 ? "%" : "";
    sink->on_finding(sink->ctx, &f);
}

static bool is_worse(const struct flare_said_state *s, double value)
{
    return isnan(s->worst) || (s->threshold > value ? value < s->worst : value > s->worst);
}

static void take(struct flare_said_state *s, const struct flare_condition *c)
{
    s->class = c->class;
    s->priority = c->priority;
    s->value = c->value;
    s->threshold = c->threshold;
    if (is_worse(s, c->value))
        s->worst = c->value;
}

static void tell_open(struct machine_self self, enum flare_said what,
                      const struct flare_condition *c, int64_t start_ms, struct machine_now now,
                      const struct machine_sink *sink)
{
    struct flare_state *state = self.state;
    struct flare_said_state *s = &state->said[what];
    bool is_new = s->start_ms == 0;
    bool changed = is_new || s->class != c->class || s->priority > c->priority;
    uint8_t priority = !is_new && s->priority < c->priority ? s->priority : c->priority;
    if (is_new) {
        s->start_ms = start_ms;
        s->worst = (double)NAN;
    }
    take(s, c);
    s->priority = priority;
    s->clear_at = 0;
    if (changed)
        report(self, what, FINDING_OPEN, 0, NULL, now, sink);
}

void flare_say_close(struct machine_self self, enum flare_said what, int64_t end_ms,
                     const char *reason, struct machine_now now, const struct machine_sink *sink)
{
    struct flare_state *state = self.state;
    struct flare_said_state *s = &state->said[what];
    if (s->start_ms != 0)
        report(self, what, FINDING_CLOSED, end_ms, reason, now, sink);
    *s = (struct flare_said_state){0};
}

void flare_say(struct machine_self self, enum flare_said what, const struct flare_condition *c,
               struct machine_now now, const struct machine_sink *sink)
{
    struct flare_state *state = self.state;
    struct flare_said_state *s = &state->said[what];
    int64_t utc_ms = machine_utc_ms(now);
    if (c->is_so) {
        if (s->since_at == 0) {
            s->since_at = now.at_ms;
            s->since_ms = utc_ms;
        }
        s->clear_at = 0;
        if (s->start_ms != 0 || now.at_ms - s->since_at >= (int64_t)c->on_s * 1000)
            tell_open(self, what, c, s->since_ms, now, sink);
        return;
    }
    s->since_at = 0;
    if (s->start_ms == 0)
        return;
    if (s->clear_at == 0) {
        s->clear_at = now.at_ms;
        s->clear_ms = utc_ms;
    }
    if (now.at_ms - s->clear_at >= (int64_t)c->off_s * 1000)
        flare_say_close(self, what, s->clear_ms, NULL, now, sink);
}

void flare_say_of(struct machine_self self, enum flare_said what, const struct flare_condition *c,
                  int64_t start_ms, struct machine_now now, const struct machine_sink *sink)
{
    const struct flare_state *state = self.state;
    if (c->is_so)
        tell_open(self, what, c, start_ms, now, sink);
    else if (state->said[what].start_ms != 0)
        flare_say_close(self, what, start_ms, NULL, now, sink);
}

void flare_say_event(struct machine_self self, enum finding_state state, struct machine_now now,
                     const char *reason, const struct machine_sink *sink)
{
    const struct flare_state *s = self.state;
    const struct flare_event *e = &s->event;
    bool by_composition = flare_has_composition(flare_of(self));
    struct finding_released released[2];
    struct list evidence = {.count = 0};
    struct finding f;
    fill(self, SAID_EVENT, &f, now);
    list_evidence(self, SAID_EVENT, &evidence);
    f.state = state;
    f.priority = 3;
    f.start_ms = e->start_ms;
    f.end_ms = e->end_ms;
    f.reason = reason;
    f.value = isnan(s->view.vent_m3h) ? (double)NAN : e->peak_m3h;
    f.threshold = s->view.threshold_m3h;
    f.worst = f.value;
    f.class_word = rows[SAID_EVENT].classes[e->class];
    f.window = e->window[0] ? e->window : NULL;
    f.is_late = e->is_late;
    f.outside_s = e->outside_s;
    f.released = released;
    if (e->voc_kg > 0)
        released[f.released_count++] =
            (struct finding_released){"a24088", e->voc_kg, by_composition ? 'A' : 'E'};
    if (e->so2_kg > 0)
        released[f.released_count++] = (struct finding_released){"a21026", e->so2_kg, 'A'};
    f.evidence = evidence.items;
    f.evidence_count = evidence.count;
    sink->on_finding(sink->ctx, &f);
}
