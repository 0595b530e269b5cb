/* What an outlet says of its gas: units and states of its inputs, correction, flow, state word. */
#include "acq/plant/limits.h"
#include "acq/plant/loader.h"

#include <math.h>
#include <stdio.h>

static const double no2_g_mol = 46.005;
static const double no2_by_no = 46.005 / 30.006;
static const double molar_volume_l = 22.4;
static const double air_o2_pct = 21;
static const double kg_of_t = 1000;

/* 12 samples of 4 s: a fifth of those of a minute may fail. */
enum { SECOND_MS = 1000 };

static const double slowest_minute_ms = 48000;

static const char *unit_of(const struct loader *l, uint32_t signal)
{
    const struct plant_signal *signals = l->signals.items;
    return signal == PLANT_NONE ? "" : signals[signal].unit;
}

static bool find_unit(struct loader *l, const struct place *at, const struct input_draft *d,
                      const struct plant_input *input, struct measure_unit *out)
{
    const char *text = d->unit ? d->unit : unit_of(l, input->signal);
    *out = (struct measure_unit){.of = input->measure, .scale = 1};
    if (input->measure == MEASURE_OTHER || !text[0])
        return true;
    if (measure_find_unit(input->measure, text, out) == 0)
        return true;
    const struct place place = read_member(at, d->unit ? "unit" : "signal");
    char found[REPORT_VALUE_SIZE];
    snprintf(found, sizeof found, "the unit \"%.64s\"%s", text, d->unit ? "" : " of the signal");
    report_error(&l->report, &place, found, "a unit that %s can be told in: %s", input->factor,
                 measure_units(input->measure));
    return false;
}

/* mg/m3 of one ppm; reports an unknown molar mass. */
static double ppm_scale(struct loader *l, const struct place *at, const struct input_draft *d,
                        const struct plant_input *input)
{
    double g_mol = isnan(d->molar_g_mol) ? measure_molar_g_mol(input->factor) : d->molar_g_mol;
    if (g_mol <= 0)
        report_error(&l->report, at, "ppm and no \"molar_g_mol\"",
                     "the molar mass, as that of %s is not known", input->factor);
    return g_mol * d->carbon_atoms / molar_volume_l;
}

static bool check_second(struct loader *l, const struct place *at, const struct input_draft *d,
                         const char *key, const char *factor, struct plant_input *input)
{
    const struct place place = read_member(at, key);
    if (strcmp(input->factor, factor) != 0) {
        report_error(&l->report, &place, NULL, "none: only \"%s\" has one", factor);
        return false;
    }
    input->second = load_resolve_number(l, &place, d->plus ? d->plus : d->minus);
    if (input->second == PLANT_NONE || d->unit ||
        strcmp(unit_of(l, input->second), unit_of(l, input->signal)) == 0)
        return true;
    report_error(&l->report, &place, NULL, "a signal in the same unit, \"%s\"",
                 unit_of(l, input->signal));
    return false;
}

static void add_second(struct loader *l, const struct place *at, const struct input_draft *d,
                       double unit_scale, bool is_ppm, struct plant_input *input)
{
    if (d->plus && d->minus) {
        report_error(&l->report, at, "\"plus\" and \"minus\"", "one of them");
    } else if (d->plus && check_second(l, at, d, "plus", "a21002", input)) {
        input->second_scale = is_ppm ? unit_scale * no2_g_mol / molar_volume_l : unit_scale;
    } else if (d->minus && check_second(l, at, d, "minus", "a24088", input)) {
        input->second_scale = -input->scale;
    }
}

static void check_states(struct loader *l, const struct place *at, bool is_ppm,
                         struct plant_input *input)
{
    bool has_state = input->measure == MEASURE_FLOW || input->measure == MEASURE_CONCENTRATION;
    const struct place state = read_member(at, "state");
    const struct place moisture = read_member(at, "moisture");
    if (input->is_actual && (is_ppm || !has_state)) {
        report_error(&l->report, &state, NULL,
                     is_ppm ? "\"standard\": a share of volume has no state"
                            : "\"standard\": only concentrations and flows have a state");
        input->is_actual = false;
    }
    if (input->is_wet && !has_state && input->measure != MEASURE_OXYGEN) {
        report_error(&l->report, &moisture, NULL,
                     "\"dry\": only concentrations, flows and oxygen are wet or dry");
        input->is_wet = false;
    }
}

