#include "acq/collect/bus_impl.h"

#include "acq/plant/plant.h"

#include <stdlib.h>
#include <string.h>

static enum modbus_type decode_type(const struct plant_signal *s)
{
    if (s->table == TABLE_COIL || s->table == TABLE_DISCRETE)
        return MODBUS_COIL;
    if (s->bit >= 0)
        return MODBUS_BIT;
    switch (s->type) {
    case TYPE_BIT:
        return MODBUS_BIT;
    case TYPE_INT16:
        return MODBUS_INT16;
    case TYPE_UINT16:
        return MODBUS_UINT16;
    case TYPE_INT32:
        return MODBUS_INT32;
    case TYPE_UINT32:
        return MODBUS_UINT32;
    case TYPE_INT64:
        return MODBUS_INT64;
    case TYPE_UINT64:
        return MODBUS_UINT64;
    case TYPE_FLOAT32:
        return MODBUS_FLOAT32;
    case TYPE_BCD16:
        return MODBUS_BCD16;
    case TYPE_BCD32:
        return MODBUS_BCD32;
    case TYPE_STRING:
        return MODBUS_STRING;
    case TYPE_FLOAT64:
        break;
    }
    return MODBUS_FLOAT64;
}

static enum modbus_order decode_order(enum value_order order)
{
    switch (order) {
    case ORDER_ABCD:
        return MODBUS_ABCD;
    case ORDER_CDAB:
        return MODBUS_CDAB;
    case ORDER_BADC:
        return MODBUS_BADC;
    case ORDER_DCBA:
        break;
    }
    return MODBUS_DCBA;
}

/* The codes are copied: the plant may go while the bus moves on to the next one. */
struct modbus_decode_spec bus_signal_spec(const struct plant_signal *s, uint16_t place,
                                          double *codes)
{
    for (uint32_t i = 0; codes && i < s->no_value_count; i++)
        codes[i] = s->no_value[i];
    return (struct modbus_decode_spec){.type = decode_type(s),
                                       .order = decode_order(s->order),
                                       .bit = (uint8_t)(s->bit < 0 ? 0 : s->bit),
                                       .place = place,
                                       .words = s->register_count,
                                       .codes = codes,
                                       .code_count = codes ? s->no_value_count : 0,
                                       .scale = s->scale,
                                       .offset = s->offset,
                                       .has_range = s->has_range && !s->has_io,
                                       .range_min = s->range_min,
                                       .range_max = s->range_max};
}

struct extras {
    uint32_t codes, texts, maps;
};

static struct extras count_extras(const struct plant_signal *const *signals, uint32_t count)
{
    struct extras n = {0};
    for (uint32_t i = 0; i < count; i++) {
        n.codes += signals[i]->no_value_count;
        n.texts += signals[i]->type == TYPE_STRING;
        n.maps += signals[i]->has_io;
    }
    return n;
}

static int take_memory(struct bus_device *d, uint32_t signal_count, struct extras n)
{
    d->decoders = calloc(signal_count, sizeof *d->decoders);
    d->targets = calloc(signal_count, sizeof *d->targets);
    d->samples = calloc(signal_count, sizeof *d->samples);
    if (!d->decoders || !d->targets || !d->samples)
        return PW_ENOMEM;
    d->codes = n.codes ? calloc(n.codes, sizeof *d->codes) : NULL;
    d->texts = n.texts ? calloc(n.texts, sizeof *d->texts) : NULL;
    d->text_of = n.texts ? calloc(signal_count, sizeof *d->text_of) : NULL;
    d->maps = n.maps ? calloc(n.maps, sizeof *d->maps) : NULL;
    bool short_of_memory =
        (n.codes && !d->codes) || (n.texts && (!d->texts || !d->text_of)) || (n.maps && !d->maps);
    return short_of_memory ? PW_ENOMEM : 0;
}

static void note_texts(struct bus_device *d, const struct plant_signal *const *signals)
{
    for (uint32_t i = 0; i < d->member_count; i++) {
        struct bus_member *m = &d->members[i];
        for (uint32_t k = m->first; k < m->first + m->count; k++)
            m->has_texts = m->has_texts || signals[k]->type == TYPE_STRING;
    }
}

int bus_signals_init(struct bus_device *d, const struct plant_signal *const *signals,
                     const struct device_plan *plan)
{
    int err = take_memory(d, plan->ref_count, count_extras(signals, plan->ref_count));
    if (err)
        return err;
    uint32_t codes = 0;
    d->signal_count = plan->ref_count;
    note_texts(d, signals);
    for (uint32_t i = 0; i < plan->ref_count && err == 0; i++) {
        const struct signal_ref *ref = &plan->refs[i];
        const struct plant_signal *s = signals[ref->signal];
        d->targets[i] = ref->signal;
        const struct modbus_decode_spec spec =
            bus_signal_spec(s, ref->place, d->codes ? d->codes + codes : NULL);
        err = modbus_decoder_init(&d->decoders[i], &spec);
        codes += s->no_value_count;
        if (s->type == TYPE_STRING && d->texts)
            d->texts[d->text_count++].ref = i;
        if (!s->has_io || !d->maps)
            continue;
        d->maps[d->map_count].signal = ref->signal;
        d->maps[d->map_count].ref = i;
        io_map_init(&d->maps[d->map_count++].map, s);
    }
    return err;
}

void bus_signals_deinit(struct bus_device *d)
{
    free(d->decoders);
    free(d->targets);
    free(d->samples);
    free(d->codes);
    free(d->texts);
    free(d->text_of);
    free(d->maps);
}

static bool covers(const struct bus_request *r, uint32_t ref)
{
    return ref - r->plan.first < r->plan.len;
}

static void take_text(struct bus_device *d, struct bus_text *t, const struct modbus_reply *reply)
{
    size_t len = modbus_text(&d->decoders[t->ref], reply->data, reply->data_len, t->text);
    if (len == 0)
        d->samples[d->targets[t->ref]].quality = QUALITY_NO_VALUE;
}

void bus_signals_take(struct bus_request *r, const struct modbus_reply *reply, int64_t at_ms)
{
    struct bus_device *d = r->device;
    modbus_decode(d->decoders + r->plan.first, d->targets + r->plan.first, r->plan.len, reply->data,
                  reply->data_len, d->samples);
    for (uint32_t i = 0; i < d->text_count; i++)
        if (covers(r, d->texts[i].ref))
            take_text(d, &d->texts[i], reply);
    for (uint32_t i = 0; i < d->map_count; i++)
        if (covers(r, d->maps[i].ref))
            io_map_apply(&d->maps[i].map, &d->samples[d->maps[i].signal], at_ms);
}

/* A text whose request was not answered in this cycle lost its quality, so that it is not shown. */
const char *const *bus_signals_texts(struct bus_device *d)
{
    for (uint32_t i = 0; i < d->text_count; i++) {
        uint32_t signal = d->targets[d->texts[i].ref];
        bool said = d->samples[signal].quality == QUALITY_NOT_A_NUMBER;
        d->text_of[signal] = said ? d->texts[i].text : NULL;
    }
    return (const char *const *)d->text_of;
}
