/* A bus on a test stand: a clock that jumps from event to event, units that answer after a delay
 * with registers whose content is a function of unit and address, and faults on demand. Whatever
 * reading comes out is checked: a value must equal the scripted content. */
#ifndef TESTS_UNIT_BUS_STAND_H
#define TESTS_UNIT_BUS_STAND_H

#include "acq/collect/modbus_bus.h"
#include "acq/core/log.h"
#include "protocols/modbus/mbap.h"
#include "tests/unit/collect_plant.h"

#include <stdbool.h>
#include <stdlib.h>

enum { STAND_UNITS = 256, STAND_FRAME = 300, STAND_PENDING = 64 };

struct stand_unit {
    bool dead;
    uint32_t delay_ms;
    uint16_t silent_from, silent_to;   /* addresses of requests that are never answered */
    uint8_t exception;                 /* answers with it when not 0 */
    uint16_t missing_from, missing_to; /* a request that touches these gets exception 2 */
    unsigned most;                     /* registers of a request; more get exception 3; 0: no end */
    int id_shift;                      /* replies carry the request's transaction + this */
    bool id_zero;
    uint64_t asked;
};

struct stand_reply {
    int64_t at_ms;
    size_t len;
    uint8_t bytes[STAND_FRAME];
};

struct bus_stand {
    struct test_plant plant;
    struct modbus_bus *bus;
    int64_t at_ms, offset_ms;
    struct stand_unit units[STAND_UNITS];
    struct stand_reply replies[STAND_PENDING];
    unsigned reply_count, most_replies;
    unsigned replies_at_write; /* what was on its way when a register was written */
    uint8_t last_request[MBAP_REQUEST_SIZE];
    uint64_t sent, closed;
    uint64_t looked_at; /* of the requests sent, by the test */
    int send_error;
    bool watch_ids; /* an id that a dead unit did not answer must not come again */
    bool unanswered[65536];
    bool mute; /* nothing is answered: the test delivers by hand */
    /* of readings, by device */
    uint64_t readings[TEST_DEVICES], good[TEST_DEVICES], bad[TEST_DEVICES];
    uint64_t values_checked;
    int64_t last_at_ms, last_time_ms[TEST_DEVICES];
    quality last_quality[TEST_SIGNALS]; /* by signal of the plant */
    double last_value[TEST_SIGNALS];
};

static inline uint16_t stand_content(uint8_t unit, unsigned address)
{
    return (uint16_t)(unit * 251u + address * 7u + 1);
}

static inline struct bus_time stand_time(const struct bus_stand *s)
{
    return (struct bus_time){.at_ms = s->at_ms, .offset_ms = s->offset_ms};
}

static inline size_t stand_answer(const uint8_t *q, uint8_t *out)
{
    if (q[7] == MODBUS_WRITE_REGISTER) {
        memcpy(out, q, MBAP_REQUEST_SIZE);
        return MBAP_REQUEST_SIZE;
    }
    unsigned address = q[8] * 256u + q[9];
    unsigned count = q[10] * 256u + q[11];
    memcpy(out, q, 8);
    out[4] = 0;
    out[5] = (uint8_t)(3 + 2 * count);
    out[8] = (uint8_t)(2 * count);
    for (unsigned i = 0; i < count; i++) {
        uint16_t content = stand_content(q[6], address + i);
        out[9 + 2 * i] = (uint8_t)(content >> 8);
        out[10 + 2 * i] = (uint8_t)content;
    }
    return 9 + 2 * (size_t)count;
}

static inline size_t stand_exception(const uint8_t *q, uint8_t code, uint8_t *out)
{
    memcpy(out, q, 7);
    out[4] = 0;
    out[5] = 3;
    out[7] = q[7] | 0x80;
    out[8] = code;
    return 9;
}

static inline uint8_t stand_refuses(const struct stand_unit *u, unsigned address, unsigned count)
{
    if (u->exception)
        return u->exception;
    if (u->most && count > u->most)
        return 3;
    return address < u->missing_to && address + count > u->missing_from ? 2 : 0;
}

static inline int stand_send(void *ctx, const uint8_t *q, size_t len)
{
    struct bus_stand *s = ctx;
    pw_require(len == MBAP_REQUEST_SIZE);
    memcpy(s->last_request, q, len);
    s->sent++;
    struct stand_unit *u = &s->units[q[6]];
    u->asked++;
    unsigned id = q[0] * 256u + q[1];
    pw_require(id != 0 && !(s->watch_ids && s->unanswered[id]));
    s->unanswered[id] = u->dead;
    unsigned address = q[8] * 256u + q[9];
    bool silent = address >= u->silent_from && address < u->silent_to;
    if (s->send_error || s->mute || u->dead || silent)
        return s->send_error;
    pw_require(s->reply_count < STAND_PENDING);
    if (q[7] == MODBUS_WRITE_REGISTER)
        s->replies_at_write = s->reply_count;
    if (s->reply_count == s->most_replies)
        s->most_replies++;
    struct stand_reply *r = &s->replies[s->reply_count++];
    r->at_ms = s->at_ms + u->delay_ms;
    uint8_t code = stand_refuses(u, address, q[10] * 256u + q[11]);
    r->len = code ? stand_exception(q, code, r->bytes) : stand_answer(q, r->bytes);
    unsigned reply_id = u->id_zero ? 0 : id + (unsigned)u->id_shift;
    r->bytes[0] = (uint8_t)(reply_id >> 8);
    r->bytes[1] = (uint8_t)reply_id;
    return 0;
}

