#include "acq/collect/bus_impl.h"

#include <string.h>

enum {
    EXCEPTION_GATEWAY_PATH = 10, /* Modbus Application Protocol V1.1b3, 7 */
    EXCEPTION_GATEWAY_TARGET = 11,
    BAD_FRAME_BYTES = (STATS_FRAME_HEX_SIZE - 1) / 2
};

bool bus_is_given_up(const struct modbus_bus *b, uint16_t transaction)
{
    return b->given_up[transaction / 32] >> transaction % 32 & 1;
}

void bus_set_given_up(struct modbus_bus *b, uint16_t transaction, bool given_up)
{
    uint32_t bit = (uint32_t)1 << transaction % 32;
    uint32_t *word = &b->given_up[transaction / 32];
    bool was = (*word & bit) != 0;
    if (given_up && !was)
        b->given_up_count++;
    if (!given_up && was)
        b->given_up_count--;
    *word = given_up ? *word | bit : *word & ~bit;
}

static void write_hex(const uint8_t *frame, size_t len, char out[STATS_FRAME_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len && i < BAD_FRAME_BYTES; i++) {
        *out++ = digits[frame[i] >> 4];
        *out++ = digits[frame[i] & 0xf];
    }
    *out = '\0';
}

void bus_keep_bad_frame(struct modbus_bus *b, struct bus_device *d, const uint8_t *frame,
                        size_t len)
{
    write_hex(frame, len, b->stats.last_bad_frame);
    if (!d)
        return;
    memmove(d->stats.bad_frames[1], d->stats.bad_frames[0],
            sizeof d->stats.bad_frames - sizeof d->stats.bad_frames[0]);
    write_hex(frame, len, d->stats.bad_frames[0]);
}

/* The slowest reply, at least 1 ms, forgetting a sixty-fourth of the difference with each faster.
 */
static void learn_slowest(uint32_t *slowest_ms, uint32_t took_ms)
{
    if (took_ms >= *slowest_ms)
        *slowest_ms = took_ms ? took_ms : 1;
    else
        *slowest_ms -= (*slowest_ms - took_ms) / 64;
}

static void count_reply(struct collect_device_stats *s, uint32_t took_ms)
{
    unsigned bucket = 0;
    while (bucket < STATS_REPLY_BOUNDS && took_ms > stats_reply_bounds_ms[bucket])
        bucket++;
    s->replies[bucket]++;
    s->good++;
    s->reply_ms += took_ms;
    if (took_ms > s->slowest_ms)
        s->slowest_ms = took_ms;
}

static void take_value(struct modbus_bus *b, struct bus_request *r, uint32_t took_ms,
                       const struct modbus_reply *reply, struct bus_time now)
{
    struct bus_device *d = r->device;
    if (bus_write_is(b, r)) {
        bus_write_answered(b, reply, now);
        return;
    }
    bus_signals_take(r, reply, now.at_ms);
    count_reply(&d->stats, took_ms);
    learn_slowest(&d->unit->slowest_ms, took_ms);
    learn_slowest(&b->slowest_ms, took_ms);
    bus_unit_answered(b, d, now);
    bus_settle(b, r, QUALITY_GOOD, now);
}

/* Exceptions 10 and 11 are a gateway's word about a unit that did not answer it. */
static void take_exception(struct modbus_bus *b, struct bus_request *r, uint8_t code,
                           struct bus_time now)
{
    struct bus_device *d = r->device;
    d->stats.exceptions[code < STATS_EXCEPTION_CODES ? code : 0]++;
    if (bus_write_is(b, r)) {
        bus_write_failed(b, quality_make(QUALITY_EXCEPTION, code));
        return;
    }
    if (code != EXCEPTION_GATEWAY_PATH && code != EXCEPTION_GATEWAY_TARGET)
        bus_unit_answered(b, d, now);
    if (!bus_ranges_refused(b, r, code, now))
        bus_settle(b, r, quality_make(QUALITY_EXCEPTION, code), now);
}

/* The unit is there after all, only slower than its probe's patience. */
static void end_backoff(struct bus_unit *u)
{
    u->backoff.resume_ms = INT64_MIN;
    u->patient = true;
}

static void count_stray(struct modbus_bus *b, const struct mbap_adu *adu)
{
    struct bus_device *d = b->by_unit[adu->unit];
    if (d && bus_is_given_up(b, adu->transaction)) {
        bus_set_given_up(b, adu->transaction, false);
        bus_unit_was_late(d);
        return;
    }
    bus_keep_bad_frame(b, d, adu->frame, adu->frame_len);
    if (d)
        d->stats.foreign++;
    else
        b->stats.stray++;
}

void bus_unit_was_late(struct bus_device *d)
{
    d->stats.late++;
    end_backoff(d->unit);
}

void bus_count_bad(struct modbus_bus *b, struct bus_request *r, const struct mbap_adu *adu,
                   enum modbus_check check)
{
    bus_keep_bad_frame(b, r->device, adu->frame, adu->frame_len);
    if (check == MODBUS_REPLY_WRONG_LENGTH) {
        r->saw_length = true;
        r->device->stats.length++;
    } else {
        r->saw_foreign = true;
        r->device->stats.foreign++;
    }
}

void bus_take_answer(struct modbus_bus *b, struct bus_flight *f, enum modbus_check check,
                     const struct modbus_reply *reply, struct bus_time now)
{
    struct bus_request *r = f->request;
    uint32_t took_ms = (uint32_t)(now.at_ms - f->sent_ms);
    bus_flight_remove(b, f);
    b->silences = 0;
    b->alive = true;
    b->quiet_until_ms = now.at_ms + b->timing.quiet_ms;
    if (check == MODBUS_REPLY_GOOD)
        take_value(b, r, took_ms, reply, now);
    else
        take_exception(b, r, reply->exception, now);
}

/* Whose reply it is. A device's policy may allow another transaction than the one that was asked
 * with; one that was given up is known to be late whatever the policy. */
static struct bus_flight *flight_of(struct modbus_bus *b, const struct mbap_adu *adu)
{
    struct bus_flight *f = bus_flight_find(b, adu->transaction);
    if (f || b->window > 1 || b->flight_count == 0)
        return f;
    enum id_policy policy = b->flights[0].request->device->id_policy;
    bool any = policy == ID_IGNORE || (policy == ID_ZERO && adu->transaction == 0);
    return any && !bus_is_given_up(b, adu->transaction) ? &b->flights[0] : NULL;
}

void bus_take_reply(struct modbus_bus *b, const struct mbap_adu *adu, struct bus_time now)
{
    struct bus_flight *f = flight_of(b, adu);
    if (!f || f->stale_bytes) {
        count_stray(b, adu);
        return;
    }
    struct modbus_reply reply;
    struct mbap_adu taken = *adu;
    taken.transaction = f->frame.transaction;
    enum modbus_check check = modbus_reply_check(&f->frame, &taken, &reply);
    switch (check) {
    case MODBUS_REPLY_OTHER_TRANSACTION:
        count_stray(b, adu);
        return;
    case MODBUS_REPLY_FOREIGN_UNIT:
    case MODBUS_REPLY_WRONG_FUNCTION:
    case MODBUS_REPLY_WRONG_LENGTH:
        bus_count_bad(b, f->request, adu, check);
        return;
    case MODBUS_REPLY_GOOD:
    case MODBUS_REPLY_EXCEPTION:
        break;
    }
    bus_take_answer(b, f, check, &reply, now);
}
