/* A flare: geometry and inputs by name. */
#include "acq/plant/loader.h"
#include "acq/plant/nearest.h"

#include <math.h>
#include <stdio.h>

static const char *const input_names[FLARE_FIRST_GAS] = {
    [FLARE_VENT_FLOW] = "vent_flow",
    [FLARE_VENT_NHV] = "vent_nhv",
    [FLARE_VENT_TEMPERATURE] = "vent_temperature",
    [FLARE_VENT_PRESSURE] = "vent_pressure",
    [FLARE_STEAM] = "steam",
    [FLARE_PREMIX_AIR] = "premix_air",
    [FLARE_PERIMETER_AIR] = "perimeter_air",
    [FLARE_SUPPLEMENT] = "supplement",
    [FLARE_PURGE_FLOW] = "purge_flow",
    [FLARE_PILOT_FLOW] = "pilot_flow",
    [FLARE_TIP_TEMPERATURE] = "tip_temperature",
    [FLARE_FLAME] = "flame",
    [FLARE_AMBIENT] = "ambient",
    [FLARE_HEADER_PRESSURE] = "header_pressure",
    [FLARE_SEAL_LEVEL] = "seal_level",
    [FLARE_IGNITER] = "igniter",
};

/* Of one of a unit in that of the input; the first of an input is its own. */
static const struct flare_unit {
    enum flare_input input;
    const char *text;
    double scale, offset;
} units[] = {
    {FLARE_VENT_FLOW, "m3/h", 1, 0},
    {FLARE_VENT_FLOW, "m3/min", 60, 0},
    {FLARE_VENT_FLOW, "m3/s", 3600, 0},
    {FLARE_VENT_NHV, "MJ/m3", 1, 0},
    {FLARE_VENT_NHV, "kJ/m3", 1e-3, 0},
    {FLARE_VENT_NHV, "kcal/m3", 4.1868e-3, 0},
    {FLARE_VENT_NHV, "Btu/scf", FLARE_MJ_M3_BTU_SCF, 0},
    {FLARE_VENT_TEMPERATURE, "degC", 1, 0},
    {FLARE_VENT_TEMPERATURE, "K", 1, -273.15},
    {FLARE_VENT_PRESSURE, "kPa", 1, 0},
    {FLARE_VENT_PRESSURE, "Pa", 1e-3, 0},
    {FLARE_VENT_PRESSURE, "MPa", 1e3, 0},
    {FLARE_STEAM, "kg/h", 1, 0},
    {FLARE_STEAM, "t/h", 1e3, 0},
    {FLARE_STEAM, "kg/min", 60, 0},
    {FLARE_STEAM, "kg/s", 3600, 0},
    {FLARE_SEAL_LEVEL, "m", 1, 0},
    {FLARE_SEAL_LEVEL, "mm", 1e-3, 0},
    {FLARE_SEAL_LEVEL, "cm", 1e-2, 0},
    {FLARE_METHANE, "%", 1, 0},
    {FLARE_METHANE, "vol%", 1, 0},
    {FLARE_METHANE, "ppm", 1e-4, 0},
    {FLARE_METHANE, "1", 100, 0},
    {FLARE_IGNITER, "", 1, 0},
};

/* 40 CFR 63 subpart CC, table 12. */
static const struct flare_gas gases[FLARE_GASES] = {
    {"methane", 896, 16.043, false, 0},
    {"ethane", 1595, 30.070, true, 0},
    {"propane", 2281, 44.097, true, 0},
    {"n_butane", 2968, 58.123, true, 0},
    {"i_butane", 2957, 58.123, true, 0},
    {"ethylene", 1477, 28.054, true, 0},
    {"propylene", 2150, 42.081, true, 0},
    {"butadiene", 2690, 54.092, true, 0},
    {"acetylene", 1404, 26.038, true, 0},
    {"benzene", 3591, 78.114, true, 0},
    {"c5_plus", 3655, 72.150, true, 0},
    {"carbon_monoxide", 316, 28.010, false, 0},
    {"hydrogen_sulfide", 587, 34.081, false, 1},
    {"hydrogen", 274, 2.016, false, 0},
    {"nitrogen", 0, 28.013, false, 0},
    {"carbon_dioxide", 0, 44.010, false, 0},
    {"oxygen", 0, 31.999, false, 0},
    {"water", 0, 18.015, false, 0},
};

const struct flare_gas *flare_gas(uint32_t gas)
{
    return &gases[gas];
}

const char *flare_input_name(enum flare_input input)
{
    return input < FLARE_FIRST_GAS ? input_names[input] : gases[input - FLARE_FIRST_GAS].name;
}

