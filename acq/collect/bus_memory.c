/* What exceptions taught of ranges, beyond one run of a bus: told, taken over, recalled, forgotten.
 */
#include "acq/collect/bus_impl.h"

#include "acq/core/log.h"
#include "acq/plant/plant.h"

#include <string.h>

static struct collect_range range_of(const struct modbus_request_plan *p, uint8_t exception)
{
    return (struct collect_range){.function = p->function,
                                  .address = p->address,
                                  .count = p->count,
                                  .signals = p->len,
                                  .exception = exception};
}

static uint32_t list_ranges(const struct bus_device *d, struct collect_range *out)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < d->request_count; i++)
        if (d->origins[d->requests[i].origin].state == ORIGIN_LEARNED)
            out[count++] = range_of(&d->requests[i].plan, 0);
    for (uint32_t i = 0; i < d->dead_count; i++)
        out[count++] = range_of(&d->dead[i].plan, d->dead[i].exception);
    return count;
}

static void tell(const struct modbus_bus *b, const struct bus_device *d, uint32_t count)
{
    struct collect_learned l = {
        .device = d->members[0].index, .ranges = d->ranges, .range_count = count};
    if (!b->ops.on_learned)
        return;
    memcpy(l.digest, d->digest, sizeof l.digest);
    b->ops.on_learned(b->ctx, &l);
}

void bus_memory_tell(const struct modbus_bus *b, struct bus_device *d)
{
    tell(b, d, list_ranges(d, d->ranges));
}

int modbus_bus_forget(struct modbus_bus *b, uint32_t device)
{
    struct bus_device *d = bus_device_find(b, device);
    if (!d)
        return PW_ENOTFOUND;
    d->forget = true;
    if (d->unsettled == 0)
        bus_ranges_cycle_over(b, d);
    tell(b, d, 0);
    return 0;
}

int modbus_bus_learned(const struct modbus_bus *b, uint32_t device,
                       void (*on_range)(void *ctx, const struct collect_range *range), void *ctx)
{
    const struct bus_device *d = bus_device_find(b, device);
    if (!d)
        return PW_ENOTFOUND;
    uint32_t count = list_ranges(d, d->ranges);
    for (uint32_t i = 0; i < count; i++)
        on_range(ctx, &d->ranges[i]);
    return 0;
}

/* Whether r is what these signals of the origin, from `first` on, need. */
static bool matches(const struct bus_device *d, const struct bus_origin *o, uint32_t first,
                    const struct collect_range *r, struct modbus_request_plan *out)
{
    uint32_t left = o->plan.first + o->plan.len - first;
    if (r->function != o->plan.function || r->signals == 0 || r->signals > left)
        return false;
    *out = bus_ranges_plan(d, r->function, first, r->signals);
    return out->address == r->address && out->count == r->count;
}

/* Adds the ranges that feed the origin; false: some of its signals are fed, and others not. */
static bool take_origin(struct bus_device *d, uint32_t origin, const struct collect_learned *l,
                        uint32_t *taken)
{
    const struct bus_origin *o = &d->origins[origin];
    struct modbus_request_plan p;
    uint32_t next = o->plan.first;
    uint32_t end = next + o->plan.len;
    while (next < end) {
        uint32_t i = 0;
        while (i < l->range_count && !matches(d, o, next, &l->ranges[i], &p))
            i++;
        if (i == l->range_count)
            return next == o->plan.first;
        if (next == o->plan.first)
            bus_ranges_clear(d, origin);
        bus_ranges_add(d, &p, origin, l->ranges[i].exception);
        next += p.len;
        ++*taken;
    }
    d->origins[origin].state = ORIGIN_LEARNED;
    return true;
}

static void forget_all(struct bus_device *d)
{
    for (uint32_t i = 0; i < d->origin_count; i++)
        bus_ranges_make_whole(d, i);
}

int modbus_bus_recall(struct modbus_bus *b, const struct collect_learned *l)
{
    struct bus_device *d = bus_device_find(b, l->device);
    uint32_t taken = 0;
    bool good = true;
    pw_require(!b->started);
    if (!d)
        return PW_ENOTFOUND;
    if (d->members[0].index != l->device || strcmp(d->digest, l->digest) != 0)
        return PW_EINVAL;
    forget_all(d);
    for (uint32_t i = 0; i < d->origin_count && good; i++)
        good = take_origin(d, i, l, &taken);
    if (good && taken == l->range_count && d->request_count > 0)
        return 0;
    forget_all(d);
    return PW_EINVAL;
}

/* The same devices, in the same order and with the same settings. */
static bool is_same(const struct plant *plant, const struct bus_device *d,
                    const struct plant *old_plant, const struct bus_device *old)
{
    bool same = d->member_count == old->member_count;
    for (uint32_t i = 0; i < d->member_count && same; i++) {
        const struct plant_device *p = &plant->devices[d->members[i].index];
        const struct plant_device *q = &old_plant->devices[old->members[i].index];
        same = strcmp(p->id, q->id) == 0 && memcmp(p->digest, q->digest, SM3_SIZE) == 0;
    }
    return same;
}

static void adopt(struct bus_device *d, const struct bus_device *old)
{
    pw_require(d->origin_count == old->origin_count && d->signal_count == old->signal_count);
    for (uint32_t i = 0; i < old->origin_count; i++) {
        if (old->origins[i].state != ORIGIN_LEARNED)
            continue;
        d->origins[i] = old->origins[i];
        bus_ranges_clear(d, i);
        for (uint32_t k = 0; k < old->request_count; k++)
            if (old->requests[k].origin == i)
                bus_ranges_add(d, &old->requests[k].plan, i, 0);
        for (uint32_t k = 0; k < old->dead_count; k++)
            if (old->dead[k].origin == i)
                bus_ranges_add(d, &old->dead[k].plan, i, old->dead[k].exception);
    }
}

void modbus_bus_adopt(struct modbus_bus *b, const struct modbus_bus *old)
{
    for (uint32_t i = 0; i < b->device_count; i++)
        for (uint32_t k = 0; k < old->device_count; k++)
            if (is_same(b->plant, &b->devices[i], old->plant, &old->devices[k]))
                adopt(&b->devices[i], &old->devices[k]);
}
