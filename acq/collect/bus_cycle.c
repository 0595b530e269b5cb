#include "acq/collect/bus_impl.h"

#include "acq/core/log.h"
#include "acq/plant/plant.h"

enum {
    PROBE_TIMEOUT_MIN_MS = 100,
    PROBE_PATIENCE = 4,  /* a probe waits this many times the slowest good reply */
    PROBE_FULL_EVERY = 4 /* and every so many probes the whole time-out */
};

/* The first instant of the device's grid that is not before at_ms. */
static int64_t grid_from(const struct bus_device *d, int64_t at_ms)
{
    int64_t every = d->every_ms;
    int64_t since = (at_ms - (int64_t)d->phase_ms) % every;
    if (since < 0)
        since += every;
    return since == 0 ? at_ms : at_ms + every - since;
}

static void find_next_due(struct modbus_bus *b)
{
    b->next_due_ms = INT64_MAX;
    for (uint32_t i = 0; i < b->device_count; i++)
        if (b->devices[i].next_due_ms < b->next_due_ms)
            b->next_due_ms = b->devices[i].next_due_ms;
}

void bus_start_grid(struct modbus_bus *b, struct bus_time now)
{
    for (uint32_t i = 0; i < b->device_count; i++)
        b->devices[i].next_due_ms = grid_from(&b->devices[i], now.at_ms);
    find_next_due(b);
}

static void hand_on(struct modbus_bus *b, struct bus_device *d, struct bus_time now)
{
    const char *const *texts = bus_signals_texts(d);
    d->stats.cycles++;
    for (uint32_t i = 0; i < d->member_count; i++) {
        const struct bus_member *m = &d->members[i];
        const struct reading reading = {.device = m->index,
                                        .count = m->count,
                                        .time_ms = d->time_ms,
                                        .at_ms = now.at_ms,
                                        .samples = d->samples + m->first,
                                        .texts = m->has_texts ? texts + m->first : NULL};
        b->ops.on_reading(b->ctx, &reading);
    }
}

static void hand_on_nothing(struct modbus_bus *b, struct bus_device *d, quality why,
                            struct bus_time now)
{
    for (uint32_t i = 0; i < d->signal_count; i++)
        modbus_no_value(why, &d->samples[i]);
    hand_on(b, d, now);
}

static bool is_backing_off(const struct bus_backoff *o, int64_t due_ms)
{
    return o->failures > 0 && due_ms < o->resume_ms;
}

static void spoil(struct bus_request *r, quality why)
{
    struct bus_device *d = r->device;
    for (uint32_t i = r->plan.first; i < r->plan.first + r->plan.len; i++)
        modbus_no_value(why, &d->samples[d->targets[i]]);
    d->failure = why;
}

static void begin_cycle(struct bus_device *d)
{
    bus_ranges_mark_dead(d);
    d->unsettled = d->request_count;
    d->answered = false;
    d->probing = d->unit->backoff.failures > 0;
    for (uint32_t i = 0; i < d->request_count; i++) {
        struct bus_request *r = &d->requests[i];
        bool doubtful = d->probing || r->backoff.failures > 0;
        r->tries_left = doubtful ? 0 : d->retries;
        r->promoted = false;
        r->silence = QUALITY_GOOD;
        r->state = REQUEST_HELD;
    }
}

/* One request finds out whether the unit is back; each is tried in turn, as a unit may leave one
 * range unanswered for ever. */
static void queue_probe(struct modbus_bus *b, struct bus_device *d, struct bus_time now)
{
    struct bus_unit *u = d->unit;
    bus_enqueue(b, &d->requests[u->probes++ % d->request_count], u->suspect, now);
}

static void skip_request(struct bus_device *d, struct bus_request *r)
{
    r->state = REQUEST_SETTLED;
    spoil(r, r->backoff.reason);
    bus_ranges_settled(r, r->backoff.reason);
    d->unsettled--;
    d->stats.requests_skipped++;
}

/* Requests that alone stay silent are left out by turns, unless nothing else is left to ask. */
static void queue_held(struct modbus_bus *b, struct bus_device *d, struct bus_time now)
{
    uint32_t asked = 0;
    for (uint32_t i = 0; i < d->request_count; i++)
        asked += !is_backing_off(&d->requests[i].backoff, d->due_ms);
    for (uint32_t i = 0; i < d->request_count; i++) {
        struct bus_request *r = &d->requests[i];
        if (r->state != REQUEST_HELD)
            continue;
        if (asked > 0 && is_backing_off(&r->backoff, d->due_ms))
            skip_request(d, r);
        else
            bus_enqueue(b, r, d->unit->suspect || r->backoff.failures > 0, now);
    }
}

static void start_cycle(struct modbus_bus *b, struct bus_device *d, struct bus_time now)
{
    d->time_ms = d->due_ms + now.offset_ms;
    if (!b->connected) {
        d->stats.unlinked++;
        hand_on_nothing(b, d, quality_make(b->down_reason, 0), now);
    } else if (is_backing_off(&d->unit->backoff, d->due_ms)) {
        d->stats.skipped++;
        hand_on_nothing(b, d, d->unit->backoff.reason, now);
    } else {
        begin_cycle(d);
        if (d->probing)
            queue_probe(b, d, now);
        else
            queue_held(b, d, now);
    }
}

