#include "acq/collect/hj212_gaps_private.h"

#include <stdlib.h>
#include <string.h>

static const int64_t minute_ms = 60000;

enum { HOUR_MS = 3600000, DAY_MS = 86400000, FUTURE_MS = 300000 };

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t number_of(const struct hj212_gaps *g, const struct hj212_series *s, int64_t time_ms)
{
    return floor_div(time_ms + g->zone_ms, s->step_ms);
}

static int64_t begin_of(const struct hj212_gaps *g, const struct hj212_series *s, int64_t number)
{
    return number * s->step_ms - g->zone_ms;
}

size_t hj212_series_place(const struct hj212_series *s, int64_t number)
{
    return (size_t)(number - floor_div(number, s->size) * s->size);
}

bool hj212_series_has(const struct hj212_series *s, uint32_t slot, int64_t number)
{
    size_t place = hj212_series_place(s, number);
    return s->bits[slot * s->stride + place / 8] >> (place % 8) & 1;
}

void hj212_series_set(struct hj212_series *s, uint32_t slot, int64_t number)
{
    size_t place = hj212_series_place(s, number);
    s->bits[slot * s->stride + place / 8] |= (uint8_t)(1u << (place % 8));
}

void hj212_series_clear(struct hj212_series *s, uint32_t slots)
{
    memset(s->bits, 0, slots * s->stride);
    memset(s->tries, 0, (size_t)s->size);
    s->top = INT64_MIN;
    s->changed = true;
    for (uint32_t i = 0; i < slots; i++)
        s->first[i] = INT64_MAX;
}

static int init_series(struct hj212_gaps *g, enum station_series series, int64_t step_ms)
{
    struct hj212_series *s = &g->series[series];
    s->step_ms = step_ms;
    s->size = (int64_t)g->asking->fill_back_d * DAY_MS / step_ms + 1;
    s->stride = (size_t)s->size / 8 + 1;
    s->first = malloc(g->slots * sizeof *s->first);
    s->bits = malloc(g->slots * s->stride);
    s->tries = malloc((size_t)s->size);
    if (!s->first || !s->bits || !s->tries)
        return PW_ENOMEM;
    hj212_series_clear(s, g->slots);
    return 0;
}

int hj212_gaps_new(const struct plant_asking *asking, int zone_min,
                   const struct plant_signal *signals, uint32_t count, struct hj212_gaps **out)
{
    struct hj212_gaps *g = calloc(1, sizeof *g);
    if (!g)
        return PW_ENOMEM;
    g->asking = asking;
    g->zone_ms = zone_min * minute_ms;
    g->signals = signals;
    g->slots = count + 1;
    const int64_t steps[SERIES_COUNT] = {[SERIES_MINUTE] = asking->minute_interval_min * minute_ms,
                                         [SERIES_HOUR] = HOUR_MS,
                                         [SERIES_DAY] = DAY_MS,
                                         [SERIES_RUN_TIME] = DAY_MS};
    int err = 0;
    for (int i = SERIES_MINUTE; !err && i < SERIES_COUNT; i++)
        err = init_series(g, (enum station_series)i, steps[i]);
    if (err) {
        hj212_gaps_free(g);
        return err;
    }
    *out = g;
    return 0;
}

void hj212_gaps_free(struct hj212_gaps *g)
{
    if (!g)
        return;
    for (int i = SERIES_MINUTE; i < SERIES_COUNT; i++) {
        free(g->series[i].first);
        free(g->series[i].bits);
        free(g->series[i].tries);
    }
    free(g);
}

void hj212_gaps_rebind(struct hj212_gaps *g, const struct plant_asking *asking,
                       const struct plant_signal *signals)
{
    g->asking = asking;
    g->signals = signals;
}

const char *hj212_gaps_name(const struct hj212_gaps *g, uint32_t slot)
{
    return slot + 1 < g->slots ? g->signals[slot].id : "";
}

uint32_t hj212_gaps_slot(const struct hj212_gaps *g, const char *name)
{
    for (uint32_t i = 0; i < g->slots; i++)
        if (strcmp(hj212_gaps_name(g, i), name) == 0)
            return i;
    return PLANT_NONE;
}