/* Whose units an input has. */
static enum flare_input unit_like(enum flare_input input)
{
    switch (input) {
    case FLARE_PREMIX_AIR:
    case FLARE_PERIMETER_AIR:
    case FLARE_SUPPLEMENT:
    case FLARE_PURGE_FLOW:
    case FLARE_PILOT_FLOW:
        return FLARE_VENT_FLOW;
    case FLARE_TIP_TEMPERATURE:
    case FLARE_AMBIENT:
        return FLARE_VENT_TEMPERATURE;
    case FLARE_HEADER_PRESSURE:
        return FLARE_VENT_PRESSURE;
    case FLARE_FLAME:
        return FLARE_IGNITER;
    default:
        return input < FLARE_FIRST_GAS ? input : FLARE_METHANE;
    }
}

static const struct flare_unit *find_unit(enum flare_input like, const char *text)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (units[i].input == like && (!text[0] || strcmp(units[i].text, text) == 0))
            return &units[i];
    return NULL;
}

static void load_unit(struct loader *l, const struct place *at, struct plant_flare *flare,
                      enum flare_input input)
{
    const struct plant_signal *signals = l->signals.items;
    enum flare_input like = unit_like(input);
    flare->scale[input] = 1;
    if (flare->input[input] == PLANT_NONE)
        return;
    const char *text = signals[flare->input[input]].unit;
    const struct flare_unit *unit = find_unit(like, text);
    if (unit) {
        flare->scale[input] = unit->scale;
        flare->offset[input] = unit->offset;
        return;
    }
    char found[REPORT_VALUE_SIZE];
    char expected[REPORT_VALUE_SIZE];
    size_t len = 0;
    snprintf(found, sizeof found, "the unit \"%.64s\" of the signal", text);
    for (size_t i = 0; i < sizeof units / sizeof *units && len < sizeof expected; i++)
        if (units[i].input == like && units[i].text[0])
            len += (size_t)snprintf(expected + len, sizeof expected - len, "%s%s",
                                    len ? ", " : "one of ", units[i].text);
    report_error(&l->report, at, found, "%s", len ? expected : "0 or 1, without a unit");
}

/* is_other: whether the signal's unit is that one, rather than 0 and 1. */
static void load_signals(struct loader *l, const struct place *at, uint32_t *signals, uint32_t max,
                         uint32_t *count, const char *other, bool *is_other)
{
    const struct plant_signal *all = l->signals.items;
    if (!cJSON_IsArray(at->node) || cJSON_GetArraySize(at->node) > (int)max) {
        report_error(&l->report, at, NULL, "a list of at most %u signals", max);
        return;
    }
    const cJSON *item;
    cJSON_ArrayForEach(item, at->node)
    {
        const struct place signal = {at->source, at, item};
        uint32_t index = load_resolve_number(l, &signal, item->valuestring);
        is_other[*count] = index != PLANT_NONE && strcmp(all[index].unit, other) == 0;
        signals[(*count)++] = index;
        if (index == PLANT_NONE || is_other[*count - 1] || !all[index].unit[0])
            continue;
        char found[REPORT_VALUE_SIZE];
        snprintf(found, sizeof found, "the unit \"%.64s\" of the signal", all[index].unit);
        report_error(&l->report, &signal, found, "%s, or 0 and 1 without a unit", other);
    }
}

static void report_unknown(struct loader *l, const struct place *at)
{
    struct nearest nearest;
    nearest_init(&nearest, at->node->string);
    nearest_offer(&nearest, "pilots");
    nearest_offer(&nearest, "valves");
    for (int i = 0; i < FLARE_INPUT_COUNT; i++)
        nearest_offer(&nearest, flare_input_name((enum flare_input)i));
    char found[REPORT_VALUE_SIZE];
    report_quote(at->node->string, found);
    report_error(&l->report, at, found, "an input of a flare, nearest \"%s\"", nearest.best);
}

static void load_named(struct loader *l, const struct place *at, struct plant_flare *flare)
{
    const char *name = at->node->string;
    if (strcmp(name, "pilots") == 0) {
        load_signals(l, at, flare->pilots, FLARE_PILOTS_MAX, &flare->pilot_count, "degC",
                     flare->pilot_is_hot);
        return;
    }
    if (strcmp(name, "valves") == 0) {
        load_signals(l, at, flare->valves, FLARE_VALVES_MAX, &flare->valve_count, "%",
                     flare->valve_is_pct);
        return;
    }
    for (int i = 0; i < FLARE_INPUT_COUNT; i++) {
        if (strcmp(name, flare_input_name((enum flare_input)i)) != 0)
            continue;
        if (cJSON_IsString(at->node)) {
            flare->input[i] = load_resolve_number(l, at, at->node->valuestring);
            load_unit(l, at, flare, (enum flare_input)i);
        } else {
            report_error(&l->report, at, NULL, "a signal as \"device.signal\"");
        }
        return;
    }
    report_unknown(l, at);
}

