/* A link's master against a peer that answers as the input says: rightly, with damaged headers,
 * with exceptions, with what was asked before, late, out of order, never. Two bytes are one step.
 * The content of every register follows from unit and address, so that a reply taken for another
 * one shows: no reading may hold any other value. Only where a device's policy gives transaction
 * ids up is that not promised. */
#include "acq/collect/modbus_bus.h"
#include "acq/core/log.h"
#include "protocols/modbus/mbap.h"
#include "tests/unit/collect_plant.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ASKED = 16, HEAD = 9, STEPS_MAX = 4000, SIGNALS_A = 40 };

struct peer {
    struct test_plant plant;
    struct modbus_bus *bus;
    int64_t at_ms;
    uint8_t asked[ASKED][MBAP_ADU_MAX]; /* the last requests, newest at last % ASKED */
    size_t last;
    bool connected;
    bool strict;
    bool used[65536]; /* transactions */
};

static struct peer peer;

static uint16_t content(uint8_t unit, unsigned address)
{
    return (uint16_t)(unit * 251u + address * 7u + 1);
}

static struct bus_time now(void)
{
    return (struct bus_time){.at_ms = peer.at_ms};
}

static int on_send(void *ctx, const uint8_t *data, size_t len)
{
    (void)ctx;
    pw_require(len >= MBAP_REQUEST_SIZE && len <= MBAP_ADU_MAX);
    peer.last++;
    memcpy(peer.asked[peer.last % ASKED], data, len);
    peer.used[data[0] * 256u + data[1]] = true;
    return 0;
}

static void on_close(void *ctx)
{
    (void)ctx;
    peer.connected = false;
}

static void check_value(const struct plant_signal *s, uint8_t unit, const struct sample *x)
{
    if (!quality_has_value(x->quality) || !peer.strict)
        return;
    if (s->table == TABLE_HOLDING && s->type == TYPE_UINT16)
        pw_require(x->value == content(unit, s->address));
}

static void on_reading(void *ctx, const struct reading *r)
{
    (void)ctx;
    const struct plant_device *d = &peer.plant.devices[r->device];
    pw_require(r->count == d->signal_count && r->at_ms == peer.at_ms);
    for (uint32_t i = 0; i < r->count; i++) {
        const struct plant_signal *s = &peer.plant.signals[d->first_signal + i];
        const char *text = r->texts ? r->texts[i] : NULL;
        check_value(s, d->unit, &r->samples[i]);
        pw_require(!text || (strlen(text) > 0 && strlen(text) <= 64));
    }
}

static void on_written(void *ctx, const struct collect_write_result *r)
{
    (void)ctx;
    pw_require(r->token == 1);
}

static void on_learned(void *ctx, const struct collect_learned *l)
{
    (void)ctx;
    pw_require(l->device < 2);
    for (uint32_t i = 0; i < l->range_count; i++)
        pw_require(l->ranges[i].signals > 0 && l->ranges[i].count > 0);
}

static void build(uint8_t choice)
{
    static const struct modbus_bus_ops ops = {on_send, on_close, on_reading, on_written,
                                              on_learned};
    test_plant_init(&peer.plant);
    test_plant_add_link(&peer.plant, 502)->window = 1u + choice / 3u % 16;
    struct plant_device *a = test_plant_add_device(&peer.plant, 1);
    a->id_policy = (enum id_policy)(choice % 3);
    a->max_registers = (uint16_t)(1 + choice);
    peer.strict = a->id_policy == ID_STRICT;
    for (uint16_t i = 0; i < SIGNALS_A; i++)
        test_plant_add_signal(&peer.plant, TABLE_HOLDING, (uint16_t)(i + i / 10 * 4), TYPE_UINT16)
            ->writable = true;
    test_plant_add_device(&peer.plant, 2)->every_ms = 300;
    struct plant_signal *text = test_plant_add_signal(&peer.plant, TABLE_INPUT, 5, TYPE_UINT16);
    text->type = TYPE_STRING;
    text->register_count = 12;
    test_plant_add_signal(&peer.plant, TABLE_COIL, 1, TYPE_BIT)->writable = true;
    test_plant_add_signal(&peer.plant, TABLE_COIL, 300, TYPE_BIT);
    peer.at_ms = 1700000000000;
    memset(peer.used, 0, sizeof peer.used);
    memset(peer.asked, 0, sizeof peer.asked);
    peer.connected = false;
    pw_require(modbus_bus_new(&peer.plant.plant, 0, choice, &ops, NULL, &peer.bus) == 0);
}

