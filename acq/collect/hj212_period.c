#include "acq/collect/hj212_period.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int64_t day_ms = 86400000;

/* There are many stations: the revision shares a word with the value's hash. */
struct told {
    uint32_t what;
    uint32_t value; /* the upper 24 bits; the lower 8: the revision, at most 255 */
};

enum { REVISION_MAX = 255 };

struct hj212_periods {
    uint32_t signals;
    struct told told[HJ212_TOLD];
    bool *used; /* by signal, of the packet at hand */
    struct hj212_period_value *by_signal, *values;
};

enum station_series hj212_series_of(int cn)
{
    switch (cn) {
    case 2051:
        return SERIES_MINUTE;
    case 2061:
        return SERIES_HOUR;
    case 2031:
        return SERIES_DAY;
    case 2041:
        return SERIES_RUN_TIME;
    default:
        return SERIES_COUNT;
    }
}

int hj212_periods_new(uint32_t signals, struct hj212_periods **out)
{
    struct hj212_periods *p = calloc(1, sizeof *p);
    if (!p)
        return PW_ENOMEM;
    p->signals = signals;
    p->used = calloc(signals + 1u, sizeof *p->used);
    p->by_signal = calloc(signals + 1u, sizeof *p->by_signal);
    p->values = calloc(signals + 1u, sizeof *p->values);
    if (!p->used || !p->by_signal || !p->values) {
        hj212_periods_free(p);
        return PW_ENOMEM;
    }
    *out = p;
    return 0;
}

void hj212_periods_free(struct hj212_periods *p)
{
    if (!p)
        return;
    free(p->used);
    free(p->by_signal);
    free(p->values);
    free(p);
}

void hj212_periods_inherit(struct hj212_periods *p, const struct hj212_periods *from)
{
    if (p->signals == from->signals)
        memcpy(p->told, from->told, sizeof p->told);
}

static double *member_of(struct hj212_period_value *v, enum hj212_field field)
{
    switch (field) {
    case HJ212_AVG:
        return &v->avg;
    case HJ212_MIN:
        return &v->min;
    case HJ212_MAX:
        return &v->max;
    case HJ212_ZS_AVG:
        return &v->zs_avg;
    case HJ212_ZS_MIN:
        return &v->zs_min;
    case HJ212_ZS_MAX:
        return &v->zs_max;
    case HJ212_COU:
        return &v->amount;
    default:
        return NULL;
    }
}

static struct hj212_period_value *value_of(struct hj212_periods *p, uint32_t signal)
{
    struct hj212_period_value *v = &p->by_signal[signal];
    if (!p->used[signal])
        *v = (struct hj212_period_value){.signal = signal,
                                         .avg = NAN,
                                         .min = NAN,
                                         .max = NAN,
                                         .zs_avg = NAN,
                                         .zs_min = NAN,
                                         .zs_max = NAN,
                                         .amount = NAN,
                                         .flag = 'N'};
    p->used[signal] = true;
    return v;
}

/* Of an item that stands twice the first counts. */
static void take_item(struct hj212_periods *p, const struct hj212_map *map,
                      const struct hj212_item *item, enum hj212_edition edition)
{
    uint32_t signal = hj212_map_find(map, item->code);
    double number = 0;
    if (signal == PLANT_NONE)
        return;
    struct hj212_period_value *v = value_of(p, signal);
    double *member = member_of(v, item->field);
    if (item->field == HJ212_FLAG && item->value.len)
        v->flag = item->value.at[0];
    if (!member || !isnan(*member) || hj212_number(item->value, &number) != 0)
        return;
    number = item->field == HJ212_COU ? hj212_map_amount(map, signal, edition, number)
                                      : hj212_map_value(map, signal, edition, number);
    if (isfinite(number))
        *member = number;
}

/* FNV-1a, byte by byte. */
static uint64_t hash(uint64_t h, uint64_t number)
{
    for (int i = 0; i < 8; i++) {
        h = (h ^ (number & 0xff)) * 0x100000001b3u;
        number >>= 8;
    }
    return h;
}

static uint64_t hash_number(uint64_t h, double number)
{
    uint64_t bits = 0;
    if (isnan(number))
        return hash(h, UINT64_MAX);
    memcpy(&bits, &number, sizeof bits);
    return hash(h, bits);
}

static uint32_t hash_value(const struct hj212_period_value *v)
{
    uint64_t h = hash(0xcbf29ce484222325u, (unsigned char)v->flag);
    h = hash_number(hash_number(hash_number(h, v->avg), v->min), v->max);
    h = hash_number(hash_number(hash_number(h, v->zs_avg), v->zs_min), v->zs_max);
    return (uint32_t)(hash_number(h, v->amount) >> 32);
}

/* Whether it says something that was not said before of that period. */
static bool is_news(struct hj212_periods *p, enum station_series series, int64_t start_ms,
                    struct hj212_period_value *v)
{
    uint64_t what =
        hash(hash(hash(0xcbf29ce484222325u, (uint64_t)series), (uint64_t)start_ms), v->signal);
    struct told *t = &p->told[what % HJ212_TOLD];
    uint32_t tag = (uint32_t)(what >> 32) | 1;
    uint32_t value = hash_value(v) & ~(uint32_t)REVISION_MAX;
    bool known = t->what == tag;
    if (known && (t->value & ~(uint32_t)REVISION_MAX) == value)
        return false;
    uint32_t revision = known ? (t->value & REVISION_MAX) + 1 : 0;
    v->revision = revision < REVISION_MAX ? revision : REVISION_MAX;
    *t = (struct told){tag, value | v->revision};
    return true;
}

static bool begin_of(const struct hj212_packet *packet, int zone_min,
                     const struct hj212_moment *now, int64_t *out)
{
    return hj212_packet_time(packet, HJ212_DATA_TIME, zone_min, out) == 0 &&
           *out > now->utc_ms - HJ212_PAST_DAYS * day_ms && *out < now->utc_ms + day_ms;
}

bool hj212_periods_read(struct hj212_periods *p, const struct hj212_map *map,
                        const struct hj212_packet *packet, int zone_min,
                        const struct hj212_moment *now, struct hj212_period *out)
{
    enum station_series series = hj212_series_of(packet->cn);
    int64_t start_ms = 0;
    if ((series != SERIES_MINUTE && series != SERIES_HOUR && series != SERIES_DAY) ||
        !begin_of(packet, zone_min, now, &start_ms))
        return false;
    memset(p->used, 0, p->signals * sizeof *p->used);
    for (size_t i = 0; i < packet->item_count; i++)
        if (packet->items[i].code.len)
            take_item(p, map, &packet->items[i], packet->edition);
    uint32_t count = 0;
    for (uint32_t i = 0; i < p->signals; i++)
        if (p->used[i] && is_news(p, series, start_ms, &p->by_signal[i]))
            p->values[count++] = p->by_signal[i];
    *out = (struct hj212_period){.series = series,
                                 .start_ms = start_ms,
                                 .at_ms = now->at_ms,
                                 .values = p->values,
                                 .count = count};
    return count > 0;
}
