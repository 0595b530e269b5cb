/* Equipment of a site: its power, its bounds, and what treatment serves. */
#include "acq/plant/limits.h"
#include "acq/plant/loader.h"

#include <math.h>
#include <stdio.h>

static double kw_of(struct loader *l, const struct place *at, uint32_t signal)
{
    static const struct {
        const char *unit;
        double kw;
    } units[] = {{"kW", 1}, {"", 1}, {"W", 0.001}, {"MW", 1000}};
    const struct plant_signal *signals = l->signals.items;
    if (signal == PLANT_NONE)
        return 1;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(signals[signal].unit, units[i].unit) == 0)
            return units[i].kw;
    char found[REPORT_VALUE_SIZE];
    snprintf(found, sizeof found, "the unit \"%.64s\" of the signal", signals[signal].unit);
    report_error(&l->report, at, found, "a power in W, kW or MW");
    return 1;
}

static void check_bounds(struct loader *l, const struct place *at, const struct plant_equipment *e)
{
    const struct place idle = read_member(at, "idle_pct");
    if (e->idle_pct < e->off_pct)
        report_error(&l->report, &idle, NULL, "not less than \"off_pct\", %g", e->off_pct);
    if (e->idle_pct > e->run_pct)
        report_error(&l->report, &idle, NULL, "not more than \"run_pct\", %g", e->run_pct);
}

static double m3h_of(struct loader *l, const struct place *at, uint32_t signal)
{
    static const struct {
        const char *unit;
        double m3h;
    } units[] = {{"m3/h", 1}, {"", 1}, {"m3/min", 60}, {"m3/s", 3600}};
    const struct plant_signal *signals = l->signals.items;
    if (signal == PLANT_NONE)
        return 1;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(signals[signal].unit, units[i].unit) == 0)
            return units[i].m3h;
    char found[REPORT_VALUE_SIZE];
    snprintf(found, sizeof found, "the unit \"%.64s\" of the signal", signals[signal].unit);
    report_error(&l->report, at, found, "a flow in m3/h, m3/min or m3/s");
    return 1;
}

static void load_capture(struct loader *l, const struct place *at, const char *signal,
                         struct plant_equipment *e)
{
    const struct place flow = read_member(at, "capture_flow");
    const struct place design = read_member(at, "design_flow_m3h");
    if (signal) {
        e->capture_flow = load_resolve_number(l, &flow, signal);
        e->capture_m3h = m3h_of(l, &flow, e->capture_flow);
    }
    if (signal && design.node == at->node)
        report_error(&l->report, &flow, NULL, "\"design_flow_m3h\" beside it");
    else if (!signal && e->design_flow_m3h > 0)
        report_error(&l->report, &design, NULL, "\"capture_flow\" beside it");
}

void load_parameter(struct loader *l, const struct place *at, struct plant_parameter *out)
{
    struct parameter_draft draft = {.min = (double)NAN, .max = (double)NAN};
    bool good = read_object(&l->reader, at, IN_PARAMETER, &draft);
    const struct place signal = read_member(at, "signal");
    const struct plant_signal *signals = l->signals.items;
    *out = (struct plant_parameter){.signal = PLANT_NONE,
                                    .has_min = !isnan(draft.min),
                                    .has_max = !isnan(draft.max),
                                    .min = draft.min,
                                    .max = draft.max};
    if (draft.signal)
        out->signal = load_resolve_number(l, &signal, draft.signal);
    if (!good)
        return;
    const struct place min = read_member(at, "min");
    const struct place unit = read_member(at, "unit");
    if (!out->has_min && !out->has_max)
        report_error(&l->report, at, "neither \"max\" nor \"min\"", "at least one of them");
    else if (draft.min >= draft.max)
        report_error(&l->report, &min, NULL, "less than \"max\", %g", draft.max);
    if (draft.unit && out->signal != PLANT_NONE && signals[out->signal].unit[0] &&
        strcmp(draft.unit, signals[out->signal].unit) != 0)
        report_error(&l->report, &unit, NULL, "the signal's unit, \"%s\"",
                     signals[out->signal].unit);
}