static size_t answer(const uint8_t *q, uint8_t *out)
{
    unsigned address = q[8] * 256u + q[9];
    unsigned count = q[10] * 256u + q[11];
    memcpy(out, q, MBAP_REQUEST_SIZE);
    if (modbus_is_write(q[7])) {
        out[5] = 6;
        return MBAP_REQUEST_SIZE;
    }
    size_t len = modbus_reply_data_len(q[7], (uint16_t)count);
    out[4] = 0;
    out[5] = (uint8_t)(3 + len);
    out[8] = (uint8_t)len;
    for (size_t i = 0; i < len; i++) {
        uint16_t word = content(q[6], address + (unsigned)i / 2);
        out[HEAD + i] = (uint8_t)(i % 2 ? word : word >> 8);
    }
    return HEAD + len;
}

static size_t exception(const uint8_t *q, uint8_t code, uint8_t *out)
{
    memcpy(out, q, 7);
    out[4] = 0;
    out[5] = 3;
    out[7] = q[7] | 0x80;
    out[8] = code;
    return HEAD;
}

static void deliver(const uint8_t *frame, size_t len)
{
    modbus_bus_received(peer.bus, frame, len, now());
}

static unsigned id_of(const uint8_t *frame)
{
    return frame[0] * 256u + frame[1];
}

static void reply(uint8_t kind, uint8_t back, uint8_t how)
{
    uint8_t frame[MBAP_ADU_MAX];
    const uint8_t *q = peer.asked[(peer.last + ASKED - back) % ASKED];
    size_t len = 0;
    if (q[7] == 0)
        return; /* not that many were sent */
    switch (kind) {
    case 0:
        len = answer(q, frame);
        break;
    case 1:
        len = answer(q, frame);
        frame[how % HEAD] ^= (uint8_t)(1u << how / HEAD % 8);
        if (id_of(frame) != id_of(q) && peer.used[id_of(frame)])
            return; /* by its damage the reply to another request: that cannot be told */
        break;
    case 2:
        len = exception(q, (uint8_t)(how % 14), frame);
        break;
    default:
        len = answer(peer.asked[(peer.last + ASKED - how % ASKED) % ASKED], frame);
        break;
    }
    deliver(frame, len);
}

static void step(uint8_t op, uint8_t how)
{
    uint8_t back = op / 10 % ASKED; /* how many requests ago */
    switch (op % 10) {
    case 0:
    case 1:
        peer.at_ms += how * (op % 10 ? 10 : 1);
        break;
    case 2:
        if (peer.connected)
            modbus_bus_disconnected(peer.bus, QUALITY_LINK, now());
        else
            modbus_bus_connected(peer.bus, now());
        peer.connected = !peer.connected;
        return;
    case 3:
        if (modbus_bus_write(peer.bus, how % peer.plant.plant.signal_count, how / 4, 1, now()) != 0)
            return;
        break;
    case 4:
        (void)modbus_bus_forget(peer.bus, how % 2);
        return;
    case 5:
        reply(1, back, how);
        return;
    case 6:
        reply(2, back, how);
        return;
    case 7:
        reply(3, back, how);
        return;
    default:
        reply(0, back, how);
        return;
    }
    modbus_bus_tick(peer.bus, now());
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    log_set_level(LOG_ERROR);
    build(data[0]);
    step(2, 0);
    for (size_t i = 1; i + 1 < size && i < STEPS_MAX; i += 2)
        step(data[i], data[i + 1]);
    modbus_bus_free(peer.bus);
    return 0;
}