void load_input_units(struct loader *l, const struct place *at, const struct input_draft *d,
                      struct plant_input *input)
{
    struct measure_unit unit;
    input->measure = measure_of(input->factor);
    input->source = input->measure;
    input->second = PLANT_NONE;
    input->scale = 1;
    input->min_samples = d->min_samples;
    input->cycle_ms = d->cycle_s * SECOND_MS;
    input->is_actual = d->state != 0;
    input->is_wet = d->moisture != 0;
    if (!find_unit(l, at, d, input, &unit))
        return;
    input->source = unit.of;
    input->scale = unit.scale;
    input->offset = unit.offset;
    if (unit.is_ppm)
        input->scale *= ppm_scale(l, at, d, input);
    else if (strcmp(input->factor, "a21002") == 0 && (d->as || d->plus))
        input->scale *= no2_by_no;
    add_second(l, at, d, unit.scale, unit.is_ppm, input);
    check_states(l, at, unit.is_ppm, input);
    if (input->source != input->measure)
        input->is_actual = input->is_wet = true;
    input->is_plain = input->scale == 1 && input->offset == 0 && input->second == PLANT_NONE &&
                      !input->is_actual && !input->is_wet;
}

/* So many samples of a minute must be good that hardly one may fail. */
static void warn_of_slowness(struct loader *l, const struct place *at,
                             const struct plant_input *input)
{
    const struct plant_signal *signals = l->signals.items;
    const struct plant_device *devices = l->devices.items;
    if (input->signal == PLANT_NONE || input->measure != MEASURE_CONCENTRATION ||
        input->cycle_ms > 0)
        return;
    double slowest_ms = slowest_minute_ms / input->min_samples;
    if (devices[signals[input->signal].device].every_ms <= slowest_ms)
        return;
    const struct place signal = read_member(at, "signal");
    report_warning(&l->report, &signal, NULL,
                   "a device that is asked every %g ms or more often, or a smaller "
                   "\"min_samples\": a minute needs %u good samples",
                   slowest_ms, input->min_samples);
}

static bool has(const struct plant_outlet *o, enum measure measure)
{
    if (measure == MEASURE_AMBIENT && !isnan(o->ambient_kpa))
        return true;
    if (measure == MEASURE_MOISTURE && !isnan(o->moisture_pct))
        return true;
    return o->gas[measure] != PLANT_NONE;
}

static void need(struct loader *l, const struct place *at, const struct plant_outlet *o,
                 enum measure measure, const char *why)
{
    const char * or = measure == MEASURE_AMBIENT    ? " or \"ambient_kpa\""
                      : measure == MEASURE_MOISTURE ? " or \"moisture_pct\""
                                                    : "";
    if (has(o, measure))
        return;
    char found[REPORT_VALUE_SIZE];
    snprintf(found, sizeof found, "%.100s", why);
    report_error(&l->report, at, found, "an input \"%s\"%s, which that needs",
                 measure_factor(measure), or);
}

static void need_state(struct loader *l, const struct place *at, const struct plant_outlet *o,
                       const char *why)
{
    need(l, at, o, MEASURE_TEMPERATURE, why);
    need(l, at, o, MEASURE_STATIC, why);
    need(l, at, o, MEASURE_AMBIENT, why);
}

/* A value that comes more seldom than it holds leaves nothing of the time between. */
static void check_cycle(struct loader *l, const struct place *at, const struct plant_input *input)
{
    const struct plant_signal *signals = l->signals.items;
    const struct plant_device *devices = l->devices.items;
    const struct place cycle = read_member(at, "cycle_s");
    if (input->cycle_ms == 0 || input->signal == PLANT_NONE)
        return;
    uint32_t every_ms = devices[signals[input->signal].device].every_ms;
    if (input->cycle_ms < every_ms)
        report_error(&l->report, &cycle, NULL, "%u s at least, the device's period",
                     (every_ms + SECOND_MS - 1) / SECOND_MS);
}

