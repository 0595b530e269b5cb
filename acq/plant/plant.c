#include "acq/plant/plant.h"

#include "acq/plant/arena.h"

#include <string.h>

uint32_t plant_find_device(const struct plant *p, const char *id)
{
    for (uint32_t i = 0; i < p->device_count; i++)
        if (strcmp(p->devices[i].id, id) == 0)
            return i;
    return PLANT_NONE;
}

uint32_t plant_find_equipment(const struct plant *p, const char *id)
{
    for (uint32_t i = 0; i < p->equipment_count; i++)
        if (strcmp(p->equipment[i].id, id) == 0)
            return i;
    return PLANT_NONE;
}

uint32_t plant_find_outlet(const struct plant *p, const char *id)
{
    for (uint32_t i = 0; i < p->outlet_count; i++)
        if (strcmp(p->outlets[i].id, id) == 0)
            return i;
    return PLANT_NONE;
}

uint32_t plant_find_signal(const struct plant *p, const char *device_dot_signal)
{
    char device[PLANT_ID_MAX + 1];
    size_t len = strcspn(device_dot_signal, ".");
    if (device_dot_signal[len] != '.' || len >= sizeof device)
        return PLANT_NONE;
    memcpy(device, device_dot_signal, len);
    device[len] = '\0';
    uint32_t index = plant_find_device(p, device);
    if (index == PLANT_NONE)
        return PLANT_NONE;
    const struct plant_device *d = &p->devices[index];
    for (uint32_t i = d->first_signal; i < d->first_signal + d->signal_count; i++)
        if (strcmp(p->signals[i].id, device_dot_signal + len + 1) == 0)
            return i;
    return PLANT_NONE;
}

bool plant_has_mass(const struct plant *p, uint32_t input)
{
    const struct plant_input *in = &p->inputs[input];
    const struct plant_outlet *outlet = &p->outlets[in->outlet];
    return in->measure == MEASURE_CONCENTRATION && outlet->is_regulated &&
           outlet->flow != PLANT_NONE;
}

bool plant_may_share_reads(const struct plant_device *a, const struct plant_device *b)
{
    return a->protocol == PROTOCOL_MODBUS && b->protocol == PROTOCOL_MODBUS && a->link == b->link &&
           a->unit == b->unit && a->every_ms == b->every_ms && a->timeout_ms == b->timeout_ms &&
           a->retries == b->retries && a->max_registers == b->max_registers &&
           a->max_gap == b->max_gap && a->backoff_max_s == b->backoff_max_s &&
           a->id_policy == b->id_policy && a->write_gap_ms == b->write_gap_ms;
}

bool plant_shares_reads(const struct plant_device *a, const struct plant_device *b)
{
    return plant_may_share_reads(a, b) && a->phase_ms == b->phase_ms;
}

void plant_free(struct plant *p)
{
    if (p)
        arena_free(p->arena);
}