static void inherit_series(struct hj212_gaps *g, const struct hj212_gaps *from, int series)
{
    struct hj212_series *to = &g->series[series];
    const struct hj212_series *s = &from->series[series];
    if (to->size != s->size)
        return;
    hj212_series_clear(to, g->slots);
    to->step_ms = s->step_ms;
    to->top = s->top;
    memcpy(to->tries, s->tries, (size_t)s->size);
    for (uint32_t i = 0; i < from->slots; i++) {
        uint32_t slot = hj212_gaps_slot(g, hj212_gaps_name(from, i));
        if (slot == PLANT_NONE)
            continue;
        to->first[slot] = s->first[i];
        memcpy(to->bits + slot * to->stride, s->bits + i * s->stride, s->stride);
    }
}

void hj212_gaps_inherit(struct hj212_gaps *g, const struct hj212_gaps *from)
{
    for (int i = SERIES_MINUTE; i < SERIES_COUNT; i++)
        inherit_series(g, from, i);
}

void hj212_gaps_set_minutes(struct hj212_gaps *g, int minutes)
{
    struct hj212_series *s = &g->series[SERIES_MINUTE];
    if (minutes < 1 || minutes > 30 || 60 % minutes != 0 || s->step_ms == minutes * minute_ms)
        return;
    s->step_ms = minutes * minute_ms;
    hj212_series_clear(s, g->slots);
}

int hj212_gaps_minutes(const struct hj212_gaps *g)
{
    return (int)(g->series[SERIES_MINUTE].step_ms / minute_ms);
}

/* Makes room up to the number: what leaves the ring is forgotten. */
static void move_to(const struct hj212_gaps *g, struct hj212_series *s, int64_t number)
{
    if (s->top == INT64_MIN)
        s->top = number;
    int64_t from = s->top < number - s->size ? number - s->size : s->top;
    for (int64_t n = from + 1; n <= number; n++) {
        size_t place = hj212_series_place(s, n);
        for (uint32_t i = 0; i < g->slots; i++)
            s->bits[i * s->stride + place / 8] &= (uint8_t) ~(1u << (place % 8));
        s->tries[place] = 0;
    }
    if (number > s->top)
        s->top = number;
}

void hj212_gaps_expect(struct hj212_gaps *g, enum station_series series, int64_t from_ms)
{
    struct hj212_series *s = &g->series[series];
    uint32_t packet = g->slots - 1;
    int64_t number = number_of(g, s, from_ms);
    s->changed = true;
    if (number < s->first[packet])
        s->first[packet] = number;
}

bool hj212_gaps_have(struct hj212_gaps *g, enum station_series series, uint32_t signal,
                     int64_t begin_ms, int64_t now_ms)
{
    struct hj212_series *s = &g->series[series];
    int64_t number = number_of(g, s, begin_ms);
    if (begin_ms > now_ms + FUTURE_MS || begin_of(g, s, number) != begin_ms)
        return false;
    move_to(g, s, number_of(g, s, now_ms));
    if (number > s->top)
        move_to(g, s, number);
    uint32_t slot = signal < g->slots - 1 ? signal : g->slots - 1;
    if (number <= s->top - s->size)
        return false;
    hj212_series_set(s, slot, number);
    s->changed = true;
    bool older = number < s->first[slot];
    if (older)
        s->first[slot] = number;
    return older;
}

/* The newest period that should be there. */
static int64_t newest_due(const struct hj212_gaps *g, const struct hj212_series *s, int64_t now_ms)
{
    return number_of(g, s, now_ms - (int64_t)g->asking->fill_after_s * 1000) - 1;
}

static int64_t oldest_kept(const struct hj212_gaps *g, const struct hj212_series *s, int64_t now_ms)
{
    return number_of(g, s, now_ms) - s->size + 1;
}

static bool is_missing(const struct hj212_gaps *g, const struct hj212_series *s, int64_t number)
{
    for (uint32_t i = 0; i < g->slots; i++)
        if (s->first[i] <= number && !hj212_series_has(s, i, number))
            return true;
    return false;
}

static bool is_to_be_asked(const struct hj212_gaps *g, const struct hj212_series *s, int64_t number)
{
    return s->tries[hj212_series_place(s, number)] < g->asking->fill_tries &&
           is_missing(g, s, number);
}

