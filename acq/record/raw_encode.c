#include "acq/record/raw_line.h"

#include "acq/plant/plant.h"
#include "protocols/influx/line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All texts of one encoder stand in one buffer, found by offset. */
struct raw_key {
    size_t value; /* escaped */
    size_t value_len;
    size_t why; /* not escaped */
    size_t raw;
    size_t text;
};

struct raw_head {
    size_t text; /* measurement and tag, escaped */
    size_t len;
    uint32_t first_signal;
    uint32_t count;
    uint32_t every_ms;
    bool is_station; /* whose texts stand where numbers should */
};

struct raw_encoder {
    struct raw_head *heads;
    struct raw_key *keys;
    uint32_t device_count;
    struct strbuf text;
};

enum { TEXT_MAX = 64 << 20, EXTRA_KEY_SIZE = 80 };

static size_t add_name(struct strbuf *text, const char *id, const char *suffix)
{
    size_t at = text->len;
    strbuf_adds(text, id);
    strbuf_adds(text, suffix);
    strbuf_addc(text, '\0');
    return at;
}

static void add_key(struct raw_encoder *e, struct raw_key *k, const char *id)
{
    k->value = e->text.len;
    line_escape_key(&e->text, id);
    k->value_len = e->text.len - k->value;
    k->why = add_name(&e->text, id, "_why");
    k->raw = add_name(&e->text, id, "_raw");
    k->text = add_name(&e->text, id, "_text");
}

static void add_head(struct raw_encoder *e, struct raw_head *h, const struct plant_device *d)
{
    h->text = e->text.len;
    line_escape_measurement(&e->text, d->measurement);
    strbuf_adds(&e->text, ",device=");
    line_escape_tag_value(&e->text, d->id);
    h->len = e->text.len - h->text;
    h->first_signal = d->first_signal;
    h->count = d->signal_count;
    h->every_ms = d->every_ms;
    h->is_station = d->protocol == PROTOCOL_HJ212;
}

int raw_encoder_new(const struct plant *plant, struct raw_encoder **out)
{
    struct raw_encoder *e = calloc(1, sizeof *e);
    if (!e)
        return PW_ENOMEM;
    strbuf_init(&e->text, TEXT_MAX);
    e->device_count = plant->device_count;
    e->heads = calloc((size_t)plant->device_count + 1, sizeof *e->heads);
    e->keys = calloc((size_t)plant->signal_count + 1, sizeof *e->keys);
    if (!e->heads || !e->keys) {
        raw_encoder_free(e);
        return PW_ENOMEM;
    }
    for (uint32_t i = 0; i < plant->device_count; i++)
        add_head(e, &e->heads[i], &plant->devices[i]);
    for (uint32_t i = 0; i < plant->signal_count; i++)
        add_key(e, &e->keys[i], plant->signals[i].id);
    if (e->text.failed) {
        raw_encoder_free(e);
        return PW_ENOMEM;
    }
    *out = e;
    return 0;
}

void raw_encoder_free(struct raw_encoder *e)
{
    if (!e)
        return;
    strbuf_deinit(&e->text);
    free(e->heads);
    free(e->keys);
    free(e);
}

static void add_registers(struct line_writer *w, const char *key, const struct sample *s)
{
    static const char digits[] = "0123456789ABCDEF";
    char hex[4 * 4 + 1];
    size_t len = 0;
    for (unsigned i = 0; i < s->raw_count && i < 4; i++)
        for (int shift = 12; shift >= 0; shift -= 4)
            hex[len++] = digits[s->raw[i] >> shift & 15];
    hex[len] = '\0';
    line_string(w, key, hex);
}

static void add_sample(const struct raw_encoder *e, struct line_writer *w,
                       const struct raw_key *key, const struct sample *s)
{
    const char *text = e->text.data;
    char word[QUALITY_TEXT_SIZE];
    bool has_value = quality_has_value(s->quality);
    if (has_value)
        line_float_escaped(w, text + key->value, key->value_len, s->value);
    if (!quality_is_good(s->quality))
        line_string(w, text + key->why, quality_format(s->quality, word));
    if (!has_value && s->raw_count > 0)
        add_registers(w, text + key->raw, s);
}

int raw_encoder_write(const struct raw_encoder *e, const struct reading *r, int64_t arrived_ms,
                      struct strbuf *out)
{
    pw_require(r->device < e->device_count);
    const struct raw_head *h = &e->heads[r->device];
    pw_require(r->count == h->count);
    size_t start = out->len;
    struct line_writer w;
    line_begin_head(&w, out, e->text.data + h->text, h->len);
    for (uint32_t i = 0; i < r->count; i++) {
        const struct raw_key *key = &e->keys[h->first_signal + i];
        if (r->samples[i].absent)
            continue;
        bool text = r->texts && r->texts[i];
        if (!text || h->is_station)
            add_sample(e, &w, key, &r->samples[i]);
        if (text)
            line_string(&w, e->text.data + key->text, r->texts[i]);
    }
    if (arrived_ms - r->time_ms > (int64_t)h->every_ms)
        line_int(&w, "at", arrived_ms);
    if (line_end(&w, r->time_ms))
        return 0;
    if (out->len > start)
        strbuf_truncate(out, start);
    return PW_EFULL;
}

static void add_extra(struct line_writer *w, const struct raw_value *v)
{
    char key[EXTRA_KEY_SIZE];
    char word[QUALITY_TEXT_SIZE];
    if (quality_has_value(v->sample.quality))
        line_float(w, v->signal, v->sample.value);
    if (!quality_is_good(v->sample.quality)) {
        snprintf(key, sizeof key, "%s_why", v->signal);
        line_string(w, key, quality_format(v->sample.quality, word));
    }
    if (!v->text)
        return;
    snprintf(key, sizeof key, "%s_text", v->signal);
    line_string(w, key, v->text);
}

int raw_encoder_write_extras(const struct raw_encoder *e, uint32_t device,
                             const struct raw_value *values, size_t count, int64_t time_ms,
                             int64_t arrived_ms, struct strbuf *out)
{
    pw_require(device < e->device_count);
    const struct raw_head *h = &e->heads[device];
    size_t start = out->len;
    struct line_writer w;
    line_begin_head(&w, out, e->text.data + h->text, h->len);
    for (size_t i = 0; i < count; i++)
        add_extra(&w, &values[i]);
    if (arrived_ms - time_ms > (int64_t)h->every_ms)
        line_int(&w, "at", arrived_ms);
    if (line_end(&w, time_ms))
        return 0;
    if (out->len > start)
        strbuf_truncate(out, start);
    return PW_EFULL;
}
