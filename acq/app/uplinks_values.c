#include "acq/app/uplinks_private.h"

#include "acq/core/quality.h"
#include "acq/refine/flag.h"

#include <math.h>

/* A value older than this many packets' time is none. */
static const int64_t STALE_MS = 300000;

void uplinks_on_mean(struct app *a, const struct mean *m)
{
    static const enum uplink_kind kinds[] = {
        [MEAN_MINUTE] = UPLINK_MINUTE, [MEAN_HOUR] = UPLINK_HOUR, [MEAN_DAY] = UPLINK_DAY};
    struct uplinks *u = a->uplinks;
    if (!u || pipeline_plant(a->pipeline) != a->plant || m->input >= u->value_count)
        return;
    if (m->period == MEAN_REALTIME) {
        u->values[m->input] =
            (struct uplink_value){.time_ms = m->start_ms,
                                  .value = m->good ? m->avg : (double)NAN,
                                  .corrected = m->has_corrected ? m->corrected : (double)NAN,
                                  .flag = flag_letter(m->flag)};
        return;
    }
    if (m->revision == 0 || m->period > MEAN_DAY)
        return;
    for (uint32_t i = 0; i < u->count; i++)
        if (u->list[i])
            uplink_on_revised(u->list[i], m->input, kinds[m->period], m->start_ms);
}

/* Of an outlet that is not regulated the signal's own value. */
static struct uplink_value plain_value(const struct app *a, const struct plant_input *in)
{
    const struct plant_signal *signal = &a->plant->signals[in->signal];
    const struct last_reading *last = &a->live.last[signal->device];
    const struct sample *s = &a->live.samples[in->signal];
    struct uplink_value v = {.time_ms = last->time_ms, .value = NAN, .corrected = NAN};
    if (quality_has_value(s->quality))
        v.value = in->is_plain ? s->value : s->value * in->scale + in->offset;
    v.flag = flag_letter(flag_of_quality(s->quality));
    return v;
}

static struct uplink_value value_of(const struct uplinks *u, uint32_t input)
{
    const struct plant_input *in = &u->app->plant->inputs[input];
    bool regulated = u->app->plant->outlets[in->outlet].is_regulated;
    return regulated ? u->values[input] : plain_value(u->app, in);
}

static void write_value(const struct uplink_code *c, const struct uplink_value *v,
                        struct hj212_cp *cp)
{
    hj212_cp_new_group(cp);
    if (isfinite(v->value))
        hj212_cp_number(cp, c->code, HJ212_RTD, v->value * c->scale);
    if (isfinite(v->corrected))
        hj212_cp_number(cp, c->code, HJ212_ZS_RTD, v->corrected * c->scale);
    hj212_cp_text(cp, c->code, HJ212_FLAG, (struct hj212_text){&v->flag, 1});
}

bool uplinks_realtime(void *ctx, const struct uplink_plan *plan, struct hj212_cp *cp)
{
    struct uplinks *u = ((struct app *)ctx)->uplinks;
    int64_t now_ms = plant_time_utc_ms(&u->app->time, plant_time_at_ms(&u->app->time));
    int64_t newest_ms = 0;
    for (uint32_t i = 0; i < plan->code_count; i++) {
        int64_t time_ms = value_of(u, plan->codes[i].input).time_ms;
        newest_ms = time_ms > newest_ms ? time_ms : newest_ms;
    }
    if (newest_ms <= now_ms - STALE_MS)
        return false;
    hj212_cp_time(cp, "", HJ212_DATA_TIME, newest_ms);
    for (uint32_t i = 0; i < plan->code_count; i++) {
        const struct uplink_value v = value_of(u, plan->codes[i].input);
        if (v.time_ms > now_ms - STALE_MS)
            write_value(&plan->codes[i], &v, cp);
    }
    return true;
}
