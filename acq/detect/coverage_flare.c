#include "acq/detect/coverage.h"

#include "acq/core/strbuf.h"
#include "acq/plant/plant.h"

enum { TEXT_SIZE = 256 };

struct telling {
    const char *id;
    void (*on_rule)(void *ctx, const struct coverage *c);
    void *ctx;
};

static void tell(const struct telling *t, const char *rule, bool runs, const char *by,
                 const char *missing)
{
    const struct coverage c = {t->id, rule, runs, runs ? by : "", missing};
    t->on_rule(t->ctx, &c);
}

static void add(struct strbuf *out, bool is_there, const char *text)
{
    if (is_there)
        strbuf_addf(out, "%s%s", out->len ? ", " : "", text);
}

static bool has(const struct plant_flare *f, enum flare_input input)
{
    return f->input[input] != PLANT_NONE;
}

static void tell_event(const struct telling *t, const struct plant_flare *f)
{
    char text[TEXT_SIZE];
    struct strbuf by;
    bool seal = has(f, FLARE_SEAL_LEVEL) || f->rules.seal_m > 0;
    strbuf_init_fixed(&by, text, sizeof text);
    add(&by, has(f, FLARE_VENT_FLOW), "vent_flow");
    add(&by, has(f, FLARE_HEADER_PRESSURE) && seal, "header_pressure");
    add(&by, has(f, FLARE_SEAL_LEVEL), "seal_level");
    add(&by, f->valve_count > 0, "valves");
    tell(t, "flare-event", by.len > 0, strbuf_text(&by),
         has(f, FLARE_VENT_FLOW) ? ""
         : by.len > 0            ? "vent_flow, without which there is neither volume nor block"
                                 : "vent_flow, header_pressure with a seal, seal_level or valves");
}

static void tell_pilot(const struct telling *t, const struct plant_flare *f)
{
    bool camera = has(f, FLARE_FLAME);
    bool runs = f->pilot_count > 0 || camera;
    tell(t, "flare-pilot", runs,
         f->pilot_count == 0 ? "flame, while gas flows"
         : camera            ? "pilots, flame"
                             : "pilots",
         f->pilot_count == 0 ? "pilots"
         : camera            ? ""
                             : "flame, a second kind of witness");
    if (f->rules.is_bleeder)
        tell(t, "bleeder", runs && (f->valve_count > 0 || has(f, FLARE_VENT_FLOW)),
             f->valve_count > 0 ? "valves" : "vent_flow", f->valve_count > 0 ? "" : "valves");
}

static void tell_blocks(const struct telling *t, const struct plant_flare *f)
{
    char text[TEXT_SIZE];
    struct strbuf missing;
    bool heat = has(f, FLARE_VENT_NHV) || flare_has_composition(f);
    bool air = has(f, FLARE_PREMIX_AIR) || has(f, FLARE_PERIMETER_AIR);
    strbuf_init_fixed(&missing, text, sizeof text);
    add(&missing, !has(f, FLARE_VENT_FLOW), "vent_flow");
    add(&missing, !heat, "vent_nhv or a composition");
    bool runs = missing.len == 0;
    add(&missing, f->assist == FLARE_STEAM_ASSIST && !has(f, FLARE_STEAM),
        "steam, without which over-steaming is not seen");
    add(&missing, f->assist == FLARE_AIR_ASSIST && !air,
        "premix_air or perimeter_air, without which dilution is not seen");
    tell(t, "flare-combustion", runs, has(f, FLARE_VENT_NHV) ? "vent_nhv" : "composition",
         strbuf_text(&missing));
    tell(t, "flare-velocity", runs, "vent_flow", runs ? "" : "vent_flow and its heating value");
    bool gas = flare_has_composition(f) || (f->rules.voc_pct > 0 && f->rules.vent_g_mol > 0);
    tell(t, "mass", runs && gas, flare_has_composition(f) ? "A: composition" : "E: voc_pct",
         gas ? "" : "a composition, or voc_pct and vent_g_mol");
}

void coverage_tell_flare(const struct plant *plant, uint32_t flare,
                         void (*on_rule)(void *ctx, const struct coverage *c), void *ctx)
{
    const struct plant_flare *f = &plant->flares[flare];
    const struct telling t = {plant->outlets[f->outlet].id, on_rule, ctx};
    bool header = has(f, FLARE_HEADER_PRESSURE);
    bool witness = has(f, FLARE_TIP_TEMPERATURE) || has(f, FLARE_FLAME) || header;
    tell_event(&t, f);
    tell_pilot(&t, f);
    tell_blocks(&t, f);
    tell(&t, "flare-meter", has(f, FLARE_VENT_FLOW), witness ? "a second witness" : "availability",
         witness ? "" : "tip_temperature, flame or header_pressure, which tell when a meter fails");
    tell(&t, "flare-routine", true, "",
         f->production == PLANT_NONE ? "production: it counts as running" : "");
}
