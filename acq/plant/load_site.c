#include "acq/plant/limits.h"
#include "acq/plant/loader.h"
#include "acq/plant/nearest.h"

#include <math.h>
#include <stdio.h>

static const char *input_id(struct loader *l, const struct plant_outlet *outlet,
                            const struct plant_input *input)
{
    char text[2 * PLANT_ID_MAX + 2];
    snprintf(text, sizeof text, "%.64s/%.64s", outlet->id ? outlet->id : "", input->factor);
    return arena_strdup(l->arena, text);
}

/* Where the same is measured before treatment. */
static void load_inlet(struct loader *l, const struct place *at, const struct input_draft *d,
                       const struct plant_outlet *outlet, struct plant_input *input)
{
    const struct place inlet = read_member(at, "inlet");
    const struct place equal = read_member(at, "equal_flow");
    const struct plant_input *inputs = l->inputs.items;
    input->inlet = PLANT_NONE;
    input->equal_flow = d->equal_flow;
    if (!d->inlet && d->equal_flow)
        report_error(&l->report, &equal, NULL, "\"inlet\" beside it");
    if (!d->inlet)
        return;
    input->inlet = load_resolve(l, &inlet, &l->inputs, sizeof *inputs, d->inlet,
                                "an input (\"OUTLET/FACTOR\") of an outlet before");
    if (input->inlet == PLANT_NONE)
        return;
    if (inputs[input->inlet].outlet == input->outlet)
        report_error(&l->report, &inlet, NULL, "an input of another outlet than \"%s\"",
                     outlet->id ? outlet->id : "");
    else if (strcmp(inputs[input->inlet].factor, input->factor) != 0)
        report_error(&l->report, &inlet, NULL, "the same factor, \"%s\"", input->factor);
}

static void load_input(struct loader *l, const struct place *at, struct plant_outlet *outlet)
{
    struct input_draft draft = {.molar_g_mol = (double)NAN, .equivalent_kg = (double)NAN};
    struct plant_input input = {.factor = arena_strdup(l->arena, at->node->string),
                                .outlet = l->outlets.count,
                                .signal = PLANT_NONE};
    input.id = input_id(l, outlet, &input);
    if (!name_is_valid(input.factor)) {
        char found[REPORT_VALUE_SIZE];
        report_quote(input.factor, found);
        report_error(&l->report, at, found, "a factor code such as \"a21026\"");
    }
    read_defaults(&l->reader, IN_INPUT, &draft);
    read_object(&l->reader, at, IN_INPUT, &draft);
    if (draft.signal) {
        const struct place signal = read_member(at, "signal");
        input.signal = load_resolve_number(l, &signal, draft.signal);
    }
    load_input_units(l, at, &draft, &input);
    load_input_books(&draft, &input);
    load_inlet(l, at, &draft, outlet, &input);
    vec_add(&l->inputs, &input, sizeof input);
    outlet->input_count++;
}

static void resolve_factor(struct loader *l, const struct place *at,
                           const struct plant_outlet *outlet, struct plant_limit *limit)
{
    const struct plant_input *inputs = l->inputs.items;
    struct nearest nearest;
    nearest_init(&nearest, limit->factor);
    for (uint32_t i = 0; i < outlet->input_count; i++) {
        const struct plant_input *input = &inputs[outlet->first_input + i];
        nearest_offer(&nearest, input->factor);
        if (strcmp(input->factor, limit->factor) == 0) {
            limit->signal = input->signal;
            limit->input = outlet->first_input + i;
            return;
        }
    }
    const struct place factor = read_member(at, "factor");
    if (nearest.best[0])
        report_error(&l->report, &factor, NULL, "a factor of the outlet's inputs, nearest \"%s\"",
                     nearest.best);
    else
        report_error(&l->report, &factor, NULL,
                     "a factor of the outlet's inputs, of which there is none");
}

static void check_bounds(struct loader *l, const struct place *at, const struct limit_draft *d)
{
    if (isnan(d->min) && isnan(d->max)) {
        report_error(&l->report, at, "neither \"max\" nor \"min\"", "at least one of them");
    } else if (d->min >= d->max) {
        const struct place min = read_member(at, "min");
        report_error(&l->report, &min, NULL, "less than \"max\", %g", d->max);
    }
    const struct place high = read_member(at, "severity_high");
    if (d->limit.severity_high < d->limit.severity_middle)
        report_error(&l->report, &high, NULL, "at least \"severity_middle\", %g",
                     d->limit.severity_middle);
}

/* A mean of an hour or a day is a verdict by itself. */
static void check_period(struct loader *l, const struct place *at, const struct limit_draft *d)
{
    const struct {
        const char *key;
        bool given;
    } members[] = {
        {"on_delay_s", d->limit.on_delay_s > 0},
        {"off_delay_s", d->limit.off_delay_s > 0},
        {"deadband", d->limit.deadband > 0},
    };
    if (d->period != PERIOD_HOUR && d->period != PERIOD_DAY)
        return;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const struct place member = read_member(at, members[i].key);
        if (members[i].given)
            report_error(&l->report, &member, NULL,
                         "none: only limits on \"realtime\" and \"minute\" have one");
    }
}

