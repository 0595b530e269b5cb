/* A bus with RTU framing on a line of a given speed: a clock of microseconds that jumps from event
 * to event, of which the bus sees whole milliseconds; bytes take their time, units answer after a
 * reaction. Whatever reading comes out is checked: a value must equal the scripted registers. A
 * request that begins before the line was silent for 3.5 characters stops the test. */
#ifndef TESTS_UNIT_LINE_STAND_H
#define TESTS_UNIT_LINE_STAND_H

#include "acq/collect/modbus_bus.h"
#include "protocols/modbus/rtu.h"
#include "tests/unit/collect_plant.h"

#include <stdbool.h>
#include <stdlib.h>

enum { LINE_PIECE = 8, LINE_PIECES = 512, LINE_UNITS = 256 };

struct line_unit {
    bool dead;
    int64_t reaction_us;
    uint8_t exception;
    uint64_t asked;
};

struct line_piece {
    int64_t at_us;
    size_t len;
    uint8_t bytes[RTU_ADU_MAX];
};

struct line_stand {
    struct test_plant plant;
    struct modbus_bus *bus;
    int64_t now_us;
    double byte_us;
    int64_t quiet_us;
    bool by_pieces; /* bytes are seen LINE_PIECE at a time, else a reply at its end */
    bool echo;
    bool mute; /* the test answers by hand */
    struct line_unit units[LINE_UNITS];
    struct line_piece pieces[LINE_PIECES];
    unsigned piece_count;
    uint8_t request[RTU_REQUEST_SIZE];
    int64_t busy_until_us; /* the last byte of the last frame on the line */
    uint64_t sent, closed, looked_at;
    uint64_t readings[TEST_DEVICES], good[TEST_DEVICES];
    uint64_t values_checked;
    quality last_quality[TEST_SIGNALS];
};

static inline struct bus_time line_time(const struct line_stand *s)
{
    return (struct bus_time){.at_ms = s->now_us / 1000};
}

static inline uint16_t line_content(uint8_t unit, unsigned address)
{
    return (uint16_t)(unit * 251u + address * 7u + 1);
}

static inline size_t line_answer(const uint8_t *q, uint8_t out[RTU_ADU_MAX])
{
    unsigned address = q[2] * 256u + q[3];
    unsigned count = q[4] * 256u + q[5];
    uint8_t pdu[RTU_PDU_MAX] = {q[1], (uint8_t)(2 * count)};
    for (unsigned i = 0; i < count; i++) {
        uint16_t content = line_content(q[0], address + i);
        pdu[2 + 2 * i] = (uint8_t)(content >> 8);
        pdu[3 + 2 * i] = (uint8_t)content;
    }
    return rtu_write_frame(q[0], pdu, 2 + 2 * (size_t)count, out);
}

static inline void line_add_piece(struct line_stand *s, int64_t at_us, const uint8_t *bytes,
                                  size_t len)
{
    pw_require(s->piece_count < LINE_PIECES && len <= RTU_ADU_MAX);
    struct line_piece *p = &s->pieces[s->piece_count++];
    p->at_us = at_us;
    p->len = len;
    memcpy(p->bytes, bytes, len);
}

/* A frame whose first bit is on the line at from_us. */
static inline void line_speak(struct line_stand *s, int64_t from_us, const uint8_t *bytes,
                              size_t len)
{
    size_t step = s->by_pieces ? LINE_PIECE : len;
    size_t n = s->by_pieces ? 1 : len; /* the first byte is seen at once */
    for (size_t at = 0; at < len; at += n, n = len - at < step ? len - at : step) {
        int64_t end_us = from_us + (int64_t)(s->byte_us * (double)(at + n));
        line_add_piece(s, end_us, bytes + at, n);
        s->busy_until_us = end_us;
    }
}

static inline int line_send(void *ctx, const uint8_t *q, size_t len)
{
    struct line_stand *s = ctx;
    pw_require(len == RTU_REQUEST_SIZE && rtu_crc_is_right(q, len));
    pw_require(s->now_us - s->busy_until_us >= s->quiet_us);
    memcpy(s->request, q, len);
    s->sent++;
    int64_t end_us = s->now_us + (int64_t)(s->byte_us * (double)len);
    s->busy_until_us = end_us;
    if (s->echo)
        line_speak(s, s->now_us, q, len);
    struct line_unit *u = &s->units[q[0]];
    u->asked++;
    if (s->mute || u->dead)
        return 0;
    uint8_t reply[RTU_ADU_MAX];
    const uint8_t exception[] = {q[1] | 0x80, u->exception};
    size_t reply_len =
        u->exception ? rtu_write_frame(q[0], exception, 2, reply) : line_answer(q, reply);
    line_speak(s, end_us + u->reaction_us, reply, reply_len);
    return 0;
}