static void check_input(struct loader *l, const struct place *at, const struct plant_outlet *o,
                        const struct plant_input *input)
{
    const struct place unit = read_member(at, "unit");
    const struct place state = read_member(at, "state");
    const struct place moisture = read_member(at, "moisture");
    if (input->source != input->measure && o->area_m2 <= 0)
        report_error(&l->report, &unit, NULL, "an \"area_m2\" of the outlet beside it");
    if (input->is_actual)
        need_state(l, input->source == input->measure ? &state : &unit, o,
                   "what is not at standard state");
    check_cycle(l, at, input);
    if (input->is_wet)
        need(l, input->source == input->measure ? &moisture : &unit, o, MEASURE_MOISTURE,
             "what is wet");
}

static void find_gas(struct loader *l, struct plant_outlet *o)
{
    const struct plant_input *inputs = l->inputs.items;
    for (int m = 0; m < MEASURE_COUNT; m++)
        o->gas[m] = PLANT_NONE;
    for (uint32_t i = o->first_input; i < o->first_input + o->input_count; i++)
        if (inputs[i].measure != MEASURE_OTHER && inputs[i].measure != MEASURE_CONCENTRATION)
            o->gas[inputs[i].measure] = i;
    o->flow = o->gas[MEASURE_FLOW];
    if (o->flow == PLANT_NONE && o->area_m2 > 0)
        o->flow = has(o, MEASURE_VELOCITY) ? o->gas[MEASURE_VELOCITY] : o->gas[MEASURE_DYNAMIC];
}

static void load_reference(struct loader *l, const struct place *at, const struct outlet_draft *d,
                           struct plant_outlet *o)
{
    const struct place excess = read_member(at, "excess_air");
    bool by_oxygen = !isnan(o->reference_o2);
    if (!isnan(d->excess_air) && by_oxygen)
        report_error(&l->report, &excess, NULL, "none beside \"reference_o2\"");
    else if (!isnan(d->excess_air))
        o->reference_o2 = air_o2_pct - air_o2_pct / d->excess_air;
    if (isnan(o->reference_o2))
        return;
    const struct place reference = read_member(at, by_oxygen ? "reference_o2" : "excess_air");
    need(l, &reference, o, MEASURE_OXYGEN, "a correction by oxygen");
}

static bool read_state_word(const char *text, struct plant_state_word *out)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits] != '=' || !text[digits + 1] || text[digits + 2] ||
        !strchr("NFMSDCB", text[digits + 1]))
        return false;
    *out = (struct plant_state_word){(uint32_t)strtoul(text, NULL, 10), text[digits + 1]};
    return true;
}

static void load_state_words(struct loader *l, const struct place *at, const cJSON *list,
                             struct plant_outlet *o)
{
    static const struct plant_state_word defaults[] = {
        {0, 'N'}, {7, 'N'}, {1, 'M'}, {10, 'M'}, {2, 'D'},
        {6, 'D'}, {3, 'C'}, {5, 'C'}, {8, 'C'},  {9, 'F'},
    };
    o->state_words = defaults;
    o->state_word_count = sizeof defaults / sizeof *defaults;
    if (!list)
        return;
    const struct place words = {at->source, at, list};
    struct plant_state_word *own =
        arena_alloc(l->arena, (size_t)cJSON_GetArraySize(list) * sizeof *own);
    uint32_t count = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const struct place word = {at->source, &words, item};
        if (read_state_word(item->valuestring, &own[count]))
            count++;
        else
            report_error(&l->report, &word, NULL,
                         "a number and a flag of N, F, M, S, D, C, B: \"3=C\"");
    }
    o->state_words = own;
    o->state_word_count = count;
}

static bool has_factor(const struct loader *l, const struct plant_outlet *o, const char *factor)
{
    const struct plant_input *inputs = l->inputs.items;
    for (uint32_t i = 0; i < o->input_count; i++)
        if (strcmp(inputs[o->first_input + i].factor, factor) == 0)
            return true;
    return false;
}

static void load_state_factors(struct loader *l, const struct place *at, const cJSON *list,
                               struct plant_outlet *o)
{
    if (!list)
        return;
    const struct place factors = {at->source, at, list};
    size_t count = 0;
    const char **own = arena_alloc(l->arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof *own);
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const struct place factor = {at->source, &factors, item};
        if (!has_factor(l, o, item->valuestring))
            report_error(&l->report, &factor, NULL, "a factor of the outlet's inputs");
        own[count++] = arena_strdup(l->arena, item->valuestring);
    }
    own[count] = NULL;
    o->state_factors = own;
}

