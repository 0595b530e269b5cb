#include "acq/collect/hj212_slots.h"

#include "acq/core/utf8.h"
#include "acq/plant/plant.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct hj212_names {
    char (*list)[HJ212_CODE_MAX + 1]; /* a table of hashes, twice as large as it may fill */
    uint32_t size, count, max;
};

struct hj212_names *hj212_names_new(uint32_t max)
{
    struct hj212_names *n = calloc(1, sizeof *n);
    if (!n)
        return NULL;
    n->max = max;
    n->size = 2 * max + 1;
    n->list = calloc(n->size, sizeof *n->list);
    if (n->list)
        return n;
    free(n);
    return NULL;
}

void hj212_names_free(struct hj212_names *n)
{
    if (!n)
        return;
    free(n->list);
    free(n);
}

/* FNV-1a. */
static uint32_t hash(struct hj212_text code)
{
    uint32_t h = 0x811c9dc5u;
    for (size_t i = 0; i < code.len; i++)
        h = (h ^ (uint8_t)code.at[i]) * 0x01000193u;
    return h;
}

static uint32_t take_name(struct hj212_names *n, struct hj212_text code)
{
    uint32_t i = hash(code) % n->size;
    for (; n->list[i][0]; i = (i + 1) % n->size)
        if (hj212_text_is(code, n->list[i]))
            return i;
    if (n->count == n->max)
        return UINT32_MAX;
    n->count++;
    memcpy(n->list[i], code.at, code.len);
    return i;
}

int hj212_slots_init(struct hj212_slots *s, uint32_t max)
{
    *s = (struct hj212_slots){.max = max};
    s->names = calloc((size_t)max + 1, sizeof *s->names);
    return s->names ? 0 : PW_ENOMEM;
}

void hj212_slots_deinit(struct hj212_slots *s)
{
    free(s->names);
    *s = (struct hj212_slots){0};
}

const char *hj212_slots_code(const struct hj212_slots *s, const struct hj212_names *n, uint32_t i)
{
    return n->list[s->names[i]];
}

/* It becomes the name of a field beside "at". */
static bool is_code(struct hj212_text code)
{
    if (code.len == 0 || code.len > HJ212_CODE_MAX || hj212_text_is(code, "at") ||
        hj212_text_is(code, "time"))
        return false;
    for (size_t i = 0; i < code.len; i++) {
        char c = hj212_fold(code.at[i]);
        if (!hj212_is_digit(c) && (c < 'a' || c > 'z'))
            return false;
    }
    return true;
}

uint32_t hj212_slots_take(struct hj212_slots *s, struct hj212_names *n, struct hj212_text code)
{
    for (uint32_t k = 0; k < s->count; k++) {
        uint32_t i = (s->hint + k) % s->count;
        if (!hj212_text_is(code, n->list[s->names[i]]))
            continue;
        s->hint = i + 1;
        return i;
    }
    uint32_t name = s->count < s->max && is_code(code) ? take_name(n, code) : UINT32_MAX;
    if (name == UINT32_MAX)
        return UINT32_MAX;
    s->names[s->count] = name;
    return s->count++;
}

struct cell {
    bool used;
    struct hj212_text value, flag;
    int64_t time_ms;
};

struct hj212_extra_room {
    struct cell *cells;
    struct hj212_extra *list;
    char (*words)[HJ212_TEXT_SIZE];
};

struct hj212_extra_room *hj212_extra_room_new(uint32_t max)
{
    struct hj212_extra_room *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->cells = calloc((size_t)max + 1, sizeof *r->cells);
    r->list = calloc((size_t)max + 1, sizeof *r->list);
    r->words = calloc((size_t)max + 1, sizeof *r->words);
    if (r->cells && r->list && r->words)
        return r;
    hj212_extra_room_free(r);
    return NULL;
}

void hj212_extra_room_free(struct hj212_extra_room *r)
{
    if (!r)
        return;
    free(r->cells);
    free(r->list);
    free(r->words);
    free(r);
}

/* A code that is a signal's id of the same device, but not its factor, would be written under its
 * name. */
