/* What the books of outlets and inputs need (acq/refine/account.h). */
#include "acq/plant/loader.h"

#include <math.h>
#include <string.h>

/* Common in contracts; no rule says it. */
static const double target_default = 0.9;

void load_input_books(const struct input_draft *d, struct plant_input *input)
{
    input->equivalent_kg =
        isnan(d->equivalent_kg) ? measure_equivalent_kg(input->factor) : d->equivalent_kg;
}

static void load_stop_equipment(struct loader *l, const struct place *at, const cJSON *list,
                                struct plant_stop_check *stop)
{
    const struct place all = {at->source, at, list};
    uint32_t *own = arena_alloc(l->arena, (size_t)cJSON_GetArraySize(list) * sizeof *own);
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const struct place place = {at->source, &all, item};
        own[stop->equipment_count++] =
            load_resolve(l, &place, &l->equipment, sizeof(struct plant_equipment),
                         item->valuestring, "equipment of a site");
    }
    stop->equipment = own;
}

static void load_service(struct loader *l, const struct place *at, const cJSON *list,
                         struct plant_stop_check *stop)
{
    const struct place all = {at->source, at, list};
    uint32_t *own = arena_alloc(l->arena, (size_t)cJSON_GetArraySize(list) * sizeof *own);
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const struct place place = {at->source, &all, item};
        own[stop->service_count++] = load_resolve_number(l, &place, item->valuestring);
    }
    stop->service = own;
}

/* A bound without what it bounds would never speak. */
static void check_stop(struct loader *l, const struct place *at, const struct plant_outlet *o)
{
    const struct {
        const char *key;
        double bound;
        uint32_t input;
        const char *factor;
    } bounds[] = {
        {"stop_flow_max_m3h", o->stop.flow_max_m3h, o->flow, "a00000\", or a velocity, \"a01011"},
        {"stop_temperature_max", o->stop.temperature_max_c, o->gas[MEASURE_TEMPERATURE], "a01012"},
        {"stop_o2_min", o->stop.o2_min_pct, o->gas[MEASURE_OXYGEN], "a19001"},
    };
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        const struct place place = read_member(at, bounds[i].key);
        if (!isnan(bounds[i].bound) && bounds[i].input == PLANT_NONE)
            report_error(&l->report, &place, NULL, "an input \"%s\" beside it", bounds[i].factor);
    }
}

void load_outlet_books(struct loader *l, const struct place *at, const struct outlet_draft *d,
                       struct plant_outlet *o)
{
    const struct place flags = read_member(at, "outside_flags");
    if (o->outside_flags && o->outside_flags[strspn(o->outside_flags, "FDBCMTS")] != '\0')
        report_error(&l->report, &flags, NULL, "letters of F, D, B, C, M, T, S");
    load_stop_equipment(l, at, d->stop_equipment, &o->stop);
    load_service(l, at, d->service_signals, &o->stop);
    check_stop(l, at, o);
    o->substitute_low = (enum substitute_low_capture)d->substitute_low;
    o->transmission_target = !isnan(d->transmission_target_pct) ? d->transmission_target_pct / 100
                             : o->is_regulated                  ? target_default
                                                                : 0;
}
