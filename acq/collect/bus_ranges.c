#include "acq/collect/bus_impl.h"

#include "acq/core/log.h"
#include "acq/plant/plant.h"

#include <stdlib.h>
#include <string.h>

enum {
    EXCEPTION_FUNCTION = 1, /* Modbus Application Protocol V1.1b3, 7 */
    EXCEPTION_VALUE = 3,
    SEARCHES_MAX = 3 /* of one planned request: what was disturbed is tried again, not for ever */
};

static void use_plan(struct bus_device *d, struct bus_request *r,
                     const struct modbus_request_plan *plan, uint32_t origin)
{
    *r = (struct bus_request){.plan = *plan, .device = d, .origin = origin};
}

int bus_ranges_init(struct bus_device *d, const struct device_plan *plan)
{
    d->origins = calloc(plan->request_count, sizeof *d->origins);
    d->requests = calloc(plan->ref_count, sizeof *d->requests);
    d->dead = calloc(plan->ref_count, sizeof *d->dead);
    d->addresses = calloc(plan->ref_count, sizeof *d->addresses);
    d->ranges = calloc(plan->ref_count, sizeof *d->ranges);
    if (!d->origins || !d->requests || !d->dead || !d->addresses || !d->ranges)
        return PW_ENOMEM;
    d->origin_count = d->request_count = plan->request_count;
    for (uint32_t i = 0; i < plan->request_count; i++) {
        const struct modbus_request_plan *p = &plan->requests[i];
        d->origins[i].plan = *p;
        use_plan(d, &d->requests[i], p, i);
        for (uint32_t k = p->first; k < p->first + p->len; k++)
            d->addresses[k] = (uint16_t)(p->address + plan->refs[k].place);
    }
    return 0;
}

void bus_ranges_deinit(struct bus_device *d)
{
    free(d->origins);
    free(d->requests);
    free(d->dead);
    free(d->addresses);
    free(d->ranges);
}

/* From the first to the last address that these signals need. */
struct modbus_request_plan bus_ranges_plan(const struct bus_device *d, uint8_t function,
                                           uint32_t first, uint32_t len)
{
    struct modbus_request_plan p = {
        .function = function, .address = d->addresses[first], .first = first, .len = len};
    for (uint32_t i = first; i < first + len; i++) {
        uint32_t reach = d->addresses[i] + (uint32_t)d->decoders[i].words - p.address;
        if (reach > p.count)
            p.count = (uint16_t)reach;
    }
    return p;
}

static void place_decoders(struct bus_device *d, const struct modbus_request_plan *p)
{
    for (uint32_t i = p->first; i < p->first + p->len; i++)
        modbus_decoder_move(&d->decoders[i], (uint16_t)(d->addresses[i] - p->address));
}

/* Where the signals of p fall apart, as near to the middle as can be; 0: nowhere, as all of them
 * begin at one address. */
static uint32_t find_middle(const struct bus_device *d, const struct modbus_request_plan *p)
{
    const uint16_t *a = d->addresses + p->first;
    for (uint32_t k = 0; k <= p->len / 2; k++) {
        uint32_t below = p->len / 2 - k;
        uint32_t above = p->len / 2 + k;
        if (below > 0 && a[below] != a[below - 1])
            return below;
        if (above > 0 && above < p->len && a[above] != a[above - 1])
            return above;
    }
    return 0;
}

static bool may_search(const struct bus_origin *o)
{
    return o->state == ORIGIN_SEARCHING ||
           (o->state == ORIGIN_WHOLE && !o->barren && o->searches < SEARCHES_MAX);
}

static void begin_search(const struct modbus_bus *b, const struct bus_device *d,
                         struct bus_origin *o, uint8_t code)
{
    o->state = ORIGIN_SEARCHING;
    o->disturbed = false;
    o->searches++;
    log_info("modbus", "link=%s unit=%u: exception %u for %u at %u, looking for what it has",
             b->plant->links[b->link].id, d->unit_id, code, o->plan.count, o->plan.address);
}

bool bus_ranges_refused(struct modbus_bus *b, struct bus_request *r, uint8_t code,
                        struct bus_time now)
{
    struct bus_device *d = r->device;
    struct bus_origin *o = &d->origins[r->origin];
    if (code < EXCEPTION_FUNCTION || code > EXCEPTION_VALUE || !may_search(o))
        return false;
    uint32_t middle = find_middle(d, &r->plan);
    if (middle == 0) {
        r->refused = code;
        return false;
    }
    if (o->state == ORIGIN_WHOLE)
        begin_search(b, d, o, code);
    const struct modbus_request_plan whole = r->plan;
    const struct modbus_request_plan low = bus_ranges_plan(d, whole.function, whole.first, middle);
    const struct modbus_request_plan high =
        bus_ranges_plan(d, whole.function, whole.first + middle, whole.len - middle);
    struct bus_request *second = &d->requests[d->request_count++];
    use_plan(d, r, &low, r->origin);
    use_plan(d, second, &high, r->origin);
    place_decoders(d, &low);
    place_decoders(d, &high);
    d->unsettled++;
    bus_enqueue(b, r, true, now);
    bus_enqueue(b, second, true, now);
    return true;
}

