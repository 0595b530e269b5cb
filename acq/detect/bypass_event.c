#include "acq/detect/bypass_private.h"

#include "acq/detect/finding.h"
#include "acq/plant/thresholds.h"

#include <math.h>
#include <string.h>

static const int64_t early_ms = 600000; /* evidence so long before the deciding one belongs to it */

struct report {
    struct finding finding;
    struct finding_evidence evidence[BYPASS_EVIDENCE_LIST_MAX];
    struct finding_released released[FINDING_RELEASED_MAX];
};

static void fill(struct machine_self self, struct report *r, struct machine_now now)
{
    const struct plant *plant = self.plant;
    const struct plant_outlet *o = &plant->outlets[bypass_of(self)->outlet];
    r->finding = (struct finding){
        .kind = "bypass",
        .site = plant->sites[o->site].id,
        .object = o->id,
        .part = "",
        .outlet = o->id,
        .name = o->name,
        .raised_ms = machine_utc_ms(now),
        .value = (double)NAN,
        .threshold = (double)NAN,
        .worst = (double)NAN,
        .evidence = r->evidence,
        .evidence_count = bypass_list_evidence(self, true, machine_utc_ms(now), r->evidence),
    };
}

static void add_mass(const struct plant_bypass *b, const struct bypass_event *e, struct report *r)
{
    struct finding *f = &r->finding;
    f->released = r->released;
    for (uint32_t i = 0; i < b->released_count; i++)
        if (e->kg[i] > 0)
            r->released[f->released_count++] =
                (struct finding_released){b->released[i].factor, e->kg[i], e->grade[i]};
    if (f->released_count && !isnan(b->efficiency_pct))
        f->extra_kg = r->released[0].kg * b->efficiency_pct / 100;
}

static void report_event(struct machine_self self, const struct bypass_event *e,
                         enum finding_state state, struct machine_now now, const char *reason,
                         const struct machine_sink *sink)
{
    static const char *const classes[] = {"suspected", "undeclared", "overrun", "declared"};
    struct report r;
    fill(self, &r, now);
    struct finding *f = &r.finding;
    f->state = state;
    f->priority = e->priority;
    f->start_ms = e->start_ms;
    f->end_ms = e->end_ms;
    f->reason = reason;
    f->class_word = classes[e->class];
    f->confidence = e->confidence;
    f->window = e->window[0] ? e->window : NULL;
    f->is_late = e->is_late;
    f->outside_s = e->class == EVENT_OVERRUN ? e->outside_s : 0;
    if (e->was_open)
        add_mass(bypass_of(self), e, &r);
    sink->on_finding(sink->ctx, f);
}

/* The earliest of what says open now, as far as it belongs to what decided. */
static int64_t first_evidence_ms(struct machine_self self, struct machine_now now)
{
    const struct bypass_state *s = self.state;
    const struct plant_bypass *b = bypass_of(self);
    int64_t deciding_ms = 0;
    int64_t first_ms = machine_utc_ms(now);
    for (uint32_t i = 0; i < b->evidence_count; i++)
        if (s->channels[i].says == CHANNEL_OPEN && s->channels[i].open_ms > deciding_ms)
            deciding_ms = s->channels[i].open_ms;
    for (uint32_t i = 0; i < b->evidence_count; i++) {
        const struct channel_state *c = &s->channels[i];
        if (c->says == CHANNEL_OPEN && c->open_ms >= deciding_ms - early_ms &&
            c->open_ms < first_ms)
            first_ms = c->open_ms;
    }
    return first_ms;
}

static double certainty(struct machine_self self)
{
    const struct bypass_state *s = self.state;
    double least = bypass_of(self)->fusion.open;
    return s->fused.is_direct && s->fused.p < least ? least : s->fused.p;
}

