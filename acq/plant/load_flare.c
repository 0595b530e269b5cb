/* A flare: geometry and inputs by name. */
#include "acq/plant/loader.h"
#include "acq/plant/nearest.h"

#include <math.h>

static const char *const input_names[FLARE_INPUT_COUNT] = {
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

const char *flare_input_name(enum flare_input input)
{
    return input_names[input];
}

static void load_signals(struct loader *l, const struct place *at, uint32_t *signals, uint32_t max,
                         uint32_t *count)
{
    if (!cJSON_IsArray(at->node) || cJSON_GetArraySize(at->node) > (int)max) {
        report_error(&l->report, at, NULL, "a list of at most %u signals", max);
        return;
    }
    const cJSON *item;
    cJSON_ArrayForEach(item, at->node)
    {
        const struct place signal = {at->source, at, item};
        signals[(*count)++] = load_resolve_number(l, &signal, item->valuestring);
    }
}

static void report_unknown(struct loader *l, const struct place *at)
{
    struct nearest nearest;
    nearest_init(&nearest, at->node->string);
    nearest_offer(&nearest, "pilots");
    nearest_offer(&nearest, "valves");
    for (int i = 0; i < FLARE_INPUT_COUNT; i++)
        nearest_offer(&nearest, input_names[i]);
    char found[REPORT_VALUE_SIZE];
    report_quote(at->node->string, found);
    report_error(&l->report, at, found, "an input of a flare, nearest \"%s\"", nearest.best);
}

static void load_named(struct loader *l, const struct place *at, struct plant_flare *flare)
{
    const char *name = at->node->string;
    if (strcmp(name, "pilots") == 0) {
        load_signals(l, at, flare->pilots, FLARE_PILOTS_MAX, &flare->pilot_count);
        return;
    }
    if (strcmp(name, "valves") == 0) {
        load_signals(l, at, flare->valves, FLARE_VALVES_MAX, &flare->valve_count);
        return;
    }
    for (int i = 0; i < FLARE_INPUT_COUNT; i++) {
        if (strcmp(name, input_names[i]) != 0)
            continue;
        if (cJSON_IsString(at->node))
            flare->input[i] = load_resolve_number(l, at, at->node->valuestring);
        else
            report_error(&l->report, at, NULL, "a signal as \"device.signal\"");
        return;
    }
    report_unknown(l, at);
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
    for (int i = 0; i < FLARE_INPUT_COUNT; i++)
        flare.input[i] = PLANT_NONE;
    if (isnan(w->tip_diameter_m) && !cJSON_GetObjectItemCaseSensitive(at->node, "tip_diameter_m"))
        report_error(&l->report, at, "no \"tip_diameter_m\"", "that of the flare");
    const cJSON *node;
    cJSON_ArrayForEach(node, inputs)
        load_named(l, &(struct place){at->source, &list, node}, &flare);
    vec_add(&l->flares, &flare, sizeof flare);
}