static bool is_free(const struct hj212_extra_reading *x, struct hj212_text code)
{
    const struct plant_device *d = &x->plant->devices[x->device];
    if (hj212_map_find(x->map, code) != PLANT_NONE)
        return false;
    for (uint32_t i = 0; i < d->signal_count; i++)
        if (hj212_text_is(code, x->plant->signals[d->first_signal + i].id))
            return false;
    return true;
}

static void take_value(const struct hj212_extra_reading *x, const struct hj212_item *item,
                       int64_t time_ms)
{
    if (!is_free(x, item->code))
        return;
    uint32_t i = hj212_slots_take(x->slots, x->names, item->code);
    if (i == UINT32_MAX)
        x->slots->dropped++;
    else if (!x->room->cells[i].used)
        x->room->cells[i] = (struct cell){.used = true, .value = item->value, .time_ms = time_ms};
}

static struct cell *find_cell(const struct hj212_extra_reading *x, struct hj212_text code)
{
    for (uint32_t i = 0; i < x->slots->count; i++)
        if (hj212_text_is(code, hj212_slots_code(x->slots, x->names, i)))
            return x->room->cells[i].used ? &x->room->cells[i] : NULL;
    return NULL;
}

static void fill_cells(const struct hj212_extra_reading *x, const struct hj212_packet *p,
                       int64_t time_ms)
{
    int zone_min = x->plant->server.zone_offset_min;
    memset(x->room->cells, 0, x->slots->max * sizeof *x->room->cells);
    for (size_t i = 0; i < p->item_count; i++)
        if (p->items[i].field == HJ212_RTD)
            take_value(x, &p->items[i], time_ms);
    for (size_t i = 0; i < p->item_count; i++) {
        const struct hj212_item *item = &p->items[i];
        bool more = item->field == HJ212_FLAG || item->field == HJ212_SAMPLE_TIME;
        struct cell *c = more ? find_cell(x, item->code) : NULL;
        if (c && item->field == HJ212_FLAG)
            c->flag = item->value;
        else if (c && hj212_time_parse(item->value, zone_min, &c->time_ms) != 0)
            c->used = false;
    }
}

static void set_extra(const struct hj212_extra_reading *x, uint32_t i, struct hj212_extra *out)
{
    const struct cell *c = &x->room->cells[i];
    double value = 0;
    *out = (struct hj212_extra){.code = hj212_slots_code(x->slots, x->names, i)};
    if (c->value.len == 0) {
        out->sample.quality = QUALITY_NO_VALUE;
    } else if (hj212_number(c->value, &value) == 0 && isfinite(value)) {
        out->sample.value = value;
        out->sample.quality = hj212_quality_of_flag(c->flag);
    } else {
        out->sample.quality = QUALITY_NOT_A_NUMBER;
        hj212_words(c->value, x->room->words[i]);
        out->text = x->room->words[i];
    }
}

/* All values of that instant; they are done with then. */
static uint32_t take_instant(const struct hj212_extra_reading *x, int64_t time_ms)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < x->slots->count; i++) {
        struct cell *c = &x->room->cells[i];
        if (!c->used || c->time_ms != time_ms)
            continue;
        set_extra(x, i, &x->room->list[count++]);
        c->used = false;
    }
    return count;
}

int hj212_extras_read(const struct hj212_extra_reading *x, const struct hj212_packet *p,
                      const struct hj212_moment *now,
                      int (*on_extras)(void *ctx, const struct hj212_extras *e), void *ctx,
                      uint32_t *out_new)
{
    uint32_t before = x->slots->count;
    int64_t time_ms = now->utc_ms;
    int err = hj212_packet_time(p, HJ212_DATA_TIME, x->plant->server.zone_offset_min, &time_ms);
    if (err && err != PW_ENOTFOUND)
        return 0;
    fill_cells(x, p, time_ms);
    *out_new = x->slots->count - before;
    err = 0;
    for (uint32_t i = 0; i < x->slots->count; i++) {
        struct cell *c = &x->room->cells[i];
        if (!c->used || !hj212_is_plausible(c->time_ms, now))
            continue;
        struct hj212_extras e = {
            .device = x->device, .time_ms = c->time_ms, .at_ms = now->at_ms, .list = x->room->list};
        e.count = take_instant(x, e.time_ms);
        int failed = on_extras(ctx, &e);
        err = err ? err : failed;
    }
    return err;
}