void bus_ranges_settled(struct bus_request *r, quality why)
{
    struct bus_origin *o = &r->device->origins[r->origin];
    if (quality_is_good(why)) {
        r->refused = 0;
        if (o->state == ORIGIN_WHOLE)
            o->barren = false;
        return;
    }
    bool refused = quality_word(why) == QUALITY_EXCEPTION &&
                   quality_parameter(why) >= EXCEPTION_FUNCTION &&
                   quality_parameter(why) <= EXCEPTION_VALUE;
    r->refused = refused ? quality_parameter(why) : 0;
    if (!refused)
        o->disturbed = true;
}

static void remove_request(struct bus_device *d, uint32_t i)
{
    d->request_count--;
    for (; i < d->request_count; i++)
        d->requests[i] = d->requests[i + 1];
}

void bus_ranges_clear(struct bus_device *d, uint32_t origin)
{
    for (uint32_t k = d->request_count; k-- > 0;)
        if (d->requests[k].origin == origin)
            remove_request(d, k);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < d->dead_count; i++)
        if (d->dead[i].origin != origin)
            d->dead[kept++] = d->dead[i];
    d->dead_count = kept;
}

void bus_ranges_add(struct bus_device *d, const struct modbus_request_plan *plan, uint32_t origin,
                    uint8_t exception)
{
    if (exception) {
        d->dead[d->dead_count++] =
            (struct bus_dead){.plan = *plan, .origin = origin, .exception = exception};
        return;
    }
    use_plan(d, &d->requests[d->request_count++], plan, origin);
    place_decoders(d, plan);
}

void bus_ranges_make_whole(struct bus_device *d, uint32_t origin)
{
    struct bus_origin *o = &d->origins[origin];
    bus_ranges_clear(d, origin);
    bus_ranges_add(d, &o->plan, origin, 0);
    o->state = ORIGIN_WHOLE;
}

static void bury(struct bus_device *d, uint32_t origin)
{
    for (uint32_t i = d->request_count; i-- > 0;) {
        struct bus_request *r = &d->requests[i];
        if (r->origin != origin || !r->refused)
            continue;
        d->dead[d->dead_count++] =
            (struct bus_dead){.plan = r->plan, .origin = origin, .exception = r->refused};
        remove_request(d, i);
    }
}

static void conclude(const struct modbus_bus *b, struct bus_device *d, uint32_t origin,
                     bool *learned)
{
    struct bus_origin *o = &d->origins[origin];
    uint32_t good = 0;
    uint32_t refused = 0;
    for (uint32_t i = 0; i < d->request_count; i++) {
        if (d->requests[i].origin != origin)
            continue;
        good += !d->requests[i].refused;
        refused += d->requests[i].refused > 0;
    }
    bool fruitless = good == 0 || (o->state == ORIGIN_CONFIRMING && refused == 0 && o->had_refused);
    if (o->disturbed || fruitless) {
        o->barren = !o->disturbed && good == 0;
        bus_ranges_make_whole(d, origin);
        return;
    }
    if (o->state == ORIGIN_SEARCHING) {
        o->had_refused = refused > 0;
        o->state = ORIGIN_CONFIRMING;
        return;
    }
    bury(d, origin);
    o->state = ORIGIN_LEARNED;
    *learned = true;
    log_warn(
        "modbus",
        "link=%s unit=%u: asks %u requests instead of one for %u at %u, and leaves out %u that "
        "were refused twice, until `ctl forget`",
        b->plant->links[b->link].id, d->unit_id, good, o->plan.count, o->plan.address, refused);
}

static void forget(struct bus_device *d)
{
    for (uint32_t i = 0; i < d->origin_count; i++) {
        if (d->origins[i].state != ORIGIN_WHOLE)
            bus_ranges_make_whole(d, i);
        d->origins[i] = (struct bus_origin){.plan = d->origins[i].plan};
    }
    d->forget = false;
}

void bus_ranges_cycle_over(const struct modbus_bus *b, struct bus_device *d)
{
    bool learned = false;
    for (uint32_t i = 0; i < d->origin_count; i++)
        if (d->origins[i].state == ORIGIN_SEARCHING || d->origins[i].state == ORIGIN_CONFIRMING)
            conclude(b, d, i, &learned);
    if (d->forget)
        forget(d);
    else if (learned)
        bus_memory_tell(b, d);
}

void bus_ranges_mark_dead(struct bus_device *d)
{
    for (uint32_t i = 0; i < d->dead_count; i++) {
        const struct bus_dead *dead = &d->dead[i];
        for (uint32_t k = dead->plan.first; k < dead->plan.first + dead->plan.len; k++)
            modbus_no_value(quality_make(QUALITY_EXCEPTION, dead->exception),
                            &d->samples[d->targets[k]]);
    }
}
