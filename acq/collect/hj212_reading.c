#include "acq/collect/hj212_reading.h"

#include "acq/core/num.h"
#include "acq/core/utf8.h"
#include "acq/plant/plant.h"
#include "protocols/hj212/factor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_MS = 86400000, HOUR_MS = 3600000 };

/* A signal's place in the packets. */
struct place {
    struct hj212_text code;
    struct hj212_text other; /* the same factor in another edition, or empty */
    double unit_scale[HJ212_EDITION_COUNT];
    double amount_scale[HJ212_EDITION_COUNT];
};

/* What the packet at hand says of a signal. */
struct slot {
    bool used;
    struct hj212_text value;
    struct hj212_text flag;
    int64_t time_ms;
};

struct hj212_map {
    const struct plant *plant;
    uint32_t device;
    uint32_t count;
    uint32_t hint; /* behind the signal that was found last */
    struct place *places;
    struct slot *slots;
    struct sample *samples;
    const char **texts;
    char (*words)[HJ212_TEXT_SIZE];
};

static const struct plant_signal *signal_of(const struct hj212_map *m, uint32_t i)
{
    return &m->plant->signals[m->plant->devices[m->device].first_signal + i];
}

static const struct hj212_factor *factor_in(enum hj212_edition edition, const struct place *p)
{
    const struct hj212_factor *f = hj212_factor_find(edition, p->code);
    return f || p->other.len == 0 ? f : hj212_factor_find(edition, p->other);
}

/* Units that do not convert, or are doubtful, are left alone: `scale` is there for them. */
static void set_scales(struct place *p, const char *unit)
{
    const struct hj212_factor *own = factor_in(HJ212_2017, p);
    const char *to = unit[0] ? unit : own ? own->unit : "";
    for (int e = 0; e < HJ212_EDITION_COUNT; e++) {
        const struct hj212_factor *from = factor_in((enum hj212_edition)e, p);
        p->unit_scale[e] = p->amount_scale[e] = 1;
        if (from && from->unit_amount[0])
            (void)!hj212_unit_scale(from->unit_amount, "kg", &p->amount_scale[e]);
        if (from && !from->doubtful && from->unit[0] && to[0])
            (void)!hj212_unit_scale(from->unit, to, &p->unit_scale[e]);
    }
}

static void set_places(struct hj212_map *m)
{
    for (uint32_t i = 0; i < m->count; i++) {
        struct place *p = &m->places[i];
        const struct plant_signal *s = signal_of(m, i);
        p->code = hj212_text_of(s->factor);
        const struct hj212_factor *f = hj212_factor_find(HJ212_EDITION_AUTO, p->code);
        p->other = hj212_text_of(f ? f->code_other : "");
        set_scales(p, s->unit);
    }
}

int hj212_map_new(const struct plant *plant, uint32_t device, struct hj212_map **out)
{
    struct hj212_map *m = calloc(1, sizeof *m);
    if (!m)
        return PW_ENOMEM;
    uint32_t count = plant->devices[device].signal_count;
    m->count = count;
    m->places = calloc(count + 1u, sizeof *m->places);
    m->slots = calloc(count + 1u, sizeof *m->slots);
    m->samples = calloc(count + 1u, sizeof *m->samples);
    m->texts = calloc(count + 1u, sizeof *m->texts);
    m->words = calloc(count + 1u, sizeof *m->words);
    if (!m->places || !m->slots || !m->samples || !m->texts || !m->words) {
        hj212_map_free(m);
        return PW_ENOMEM;
    }
    hj212_map_rebind(m, plant, device);
    *out = m;
    return 0;
}

void hj212_map_rebind(struct hj212_map *m, const struct plant *plant, uint32_t device)
{
    pw_require(plant->devices[device].signal_count == m->count);
    m->plant = plant;
    m->device = device;
    set_places(m);
}

void hj212_map_free(struct hj212_map *m)
{
    if (!m)
        return;
    free(m->places);
    free(m->slots);
    free(m->samples);
    free(m->texts);
    free(m->words);
    free(m);
}

static struct slot *find_slot(struct hj212_map *m, struct hj212_text code)
{
    for (uint32_t n = 0; n < m->count; n++) {
        uint32_t i = (m->hint + n) % m->count;
        if (hj212_text_same_but_case(m->places[i].code, code)) {
            m->hint = i;
            return &m->slots[i];
        }
    }
    for (uint32_t i = 0; i < m->count; i++)
        if (m->places[i].other.len && hj212_text_same_but_case(m->places[i].other, code))
            return &m->slots[i];
    return NULL;
}

uint32_t hj212_map_find(const struct hj212_map *m, struct hj212_text code)
{
    for (uint32_t i = 0; i < m->count; i++)
        if (hj212_text_same_but_case(m->places[i].code, code) ||
            (m->places[i].other.len && hj212_text_same_but_case(m->places[i].other, code)))
            return i;
    return PLANT_NONE;
}

/* Of a code that stands twice the first value counts. */
static void take_item(struct hj212_map *m, const struct hj212_item *item, int64_t time_ms,
                      struct hj212_taken *out)
{
    struct slot *slot = find_slot(m, item->code);
    if (!slot)
        out->unknown++;
    else if (!slot->used)
        *slot = (struct slot){.used = true, .value = item->value, .time_ms = time_ms};
}

static void add_to_item(struct hj212_map *m, const struct hj212_item *item, int zone_min)
{
    struct slot *slot = find_slot(m, item->code);
    if (!slot || !slot->used)
        return;
    if (item->field == HJ212_FLAG)
        slot->flag = item->value;
    else if (hj212_time_parse(item->value, zone_min, &slot->time_ms) != 0)
        slot->time_ms = INT64_MIN;
}

