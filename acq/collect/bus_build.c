#include "acq/collect/bus_impl.h"

#include "acq/plant/plant.h"

#include <stdlib.h>
#include <string.h>

static int fill_device(struct bus_device *d, const struct plant *plant,
                       const struct device_plan *plan)
{
    const struct plant_device *p = &plant->devices[d->index];
    if (plan->request_count == 0)
        return PW_EINVAL;
    int err = bus_ranges_init(d, plan);
    return err ? err : bus_signals_init(d, &plant->signals[p->first_signal], plan);
}

static int make_device(struct modbus_bus *b, struct bus_device *d, uint32_t index)
{
    const struct plant_device *p = &b->plant->devices[index];
    if (p->every_ms == 0)
        return PW_EINVAL;
    d->index = index;
    d->unit_id = p->unit;
    d->unit = &b->units[p->unit];
    if (!b->by_unit[p->unit])
        b->by_unit[p->unit] = d;
    d->every_ms = p->every_ms;
    d->phase_ms = p->phase_ms;
    d->timeout_ms = p->timeout_ms;
    d->retries = p->retries;
    d->backoff_max_ms = (int64_t)p->backoff_max_s * 1000;
    d->id_policy = p->id_policy;
    d->write_gap_ms = p->write_gap_ms;
    struct device_plan plan;
    int err = device_plan_init(&plan, b->plant, index);
    if (err)
        return err;
    err = fill_device(d, b->plant, &plan);
    device_plan_deinit(&plan);
    return err;
}

int modbus_bus_new(const struct plant *plant, uint32_t link, uint16_t first_transaction,
                   const struct modbus_bus_ops *ops, void *ctx, struct modbus_bus **out)
{
    const struct plant_link *l = &plant->links[link];
    struct modbus_bus *b = calloc(1, sizeof *b);
    if (!b)
        return PW_ENOMEM;
    b->plant = plant;
    b->link = link;
    b->ops = *ops;
    b->ctx = ctx;
    bus_timing_init(&b->timing, l);
    b->rtu.used = l->framing == FRAMING_RTU;
    b->rtu.echo = l->echo;
    b->silences_max = l->medium == MEDIUM_SERIAL ? BUS_SILENCES_SERIAL_MAX : BUS_SILENCES_MAX;
    b->window = l->window > 1 && !b->rtu.used ? l->window : 1;
    b->transaction = first_transaction;
    b->down_reason = QUALITY_LINK;
    b->next_due_ms = INT64_MAX;
    b->devices = calloc(l->device_count ? l->device_count : 1, sizeof *b->devices);
    int err = b->devices ? 0 : PW_ENOMEM;
    for (uint32_t i = 0; i < l->device_count && err == 0; i++) {
        b->device_count++;
        err = make_device(b, &b->devices[i], plant->link_devices[l->first_device + i]);
        if (b->devices[i].id_policy != ID_STRICT)
            b->window = 1; /* nothing would tell whose reply it is */
    }
    pw_require(b->window <= BUS_WINDOW_MAX);
    if (err) {
        modbus_bus_free(b);
        return err;
    }
    *out = b;
    return 0;
}

void modbus_bus_free(struct modbus_bus *b)
{
    if (!b)
        return;
    for (uint32_t i = 0; i < b->device_count; i++) {
        bus_ranges_deinit(&b->devices[i]);
        bus_signals_deinit(&b->devices[i]);
    }
    free(b->devices);
    free(b);
}

int64_t modbus_bus_overdue_ms(const struct modbus_bus *b, int64_t at_ms)
{
    int64_t oldest_ms = at_ms;
    for (uint32_t i = 0; b->started && i < b->device_count; i++) {
        const struct bus_device *d = &b->devices[i];
        int64_t due_ms = d->unsettled > 0 ? d->due_ms : d->next_due_ms;
        if (due_ms < oldest_ms)
            oldest_ms = due_ms;
    }
    return at_ms - oldest_ms;
}

void modbus_bus_get_link_stats(const struct modbus_bus *b, int64_t at_ms,
                               struct collect_link_stats *out)
{
    out->bytes_in = b->stats.bytes_in;
    out->bytes_out = b->stats.bytes_out;
    out->stray = b->stats.stray;
    out->framing_lost = b->stats.framing_lost;
    out->silences = b->stats.silences;
    out->other_master = b->stats.other_master;
    out->echoes = b->stats.echoes;
    out->overdue_ms = modbus_bus_overdue_ms(b, at_ms);
    memcpy(out->last_bad_frame, b->stats.last_bad_frame, sizeof out->last_bad_frame);
}

int modbus_bus_get_device_stats(const struct modbus_bus *b, uint32_t device, int64_t at_ms,
                                struct collect_device_stats *out)
{
    for (uint32_t i = 0; i < b->device_count; i++) {
        const struct bus_device *d = &b->devices[i];
        if (d->index != device)
            continue;
        *out = d->stats;
        out->unit = d->unit_id;
        out->failures = d->unit->backoff.failures;
        out->backing_off = out->failures > 0 && at_ms < d->unit->backoff.resume_ms;
        out->requests_a_cycle = d->request_count;
        return 0;
    }
    return PW_ENOTFOUND;
}

static bool same_signals(const struct plant *a, uint32_t device_a, const struct plant *b,
                         uint32_t device_b)
{
    const struct plant_device *x = &a->devices[device_a];
    const struct plant_device *y = &b->devices[device_b];
    if (x->signal_count != y->signal_count)
        return false;
    for (uint32_t i = 0; i < x->signal_count; i++) {
        const char *id = a->signals[x->first_signal + i].id;
        if (strcmp(id, b->signals[y->first_signal + i].id) != 0)
            return false;
    }
    return true;
}

/* Where the i-th device of this bus stands in the new plant's link; PLANT_NONE when nowhere. */
static uint32_t find_again(const struct modbus_bus *b, uint32_t i, const struct plant *plant,
                           const struct plant_link *link)
{
    uint32_t old = b->devices[i].index;
    for (uint32_t k = 0; k < link->device_count; k++) {
        uint32_t index = plant->link_devices[link->first_device + k];
        if (strcmp(b->plant->devices[old].id, plant->devices[index].id) == 0)
            return same_signals(b->plant, old, plant, index) ? index : PLANT_NONE;
    }
    return PLANT_NONE;
}

bool modbus_bus_fits(const struct modbus_bus *b, const struct plant *plant, uint32_t link)
{
    const struct plant_link *l = &plant->links[link];
    if (l->device_count != b->device_count)
        return false;
    for (uint32_t i = 0; i < b->device_count; i++)
        if (find_again(b, i, plant, l) == PLANT_NONE)
            return false;
    return true;
}

void modbus_bus_rebind(struct modbus_bus *b, const struct plant *plant, uint32_t link)
{
    pw_require(modbus_bus_fits(b, plant, link));
    for (uint32_t i = 0; i < b->device_count; i++)
        b->devices[i].index = find_again(b, i, plant, &plant->links[link]);
    b->plant = plant;
    b->link = link;
}