static const char *limit_id(struct loader *l, const struct plant_outlet *outlet,
                            const struct plant_limit *limit)
{
    static const char *const periods[] = {"realtime", "minute", "hour", "day"};
    char text[4 * PLANT_ID_MAX];
    snprintf(text, sizeof text, "%.64s/%.64s/%s/%u", outlet->id ? outlet->id : "",
             limit->factor ? limit->factor : "", periods[limit->period], outlet->limit_count);
    return arena_strdup(l->arena, text);
}

static void load_limit(struct loader *l, const struct place *at, struct plant_outlet *outlet)
{
    struct limit_draft draft = {
        .limit = {.signal = PLANT_NONE}, .max = (double)NAN, .min = (double)NAN};
    read_defaults(&l->reader, IN_LIMIT, &draft);
    bool good = read_object(&l->reader, at, IN_LIMIT, &draft);
    struct plant_limit *limit = &draft.limit;
    if (limit->factor)
        resolve_factor(l, at, outlet, limit);
    load_limit_row(l, at, outlet, &draft);
    if (good) {
        check_bounds(l, at, &draft);
        check_period(l, at, &draft);
    }
    limit->period = (enum limit_period)draft.period;
    limit->id = limit_id(l, outlet, limit);
    limit->outlet = l->outlets.count;
    limit->basis = (enum limit_basis)draft.basis;
    limit->priority = (uint8_t)draft.priority;
    limit->has_max = !isnan(draft.max);
    limit->has_min = !isnan(draft.min);
    limit->max = limit->has_max ? draft.max : 0;
    limit->min = limit->has_min ? draft.min : 0;
    vec_add(&l->limits, limit, sizeof *limit);
    outlet->limit_count++;
}

/* The inputs of a flare are not those of a stack: they are taken here and are no more after. */
static void load_kind(struct loader *l, const struct place *at, struct outlet_draft *d)
{
    d->outlet.kind = (enum outlet_kind)d->kind;
    load_check_outlet_kind(l, at, d->outlet.kind);
    if (d->outlet.kind == OUTLET_BYPASS)
        load_watch_later(l, at, &d->watch);
    if (d->outlet.kind != OUTLET_FLARE)
        return;
    load_flare(l, at, d, d->inputs);
    d->inputs = NULL;
}

static void load_outlet(struct loader *l, const struct place *at)
{
    struct outlet_draft draft = {.outlet = {.site = l->sites.count - 1,
                                            .first_input = l->inputs.count,
                                            .first_limit = l->limits.count,
                                            .ambient_kpa = (double)NAN,
                                            .moisture_pct = (double)NAN,
                                            .reference_o2 = (double)NAN,
                                            .stop = {.flow_max_m3h = (double)NAN,
                                                     .temperature_max_c = (double)NAN,
                                                     .o2_min_pct = (double)NAN}},
                                 .area_m2 = (double)NAN,
                                 .excess_air = (double)NAN,
                                 .transmission_target_pct = (double)NAN,
                                 .watch = {.design_flow_m3h = (double)NAN,
                                           .efficiency_pct = (double)NAN,
                                           .orifice_m2 = (double)NAN,
                                           .tip_diameter_m = (double)NAN,
                                           .purge_m3h = (double)NAN,
                                           .assist = -1}};
    if (l->outlets.count == PLANT_OUTLETS_MAX) {
        report_error(&l->report, at, "one more outlet", "at most %d in all", PLANT_OUTLETS_MAX);
        return;
    }
    read_defaults(&l->reader, IN_OUTLET, &draft);
    read_object(&l->reader, at, IN_OUTLET, &draft);
    struct plant_outlet *outlet = &draft.outlet;
    load_check_unique(l, at, &l->outlets, sizeof *outlet, outlet->id);
    load_check_unique(l, at, &l->equipment, sizeof(struct plant_equipment), outlet->id);
    load_kind(l, at, &draft);
    const struct place inputs = {at->source, at, draft.inputs};
    const struct place limits = {at->source, at, draft.limits};
    const cJSON *node;
    cJSON_ArrayForEach(node, draft.inputs)
        load_input(l, &(struct place){at->source, &inputs, node}, outlet);
    load_outlet_gas(l, at, &draft, outlet);
    load_outlet_books(l, at, &draft, outlet);
    load_mark_rules(l, at, draft.mark_rules, outlet);
    cJSON_ArrayForEach(node, draft.limits)
        load_limit(l, &(struct place){at->source, &limits, node}, outlet);
    vec_add(&l->outlets, outlet, sizeof *outlet);
}

void load_site(struct loader *l, const struct place *at)
{
    struct site_draft draft = {.site = {.first_outlet = l->outlets.count}};
    uint32_t index = l->sites.count;
    uint32_t first_equipment = l->equipment.count;
    read_defaults(&l->reader, IN_SITE, &draft);
    read_object(&l->reader, at, IN_SITE, &draft);
    load_check_unique(l, at, &l->sites, sizeof draft.site, draft.site.id);
    vec_add(&l->sites, &draft.site, sizeof draft.site);
    load_each(l, at, draft.equipment, load_equipment);
    load_all_serves(l, at, first_equipment);
    load_each(l, at, draft.outlets, load_outlet);
    load_bypasses(l, at);
    struct plant_site *site = (struct plant_site *)l->sites.items + index;
    site->outlet_count = l->outlets.count - site->first_outlet;
}