static void load_nhv(struct loader *l, const struct place *parent, const cJSON *map, double *nhv)
{
    const struct place at = {parent->source, parent, map};
    const cJSON *node;
    cJSON_ArrayForEach(node, map)
    {
        struct nearest nearest;
        int found = -1;
        nearest_init(&nearest, node->string);
        for (int i = 0; i < FLARE_GASES; i++) {
            nearest_offer(&nearest, gases[i].name);
            if (strcmp(gases[i].name, node->string) == 0)
                found = i;
        }
        const struct place member = {at.source, &at, node};
        if (found >= 0)
            nhv[found] = node->valuedouble;
        else
            report_error(&l->report, &member, NULL, "a gas of the composition, nearest \"%s\"",
                         nearest.best);
    }
}

static void check_rules(struct loader *l, const struct place *at, const struct plant_flare *flare)
{
    const struct plant_flare_rules *r = &flare->rules;
    const struct place poor = read_member(at, "nhv_poor_min");
    const struct place fast = read_member(at, "velocity_max");
    const struct place dre = read_member(at, "dre_poor");
    const struct place state = read_member(at, "flow_state");
    if (r->nhv_poor_min > r->nhv_cz_min)
        report_error(&l->report, &poor, NULL, "at most \"nhv_cz_min\", %g", r->nhv_cz_min);
    if (r->velocity_max < r->velocity_safe)
        report_error(&l->report, &fast, NULL, "at least \"velocity_safe\", %g", r->velocity_safe);
    if (r->dre_poor > r->dre_good)
        report_error(&l->report, &dre, NULL, "at most \"dre_good\", %g", r->dre_good);
    if (r->flow_state == FLARE_STATE_ACTUAL &&
        (flare->input[FLARE_VENT_TEMPERATURE] == PLANT_NONE ||
         flare->input[FLARE_VENT_PRESSURE] == PLANT_NONE))
        report_error(&l->report, &state, NULL,
                     "inputs \"vent_temperature\" and \"vent_pressure\" beside it");
}

static void load_rules(struct loader *l, const struct place *parent, const cJSON *node,
                       struct plant_flare *flare)
{
    const struct place at = {parent->source, parent, node};
    struct flare_draft d = {.rules = {.nhv_cz_min = (double)NAN,
                                      .voc_pct = (double)NAN,
                                      .vent_g_mol = (double)NAN,
                                      .seal_m = (double)NAN}};
    for (int i = 0; i < FLARE_GASES; i++)
        d.rules.nhv[i] = gases[i].btu_scf * FLARE_MJ_M3_BTU_SCF;
    read_defaults(&l->reader, IN_FLARE, &d);
    bool good = !node || read_object(&l->reader, &at, IN_FLARE, &d);
    if (isnan(d.rules.nhv_cz_min))
        d.rules.nhv_cz_min = flare->assist == FLARE_PRESSURE_ASSIST ? 29.807 : 10.06;
    if (d.nhv)
        load_nhv(l, &at, d.nhv, d.rules.nhv);
    flare->rules = d.rules;
    if (good)
        check_rules(l, node ? &at : parent, flare);
}

void load_flare(struct loader *l, const struct place *at, const struct outlet_draft *d,
                const cJSON *inputs)
{
    const struct watch_draft *w = &d->watch;
    const struct place list = {at->source, at, inputs};
    struct plant_flare flare = {
        .outlet = l->outlets.count,
        .tip_diameter_m = w->tip_diameter_m,
        .assist = w->assist < 0 ? FLARE_UNASSISTED : (enum flare_assist)w->assist,
        .purge_m3h = isnan(w->purge_m3h) ? 0 : w->purge_m3h,
        .production = load_equipment_ref(l, at, "production", w->production),
    };
    for (int i = 0; i < FLARE_INPUT_COUNT; i++) {
        flare.input[i] = PLANT_NONE;
        flare.scale[i] = 1;
    }
    if (isnan(w->tip_diameter_m) && !cJSON_GetObjectItemCaseSensitive(at->node, "tip_diameter_m"))
        report_error(&l->report, at, "no \"tip_diameter_m\"", "that of the flare");
    const cJSON *node;
    cJSON_ArrayForEach(node, inputs)
        load_named(l, &(struct place){at->source, &list, node}, &flare);
    load_rules(l, at, w->flare, &flare);
    vec_add(&l->flares, &flare, sizeof flare);
}
