#include "acq/collect/modbus_bus.h"

#include "acq/collect/bus_impl.h"
#include "acq/core/log.h"
#include "acq/plant/plant.h"

#include <string.h>

enum { SLOW_REPLY_MS = 20, BUS_FRAME_MAX = MBAP_ADU_MAX };

static void queue_push(struct bus_queue *q, struct bus_request *r)
{
    r->next = NULL;
    if (q->last)
        q->last->next = r;
    else
        q->first = r;
    q->last = r;
}

/* The first that may go now. */
static struct bus_request *queue_take(struct bus_queue *q, struct modbus_bus *b,
                                      struct bus_time now)
{
    struct bus_request *before = NULL;
    struct bus_request *r = q->first;
    while (r && b->rtu.used && bus_rtu_holds(b, r, now)) {
        if (r->device->unit->owes_until_ms < b->held_until_ms)
            b->held_until_ms = r->device->unit->owes_until_ms;
        before = r;
        r = r->next;
    }
    if (!r)
        return NULL;
    if (before)
        before->next = r->next;
    else
        q->first = r->next;
    if (q->last == r)
        q->last = before;
    return r;
}

static struct bus_request *queue_pop(struct bus_queue *q)
{
    struct bus_request *r = q->first;
    if (!r)
        return NULL;
    q->first = r->next;
    if (!q->first)
        q->last = NULL;
    return r;
}

void bus_enqueue(struct modbus_bus *b, struct bus_request *r, bool asked_last, struct bus_time now)
{
    r->queued_ms = now.at_ms;
    r->state = REQUEST_QUEUED;
    queue_push(asked_last ? &b->last : &b->normal, r);
}

/* Moves one request of d that waited a whole period among the last ones to the normal queue, so
 * that a link with more work than time never silences a unit for good. One: several in a row might
 * be several time-outs in a row. */
void bus_promote(struct modbus_bus *b, const struct bus_device *d, struct bus_time now)
{
    struct bus_queue rest = {0};
    bool done = false;
    for (struct bus_request *r; (r = queue_pop(&b->last));) {
        bool waited = r->device == d && now.at_ms - r->queued_ms >= d->every_ms;
        if (done || !waited) {
            queue_push(&rest, r);
            continue;
        }
        done = r->promoted = true;
        queue_push(&b->normal, r);
    }
    b->last = rest;
}

/* A unit may have become suspect after its request was queued: it then waits with the last. */
static struct bus_request *take_next(struct modbus_bus *b, struct bus_time now)
{
    b->held_until_ms = INT64_MAX;
    if (bus_write_waits(b) && !(b->rtu.used && bus_rtu_holds(b, &b->write.request, now)))
        return &b->write.request;
    for (struct bus_request *r; (r = queue_take(&b->normal, b, now));) {
        if (!r->device->unit->suspect || r->promoted)
            return r;
        queue_push(&b->last, r);
    }
    return queue_take(&b->last, b, now);
}

static uint16_t next_transaction(struct modbus_bus *b)
{
    do
        b->transaction++;
    while (b->transaction == 0 || (b->given_up_count > 0 && bus_is_given_up(b, b->transaction)));
    return b->transaction;
}

static void go_down(struct modbus_bus *b, enum quality_word why, struct bus_time now)
{
    b->connected = false;
    b->down_reason = why;
    bus_rtu_reset(b, now);
    b->flying = NULL;
    b->normal = b->last = (struct bus_queue){0};
    b->silences = 0;
    b->stale_bytes = false;
    mbap_parser_reset(&b->parser);
    if (b->given_up_count > 0)
        memset(b->given_up, 0, sizeof b->given_up);
    b->given_up_count = 0;
    bus_write_failed(b, quality_make(why, 0));
    bus_abort_cycles(b, quality_make(why, 0), now);
}

void bus_close_connection(struct modbus_bus *b, struct bus_time now)
{
    go_down(b, QUALITY_LINK, now);
    b->ops.close_connection(b->ctx);
}

static size_t write_frame(struct modbus_bus *b, uint8_t out[BUS_FRAME_MAX])
{
    if (b->rtu.used)
        return bus_rtu_write(b, out);
    b->stale_bytes = b->parser.len > 0;
    return mbap_write_frame(&b->flying_frame, out);
}

static void send_request(struct modbus_bus *b, struct bus_request *r, struct bus_time now)
{
    const struct modbus_request read = {
        .function = r->plan.function, .address = r->plan.address, .count = r->plan.count};
    b->flying_frame = bus_write_is(b, r) ? bus_write_frame(b) : read;
    b->flying_frame.transaction = b->rtu.used ? 0 : next_transaction(b);
    b->flying_frame.unit = r->device->unit_id;
    uint8_t frame[BUS_FRAME_MAX];
    b->flying = r;
    size_t len = write_frame(b, frame);
    b->sent_ms = now.at_ms;
    b->deadline_ms = now.at_ms + bus_timeout_ms(b, r->device);
    r->state = REQUEST_SENT;
    r->saw_foreign = r->saw_length = r->saw_crc = false;
    if (b->rtu.used)
        bus_rtu_sent(b, now);
    r->device->stats.requests++;
    b->stats.bytes_out += len;
    if (b->ops.send(b->ctx, frame, len) < 0)
        bus_close_connection(b, now);
}

static quality silence_reason(const struct bus_request *r)
{
    enum quality_word word = r->saw_crc       ? QUALITY_CRC
                             : r->saw_length  ? QUALITY_LENGTH
                             : r->saw_foreign ? QUALITY_FOREIGN
                                              : QUALITY_TIMEOUT;
    return quality_make(word, 0);
}

