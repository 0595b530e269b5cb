#include "acq/detect/flare_private.h"

#include <math.h>

/* What nobody measures may flow. */
static bool flows_or_may(const struct flare_view *v)
{
    return isnan(v->in[FLARE_VENT_FLOW]) || v->flows || v->header || v->seal || v->valve;
}

static void watch_pilot(struct machine_self self, struct machine_now now,
                        const struct machine_sink *sink)
{
    struct flare_state *s = self.state;
    const struct plant_flare_rules *r = &flare_of(self)->rules;
    const struct flare_view *v = &s->view;
    const struct flare_condition c = {
        .is_so = v->pilot == FLAME_OUT,
        .on_s = r->pilot_on_s,
        .off_s = r->pilot_off_s,
        .priority = flows_or_may(v) || s->event.start_ms != 0 ? 1 : 2,
        .value = (double)NAN,
        .threshold = (double)NAN,
    };
    /* Not known again is not lit again. */
    const struct flare_said_state *said = &s->said[SAID_PILOT];
    if (said->start_ms != 0 && v->pilot != FLAME_OUT &&
        (v->pilot == FLAME_UNKNOWN || said->class == PILOT_NOT_PROVEN))
        return;
    flare_say(self, SAID_PILOT, &c, now, sink);
    if (v->pilot == FLAME_LIT)
        s->retries = 0;
}

static void watch_meter(struct machine_self self, struct machine_now now,
                        const struct machine_sink *sink)
{
    const struct flare_state *s = self.state;
    const struct plant_flare *f = flare_of(self);
    const struct flare_view *v = &s->view;
    const struct flare_condition c = {
        .is_so =
            f->input[FLARE_VENT_FLOW] != PLANT_NONE && !v->flows && (v->big_flame || v->header),
        .on_s = f->rules.meter_on_s,
        .off_s = f->rules.event_off_s,
        .priority = 2,
        .value = v->in[FLARE_VENT_FLOW],
        .threshold = v->threshold_m3h,
    };
    flare_say(self, SAID_METER, &c, now, sink);
}

static void watch_bleeder(struct machine_self self, struct machine_now now,
                          const struct machine_sink *sink)
{
    const struct flare_state *s = self.state;
    const struct plant_flare_rules *r = &flare_of(self)->rules;
    const struct flare_view *v = &s->view;
    if (!r->is_bleeder)
        return;
    const struct flare_condition c = {
        .is_so = (v->valve || v->flows) && v->pilot != FLAME_LIT && !v->big_flame,
        .on_s = r->bleeder_on_s,
        .off_s = r->pilot_off_s,
        .priority = 1,
        .value = v->in[FLARE_VENT_FLOW],
        .threshold = (double)NAN,
    };
    flare_say(self, SAID_BLEEDER, &c, now, sink);
}

void flare_flame_step(struct machine_self self, struct machine_now now,
                      const struct machine_sink *sink)
{
    watch_pilot(self, now, sink);
    watch_meter(self, now, sink);
    watch_bleeder(self, now, sink);
}