static void begin(struct machine_self self, struct machine_now now)
{
    struct bypass_state *s = self.state;
    s->event = (struct bypass_event){.start_ms = first_evidence_ms(self, now)};
    s->event.open_ms = machine_utc_ms(now) - s->event.start_ms;
    s->last.start_ms = 0;
    for (uint32_t i = 0; i < bypass_of(self)->evidence_count; i++) {
        s->channels[i].was_open = false;
        s->channels[i].worst = s->channels[i].value;
    }
}

bool bypass_looks_open(struct machine_self self)
{
    const struct bypass_state *s = self.state;
    const struct plant_bypass *b = bypass_of(self);
    bool by_direct = false;
    bool looks[2] = {false, false}; /* any, direct */
    bool lost = false;
    bool direct_closed = false;
    for (uint32_t i = 0; i < b->evidence_count; i++) {
        const struct channel_state *c = &s->channels[i];
        bool direct = channel_defaults(b->evidence[i].channel)->is_direct;
        if (fusion_leaves_out(b, &s->fused, i))
            continue;
        by_direct = by_direct || (direct && c->was_open);
        looks[0] = looks[0] || c->word == CHANNEL_OPEN;
        looks[1] = looks[1] || (direct && c->word == CHANNEL_OPEN);
        lost = lost || (c->was_open && c->word < CHANNEL_BETWEEN);
        direct_closed = direct_closed || (direct && c->word == CHANNEL_CLOSED);
    }
    return looks[by_direct] || (lost && !direct_closed);
}

/* When the last of what it rested on was seen to be no more open. */
static int64_t shut_of(struct machine_self self)
{
    const struct bypass_state *s = self.state;
    const struct plant_bypass *b = bypass_of(self);
    int64_t shut_ms[2] = {0, 0}; /* any, direct */
    for (uint32_t i = 0; i < b->evidence_count; i++) {
        const struct channel_state *c = &s->channels[i];
        bool direct = channel_defaults(b->evidence[i].channel)->is_direct;
        if (!c->was_open || c->shut_ms <= s->event.start_ms || c->word == CHANNEL_OPEN)
            continue;
        shut_ms[0] = c->shut_ms > shut_ms[0] ? c->shut_ms : shut_ms[0];
        if (direct && c->shut_ms > shut_ms[1])
            shut_ms[1] = c->shut_ms;
    }
    int64_t end_ms = shut_ms[1] ? shut_ms[1] : shut_ms[0];
    return end_ms && end_ms < s->event.end_ms ? end_ms : s->event.end_ms;
}

/* While it looks open the end moves along; then it is when the last of it ceased to. */
static void follow(struct machine_self self, struct machine_now now)
{
    struct bypass_state *s = self.state;
    const struct plant_bypass *b = bypass_of(self);
    for (uint32_t i = 0; i < b->released_count; i++)
        s->event.kg[i] = release_kg(&s->release, i, &s->event.grade[i]);
    for (uint32_t i = 0; i < b->evidence_count; i++)
        s->channels[i].was_open = s->channels[i].was_open || s->channels[i].says == CHANNEL_OPEN;
    if (s->word == BYPASS_OPEN)
        s->event.was_open = true;
    if (s->event.confidence < certainty(self))
        s->event.confidence = certainty(self);
    if (bypass_looks_open(self) || s->event.end_ms == 0) {
        s->event.open_ms += s->event.looked_at ? now.at_ms - s->event.looked_at : 0;
        s->event.looked_at = now.at_ms;
        s->event.end_ms = machine_utc_ms(now);
        return;
    }
    s->event.looked_at = 0;
    s->event.end_ms = shut_of(self);
}

static uint8_t priority_of(struct machine_self self, enum event_class class)
{
    const struct bypass_state *s = self.state;
    const struct plant_bypass *b = bypass_of(self);
    bool is_unabated = b->standby != PLANT_NONE && s->troubles[TROUBLE_STANDBY].is_told;
    bool produces = s->world.production == OBJECT_ON || s->world.production == OBJECT_UNKNOWN;
    if (is_unabated && class != EVENT_SUSPECTED)
        return 1;
    switch (class) {
    case EVENT_UNDECLARED:
        return produces ? 1 : 2;
    case EVENT_DECLARED:
        return 3;
    case EVENT_SUSPECTED:
    case EVENT_OVERRUN:
        break;
    }
    return 2;
}

