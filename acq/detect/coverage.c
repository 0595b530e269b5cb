#include "acq/detect/coverage.h"

#include "acq/core/strbuf.h"
#include "acq/plant/plant.h"
#include "acq/plant/thresholds.h"

#include <math.h>
#include <string.h>

enum { TEXT_SIZE = 1024 };

struct telling {
    const struct plant *plant;
    const struct plant_outlet *outlet;
    const char *id; /* of the outlet or the treatment */
    void (*on_rule)(void *ctx, const struct coverage *c);
    void *ctx;
};

static void tell(const struct telling *t, const char *rule, bool runs, const char *by,
                 const char *missing)
{
    const struct coverage c = {t->id, rule, runs, by, missing};
    t->on_rule(t->ctx, &c);
}

static void add(struct strbuf *out, const char *text)
{
    strbuf_addf(out, "%s%s", out->len ? ", " : "", text);
}

static void tell_stack(const struct telling *t)
{
    const struct plant_outlet *o = t->outlet;
    uint32_t judging = 0;
    uint32_t permits = 0;
    for (uint32_t i = o->first_limit; i < o->first_limit + o->limit_count; i++)
        judging += !t->plant->limits[i].is_unconfirmed;
    for (uint32_t i = o->first_input; i < o->first_input + o->input_count; i++)
        permits += t->plant->inputs[i].permit_kg > 0;
    char by[TEXT_SIZE];
    struct strbuf text;
    strbuf_init_fixed(&text, by, sizeof by);
    strbuf_addf(&text, "%u limits", judging);
    tell(t, "limit", judging > 0, judging ? by : "",
         judging == o->limit_count ? (judging ? "" : "limits")
                                   : "somebody's word that rows of the library are right");
    tell(t, "total", permits > 0, permits ? "permit_t_per_year" : "",
         permits ? "" : "permit_t_per_year");
}

/* The odds when every channel that does not open it by itself says open. */
static double best_weak(const struct plant_bypass *b)
{
    double groups[GROUP_COUNT] = {0};
    double logit = log(b->fusion.prior / (1 - b->fusion.prior));
    for (uint32_t i = 0; i < b->evidence_count; i++) {
        const struct channel_defaults *c = channel_defaults(b->evidence[i].channel);
        if (!c->is_direct && b->evidence[i].ln_open > groups[c->group])
            groups[c->group] = b->evidence[i].ln_open;
    }
    for (int g = 0; g < GROUP_COUNT; g++)
        logit += groups[g];
    return 1 / (1 + exp(-logit));
}

static void tell_opening(const struct telling *t, const struct plant_bypass *b)
{
    char by[TEXT_SIZE];
    char missing[TEXT_SIZE];
    struct strbuf have;
    struct strbuf lack;
    unsigned direct = 0;
    bool has_flow = false;
    strbuf_init_fixed(&have, by, sizeof by);
    strbuf_init_fixed(&lack, missing, sizeof missing);
    for (uint32_t i = 0; i < b->evidence_count; i++) {
        enum evidence_channel channel = b->evidence[i].channel;
        direct += channel_defaults(channel)->is_direct;
        has_flow = has_flow || channel == CHANNEL_VELOCITY || channel == CHANNEL_FLOW;
        add(&have, channel_defaults(channel)->word);
    }
    double p = best_weak(b);
    if (direct == 0)
        add(&lack, "a switch, position, velocity or flow, which alone prove an opening");
    else if (!has_flow)
        add(&lack, "a velocity or flow, which tells when a switch is detached");
    if (direct == 0 && p < b->fusion.suspect)
        strbuf_addf(&lack, "; all together reach only %.2f, not even suspected", p);
    else if (direct == 0 && p < b->fusion.open)
        strbuf_addf(&lack, "; all together reach %.2f, suspected at most", p);
    tell(t, "bypass", direct > 0 || p >= b->fusion.suspect, strbuf_text(&have), strbuf_text(&lack));
    tell(t, "integrity", has_flow && direct > 1,
         has_flow && direct > 1 ? "switch-contradicted" : "",
         has_flow && direct > 1 ? "" : "a flow beside a position");
}

static bool has_channel(const struct plant_bypass *b, enum evidence_channel channel)
{
    for (uint32_t i = 0; i < b->evidence_count; i++)
        if (b->evidence[i].channel == channel)
            return true;
    return false;
}

static const char *best_flow(const struct plant_bypass *b)
{
    if (has_channel(b, CHANNEL_FLOW))
        return "A: flow";
    for (uint32_t i = 0; i < b->evidence_count; i++)
        if (b->evidence[i].channel == CHANNEL_VELOCITY && b->evidence[i].area_m2 > 0)
            return "A: velocity";
    if (has_channel(b, CHANNEL_MAIN_FLOW))
        return "C: main flow";
    if (has_channel(b, CHANNEL_PRESSURE) && b->orifice_m2 > 0)
        return "D: orifice";
    return b->design_flow_m3h > 0 ? "E: design flow" : "";
}

static void tell_mass(const struct telling *t, const struct plant_bypass *b)
{
    const char *flow = best_flow(b);
    if (b->released_count == 0)
        tell(t, "mass", false, "", "inlet_mg_m3 or inlet");
    else if (!flow[0])
        tell(t, "mass", false, "", "a flow, a velocity with area_m2, or design_flow_m3h");
    else
        tell(t, "mass", true, flow,
             b->released[0].inlet == PLANT_NONE && flow[0] < 'D' ? "inlet, for a better grade"
                                                                 : "");
}

