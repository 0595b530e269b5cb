#include "acq/refine/convert.h"

#include "acq/core/declaration.h"
#include "acq/refine/formula.h"
#include "acq/refine/period.h"

#include <math.h>
#include <string.h>

enum { HOLD_LEAST_MS = 60000, HOLD_PERIODS = 3 };

static const double hour_s = 3600;

static const struct plant_outlet *outlet_of(const struct plant *plant, uint32_t input)
{
    return &plant->outlets[plant->inputs[input].outlet];
}

/* The input that a slot is filled by, or PLANT_NONE. */
static uint32_t slot_input(const struct plant *plant, uint32_t input, enum plant_slot slot)
{
    return plant->inputs[input].slot_inputs[slot];
}

uint32_t convert_signals(const struct plant *plant, uint32_t input,
                         uint32_t out[MACHINE_INPUTS_MAX])
{
    uint32_t count = 0;
    for (int slot = 0; slot < SLOT_COUNT; slot++) {
        uint32_t signal = convert_signal(plant, input, (enum plant_slot)slot);
        uint32_t i = 0;
        while (i < count && out[i] != signal)
            i++;
        if (signal != PLANT_NONE && i == count)
            out[count++] = signal;
    }
    return count;
}

/* That of the slowest instrument that has a part in it. */
int64_t convert_grace_ms(const struct plant *plant, uint32_t input)
{
    int64_t most_ms = 0;
    for (int slot = 0; slot < SLOT_COUNT; slot++) {
        uint32_t signal = convert_signal(plant, input, (enum plant_slot)slot);
        if (signal == PLANT_NONE)
            continue;
        int64_t own_ms = grace_of(&plant->devices[plant->signals[signal].device]);
        most_ms = own_ms > most_ms ? own_ms : most_ms;
    }
    return most_ms;
}

static double in_unit(const struct plant *plant, uint32_t input, enum plant_slot slot, double raw)
{
    uint32_t by = slot_input(plant, input, slot);
    if (slot == SLOT_SECOND)
        return raw * plant->inputs[input].second_scale;
    return by == PLANT_NONE ? raw : raw * plant->inputs[by].scale + plant->inputs[by].offset;
}

/* What was declared by a person goes before what the instrument says of itself. */
static const struct declaration *find_mark(const struct plant *plant, uint32_t input,
                                           enum plant_slot slot,
                                           const struct declarations *declared, int64_t time_ms)
{
    uint32_t by = slot_input(plant, input, slot);
    if (by == PLANT_NONE || !declared || declared->count == 0)
        return NULL;
    return declarations_find_mark(declared, outlet_of(plant, input)->id, plant->inputs[by].factor,
                                  time_ms);
}

static void take_slot(struct convert *c, const struct plant *plant, uint32_t input,
                      enum plant_slot slot, const struct declarations *declared,
                      const struct sample *sample, int64_t time_ms)
{
    const struct declaration *mark = find_mark(plant, input, slot, declared, time_ms);
    enum quality_word word = quality_word(sample->quality);
    bool speaks = word == QUALITY_GOOD || word == QUALITY_HELD || word == QUALITY_CLOCK_UNTRUSTED;
    struct convert_latest *latest = &c->latest[slot];
    bool is_repeat = c->waiting & 1u << slot && latest->good;
    if (is_repeat)
        return;
    latest->good = speaks && !mark;
    latest->untrusted = word == QUALITY_CLOCK_UNTRUSTED;
    latest->flag = (uint8_t)(mark ? flag_of_mark(mark->word, mark->mark_kind)
                                  : flag_of_quality(sample->quality));
    latest->value = speaks ? in_unit(plant, input, slot, sample->value) : 0;
    latest->time_ms = time_ms;
    c->waiting |= 1u << slot;
}

void convert_take(struct convert *c, const struct plant *plant, uint32_t input,
                  const struct declarations *declared, uint32_t signal, const struct sample *sample,
                  int64_t time_ms)
{
    for (int slot = 0; slot < SLOT_COUNT; slot++)
        if (convert_signal(plant, input, (enum plant_slot)slot) == signal)
            take_slot(c, plant, input, (enum plant_slot)slot, declared, sample, time_ms);
    c->instant_ms = time_ms;
}