static inline void line_close(void *ctx)
{
    ((struct line_stand *)ctx)->closed++;
}

static inline void line_on_reading(void *ctx, const struct reading *r)
{
    struct line_stand *s = ctx;
    const struct plant_device *d = &s->plant.devices[r->device];
    bool all = true;
    for (uint32_t i = 0; i < r->count; i++) {
        uint32_t signal = d->first_signal + i;
        s->last_quality[signal] = r->samples[i].quality;
        all = all && quality_is_good(r->samples[i].quality);
        if (!quality_has_value(r->samples[i].quality))
            continue;
        s->values_checked++;
        pw_require(r->samples[i].value == line_content(d->unit, s->plant.signals[signal].address));
    }
    s->readings[r->device]++;
    s->good[r->device] += all;
}

static inline struct line_stand *line_new(uint32_t baud)
{
    struct line_stand *s = calloc(1, sizeof *s);
    pw_require(s != NULL);
    s->now_us = 1700000000000000 - 500000;
    test_plant_init(&s->plant);
    struct plant_link *l = test_plant_add_link(&s->plant, 0);
    l->medium = MEDIUM_SERIAL;
    l->framing = FRAMING_RTU;
    l->serial = "/dev/line";
    l->baud = baud;
    l->data_bits = 8;
    l->stop_bits = 1;
    s->byte_us = 1e7 / baud;
    s->quiet_us = baud > 19200 ? 1750 : (int64_t)(3.5 * s->byte_us);
    for (unsigned i = 0; i < LINE_UNITS; i++)
        s->units[i].reaction_us = 3000;
    return s;
}

static inline struct plant_device *line_add_device(struct line_stand *s, uint8_t unit,
                                                   uint16_t address, unsigned count)
{
    struct plant_device *d = test_plant_add_device(&s->plant, unit);
    for (unsigned i = 0; i < count; i++)
        test_plant_add_signal(&s->plant, TABLE_HOLDING, (uint16_t)(address + i), TYPE_UINT16);
    return d;
}

static inline void line_start(struct line_stand *s)
{
    static const struct modbus_bus_ops ops = {
        .send = line_send, .close_connection = line_close, .on_reading = line_on_reading};
    pw_require(modbus_bus_new(&s->plant.plant, 0, 1, &ops, s, &s->bus) == 0);
    modbus_bus_connected(s->bus, line_time(s));
}

static inline struct line_piece *line_next_piece(struct line_stand *s)
{
    struct line_piece *first = NULL;
    for (unsigned i = 0; i < s->piece_count; i++)
        if (!first || s->pieces[i].at_us < first->at_us)
            first = &s->pieces[i];
    return first;
}

static inline void line_deliver(struct line_stand *s, struct line_piece *p)
{
    struct line_piece piece = *p;
    *p = s->pieces[--s->piece_count];
    modbus_bus_received(s->bus, piece.bytes, piece.len, line_time(s));
}

static inline void line_run_us(struct line_stand *s, int64_t us)
{
    int64_t end_us = s->now_us + us;
    for (;;) {
        struct line_piece *p = line_next_piece(s);
        int64_t tick_ms = modbus_bus_next_ms(s->bus);
        int64_t tick_us = tick_ms > INT64_MAX / 1000 ? INT64_MAX : tick_ms * 1000;
        int64_t next_us = p && p->at_us <= tick_us ? p->at_us : tick_us;
        if (next_us > end_us)
            break;
        if (next_us > s->now_us)
            s->now_us = next_us;
        if (p && p->at_us <= s->now_us)
            line_deliver(s, p);
        else
            modbus_bus_tick(s->bus, line_time(s));
    }
    s->now_us = end_us;
}

static inline void line_run(struct line_stand *s, int64_t ms)
{
    line_run_us(s, ms * 1000);
}

static inline struct collect_device_stats line_stats(const struct line_stand *s, uint32_t device)
{
    struct collect_device_stats stats;
    pw_require(modbus_bus_get_device_stats(s->bus, device, s->now_us / 1000, &stats) == 0);
    return stats;
}

static inline struct collect_link_stats line_link_stats(const struct line_stand *s)
{
    struct collect_link_stats stats = {0};
    modbus_bus_get_link_stats(s->bus, s->now_us / 1000, &stats);
    return stats;
}

static inline void line_free(struct line_stand *s)
{
    modbus_bus_free(s->bus);
    free(s);
}

#endif