/* A late tick starts the newest due cycle only; those before it were missed. */
static void start_if_due(struct modbus_bus *b, struct bus_device *d, struct bus_time now)
{
    if (now.at_ms < d->next_due_ms)
        return;
    int64_t late = (now.at_ms - d->next_due_ms) / d->every_ms;
    int64_t due = d->next_due_ms + late * d->every_ms;
    d->next_due_ms = due + d->every_ms;
    d->stats.missed += (uint64_t)late;
    if (d->unsettled > 0) {
        d->stats.missed++;
        bus_promote(b, d, now);
        return;
    }
    d->due_ms = due;
    start_cycle(b, d, now);
}

void bus_start_due_cycles(struct modbus_bus *b, struct bus_time now)
{
    for (uint32_t i = 0; i < b->device_count; i++)
        start_if_due(b, &b->devices[i], now);
    find_next_due(b);
}

/* A unit that has been silent is probed with less patience than the configured time-out, as the
 * others wait meanwhile; how slow a good reply can be was learned from the unit, or the link. */
uint32_t bus_timeout_ms(const struct modbus_bus *b, const struct bus_device *d)
{
    const struct bus_unit *u = d->unit;
    uint32_t slowest_ms = u->slowest_ms ? u->slowest_ms : b->slowest_ms;
    bool full = u->patient || u->backoff.failures % PROBE_FULL_EVERY == 0;
    if (!d->probing || d->answered || slowest_ms == 0 || full)
        return d->timeout_ms;
    uint32_t patience_ms = slowest_ms * PROBE_PATIENCE;
    if (patience_ms < PROBE_TIMEOUT_MIN_MS)
        patience_ms = PROBE_TIMEOUT_MIN_MS;
    return patience_ms < d->timeout_ms ? patience_ms : d->timeout_ms;
}

/* The n-th failure in a row skips 2^(n-1) - 1 due times, as long as backoff_max allows. */
static void back_off(struct bus_backoff *o, const struct bus_device *d, quality why)
{
    int64_t wait_ms = d->every_ms;
    for (uint32_t n = 0; n < o->failures && wait_ms < d->backoff_max_ms; n++)
        wait_ms *= 2;
    if (wait_ms > d->backoff_max_ms)
        wait_ms = d->backoff_max_ms;
    o->failures++;
    o->reason = why;
    o->resume_ms = d->due_ms + wait_ms;
}

static void unit_failed(const struct modbus_bus *b, struct bus_device *d)
{
    back_off(&d->unit->backoff, d, d->failure);
    d->unit->patient = false;
    if (d->unit->backoff.failures == 1) {
        char why[QUALITY_TEXT_SIZE];
        log_warn("modbus", "link=%s unit=%u: no answer, backing off: %s",
                 b->plant->links[b->link].id, d->unit_id, quality_format(d->failure, why));
    }
}

static void unit_is_back(const struct modbus_bus *b, struct bus_device *d)
{
    if (d->unit->backoff.failures == 0)
        return;
    log_info("modbus", "link=%s unit=%u: answers again", b->plant->links[b->link].id, d->unit_id);
    for (uint32_t i = 0; i < d->request_count; i++)
        d->requests[i].backoff.failures = 0;
}

void bus_unit_answered(struct modbus_bus *b, struct bus_device *d, struct bus_time now)
{
    struct bus_unit *u = d->unit;
    bool release = d->probing && !d->answered;
    unit_is_back(b, d);
    u->backoff.failures = 0;
    u->suspect = u->patient = false;
    d->answered = true;
    if (release)
        queue_held(b, d, now);
}

static void spoil_held(struct bus_device *d, quality why)
{
    for (uint32_t i = 0; i < d->request_count; i++) {
        if (d->requests[i].state != REQUEST_HELD)
            continue;
        d->requests[i].state = REQUEST_SETTLED;
        spoil(&d->requests[i], why);
        bus_ranges_settled(&d->requests[i], why);
        d->unsettled--;
    }
}

/* Who failed, the unit or one of its requests, is known when the cycle is over. */
static void judge_cycle(const struct modbus_bus *b, struct bus_device *d)
{
    if (!d->answered) {
        unit_failed(b, d);
        return;
    }
    for (uint32_t i = 0; i < d->request_count; i++) {
        struct bus_request *r = &d->requests[i];
        if (!quality_is_good(r->silence))
            back_off(&r->backoff, d, r->silence);
    }
}

/* why: good when r's samples were decoded. */
void bus_settle(struct modbus_bus *b, struct bus_request *r, quality why, struct bus_time now)
{
    struct bus_device *d = r->device;
    r->state = REQUEST_SETTLED;
    d->unsettled--;
    bus_ranges_settled(r, why);
    if (quality_is_good(r->silence))
        r->backoff.failures = 0;
    if (!quality_is_good(why))
        spoil(r, why);
    if (d->probing && !d->answered)
        spoil_held(d, why);
    if (d->unsettled > 0)
        return;
    judge_cycle(b, d);
    bus_ranges_cycle_over(b, d);
    hand_on(b, d, now);
}

void bus_abort_cycles(struct modbus_bus *b, quality why, struct bus_time now)
{
    for (uint32_t i = 0; i < b->device_count; i++) {
        struct bus_device *d = &b->devices[i];
        if (d->unsettled == 0)
            continue;
        for (uint32_t k = 0; k < d->request_count; k++) {
            if (d->requests[k].state == REQUEST_SETTLED)
                continue;
            d->requests[k].state = REQUEST_SETTLED;
            spoil(&d->requests[k], why);
            bus_ranges_settled(&d->requests[k], why);
        }
        d->unsettled = 0;
        bus_ranges_cycle_over(b, d);
        d->stats.unlinked++;
        hand_on(b, d, now);
    }
}