bool hj212_gaps_find(struct hj212_gaps *g, enum station_series series, int64_t now_ms,
                     struct hj212_run *out)
{
    struct hj212_series *s = &g->series[series];
    int64_t oldest = oldest_kept(g, s, now_ms);
    move_to(g, s, number_of(g, s, now_ms));
    int64_t last = newest_due(g, s, now_ms);
    while (last >= oldest && !is_to_be_asked(g, s, last))
        last--;
    if (last < oldest)
        return false;
    int64_t begin = last;
    while (begin > oldest && last - begin + 1 < g->asking->fill_records &&
           is_to_be_asked(g, s, begin - 1))
        begin--;
    *out = (struct hj212_run){.series = series,
                              .begin_ms = begin_of(g, s, begin),
                              .last_ms = begin_of(g, s, last),
                              .periods = (uint32_t)(last - begin + 1)};
    return true;
}

void hj212_gaps_tried(struct hj212_gaps *g, const struct hj212_run *run)
{
    struct hj212_series *s = &g->series[run->series];
    s->changed = true;
    int64_t first = number_of(g, s, run->begin_ms);
    for (int64_t n = first; n <= number_of(g, s, run->last_ms); n++)
        if (n > s->top - s->size && n <= s->top && s->tries[hj212_series_place(s, n)] < UINT8_MAX)
            s->tries[hj212_series_place(s, n)]++;
}

int64_t hj212_gaps_next_ms(const struct hj212_gaps *g, enum station_series series, int64_t now_ms)
{
    const struct hj212_series *s = &g->series[series];
    return begin_of(g, s, newest_due(g, s, now_ms) + 2) + (int64_t)g->asking->fill_after_s * 1000;
}

static void add_period(const struct hj212_gaps *g, const struct hj212_series *s, int64_t number,
                       bool packet_alone, struct hj212_fullness *out)
{
    uint32_t from = packet_alone ? g->slots - 1 : 0;
    uint32_t to = packet_alone ? g->slots : g->slots - 1;
    for (uint32_t i = from; i < to; i++) {
        if (s->first[i] > number)
            continue;
        bool there = number <= s->top && hj212_series_has(s, i, number);
        out->expected++;
        out->have += there;
        out->lost += !there && s->tries[hj212_series_place(s, number)] >= g->asking->fill_tries;
    }
}

/* Where no signal was ever seen only the packet itself can be counted. */
static void add_periods(const struct hj212_gaps *g, enum station_series series, int64_t from,
                        int64_t to, int64_t now_ms, struct hj212_fullness *out)
{
    const struct hj212_series *s = &g->series[series];
    int64_t oldest = oldest_kept(g, s, now_ms);
    int64_t newest = newest_due(g, s, now_ms);
    bool packet_alone = true;
    for (uint32_t i = 0; i + 1 < g->slots; i++)
        packet_alone = packet_alone && s->first[i] == INT64_MAX;
    *out = (struct hj212_fullness){0};
    for (int64_t n = from < oldest ? oldest : from; n <= to && n <= newest; n++)
        add_period(g, s, n, packet_alone, out);
}

void hj212_gaps_day(const struct hj212_gaps *g, enum station_series series, uint32_t days_ago,
                    int64_t now_ms, struct hj212_fullness *out)
{
    const struct hj212_series *s = &g->series[series];
    int64_t day = floor_div(now_ms + g->zone_ms, DAY_MS) - days_ago;
    add_periods(g, series, number_of(g, s, day * DAY_MS - g->zone_ms),
                number_of(g, s, (day + 1) * DAY_MS - g->zone_ms - 1), now_ms, out);
}

void hj212_gaps_total(const struct hj212_gaps *g, enum station_series series, int64_t now_ms,
                      struct hj212_fullness *out)
{
    add_periods(g, series, INT64_MIN, INT64_MAX, now_ms, out);
}

void hj212_gaps_summary(struct hj212_gaps *g, enum station_series series, int64_t now_ms,
                        struct hj212_summary *out)
{
    struct hj212_series *s = &g->series[series];
    int64_t due = newest_due(g, s, now_ms);
    int64_t day = floor_div(now_ms + g->zone_ms, DAY_MS);
    if (s->changed || due != s->summary_due || day != s->summary_day) {
        hj212_gaps_day(g, series, 0, now_ms, &s->summary.today);
        hj212_gaps_day(g, series, 1, now_ms, &s->summary.yesterday);
        hj212_gaps_total(g, series, now_ms, &s->summary.all);
        s->changed = false;
        s->summary_due = due;
        s->summary_day = day;
    }
    *out = s->summary;
}