static void load_state(struct loader *l, const struct place *at, const struct outlet_draft *d,
                       struct plant_outlet *o)
{
    static const char *const needing[] = {"state_words", "state_factors"};
    o->state = PLANT_NONE;
    if (d->state) {
        const struct place state = read_member(at, "state");
        o->state = load_resolve_number(l, &state, d->state);
    }
    for (size_t i = 0; i < 2 && !d->state; i++) {
        const struct place member = read_member(at, needing[i]);
        if (i == 0 ? d->state_words != NULL : d->state_factors != NULL)
            report_error(&l->report, &member, NULL, "a \"state\" beside it");
    }
    load_state_words(l, at, d->state_words, o);
    load_state_factors(l, at, d->state_factors, o);
}

static struct plant_input *find_input(struct loader *l, const struct plant_outlet *o,
                                      const char *factor)
{
    struct plant_input *inputs = l->inputs.items;
    for (uint32_t i = o->first_input; i < o->first_input + o->input_count; i++)
        if (strcmp(inputs[i].factor, factor) == 0)
            return &inputs[i];
    return NULL;
}

static void load_permit(struct loader *l, const struct place *at, const struct outlet_draft *d,
                        struct plant_outlet *o)
{
    const struct place permit = {at->source, at, d->permit};
    const cJSON *item;
    cJSON_ArrayForEach(item, d->permit)
    {
        const struct place factor = {at->source, &permit, item};
        struct plant_input *input = find_input(l, o, item->string);
        if (!input || input->measure != MEASURE_CONCENTRATION)
            report_error(&l->report, &factor, NULL, "a concentration of the outlet's inputs");
        else if (input->permit_kg > 0)
            report_error(&l->report, &factor, "the factor a second time", "each factor once");
        else if (o->flow == PLANT_NONE)
            report_error(&l->report, &factor, "no flow",
                         "an input \"a00000\", or \"area_m2\" and a velocity");
        else
            input->permit_kg = item->valuedouble * kg_of_t;
    }
    if (d->permit && d->permit->child)
        o->is_regulated = true;
}

static void warn_each(struct loader *l, const struct place *at, const cJSON *list,
                      const struct plant_outlet *o)
{
    const struct plant_input *inputs = l->inputs.items;
    const struct place all = {at->source, at, list};
    uint32_t i = o->first_input;
    const cJSON *node;
    cJSON_ArrayForEach(node, list)
    {
        if (o->is_regulated)
            warn_of_slowness(l, &(struct place){at->source, &all, node}, &inputs[i]);
        i++;
    }
}

void load_outlet_gas(struct loader *l, const struct place *at, const struct outlet_draft *d,
                     struct plant_outlet *o)
{
    const struct plant_input *inputs = l->inputs.items;
    o->area_m2 = isnan(d->area_m2) ? 0 : d->area_m2;
    o->zs_from = (enum zs_from)d->zs_from;
    o->means_from = (enum means_from)d->means_from;
    find_gas(l, o);
    load_reference(l, at, d, o);
    load_state(l, at, d, o);
    if (o->flow != PLANT_NONE && inputs[o->flow].measure != MEASURE_FLOW) {
        const struct place area = read_member(at, "area_m2");
        need_state(l, &area, o, "a flow by \"area_m2\"");
        need(l, &area, o, MEASURE_MOISTURE, "a flow by \"area_m2\"");
    }
    const struct place list = {at->source, at, d->inputs};
    uint32_t i = o->first_input;
    o->is_regulated = !isnan(o->reference_o2) || o->area_m2 > 0 || o->state != PLANT_NONE;
    const cJSON *node;
    cJSON_ArrayForEach(node, d->inputs)
    {
        check_input(l, &(struct place){at->source, &list, node}, o, &inputs[i]);
        o->is_regulated = o->is_regulated || !inputs[i].is_plain;
        i++;
    }
    load_permit(l, at, d, o);
    warn_each(l, at, d->inputs, o);
}
