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

/* A unit that timed out last gets one request at a time, so that its silence takes one place of the
 * window only. */
static bool must_wait(struct modbus_bus *b, const struct bus_request *r, struct bus_time now)
{
    const struct bus_unit *u = r->device->unit;
    if (u->suspect && bus_flight_of_unit(b, u))
        return true;
    if (!b->rtu.used || !bus_rtu_holds(b, r, now))
        return false;
    if (u->owes_until_ms < b->held_until_ms)
        b->held_until_ms = u->owes_until_ms;
    return true;
}

/* The first that may go now. */
static struct bus_request *queue_take(struct bus_queue *q, struct modbus_bus *b,
                                      struct bus_time now)
{
    struct bus_request *before = NULL;
    struct bus_request *r = q->first;
    while (r && must_wait(b, r, now)) {
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

static void go_down(struct modbus_bus *b, enum quality_word why, struct bus_time now)
{
    b->connected = false;
    b->down_reason = why;
    bus_rtu_reset(b, now);
    b->flight_count = 0;
    b->normal = b->last = (struct bus_queue){0};
    b->silences = 0;
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

static void send_request(struct modbus_bus *b, struct bus_request *r, struct bus_time now)
{
    uint8_t frame[BUS_FRAME_MAX];
    struct bus_flight *f = bus_flight_add(b, r);
    size_t len = b->rtu.used ? bus_rtu_write(b, frame) : mbap_write_frame(&f->frame, frame);
    f->sent_ms = now.at_ms;
    f->deadline_ms = now.at_ms + bus_timeout_ms(b, r->device);
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

/* Requests that were on their way together and stay without a reply are one silence. */
static void note_silence(struct modbus_bus *b, const struct bus_flight *f, struct bus_time now)
{
    f->request->device->stats.timeouts++;
    if (f->sent_ms < b->silence_at_ms)
        return;
    b->silences++;
    b->silence_at_ms = now.at_ms;
}

/* A request without a good reply is over; false: something came all the same. */
static bool note_end(struct modbus_bus *b, const struct bus_flight *f, struct bus_time now)
{
    if (b->rtu.used)
        return bus_rtu_gave_up(b, now);
    bus_set_given_up(b, f->frame.transaction, true);
    return true;
}

static void give_up(struct modbus_bus *b, struct bus_flight *f, struct bus_time now)
{
    struct bus_request *r = f->request;
    struct bus_device *d = r->device;
    if (note_end(b, f, now))
        note_silence(b, f, now);
    bus_flight_remove(b, f);
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

/* A write, and its reading back, is alone on its way. */
static bool may_send(const struct modbus_bus *b, struct bus_time now)
{
    unsigned most = b->write.phase == WRITE_NONE ? b->window : 1;
    return b->connected && b->flight_count < most && now.at_ms >= b->quiet_until_ms;
}

static void advance(struct modbus_bus *b, struct bus_time now)
{
    b->held_until_ms = INT64_MAX;
    b->looked_ms = now.at_ms;
    for (struct bus_flight *f; (f = bus_flight_over(b, now.at_ms));)
        give_up(b, f, now);
    if (b->started && now.at_ms >= b->next_due_ms)
        bus_start_due_cycles(b, now);
    while (may_send(b, now)) {
        struct bus_request *r = take_next(b, now);
        if (!r)
            break;
        send_request(b, r, now);
    }
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
        bus_flight_bytes_taken(b);
    }
    /* Only now: a second reply in the same bytes came before the next request. */
    advance(b, now);
}

void modbus_bus_tick(struct modbus_bus *b, struct bus_time now)
{
    advance(b, now);
}

static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

/* While the window is full nothing that becomes due can be sent, and a reply brings a look at the
 * grid anyway: a tick of its own is only worth while when replies are slow. */
static int64_t next_while_full(const struct modbus_bus *b)
{
    int64_t slow_ms = b->flights[b->flight_count - 1].sent_ms + SLOW_REPLY_MS;
    int64_t look_ms = b->next_due_ms > slow_ms ? b->next_due_ms : slow_ms;
    return earlier(look_ms, bus_flight_deadline_ms(b));
}

/* When what waits may go. With requests on their way it may wait for one of them, not for a time.
 */
static int64_t next_free_ms(const struct modbus_bus *b)
{
    bool waiting = b->normal.first || b->last.first || bus_write_waits(b);
    if (!waiting || (b->flight_count > 0 && b->quiet_until_ms <= b->looked_ms))
        return INT64_MAX;
    return b->held_until_ms != INT64_MAX && b->held_until_ms > b->quiet_until_ms
               ? b->held_until_ms
               : b->quiet_until_ms;
}

int64_t modbus_bus_next_ms(const struct modbus_bus *b)
{
    if (b->flight_count == b->window)
        return next_while_full(b);
    int64_t next_ms = b->started ? b->next_due_ms : INT64_MAX;
    return earlier(earlier(next_ms, next_free_ms(b)), bus_flight_deadline_ms(b));
}

bool modbus_bus_is_alive(const struct modbus_bus *b)
{
    return b->alive;
}
