#include "acq/plant/loader.h"
#include "acq/plant/nearest.h"

#include <stdio.h>

static const char *id_of(const struct vec *v, size_t size, uint32_t index)
{
    const char *id;
    memcpy(&id, (const char *)v->items + index * size, sizeof id);
    return id ? id : "";
}

uint32_t load_find(const struct vec *v, size_t size, const char *id)
{
    for (uint32_t i = 0; i < v->count; i++)
        if (strcmp(id_of(v, size, i), id) == 0)
            return i;
    return PLANT_NONE;
}

void load_check_unique(struct loader *l, const struct place *at, const struct vec *v, size_t size,
                       const char *id)
{
    if (!id || load_find(v, size, id) == PLANT_NONE)
        return;
    const struct place member = read_member(at, "id");
    char found[2 * REPORT_VALUE_SIZE];
    char text[REPORT_VALUE_SIZE];
    report_quote(id, text);
    snprintf(found, sizeof found, "%s a second time", text);
    report_error(&l->report, &member, found, "an id that no other has");
}

uint32_t load_resolve(struct loader *l, const struct place *at, const struct vec *v, size_t size,
                      const char *id, const char *kind)
{
    uint32_t index = load_find(v, size, id);
    if (index != PLANT_NONE || l->partial)
        return index;
    struct nearest nearest;
    nearest_init(&nearest, id);
    for (uint32_t i = 0; i < v->count; i++)
        nearest_offer(&nearest, id_of(v, size, i));
    if (nearest.best[0])
        report_error(&l->report, at, NULL, "the id of %s, nearest \"%s\"", kind, nearest.best);
    else
        report_error(&l->report, at, NULL, "the id of %s, of which there is none", kind);
    return PLANT_NONE;
}

/* A view on what is loaded so far, good for the look-ups of plant.h. */
static struct plant view(const struct loader *l)
{
    return (struct plant){.devices = l->devices.items,
                          .signals = l->signals.items,
                          .device_count = l->devices.count,
                          .signal_count = l->signals.count};
}

/* First the device that was probably meant, then one of its signals. */
static void find_nearest_signal(struct nearest *out, const struct plant *p, const char *text)
{
    char device[PLANT_ID_MAX + 1];
    struct nearest best;
    snprintf(device, sizeof device, "%.*s", (int)strcspn(text, "."), text);
    nearest_init(&best, device);
    for (uint32_t i = 0; i < p->device_count; i++)
        if (p->devices[i].signal_count)
            nearest_offer(&best, p->devices[i].id);
    uint32_t index = plant_find_device(p, best.best);
    if (index == PLANT_NONE)
        return;
    const struct plant_device *d = &p->devices[index];
    char full[2 * PLANT_ID_MAX + 2];
    for (uint32_t i = d->first_signal; i < d->first_signal + d->signal_count; i++) {
        snprintf(full, sizeof full, "%.64s.%.64s", d->id, p->signals[i].id);
        nearest_offer(out, full);
    }
}

/* Without a device's name every device's signals come into question. */
static void find_nearest_id(struct nearest *out, const struct plant *p, const char *text)
{
    struct nearest best;
    nearest_init(&best, text);
    for (uint32_t i = 0; i < p->signal_count; i++) {
        const struct plant_signal *s = &p->signals[i];
        unsigned before = best.distance;
        nearest_offer(&best, s->id);
        if (best.distance < before && s->device < p->device_count)
            snprintf(out->best, sizeof out->best, "%.64s.%.64s", p->devices[s->device].id, s->id);
    }
}

uint32_t load_resolve_signal(struct loader *l, const struct place *at, const char *text)
{
    struct plant p = view(l);
    uint32_t index = plant_find_signal(&p, text);
    if (index != PLANT_NONE || l->partial)
        return index;
    struct nearest nearest;
    nearest_init(&nearest, text);
    if (l->report.count < PLANT_PROBLEMS_MAX)
        (strchr(text, '.') ? find_nearest_signal : find_nearest_id)(&nearest, &p, text);
    if (nearest.best[0])
        report_error(&l->report, at, NULL, "a signal as \"device.signal\", nearest \"%s\"",
                     nearest.best);
    else
        report_error(&l->report, at, NULL, "a signal as \"device.signal\", of which there is none");
    return PLANT_NONE;
}

uint32_t load_resolve_number(struct loader *l, const struct place *at, const char *text)
{
    uint32_t index = load_resolve_signal(l, at, text);
    const struct plant_signal *all = l->signals.items;
    if (index != PLANT_NONE && all[index].type == TYPE_STRING)
        report_error(&l->report, at, "a signal of type \"string\"", "a signal that is a number");
    return index;
}