static struct window_verdict judge_window(struct machine_self self, const struct bypass_event *e)
{
    const struct plant_fusion *f = &bypass_of(self)->fusion;
    return window_judge(
        self.declared, bypass_object(self), e->start_ms, e->end_ms,
        (struct window_rules){(int64_t)f->margin_s * 1000, (int64_t)f->late_max_s * 1000});
}

/* True when it is to be told again. */
static bool classify(struct machine_self self, struct bypass_event *e)
{
    static const enum event_class by_window[] = {EVENT_UNDECLARED, EVENT_OVERRUN, EVENT_DECLARED};
    struct window_verdict v = judge_window(self, e);
    enum event_class class = e->was_open ? by_window[v.class] : EVENT_SUSPECTED;
    uint8_t priority = priority_of(self, class);
    if ((enum event_class)e->class == class && e->priority && e->priority < priority)
        priority = e->priority; /* only another class makes it less urgent */
    bool changed = (enum event_class)e->class != class || e->priority != priority ||
                   strcmp(e->window, v.id) != 0;
    e->class = (uint8_t) class;
    e->priority = priority;
    e->is_late = v.is_late;
    e->outside_s = v.outside_s;
    memcpy(e->window, v.id, sizeof e->window);
    return changed;
}

/* An opening must have lasted; a suspicion must have lasted longer. */
static bool is_due(struct machine_self self, struct machine_now now)
{
    const struct bypass_state *s = self.state;
    const struct plant_fusion *f = &bypass_of(self)->fusion;
    if (s->word == BYPASS_SUSPECT)
        return now.at_ms - s->word_at >= (int64_t)f->suspected_s * 1000;
    return s->event.was_open && s->event.open_ms >= (int64_t)f->min_event_s * 1000;
}

/* A declaration that comes in time changes the class of what is over, too. */
static void judge_last(struct machine_self self, struct machine_now now,
                       const struct machine_sink *sink)
{
    struct bypass_state *s = self.state;
    int64_t late_max_ms = (int64_t)bypass_of(self)->fusion.late_max_s * 1000;
    if (s->last.start_ms == 0)
        return;
    uint8_t class = s->last.class;
    uint8_t priority = s->last.priority;
    if (!classify(self, &s->last) || s->last.class == class)
        s->last.priority = priority;
    else
        report_event(self, &s->last, FINDING_CLOSED, now, NULL, sink);
    if (machine_utc_ms(now) > s->last.end_ms + late_max_ms)
        s->last.start_ms = 0;
}

void bypass_event_step(struct machine_self self, struct machine_now now,
                       const struct machine_sink *sink)
{
    struct bypass_state *s = self.state;
    bool is_up = s->word == BYPASS_SUSPECT || s->word == BYPASS_OPEN;
    if (s->event.start_ms == 0 && is_up)
        begin(self, now);
    if (s->event.start_ms == 0) {
        judge_last(self, now, sink);
        return;
    }
    follow(self, now);
    bool changed = classify(self, &s->event);
    if (!s->event.is_told && is_due(self, now)) {
        s->event.is_told = true;
        report_event(self, &s->event, FINDING_OPEN, now, NULL, sink);
    } else if (s->event.is_told && changed) {
        report_event(self, &s->event, FINDING_OPEN, now, NULL, sink);
    }
}

void bypass_event_end(struct machine_self self, struct machine_now now, const char *reason,
                      const struct machine_sink *sink)
{
    struct bypass_state *s = self.state;
    if (s->event.start_ms == 0)
        return;
    if (reason)
        s->event.end_ms = machine_utc_ms(now);
    classify(self, &s->event);
    if (s->event.is_told)
        report_event(self, &s->event, FINDING_CLOSED, now, reason, sink);
    s->last = s->event.is_told && s->event.was_open ? s->event : (struct bypass_event){0};
    s->event = (struct bypass_event){0};
}