bool hj212_is_plausible(int64_t time_ms, const struct hj212_moment *now)
{
    return time_ms > now->utc_ms - (int64_t)HJ212_PAST_DAYS * DAY_MS &&
           time_ms < now->utc_ms + (int64_t)HJ212_FUTURE_HOURS * HOUR_MS;
}

static void fill_slots(struct hj212_map *m, const struct hj212_packet *p,
                       const struct hj212_moment *now, struct hj212_taken *out)
{
    int zone_min = m->plant->server.zone_offset_min;
    int64_t time_ms = now->utc_ms;
    int err = hj212_packet_time(p, HJ212_DATA_TIME, zone_min, &time_ms);
    if (err && err != PW_ENOTFOUND)
        time_ms = INT64_MIN;
    memset(m->slots, 0, m->count * sizeof *m->slots);
    for (size_t i = 0; i < p->item_count; i++)
        if (p->items[i].field == HJ212_RTD)
            take_item(m, &p->items[i], time_ms, out);
    for (size_t i = 0; i < p->item_count; i++)
        if (p->items[i].field == HJ212_FLAG || p->items[i].field == HJ212_SAMPLE_TIME)
            add_to_item(m, &p->items[i], zone_min);
    for (uint32_t i = 0; i < m->count; i++) {
        struct slot *slot = &m->slots[i];
        if (!slot->used || hj212_is_plausible(slot->time_ms, now))
            continue;
        slot->used = false;
        out->bad_time++;
    }
}

double hj212_map_value(const struct hj212_map *m, uint32_t signal, enum hj212_edition edition,
                       double number)
{
    const struct plant_signal *s = signal_of(m, signal);
    double scale = m->places[signal].unit_scale[edition] * s->scale;
    double value = number * scale + s->offset;
    bool scaled = scale < 1 || scale > 1 || s->offset < 0 || s->offset > 0;
    return scaled && isfinite(value) ? num_normalise_9(value) : value;
}

double hj212_map_amount(const struct hj212_map *m, uint32_t signal, enum hj212_edition edition,
                        double number)
{
    double scale = m->places[signal].amount_scale[edition];
    double value = number * scale;
    return (scale < 1 || scale > 1) && isfinite(value) ? num_normalise_9(value) : value;
}

/* Marks of two letters begin with the letter that matters. */
quality hj212_quality_of_flag(struct hj212_text flag)
{
    if (flag.len == 0 || hj212_text_is(flag, "N") || hj212_text_is(flag, "n"))
        return QUALITY_GOOD;
    char c = flag.at[0];
    return quality_make(QUALITY_FLAG, (uint8_t)(c > ' ' && c <= '~' ? c : '?'));
}

void hj212_words(struct hj212_text value, char out[HJ212_TEXT_SIZE])
{
    size_t len = value.len < HJ212_TEXT_SIZE - 1 ? value.len : HJ212_TEXT_SIZE - 1;
    if (len < value.len) {
        size_t whole = utf8_valid_prefix(value.at, len);
        len = len - whole < 4 ? whole : len;
    }
    memcpy(out, value.at, len);
    out[len] = '\0';
}

static void set_words(struct hj212_map *m, uint32_t i, struct hj212_text value)
{
    hj212_words(value, m->words[i]);
    m->texts[i] = m->words[i];
    m->samples[i] = (struct sample){.quality = QUALITY_NOT_A_NUMBER};
}

static quality in_range(const struct plant_signal *s, double value, quality q)
{
    if (!quality_is_good(q) || !s->has_range)
        return q;
    return value < s->range_min   ? (quality)QUALITY_UNDER_RANGE
           : value > s->range_max ? (quality)QUALITY_OVER_RANGE
                                  : q;
}

static void set_sample(struct hj212_map *m, uint32_t i, enum hj212_edition edition)
{
    const struct slot *slot = &m->slots[i];
    const struct plant_signal *s = signal_of(m, i);
    double number = 0;
    if (slot->value.len == 0) {
        m->samples[i] = (struct sample){.quality = QUALITY_NO_VALUE};
        return;
    }
    bool is_number = hj212_number(slot->value, &number) == 0;
    double value = hj212_map_value(m, i, edition, number);
    if (!is_number || !isfinite(value)) {
        set_words(m, i, slot->value);
        return;
    }
    m->samples[i] = (struct sample){
        .value = value, .quality = in_range(s, value, hj212_quality_of_flag(slot->flag))};
}

/* The signals of one instant; they are done with then. */
static void read_instant(struct hj212_map *m, int64_t time_ms, enum hj212_edition edition)
{
    for (uint32_t i = 0; i < m->count; i++) {
        m->texts[i] = NULL;
        m->samples[i] = (struct sample){.absent = true, .quality = QUALITY_NO_VALUE};
        if (!m->slots[i].used || m->slots[i].time_ms != time_ms)
            continue;
        set_sample(m, i, edition);
        m->slots[i].used = false;
    }
}

void hj212_map_read(struct hj212_map *m, const struct hj212_packet *p,
                    const struct hj212_moment *now,
                    int (*on_reading)(void *ctx, const struct reading *r), void *ctx,
                    struct hj212_taken *out)
{
    *out = (struct hj212_taken){0};
    fill_slots(m, p, now, out);
    for (uint32_t i = 0; i < m->count; i++) {
        if (!m->slots[i].used)
            continue;
        const struct reading r = {.device = m->device,
                                  .count = m->count,
                                  .time_ms = m->slots[i].time_ms,
                                  .at_ms = now->at_ms,
                                  .samples = m->samples,
                                  .texts = m->texts};
        read_instant(m, r.time_ms, p->edition);
        int err = on_reading(ctx, &r);
        out->lost = out->lost ? out->lost : err;
        out->readings++;
    }
}
