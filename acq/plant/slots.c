#include "acq/plant/loader.h"

#include <math.h>

static const enum measure slot_measure[SLOT_COUNT] = {
    [SLOT_TEMPERATURE] = MEASURE_TEMPERATURE,
    [SLOT_STATIC] = MEASURE_STATIC,
    [SLOT_MOISTURE] = MEASURE_MOISTURE,
    [SLOT_AMBIENT] = MEASURE_AMBIENT,
};

static bool is_gas(const struct plant_input *input)
{
    return input->measure == MEASURE_CONCENTRATION || input->measure == MEASURE_FLOW ||
           input->measure == MEASURE_OXYGEN;
}

/* The input that a slot is filled by. */
static uint32_t slot_input(const struct plant *p, uint32_t input, enum plant_slot slot)
{
    const struct plant_input *in = &p->inputs[input];
    const struct plant_outlet *o = &p->outlets[in->outlet];
    bool is_concentration = in->measure == MEASURE_CONCENTRATION;
    switch (slot) {
    case SLOT_OWN:
    case SLOT_SECOND:
        return input;
    case SLOT_OXYGEN:
        return is_concentration && !isnan(o->reference_o2) ? o->gas[MEASURE_OXYGEN] : PLANT_NONE;
    case SLOT_FLOW:
        return is_concentration ? o->flow : PLANT_NONE;
    case SLOT_STATE:
    case SLOT_COUNT:
        return PLANT_NONE;
    default:
        return is_gas(in) ? o->gas[slot_measure[slot]] : PLANT_NONE;
    }
}

static uint32_t slot_signal(const struct plant *p, uint32_t input, enum plant_slot slot)
{
    const struct plant_input *in = &p->inputs[input];
    uint32_t by = in->slot_inputs[slot];
    if (slot == SLOT_STATE)
        return p->outlets[in->outlet].state;
    if (slot == SLOT_SECOND)
        return in->second;
    return by == PLANT_NONE ? PLANT_NONE : p->inputs[by].signal;
}

void load_slots(struct plant *p)
{
    for (uint32_t i = 0; i < p->input_count; i++)
        for (int slot = 0; slot < SLOT_COUNT; slot++) {
            p->inputs[i].slot_inputs[slot] = slot_input(p, i, (enum plant_slot)slot);
            p->inputs[i].slot_signals[slot] = slot_signal(p, i, (enum plant_slot)slot);
        }
}