static inline void stand_close(void *ctx)
{
    ((struct bus_stand *)ctx)->closed++;
}

static inline void stand_on_reading(void *ctx, const struct reading *r)
{
    struct bus_stand *s = ctx;
    const struct plant_device *d = &s->plant.devices[r->device];
    pw_require(r->count == d->signal_count && r->at_ms == s->at_ms);
    pw_require(r->at_ms >= s->last_at_ms && r->time_ms <= r->at_ms + s->offset_ms);
    pw_require((r->time_ms - s->offset_ms - d->phase_ms) % d->every_ms == 0);
    pw_require(r->time_ms > s->last_time_ms[r->device]);
    s->last_at_ms = r->at_ms;
    s->last_time_ms[r->device] = r->time_ms;
    s->readings[r->device]++;
    bool all = true;
    for (uint32_t i = 0; i < r->count; i++) {
        uint32_t signal = d->first_signal + i;
        const struct sample *x = &r->samples[i];
        s->last_quality[signal] = x->quality;
        s->last_value[signal] = x->value;
        all = all && quality_is_good(x->quality);
        if (!quality_has_value(x->quality))
            continue;
        s->values_checked++;
        pw_require(x->value == stand_content(d->unit, s->plant.signals[signal].address));
    }
    if (all)
        s->good[r->device]++;
    else
        s->bad[r->device]++;
}

static inline struct bus_stand *stand_new(void)
{
    struct bus_stand *s = calloc(1, sizeof *s);
    pw_require(s != NULL);
    s->at_ms = 1700000000000 - 500; /* a run of n seconds has n due times inside */
    test_plant_init(&s->plant);
    test_plant_add_link(&s->plant, 502);
    for (unsigned i = 0; i < STAND_UNITS; i++)
        s->units[i].delay_ms = 10;
    return s;
}

/* A device of `count` registers from `address`. */
static inline struct plant_device *stand_add_device(struct bus_stand *s, uint8_t unit,
                                                    uint16_t address, unsigned count)
{
    struct plant_device *d = test_plant_add_device(&s->plant, unit);
    for (unsigned i = 0; i < count; i++)
        test_plant_add_signal(&s->plant, TABLE_HOLDING, (uint16_t)(address + i), TYPE_UINT16);
    return d;
}

static inline void stand_start(struct bus_stand *s, uint16_t first_transaction)
{
    static const struct modbus_bus_ops ops = {
        .send = stand_send, .close_connection = stand_close, .on_reading = stand_on_reading};
    pw_require(modbus_bus_new(&s->plant.plant, 0, first_transaction, &ops, s, &s->bus) == 0);
    modbus_bus_connected(s->bus, stand_time(s));
}

static inline void stand_receive(struct bus_stand *s, const uint8_t *bytes, size_t len)
{
    modbus_bus_received(s->bus, bytes, len, stand_time(s));
}

static inline int64_t stand_next_reply(const struct bus_stand *s)
{
    int64_t next = INT64_MAX;
    for (unsigned i = 0; i < s->reply_count; i++)
        if (s->replies[i].at_ms < next)
            next = s->replies[i].at_ms;
    return next;
}

static inline void stand_deliver(struct bus_stand *s)
{
    for (unsigned i = 0; i < s->reply_count; i++) {
        if (s->replies[i].at_ms > s->at_ms)
            continue;
        struct stand_reply r = s->replies[i];
        s->replies[i] = s->replies[--s->reply_count];
        stand_receive(s, r.bytes, r.len);
        return;
    }
}

/* Runs the clock for ms, from event to event. */
static inline void stand_run(struct bus_stand *s, int64_t ms)
{
    int64_t end = s->at_ms + ms;
    for (;;) {
        int64_t tick = modbus_bus_next_ms(s->bus);
        int64_t reply = stand_next_reply(s);
        int64_t next = tick < reply ? tick : reply;
        if (next > end)
            break;
        if (next > s->at_ms)
            s->at_ms = next;
        if (reply <= s->at_ms)
            stand_deliver(s);
        else
            modbus_bus_tick(s->bus, stand_time(s));
    }
    s->at_ms = end;
}

static inline struct collect_device_stats stand_stats(const struct bus_stand *s, uint32_t device)
{
    struct collect_device_stats stats;
    pw_require(modbus_bus_get_device_stats(s->bus, device, s->at_ms, &stats) == 0);
    return stats;
}

static inline struct collect_link_stats stand_link_stats(const struct bus_stand *s)
{
    struct collect_link_stats stats = {0};
    modbus_bus_get_link_stats(s->bus, s->at_ms, &stats);
    return stats;
}

static inline void stand_free(struct bus_stand *s)
{
    modbus_bus_free(s->bus);
    free(s);
}

static inline int stand_set_up(void **state)
{
    log_set_level(LOG_ERROR);
    *state = stand_new();
    return 0;
}

static inline int stand_tear_down(void **state)
{
    stand_free(*state);
    return 0;
}

#endif
