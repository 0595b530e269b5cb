#include "acq/plant/digest_text.h"
#include "acq/plant/loader.h"

#include <math.h>

static void add_signal_ref(struct strbuf *b, const char *key, const struct plant *p, uint32_t s)
{
    if (s == PLANT_NONE)
        return;
    add_text(b, key, p->devices[p->signals[s].device].id);
    add_text(b, "id", p->signals[s].id);
}

static void add_equipment_ref(struct strbuf *b, const char *key, const struct plant *p, uint32_t e)
{
    if (e != PLANT_NONE)
        add_text(b, key, p->equipment[e].id);
}

static void add_given(struct strbuf *b, const char *key, double value)
{
    if (!isnan(value))
        add_double(b, key, value);
}

void digest_equipment(const struct plant *p, const struct plant_equipment *e, uint8_t out[SM3_SIZE])
{
    struct strbuf b;
    strbuf_init(&b, CANONICAL_MAX);
    add_text(&b, "equipment", e->id);
    add_int(&b, "kind", e->kind);
    add_signal_ref(&b, "power", p, e->power);
    add_double(&b, "kw", e->kw);
    add_double(&b, "rated_kw", e->rated_kw);
    add_double(&b, "off_pct", e->off_pct);
    add_double(&b, "idle_pct", e->idle_pct);
    add_double(&b, "run_pct", e->run_pct);
    add_int(&b, "hold_s", e->hold_s);
    add_int(&b, "stale_s", e->stale_s);
    add_int(&b, "lead_min", e->lead_min);
    add_int(&b, "lag_min", e->lag_min);
    for (uint32_t i = 0; i < e->serves_count; i++)
        add_equipment_ref(&b, "serves", p, e->serves[i]);
    for (uint32_t i = 0; i < e->parameter_count; i++) {
        add_signal_ref(&b, "parameter", p, e->parameters[i].signal);
        add_given(&b, "min", e->parameters[i].min);
        add_given(&b, "max", e->parameters[i].max);
    }
    if (e->capture_flow != PLANT_NONE) {
        add_signal_ref(&b, "capture_flow", p, e->capture_flow);
        add_double(&b, "capture_m3h", e->capture_m3h);
        add_double(&b, "design_flow_m3h", e->design_flow_m3h);
    }
    finish(&b, out);
}

static void add_evidence(struct strbuf *b, const struct plant *p, const struct plant_evidence *e)
{
    add_int(b, "channel", e->channel);
    for (int i = 0; i < EVIDENCE_SIGNALS; i++)
        add_signal_ref(b, "signal", p, e->signal[i]);
    if (e->outlet != PLANT_NONE)
        add_text(b, "outlet", p->outlets[e->outlet].id);
    add_equipment_ref(b, "equipment", p, e->equipment);
    add_text(b, "factor", e->factor);
    add_double(b, "area_m2", e->area_m2);
    add_given(b, "base", e->base);
    add_double(b, "lod", e->lod);
    add_given(b, "open_at", e->open_at);
    add_given(b, "closed_at", e->closed_at);
    add_int(b, "on_delay_s", e->on_delay_s);
    add_int(b, "off_delay_s", e->off_delay_s);
    add_int(b, "stale_ms", e->stale_ms);
    add_int(b, "travel_s", e->travel_s);
    add_int(b, "smooth_s", e->smooth_s);
    add_double(b, "span_k", e->span_k);
    add_double(b, "ln_open", e->ln_open);
    add_double(b, "ln_closed", e->ln_closed);
}

static void add_fusion(struct strbuf *b, const struct plant_fusion *f)
{
    add_double(b, "prior", f->prior);
    add_double(b, "suspect", f->suspect);
    add_double(b, "open", f->open);
    add_double(b, "closing", f->closing);
    add_int(b, "suspect_s", f->suspect_s);
    add_int(b, "suspected_s", f->suspected_s);
    add_int(b, "off_delay_s", f->off_delay_s);
    add_int(b, "min_event_s", f->min_event_s);
    add_int(b, "unwatched_s", f->unwatched_s);
    add_int(b, "margin_s", f->margin_s);
    add_int(b, "late_max_s", f->late_max_s);
    add_int(b, "standby_s", f->standby_s);
}