static void load_parameters(struct loader *l, const struct place *at, const cJSON *list,
                            struct plant_equipment *e)
{
    const struct place parameters = {at->source, at, list};
    struct plant_parameter *own =
        arena_alloc(l->arena, (size_t)cJSON_GetArraySize(list) * sizeof *own);
    const cJSON *node;
    cJSON_ArrayForEach(node, list) load_parameter(l, &(struct place){at->source, &parameters, node},
                                                  &own[e->parameter_count++]);
    e->parameters = own;
}

static void check_kind(struct loader *l, const struct place *at, const struct equipment_draft *d)
{
    static const char *const of_treatment[] = {"serves", "lead_min", "lag_min", "capture_flow",
                                               "design_flow_m3h"};
    for (size_t i = 0; i < sizeof of_treatment / sizeof *of_treatment; i++) {
        const struct place member = read_member(at, of_treatment[i]);
        if (d->kind == EQUIPMENT_PRODUCTION && member.node != at->node)
            report_error(&l->report, &member, NULL, "none: only \"treatment\" has one");
    }
}

void load_equipment(struct loader *l, const struct place *at)
{
    struct equipment_draft draft = {.kind = -1,
                                    .equipment = {.power = PLANT_NONE, .capture_flow = PLANT_NONE}};
    struct plant_equipment *e = &draft.equipment;
    if (l->equipment.count == PLANT_EQUIPMENT_MAX) {
        report_error(&l->report, at, "one more", "at most %d in all", PLANT_EQUIPMENT_MAX);
        return;
    }
    read_defaults(&l->reader, IN_EQUIPMENT, &draft);
    bool good = read_object(&l->reader, at, IN_EQUIPMENT, &draft);
    e->site = l->sites.count - 1;
    e->kind = (enum equipment_kind)draft.kind;
    load_check_unique(l, at, &l->equipment, sizeof *e, e->id);
    load_check_unique(l, at, &l->outlets, sizeof(struct plant_outlet), e->id);
    if (draft.power) {
        const struct place power = read_member(at, "power");
        e->power = load_resolve_number(l, &power, draft.power);
        e->kw = kw_of(l, &power, e->power);
    }
    load_capture(l, at, draft.capture_flow, e);
    if (good) {
        check_bounds(l, at, e);
        check_kind(l, at, &draft);
    }
    load_parameters(l, at, draft.parameters, e);
    vec_add(&l->equipment, e, sizeof *e);
}

static uint32_t resolve_served(struct loader *l, const struct place *at)
{
    const struct plant_equipment *all = l->equipment.items;
    uint32_t index = load_resolve(l, at, &l->equipment, sizeof *all, at->node->valuestring,
                                  "production equipment");
    if (index != PLANT_NONE && all[index].kind != EQUIPMENT_PRODUCTION)
        report_error(&l->report, at, NULL, "production, not treatment");
    return index;
}

static void load_serves(struct loader *l, const struct place *at, struct plant_equipment *e)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(at->node, "serves");
    const struct place serves = {at->source, at, list};
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > PLANT_SERVES_MAX)
        return;
    uint32_t *own = arena_alloc(l->arena, (size_t)cJSON_GetArraySize(list) * sizeof *own);
    uint32_t count = 0;
    const cJSON *node;
    cJSON_ArrayForEach(node, list) if (cJSON_IsString(node)) own[count++] =
        resolve_served(l, &(struct place){at->source, &serves, node});
    e->serves = own;
    e->serves_count = count;
}

void load_all_serves(struct loader *l, const struct place *at, uint32_t first)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(at->node, "equipment");
    const struct place all = {at->source, at, list};
    struct plant_equipment *equipment = l->equipment.items;
    const cJSON *node;
    if (!cJSON_IsArray(list))
        return;
    cJSON_ArrayForEach(node, list) if (first < l->equipment.count)
        load_serves(l, &(struct place){at->source, &all, node}, &equipment[first++]);
}