/* A cyclic value may be of the beginning of a cycle that has just ended, and what stands beside it
 * of now. */
static int64_t hold_ms(const struct plant *plant, uint32_t input, enum plant_slot slot,
                       uint32_t signal)
{
    uint32_t by = slot_input(plant, input, slot);
    int64_t periods_ms =
        HOLD_PERIODS * (int64_t)plant->devices[plant->signals[signal].device].every_ms;
    int64_t cycle_ms = plant->inputs[input].cycle_ms;
    if (by != PLANT_NONE && plant->inputs[by].cycle_ms > cycle_ms)
        cycle_ms = plant->inputs[by].cycle_ms;
    return (periods_ms > HOLD_LEAST_MS ? periods_ms : HOLD_LEAST_MS) + cycle_ms;
}

static bool is_fresh(const struct convert *c, const struct plant *plant, uint32_t input,
                     enum plant_slot slot, const struct convert_latest *latest)
{
    uint32_t signal = convert_signal(plant, input, slot);
    if (signal == PLANT_NONE || !latest->good)
        return false;
    int64_t age_ms = c->instant_ms - latest->time_ms;
    return (age_ms < 0 ? -age_ms : age_ms) <= hold_ms(plant, input, slot, signal);
}

static bool speaks_for(const struct plant_outlet *o, const char *factor)
{
    const char *const *f = o->state_factors;
    while (f && *f && strcmp(*f, factor) != 0)
        f++;
    return !f || *f;
}

static enum flag flag_of_state(const struct convert *c, const struct plant *plant, uint32_t input)
{
    const struct plant_outlet *o = outlet_of(plant, input);
    const struct convert_latest *word = &c->latest[SLOT_STATE];
    if (!is_fresh(c, plant, input, SLOT_STATE, word))
        return FLAG_N;
    for (uint32_t i = 0; i < o->state_word_count; i++)
        if ((double)o->state_words[i].code == word->value)
            return flag_of_letter(o->state_words[i].flag);
    return FLAG_D;
}

/* What the state word says of the samples of this instant. */
static void apply_state(struct convert *c, const struct plant *plant, uint32_t input)
{
    enum flag flag = flag_of_state(c, plant, input);
    for (int slot = 0; slot < SLOT_STATE && flag != FLAG_N; slot++) {
        uint32_t by = slot_input(plant, input, (enum plant_slot)slot);
        struct convert_latest *latest = &c->latest[slot];
        if (by == PLANT_NONE || !(c->waiting & 1u << slot) || !latest->good ||
            !speaks_for(outlet_of(plant, input), plant->inputs[by].factor))
            continue;
        latest->good = 0;
        latest->flag = (uint8_t)flag;
    }
}

static double gas_value(const struct convert *c, const struct plant *plant, uint32_t input,
                        enum plant_slot slot, double constant)
{
    const struct convert_latest *latest = &c->latest[slot];
    if (convert_signal(plant, input, slot) == PLANT_NONE)
        return constant;
    return is_fresh(c, plant, input, slot, latest) ? latest->value : (double)NAN;
}

/* NAN stands where something is not known; the formulas hand it on. */
static struct formula_gas gas_of(const struct convert *c, const struct plant *plant, uint32_t input)
{
    const struct plant_outlet *o = outlet_of(plant, input);
    return (struct formula_gas){
        .ambient_kpa = gas_value(c, plant, input, SLOT_AMBIENT, o->ambient_kpa),
        .static_kpa = gas_value(c, plant, input, SLOT_STATIC, (double)NAN),
        .temperature_c = gas_value(c, plant, input, SLOT_TEMPERATURE, (double)NAN),
        .moisture_pct = gas_value(c, plant, input, SLOT_MOISTURE, o->moisture_pct),
    };
}

static double standard_flow_m3h(double actual_m3h, const struct plant_input *by,
                                const struct formula_gas *gas)
{
    struct formula_gas used = *gas;
    if (!by->is_wet)
        used.moisture_pct = 0;
    if (by->is_actual)
        return formula_flow_standard_m3h(actual_m3h, &used);
    return by->is_wet ? actual_m3h * (1 - gas->moisture_pct / 100) : actual_m3h;
}