/* The rest of the register is for people: it changes no verdict. */
static void add_seal(struct strbuf *b, const struct plant_register *r)
{
    add_int(b, "blind_plate", r->blind_plate);
    if (!r->has_seal)
        return;
    add_text(b, "seal", r->seal.number);
    add_int(b, "checked_ms", r->seal.checked_ms);
    add_int(b, "due_days", r->seal.due_days);
}

void digest_bypass(const struct plant *p, const struct plant_bypass *bypass, uint8_t out[SM3_SIZE])
{
    struct strbuf b;
    strbuf_init(&b, CANONICAL_MAX);
    add_text(&b, "bypass", p->outlets[bypass->outlet].id);
    if (bypass->beside != PLANT_NONE)
        add_text(&b, "beside", p->outlets[bypass->beside].id);
    add_equipment_ref(&b, "treatment", p, bypass->treatment);
    add_equipment_ref(&b, "production", p, bypass->production);
    add_equipment_ref(&b, "standby", p, bypass->standby);
    add_double(&b, "design_flow_m3h", bypass->design_flow_m3h);
    add_given(&b, "efficiency_pct", bypass->efficiency_pct);
    add_double(&b, "orifice_m2", bypass->orifice_m2);
    add_double(&b, "orifice_cd", bypass->orifice_cd);
    for (uint32_t i = 0; i < bypass->released_count; i++) {
        add_text(&b, "factor", bypass->released[i].factor);
        add_given(&b, "inlet_mg_m3", bypass->released[i].inlet_mg_m3);
        add_signal_ref(&b, "inlet", p, bypass->released[i].inlet);
    }
    for (uint32_t i = 0; i < bypass->evidence_count; i++)
        add_evidence(&b, p, &bypass->evidence[i]);
    add_fusion(&b, &bypass->fusion);
    add_seal(&b, &bypass->reg);
    finish(&b, out);
}

/* Every row of the option table. */
static void add_flare_rules(struct strbuf *b, const struct plant_flare_rules *r)
{
    size_t count = 0;
    const struct option *rows = option_table(&count);
    const struct flare_draft d = {.rules = *r};
    for (size_t i = 0; i < count; i++) {
        const struct option *o = &rows[i];
        const char *at = (const char *)&d + o->offset;
        if (o->scopes != IN_FLARE)
            continue;
        if (o->kind == KIND_NUMBER)
            add_given(b, o->key, *(const double *)(const void *)at);
        else if (o->kind == KIND_INT)
            add_int(b, o->key, *(const uint32_t *)(const void *)at);
        else if (o->kind == KIND_WORD)
            add_int(b, o->key, *(const int *)(const void *)at);
        else if (o->kind == KIND_BOOL)
            add_int(b, o->key, *(const bool *)(const void *)at);
    }
    for (uint32_t i = 0; i < FLARE_GASES; i++)
        add_double(b, flare_gas(i)->name, r->nhv[i]);
}

void digest_flare(const struct plant *p, const struct plant_flare *flare, uint8_t out[SM3_SIZE])
{
    struct strbuf b;
    strbuf_init(&b, CANONICAL_MAX);
    add_text(&b, "flare", p->outlets[flare->outlet].id);
    add_double(&b, "tip_diameter_m", flare->tip_diameter_m);
    add_int(&b, "assist", flare->assist);
    add_double(&b, "purge_m3h", flare->purge_m3h);
    add_equipment_ref(&b, "production", p, flare->production);
    for (int i = 0; i < FLARE_INPUT_COUNT; i++)
        add_signal_ref(&b, flare_input_name((enum flare_input)i), p, flare->input[i]);
    for (uint32_t i = 0; i < flare->pilot_count; i++)
        add_signal_ref(&b, "pilot", p, flare->pilots[i]);
    for (uint32_t i = 0; i < flare->valve_count; i++)
        add_signal_ref(&b, "valve", p, flare->valves[i]);
    for (int i = 0; i < FLARE_INPUT_COUNT; i++) {
        if (flare->input[i] == PLANT_NONE)
            continue;
        add_double(&b, "scale", flare->scale[i]);
        add_double(&b, "offset", flare->offset[i]);
    }
    for (uint32_t i = 0; i < flare->pilot_count; i++)
        add_int(&b, "pilot_is_hot", flare->pilot_is_hot[i]);
    for (uint32_t i = 0; i < flare->valve_count; i++)
        add_int(&b, "valve_is_pct", flare->valve_is_pct[i]);
    add_flare_rules(&b, &flare->rules);
    finish(&b, out);
}
