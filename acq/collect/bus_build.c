#include "acq/collect/bus_impl.h"

#include "acq/plant/plant.h"

#include <stdlib.h>
#include <string.h>

static int fill_device(struct bus_device *d, const struct plant_signal *const *signals,
                       const struct device_plan *plan)
{
    if (plan->request_count == 0)
        return PW_EINVAL;
    int err = bus_ranges_init(d, plan);
    return err ? err : bus_signals_init(d, signals, plan);
}

static int plan_device(struct bus_device *d, const struct plant *plant, const uint32_t *group)
{
    struct device_plan plan;
    int err = shared_plan_init(&plan, plant, group, d->member_count);
    if (err)
        return err;
    const struct plant_signal **signals =
        calloc(plan.ref_count ? plan.ref_count : 1, sizeof *signals);
    for (uint32_t i = 0; signals && i < d->member_count; i++)
        for (uint32_t k = 0; k < d->members[i].count; k++)
            signals[d->members[i].first + k] =
                &plant->signals[plant->devices[group[i]].first_signal + k];
    err = signals ? fill_device(d, signals, &plan) : PW_ENOMEM;
    free(signals);
    device_plan_deinit(&plan);
    return err;
}

static int list_members(struct bus_device *d, const struct plant *plant, const uint32_t *group,
                        uint32_t count)
{
    uint32_t first = 0;
    d->members = calloc(count, sizeof *d->members);
    if (!d->members)
        return PW_ENOMEM;
    d->member_count = count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t signals = plant->devices[group[i]].signal_count;
        d->members[i] = (struct bus_member){.index = group[i], .first = first, .count = signals};
        first += signals;
    }
    return 0;
}

static int write_digest(struct bus_device *d, const struct plant *plant)
{
    uint8_t digest[SM3_SIZE];
    struct sm3 *hash = sm3_new();
    if (!hash)
        return PW_ENOMEM;
    for (uint32_t i = 0; i < d->member_count; i++)
        sm3_update(hash, plant->devices[d->members[i].index].digest, SM3_SIZE);
    sm3_final(hash, digest);
    sm3_free(hash);
    sm3_hex(digest, d->digest);
    return 0;
}

static int make_device(struct modbus_bus *b, struct bus_device *d, const uint32_t *group,
                       uint32_t count)
{
    const struct plant_device *p = &b->plant->devices[group[0]];
    if (p->every_ms == 0)
        return PW_EINVAL;
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
    int err = list_members(d, b->plant, group, count);
    if (err == 0)
        err = write_digest(d, b->plant);
    return err ? err : plan_device(d, b->plant, group);
}

static int make_devices(struct modbus_bus *b, const struct plant_link *l, uint32_t *group)
{
    for (uint32_t k = 0; k < l->device_count; k++) {
        uint32_t count = planner_group(b->plant, b->link, k, group);
        if (count == 0)
            continue;
        struct bus_device *d = &b->devices[b->device_count++];
        int err = make_device(b, d, group, count);
        if (err)
            return err;
        if (d->id_policy != ID_STRICT)
            b->window = 1; /* nothing would tell whose reply it is */
    }
    return 0;
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
    pw_require(b->window <= BUS_WINDOW_MAX);
    uint32_t room = l->device_count ? l->device_count : 1;
    uint32_t *group = calloc(room, sizeof *group);
    b->devices = calloc(room, sizeof *b->devices);
    int err = b->devices && group ? make_devices(b, l, group) : PW_ENOMEM;
    free(group);
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
    for (uint32_t i = 0; b->devices && i < b->device_count; i++) {
        bus_ranges_deinit(&b->devices[i]);
        bus_signals_deinit(&b->devices[i]);
        free(b->devices[i].members);
    }
    free(b->devices);
    free(b);
}

struct bus_device *bus_device_find(const struct modbus_bus *b, uint32_t device)
{
    for (uint32_t i = 0; i < b->device_count; i++)
        for (uint32_t k = 0; k < b->devices[i].member_count; k++)
            if (b->devices[i].members[k].index == device)
                return &b->devices[i];
    return NULL;
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
    const struct bus_device *d = bus_device_find(b, device);
    if (!d)
        return PW_ENOTFOUND;
    *out = d->stats;
    out->read_with = d->members[0].index;
    out->unit = d->unit_id;
    out->failures = d->unit->backoff.failures;
    out->backing_off = out->failures > 0 && at_ms < d->unit->backoff.resume_ms;
    out->requests_a_cycle = d->request_count;
    return 0;
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

/* Where a device of this bus stands in the new plant's link; PLANT_NONE when nowhere. */
static uint32_t find_again(const struct modbus_bus *b, const struct bus_member *m,
                           const struct plant *plant, const struct plant_link *link)
{
    for (uint32_t k = 0; k < link->device_count; k++) {
        uint32_t index = plant->link_devices[link->first_device + k];
        if (strcmp(b->plant->devices[m->index].id, plant->devices[index].id) == 0)
            return same_signals(b->plant, m->index, plant, index) ? index : PLANT_NONE;
    }
    return PLANT_NONE;
}

bool modbus_bus_fits(const struct modbus_bus *b, const struct plant *plant, uint32_t link)
{
    const struct plant_link *l = &plant->links[link];
    uint32_t count = 0;
    for (uint32_t i = 0; i < b->device_count; i++) {
        const struct bus_device *d = &b->devices[i];
        count += d->member_count;
        for (uint32_t k = 0; k < d->member_count; k++)
            if (find_again(b, &d->members[k], plant, l) == PLANT_NONE)
                return false;
    }
    return count == l->device_count;
}

void modbus_bus_rebind(struct modbus_bus *b, const struct plant *plant, uint32_t link)
{
    pw_require(modbus_bus_fits(b, plant, link));
    for (uint32_t i = 0; i < b->device_count; i++) {
        struct bus_device *d = &b->devices[i];
        for (uint32_t k = 0; k < d->member_count; k++)
            d->members[k].index = find_again(b, &d->members[k], plant, &plant->links[link]);
    }
    b->plant = plant;
    b->link = link;
}