/* Of whatever the flow is measured by. */
static double flow_m3h(const struct plant_outlet *o, const struct plant_input *by, double value,
                       const struct formula_gas *gas)
{
    if (by->source == MEASURE_FLOW)
        return standard_flow_m3h(formula_m3h_from_m3s(value), by, gas);
    double point_ms =
        by->source == MEASURE_DYNAMIC ? formula_pitot_ms(o->pitot_factor, value, gas) : value;
    double velocity_ms = formula_velocity_ms(point_ms, o->velocity_factor);
    return formula_flow_standard_m3h(formula_flow_m3h(o->area_m2, velocity_ms), gas);
}

static double own_value(const struct convert *c, const struct plant *plant, uint32_t input,
                        const struct formula_gas *gas)
{
    const struct plant_input *in = &plant->inputs[input];
    double value = c->latest[SLOT_OWN].value;
    if (in->second != PLANT_NONE)
        value += is_fresh(c, plant, input, SLOT_SECOND, &c->latest[SLOT_SECOND])
                     ? c->latest[SLOT_SECOND].value
                     : (double)NAN;
    if (in->measure == MEASURE_FLOW)
        return flow_m3h(outlet_of(plant, input), in, value, gas) / hour_s;
    if (in->is_actual)
        value = formula_standard(value, gas);
    return in->is_wet ? formula_dry(value, gas->moisture_pct) : value;
}

static void keep(struct convert_latest *out, const struct convert_latest *from, double value)
{
    out->value = isfinite(value) ? value : 0;
    out->good = from->good && isfinite(value);
    out->time_ms = from->time_ms;
}

static void work_out_beside(struct convert *c, const struct plant *plant, uint32_t input,
                            const struct formula_gas *gas, struct convert_result *out)
{
    const struct plant_outlet *o = outlet_of(plant, input);
    out->oxygen_came = c->waiting & 1u << SLOT_OXYGEN;
    out->flow_came = c->waiting & 1u << SLOT_FLOW;
    if (out->oxygen_came) {
        const struct plant_input *by = &plant->inputs[o->gas[MEASURE_OXYGEN]];
        double value = c->latest[SLOT_OXYGEN].value;
        keep(&c->oxygen, &c->latest[SLOT_OXYGEN],
             by->is_wet ? formula_dry(value, gas->moisture_pct) : value);
    }
    if (out->flow_came)
        keep(&c->flow, &c->latest[SLOT_FLOW],
             flow_m3h(o, &plant->inputs[o->flow], c->latest[SLOT_FLOW].value, gas));
    out->has_oxygen = is_fresh(c, plant, input, SLOT_OXYGEN, &c->oxygen);
    out->has_flow = is_fresh(c, plant, input, SLOT_FLOW, &c->flow);
    out->oxygen_came = out->oxygen_came && c->oxygen.good;
    out->flow_came = out->flow_came && c->flow.good;
    out->oxygen_pct = c->oxygen.value;
    out->flow_m3h = c->flow.value;
}

/* A reload may have taken a slot's signal away since. */
static uint32_t still_there(const struct convert *c, const struct plant *plant, uint32_t input)
{
    uint32_t waiting = c->waiting;
    for (int slot = 0; slot < SLOT_COUNT; slot++)
        if (convert_signal(plant, input, (enum plant_slot)slot) == PLANT_NONE)
            waiting &= ~(1u << slot);
    return waiting;
}

bool convert_flush(struct convert *c, const struct plant *plant, uint32_t input,
                   struct convert_result *out)
{
    if (c->waiting != 0)
        c->waiting = still_there(c, plant, input);
    if (c->waiting == 0)
        return false;
    apply_state(c, plant, input);
    const struct formula_gas gas = gas_of(c, plant, input);
    const struct convert_latest *own = &c->latest[SLOT_OWN];
    *out = (struct convert_result){.time_ms = c->instant_ms};
    out->has_sample = c->waiting & 1u << SLOT_OWN;
    work_out_beside(c, plant, input, &gas, out);
    if (out->has_sample) {
        out->value = own->good ? own_value(c, plant, input, &gas) : 0;
        out->is_counted = own->good && isfinite(out->value);
        out->untrusted = own->untrusted;
        out->flag = own->good && !out->is_counted ? FLAG_D : (enum flag)own->flag;
    }
    c->waiting = 0;
    return true;
}