/* A unit that left one request unanswered in all its tries, and answered none before, gets a single
 * try for each of the others: its silence must not cost the link retries times requests. */
static void spare_tries(struct bus_device *d)
{
    for (uint32_t i = 0; i < d->request_count && !d->answered; i++)
        d->requests[i].tries_left = 0;
}

/* A request without a good reply is over; false: something came all the same. */
static bool note_silence(struct modbus_bus *b, struct bus_time now)
{
    if (b->rtu.used)
        return bus_rtu_gave_up(b, now);
    bus_set_given_up(b, b->flying_frame.transaction, true);
    return true;
}

static void give_up(struct modbus_bus *b, struct bus_time now)
{
    struct bus_request *r = b->flying;
    struct bus_device *d = r->device;
    if (note_silence(b, now)) {
        d->stats.timeouts++;
        b->silences++;
    }
    b->flying = NULL;
    b->quiet_until_ms = now.at_ms + b->timing.quiet_ms;
    d->unit->suspect = true;
    bool ids_tell = b->rtu.used || d->id_policy == ID_STRICT;
    if (bus_write_is(b, r)) {
        bus_write_failed(b, silence_reason(r));
    } else if (r->tries_left > 0 && ids_tell) {
        r->tries_left--;
        r->promoted = false;
        bus_enqueue(b, r, true, now);
    } else {
        spare_tries(d);
        r->silence = silence_reason(r);
        bus_settle(b, r, r->silence, now);
    }
    if (b->silences >= b->silences_max) {
        b->stats.silences++;
        log_warn("modbus", "link=%s: %u time-outs in a row, closing the connection",
                 b->plant->links[b->link].id, b->silences);
        bus_close_connection(b, now);
    } else if (!ids_tell || b->given_up_count > BUS_TRANSACTIONS / 2) {
        bus_close_connection(b, now);
    }
}

static void advance(struct modbus_bus *b, struct bus_time now)
{
    b->held_until_ms = INT64_MAX;
    if (b->flying && now.at_ms >= b->deadline_ms)
        give_up(b, now);
    if (b->started && now.at_ms >= b->next_due_ms)
        bus_start_due_cycles(b, now);
    if (!b->connected || b->flying || now.at_ms < b->quiet_until_ms)
        return;
    struct bus_request *r = take_next(b, now);
    if (r)
        send_request(b, r, now);
}

static void start(struct modbus_bus *b, struct bus_time now)
{
    if (!b->started)
        bus_start_grid(b, now);
    b->started = true;
}

void modbus_bus_connected(struct modbus_bus *b, struct bus_time now)
{
    start(b, now);
    b->connected = true;
    b->alive = false;
    b->quiet_until_ms = now.at_ms;
    for (uint32_t i = 0; i < b->device_count; i++)
        b->devices[i].unit->backoff.resume_ms = INT64_MIN;
    advance(b, now);
}

void modbus_bus_disconnected(struct modbus_bus *b, enum quality_word why, struct bus_time now)
{
    start(b, now);
    go_down(b, why, now);
    advance(b, now);
}

void modbus_bus_received(struct modbus_bus *b, const uint8_t *data, size_t len, struct bus_time now)
{
    if (!b->connected)
        return;
    b->stats.bytes_in += len;
    if (b->rtu.used) {
        bus_rtu_received(b, data, len, now);
        advance(b, now);
        return;
    }
    const uint8_t *begin = data;
    size_t size = len;
    for (;;) {
        struct mbap_adu adu;
        int err = mbap_parser_next(&b->parser, &data, &len, &adu);
        if (err == PW_EMORE)
            break;
        if (err) {
            b->stats.framing_lost++;
            bus_keep_bad_frame(b, NULL, begin, size);
            log_warn("modbus", "link=%s: framing lost, closing the connection",
                     b->plant->links[b->link].id);
            bus_close_connection(b, now);
            break;
        }
        bus_take_reply(b, &adu, now);
        b->stale_bytes = false;
    }
    /* Only now: a second reply in the same bytes came before the next request. */
    advance(b, now);
}

void modbus_bus_tick(struct modbus_bus *b, struct bus_time now)
{
    advance(b, now);
}

/* While a request is in flight nothing that becomes due can be sent, and the reply brings a look at
 * the grid anyway: a tick of its own is only worth while when the reply is slow. */
static int64_t next_while_flying(const struct modbus_bus *b)
{
    int64_t slow_ms = b->sent_ms + SLOW_REPLY_MS;
    int64_t look_ms = b->next_due_ms > slow_ms ? b->next_due_ms : slow_ms;
    return look_ms < b->deadline_ms ? look_ms : b->deadline_ms;
}

int64_t modbus_bus_next_ms(const struct modbus_bus *b)
{
    if (b->flying)
        return next_while_flying(b);
    int64_t next = b->started ? b->next_due_ms : INT64_MAX;
    bool waiting = b->normal.first || b->last.first || bus_write_waits(b);
    if (!waiting)
        return next;
    int64_t free_ms = b->held_until_ms != INT64_MAX && b->held_until_ms > b->quiet_until_ms
                          ? b->held_until_ms
                          : b->quiet_until_ms;
    return free_ms < next ? free_ms : next;
}

bool modbus_bus_is_alive(const struct modbus_bus *b)
{
    return b->alive;
}
