#include "acq/detect/flare_private.h"

#include "acq/detect/window.h"

#include <math.h>
#include <string.h>

static uint8_t why_of(const struct flare_view *v)
{
    return (uint8_t)((v->flows ? WHY_FLOW : 0) | (v->header ? WHY_HEADER : 0) |
                     (v->seal ? WHY_SEAL : 0) | (v->valve ? WHY_VALVE : 0));
}

static struct window_verdict judge_window(struct machine_self self, int64_t end_ms)
{
    const struct flare_state *s = self.state;
    const struct plant_flare_rules *r = &flare_of(self)->rules;
    return window_judge(
        self.declared, flare_object(self), s->event.start_ms, end_ms,
        (struct window_rules){(int64_t)r->margin_s * 1000, (int64_t)r->late_max_s * 1000});
}

/* True when it is to be told again. */
static bool classify(struct machine_self self, int64_t end_ms)
{
    struct flare_state *s = self.state;
    struct flare_event *e = &s->event;
    const struct window_verdict v = judge_window(self, end_ms);
    bool changed = e->class != (uint8_t)v.class || strcmp(e->window, v.id) != 0;
    if (changed && v.class == WINDOW_DECLARED && v.is_late)
        flare_books_take_back(self);
    e->class = (uint8_t)v.class;
    e->is_late = v.is_late;
    e->outside_s = v.class == WINDOW_OVERRUN ? v.outside_s : 0;
    memcpy(e->window, v.id, sizeof e->window);
    return changed;
}

static void begin(struct machine_self self)
{
    struct flare_state *s = self.state;
    s->event = (struct flare_event){.start_ms = s->trigger_ms, .nhv_min = (double)NAN};
    /* The block's mass before it is not the event's. */
    double voc_kg = 0;
    double so2_kg = 0;
    flare_block_released(self, &voc_kg, &so2_kg);
    s->event.voc_kg = -voc_kg;
    s->event.so2_kg = -so2_kg;
}

static void add_second(struct flare_state *s)
{
    struct flare_event *e = &s->event;
    const struct flare_view *v = &s->view;
    e->why |= why_of(v);
    if (isnan(v->vent_m3h))
        return;
    double m3 = v->vent_m3h / 3600;
    e->volume_m3 += m3;
    e->peak_m3h = fmax(e->peak_m3h, v->vent_m3h);
    if (isnan(v->nhv))
        return;
    e->heat_m3 += m3;
    e->heat_mj += m3 * v->nhv;
    e->nhv_min = fmin(e->nhv_min, v->nhv);
}

void flare_event_end(struct machine_self self, struct machine_now now, const char *reason,
                     const struct machine_sink *sink)
{
    struct flare_state *s = self.state;
    if (s->event.start_ms == 0)
        return;
    s->event.end_ms = reason || s->quiet_at == 0 ? machine_utc_ms(now) : s->quiet_ms;
    double voc_kg = 0;
    double so2_kg = 0;
    flare_block_released(self, &voc_kg, &so2_kg);
    s->event.voc_kg = fmax(0, s->event.voc_kg + voc_kg);
    s->event.so2_kg = fmax(0, s->event.so2_kg + so2_kg);
    classify(self, s->event.end_ms);
    flare_say_event(self, FINDING_CLOSED, now, reason, sink);
    s->event = (struct flare_event){0};
    s->quiet_at = 0;
}

/* It looks so for event_on_s. */
static void wait_for_one(struct machine_self self, struct machine_now now,
                         const struct machine_sink *sink)
{
    struct flare_state *s = self.state;
    if (why_of(&s->view) == 0) {
        s->trigger_at = 0;
        return;
    }
    if (s->trigger_at == 0) {
        s->trigger_at = now.at_ms;
        s->trigger_ms = machine_utc_ms(now);
    }
    if (now.at_ms - s->trigger_at < (int64_t)flare_of(self)->rules.event_on_s * 1000)
        return;
    begin(self);
    s->trigger_at = s->quiet_at = 0;
    add_second(s);
    classify(self, machine_utc_ms(now));
    flare_say_event(self, FINDING_OPEN, now, NULL, sink);
}

void flare_event_step(struct machine_self self, struct machine_now now,
                      const struct machine_sink *sink)
{
    struct flare_state *s = self.state;
    if (s->event.start_ms == 0) {
        wait_for_one(self, now, sink);
        return;
    }
    if (why_of(&s->view) != 0) {
        s->quiet_at = 0;
        add_second(s);
    } else if (s->quiet_at == 0) {
        s->quiet_at = now.at_ms;
        s->quiet_ms = machine_utc_ms(now);
    }
    if (s->quiet_at && now.at_ms - s->quiet_at >= (int64_t)flare_of(self)->rules.event_off_s * 1000)
        flare_event_end(self, now, NULL, sink);
    else if (classify(self, s->quiet_at ? s->quiet_ms : machine_utc_ms(now)))
        flare_say_event(self, FINDING_OPEN, now, NULL, sink);
}