static void tell_register(const struct telling *t, const struct plant_bypass *b)
{
    char missing[TEXT_SIZE];
    struct strbuf lack;
    const struct plant_register *r = &b->reg;
    strbuf_init_fixed(&lack, missing, sizeof missing);
    if (!r->from[0] || !r->to[0])
        add(&lack, "from, to");
    if (!r->reason[0])
        add(&lack, "reason");
    if (!r->filed[0])
        add(&lack, "filed");
    if (!r->owner[0])
        add(&lack, "owner");
    if (!r->has_seal && !r->blind_plate && b->evidence_count == 0)
        add(&lack, "a live evidence point, a seal or a blind plate");
    if (r->has_seal && r->seal.checked_ms == 0)
        add(&lack, "a look at the seal");
    tell(t, "register", b->evidence_count > 0 || r->has_seal || r->blind_plate,
         r->has_seal      ? "seal"
         : r->blind_plate ? "blind plate"
                          : "",
         strbuf_text(&lack));
}

static void tell_bypass(const struct telling *t, const struct plant_bypass *b)
{
    tell_opening(t, b);
    tell(t, "bypass-unwatched", true, "", "");
    tell(t, "bypass-standby", b->standby != PLANT_NONE,
         b->standby != PLANT_NONE ? t->plant->equipment[b->standby].id : "",
         b->standby != PLANT_NONE ? "" : "standby");
    tell_mass(t, b);
    tell_register(t, b);
    if (b->production == PLANT_NONE)
        tell(t, "priority", false, "", "production: every opening counts as during production");
}

/* Compliance, and removal of what has an inlet. */
static void tell_rates(const struct telling *t)
{
    const struct plant_outlet *o = t->outlet;
    uint32_t hours = 0;
    char by[TEXT_SIZE];
    char missing[TEXT_SIZE];
    struct strbuf have;
    struct strbuf lack;
    strbuf_init_fixed(&have, by, sizeof by);
    strbuf_init_fixed(&lack, missing, sizeof missing);
    for (uint32_t i = o->first_limit; i < o->first_limit + o->limit_count; i++)
        hours += t->plant->limits[i].period == PERIOD_HOUR && !t->plant->limits[i].is_unconfirmed;
    for (uint32_t i = o->first_input; i < o->first_input + o->input_count; i++) {
        const struct plant_input *input = &t->plant->inputs[i];
        if (input->inlet == PLANT_NONE)
            continue;
        bool has_mass = plant_has_mass(t->plant, i) && plant_has_mass(t->plant, input->inlet);
        add(has_mass || input->equal_flow ? &have : &lack, input->factor);
    }
    if (lack.len > 0)
        strbuf_adds(&lack, ": a mass at both ends (a flow, units in mg/m3), or equal_flow");
    else if (have.len == 0)
        strbuf_adds(&lack, "inlet");
    tell(t, "compliance", hours > 0, "", hours > 0 ? "" : "a limit of period hour");
    tell(t, "removal", have.len > 0, strbuf_text(&have), strbuf_text(&lack));
}

void coverage_tell(const struct plant *plant, uint32_t outlet,
                   void (*on_rule)(void *ctx, const struct coverage *c), void *ctx)
{
    const struct telling t = {plant, &plant->outlets[outlet], plant->outlets[outlet].id, on_rule,
                              ctx};
    if (t.outlet->kind == OUTLET_STACK) {
        tell_stack(&t);
        tell_rates(&t);
    }
    for (uint32_t i = 0; i < plant->bypass_count; i++)
        if (plant->bypasses[i].outlet == outlet)
            tell_bypass(&t, &plant->bypasses[i]);
    for (uint32_t i = 0; i < plant->flare_count; i++)
        if (plant->flares[i].outlet == outlet)
            coverage_tell_flare(plant, i, on_rule, ctx);
}

void coverage_tell_equipment(const struct plant *plant, uint32_t equipment,
                             void (*on_rule)(void *ctx, const struct coverage *c), void *ctx)
{
    const struct plant_equipment *e = &plant->equipment[equipment];
    const struct telling t = {plant, NULL, e->id, on_rule, ctx};
    bool serves = e->serves_count > 0;
    bool has_hood = e->capture_flow != PLANT_NONE;
    if (e->kind != EQUIPMENT_TREATMENT)
        return;
    tell(&t, "run-rate", serves, serves ? "power" : "", serves ? "" : "serves");
    tell(&t, "capture", has_hood, has_hood ? "capture_flow" : "",
         has_hood ? "" : "capture_flow and design_flow_m3h");
}

static void write_rule(void *ctx, const struct coverage *c)
{
    struct strbuf *out = ctx;
    strbuf_adds(out, out->data[out->len - 1] == '[' ? "{\"outlet\":" : ",{\"outlet\":");
    strbuf_add_json_string(out, c->object);
    strbuf_addf(out, ",\"rule\":\"%s\",\"runs\":%s,\"by\":", c->rule, c->runs ? "true" : "false");
    strbuf_add_json_string(out, c->by);
    strbuf_adds(out, ",\"missing\":");
    strbuf_add_json_string(out, c->missing);
    strbuf_addc(out, '}');
}

void coverage_write(const struct plant *plant, struct strbuf *out)
{
    strbuf_addc(out, '[');
    for (uint32_t i = 0; i < plant->outlet_count && !out->failed; i++)
        coverage_tell(plant, i, write_rule, out);
    for (uint32_t i = 0; i < plant->equipment_count && !out->failed; i++)
        coverage_tell_equipment(plant, i, write_rule, out);
    strbuf_addc(out, ']');
}
