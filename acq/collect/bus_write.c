/* One write at a time: sent ahead of all polls, read back after the device's gap, compared byte by
 * byte with what was written. */
#include "acq/collect/bus_impl.h"

#include "acq/plant/plant.h"
#include "protocols/modbus/encode.h"

#include <math.h>
#include <string.h>

enum { COIL_ON = 0xff00 };

static uint16_t first_word(const struct bus_write *w)
{
    return (uint16_t)(w->bytes[0] << 8 | w->bytes[1]);
}

static struct modbus_request coil_request(const struct bus_write *w, const struct plant_signal *s,
                                          bool many)
{
    struct modbus_request r = {.address = s->address,
                               .function = many ? MODBUS_WRITE_COILS : MODBUS_WRITE_COIL};
    r.count = many ? 1 : w->bytes[0] ? COIL_ON : 0;
    r.data_len = many;
    r.data[0] = w->bytes[0];
    return r;
}

static struct modbus_request register_request(const struct bus_write *w,
                                              const struct plant_signal *s, bool many)
{
    bool one = w->len == 2 && !many;
    struct modbus_request r = {.address = s->address,
                               .function = one ? MODBUS_WRITE_REGISTER : MODBUS_WRITE_REGISTERS};
    r.count = one ? first_word(w) : (uint16_t)(w->len / 2);
    r.data_len = one ? 0 : (uint8_t)w->len;
    memcpy(r.data, w->bytes, r.data_len);
    return r;
}

/* Whether it can go now; if so *out is it. */
static int prepare(const struct modbus_bus *b, uint32_t signal, double value, struct bus_write *out)
{
    const struct plant_signal *s = &b->plant->signals[signal];
    struct bus_device *d = bus_device_find(b, s->device);
    if (!d)
        return PW_ENOTFOUND;
    if (!s->writable)
        return PW_ESTATE;
    if (b->write.phase != WRITE_NONE)
        return PW_EBUSY;
    if (!b->connected)
        return PW_EIO;
    const struct modbus_decode_spec spec = bus_signal_spec(s, 0, NULL);
    struct bus_write w = {.phase = WRITE_SENDING};
    int err = modbus_encode(&spec, value, w.bytes, &w.len);
    if (!err)
        err = modbus_decoder_init(&w.decoder, &spec);
    if (err)
        return err;
    bool many = b->plant->devices[s->device].write_multiple;
    w.frame = s->table == TABLE_COIL ? coil_request(&w, s, many) : register_request(&w, s, many);
    w.request = (struct bus_request){.device = d,
                                     .state = REQUEST_QUEUED,
                                     .plan = {.function = s->table == TABLE_COIL
                                                              ? MODBUS_READ_COILS
                                                              : MODBUS_READ_HOLDING_REGISTERS,
                                              .address = s->address,
                                              .count = s->register_count}};
    *out = w;
    return 0;
}

int modbus_bus_may_write(const struct modbus_bus *b, uint32_t signal, double value)
{
    struct bus_write w;
    return prepare(b, signal, value, &w);
}

int modbus_bus_write(struct modbus_bus *b, uint32_t signal, double value, uint64_t token,
                     struct bus_time now)
{
    struct bus_write w;
    int err = prepare(b, signal, value, &w);
    if (err)
        return err;
    w.token = token;
    w.queued_ms = now.at_ms;
    b->write = w;
    return 0;
}

bool bus_write_is(const struct modbus_bus *b, const struct bus_request *r)
{
    return r == &b->write.request;
}

bool bus_write_waits(const struct modbus_bus *b)
{
    return b->write.phase != WRITE_NONE && b->write.request.state == REQUEST_QUEUED;
}

struct modbus_request bus_write_frame(const struct modbus_bus *b)
{
    const struct bus_write *w = &b->write;
    if (w->phase == WRITE_SENDING)
        return w->frame;
    return (struct modbus_request){.function = w->request.plan.function,
                                   .address = w->request.plan.address,
                                   .count = w->request.plan.count};
}

static void finish(struct modbus_bus *b, enum collect_write_end end, quality why, double read_back)
{
    const struct collect_write_result result = {
        .token = b->write.token, .end = end, .why = why, .read_back = read_back};
    b->write.phase = WRITE_NONE;
    if (b->ops.on_written)
        b->ops.on_written(b->ctx, &result);
}

void bus_write_answered(struct modbus_bus *b, const struct modbus_reply *reply, struct bus_time now)
{
    struct bus_write *w = &b->write;
    struct bus_device *d = w->request.device;
    if (w->phase == WRITE_SENDING) {
        w->phase = WRITE_READING;
        w->request.state = REQUEST_QUEUED;
        if (now.at_ms + d->write_gap_ms > b->quiet_until_ms)
            b->quiet_until_ms = now.at_ms + d->write_gap_ms;
        return;
    }
    struct sample s;
    modbus_no_value(QUALITY_NO_VALUE, &s);
    modbus_decode(&w->decoder, &(uint32_t){0}, 1, reply->data, reply->data_len, &s);
    bool coil = w->request.plan.function == MODBUS_READ_COILS;
    bool same =
        coil ? (reply->data[0] & 1) == w->bytes[0] : memcmp(reply->data, w->bytes, w->len) == 0;
    finish(b, same ? COLLECT_WRITTEN : COLLECT_WRITTEN_DIFFERS, s.quality, s.value);
}

void bus_write_failed(struct modbus_bus *b, quality why)
{
    if (b->write.phase == WRITE_NONE)
        return;
    finish(b, b->write.phase == WRITE_READING ? COLLECT_NOT_READ_BACK : COLLECT_NOT_WRITTEN, why,
           (double)NAN);
}
