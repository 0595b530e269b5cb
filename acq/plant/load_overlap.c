#include "acq/plant/loader.h"

#include <stdio.h>

static uint32_t end_of(const struct plant_signal *s)
{
    return (uint32_t)s->address + s->register_count;
}

/* Some registers are of both and some of one: a value cannot begin inside another and go on behind
 * it. A value inside another, such as a bit or a word of it, is another view of the same. */
static bool cross(const struct plant_signal *a, const struct plant_signal *b)
{
    if (a->table != b->table)
        return false;
    if (a->address > b->address)
        return cross(b, a);
    return a->address < b->address && b->address < end_of(a) && end_of(a) < end_of(b);
}

static void report(struct loader *l, const struct place *at, const struct plant_signal *a,
                   const struct plant_signal *b)
{
    const struct plant_signal *first = a->address < b->address ? a : b;
    const struct plant_signal *second = first == a ? b : a;
    const struct place signals = read_member(at, "signals");
    char found[PLANT_ID_MAX + 64];
    snprintf(found, sizeof found, "signal \"%.64s\" in registers %u to %u", second->id,
             second->address, end_of(second) - 1);
    report_error(&l->report, signals.node ? &signals : at, found,
                 "registers of its own, such as from %u on: signal \"%.64s\" has %u to %u",
                 end_of(first), first->id, first->address, end_of(first) - 1);
}

/* Said with the first device that has the template as it is. */
static bool was_looked_at(const struct loader *l, const struct place *at,
                          const struct plant_device *d)
{
    const struct plant_device *all = l->devices.items;
    if (!d->template_id || cJSON_GetObjectItemCaseSensitive(at->node, "signals"))
        return false;
    for (uint32_t i = 0; i < l->devices.count; i++)
        if (all[i].template_id && strcmp(all[i].template_id, d->template_id) == 0)
            return true;
    return false;
}

void load_check_overlap(struct loader *l, const struct place *at, const struct plant_device *d)
{
    const struct plant_signal *s = (const struct plant_signal *)l->signals.items + d->first_signal;
    if (d->protocol != PROTOCOL_MODBUS || was_looked_at(l, at, d))
        return;
    for (uint32_t i = 0; i < d->signal_count; i++)
        for (uint32_t k = 0; k < i; k++)
            if (cross(&s[k], &s[i])) {
                report(l, at, &s[k], &s[i]);
                return;
            }
}
