#include "acq/collect/planner.h"

#include "acq/plant/plant.h"
#include "protocols/modbus/mbap.h"

#include <stdbool.h>
#include <stdlib.h>

enum { ADDRESSES = 65536 };

/* One signal as a stretch of addresses: what sorting and joining look at. */
struct stretch {
    uint32_t signal;
    uint32_t address;
    uint32_t len;
    enum modbus_table table;
};

struct caps {
    uint32_t most; /* of one request */
    uint32_t gap;
};

static bool table_is_bits(enum modbus_table table)
{
    return table == TABLE_COIL || table == TABLE_DISCRETE;
}

static uint8_t table_function(enum modbus_table table)
{
    switch (table) {
    case TABLE_COIL:
        return MODBUS_READ_COILS;
    case TABLE_DISCRETE:
        return MODBUS_READ_DISCRETE_INPUTS;
    case TABLE_HOLDING:
        return MODBUS_READ_HOLDING_REGISTERS;
    case TABLE_INPUT:
        break;
    }
    return MODBUS_READ_INPUT_REGISTERS;
}

static uint32_t at_most(uint32_t value, uint32_t limit)
{
    return value < limit ? value : limit;
}

static struct caps table_caps(const struct plant_device *d, enum modbus_table table)
{
    uint32_t factor = table_is_bits(table) ? 16 : 1;
    uint32_t limit = table_is_bits(table) ? MODBUS_BITS_MAX : MODBUS_REGISTERS_MAX;
    return (struct caps){.most = at_most(d->max_registers * factor, limit),
                         .gap = d->max_gap * factor};
}

static int compare_u32(uint32_t a, uint32_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_stretches(const void *a, const void *b)
{
    const struct stretch *x = a;
    const struct stretch *y = b;
    if (x->table != y->table)
        return x->table < y->table ? -1 : 1;
    if (x->address != y->address)
        return compare_u32(x->address, y->address);
    if (x->len != y->len)
        return compare_u32(x->len, y->len);
    return compare_u32(x->signal, y->signal);
}

/* What is read together; their caps are equal. */
struct group {
    const struct plant *plant;
    const uint32_t *devices;
    uint32_t count;
};

static const struct plant_device *member(const struct group *g, uint32_t i)
{
    return &g->plant->devices[g->devices[i]];
}

static uint32_t count_signals(const struct group *g)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < g->count; i++)
        count += member(g, i)->signal_count;
    return count;
}

static int list_device(const struct plant *plant, const struct plant_device *d, uint32_t first,
                       struct stretch *out)
{
    for (uint32_t i = 0; i < d->signal_count; i++) {
        const struct plant_signal *s = &plant->signals[d->first_signal + i];
        uint32_t len = table_is_bits(s->table) ? 1 : s->register_count;
        if (len == 0 || s->address + len > ADDRESSES || len > table_caps(d, s->table).most)
            return PW_EINVAL;
        out[first + i] = (struct stretch){first + i, s->address, len, s->table};
    }
    return 0;
}

static int list_stretches(const struct group *g, struct stretch *out)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < g->count; i++) {
        int err = list_device(g->plant, member(g, i), count, out);
        if (err)
            return err;
        count += member(g, i)->signal_count;
    }
    qsort(out, count, sizeof *out, compare_stretches);
    return 0;
}

/* Whether one of the device's forbidden ranges lies in the gap before s. */
static bool is_forbidden(const struct plant_device *d, const struct stretch *s, uint32_t gap_from)
{
    for (uint32_t i = 0; i < d->forbidden_count; i++) {
        const struct plant_range *f = &d->forbidden[i];
        if (f->table == s->table && f->last >= gap_from && f->first < s->address)
            return true;
    }
    return false;
}

static bool is_forbidden_to_one(const struct group *g, const struct stretch *s, uint32_t gap_from)
{
    for (uint32_t i = 0; i < g->count; i++)
        if (is_forbidden(member(g, i), s, gap_from))
            return true;
    return false;
}

static bool joins(const struct modbus_request_plan *r, const struct stretch *s,
                  const struct group *g)
{
    struct caps caps = table_caps(member(g, 0), s->table);
    uint32_t end = (uint32_t)r->address + r->count;
    uint32_t reach = s->address + s->len > end ? s->address + s->len : end;
    bool near = s->address <= end || s->address - end <= caps.gap;
    return r->function == table_function(s->table) && near && reach - r->address <= caps.most &&
           !is_forbidden_to_one(g, s, end);
}

static void join_stretches(struct device_plan *p, const struct group *g,
                           const struct stretch *stretches)
{
    struct modbus_request_plan *r = NULL;
    for (uint32_t i = 0; i < p->ref_count; i++) {
        const struct stretch *s = &stretches[i];
        if (!r || !joins(r, s, g)) {
            r = &p->requests[p->request_count++];
            *r = (struct modbus_request_plan){
                .function = table_function(s->table), .address = (uint16_t)s->address, .first = i};
        }
        uint32_t reach = s->address + s->len - r->address;
        if (reach > r->count)
            r->count = (uint16_t)reach;
        p->refs[i] = (struct signal_ref){s->signal, (uint16_t)(s->address - r->address)};
        r->len++;
    }
}

int shared_plan_init(struct device_plan *p, const struct plant *plant, const uint32_t *devices,
                     uint32_t count)
{
    const struct group g = {.plant = plant, .devices = devices, .count = count};
    struct device_plan made = {.ref_count = count_signals(&g)};
    size_t n = made.ref_count ? made.ref_count : 1;
    struct stretch *stretches = calloc(n, sizeof *stretches);
    made.requests = calloc(n, sizeof *made.requests);
    made.refs = calloc(n, sizeof *made.refs);
    int err = PW_ENOMEM;
    if (!stretches || !made.requests || !made.refs)
        goto out;
    err = list_stretches(&g, stretches);
    if (err)
        goto out;
    join_stretches(&made, &g, stretches);
    *p = made;
    made = (struct device_plan){0};
out:
    free(stretches);
    device_plan_deinit(&made);
    return err;
}

int device_plan_init(struct device_plan *p, const struct plant *plant, uint32_t device)
{
    return shared_plan_init(p, plant, &device, 1);
}

uint32_t planner_group(const struct plant *plant, uint32_t link, uint32_t k, uint32_t *out)
{
    const struct plant_link *l = &plant->links[link];
    const uint32_t *all = plant->link_devices + l->first_device;
    uint32_t count = 0;
    for (uint32_t i = 0; i < l->device_count; i++) {
        if (i != k && !plant_shares_reads(&plant->devices[all[k]], &plant->devices[all[i]]))
            continue;
        if (i < k)
            return 0;
        out[count++] = all[i];
    }
    return count;
}

void device_plan_deinit(struct device_plan *p)
{
    free(p->requests);
    free(p->refs);
    *p = (struct device_plan){0};
}
