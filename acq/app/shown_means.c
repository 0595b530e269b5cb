#include "acq/app/shown_means.h"

#include "acq/core/log.h"
#include "acq/plant/digits.h"
#include "acq/plant/plant.h"
#include "acq/record/means_read.h"
#include "acq/serve/view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LOADED_MOST = 100000 };

static const int64_t day_ms = 86400000;
static const char *const period_words[SHOWN_PERIODS] = {"hour", "day"};

int shown_means_init(struct shown_means *s, const struct plant *to, const struct shown_means *old,
                     const struct plant *from)
{
    *s = (struct shown_means){.by_input = calloc(to->input_count + 1u, sizeof *s->by_input),
                              .count = to->input_count};
    if (!s->by_input)
        return PW_ENOMEM;
    for (uint32_t i = 0; old && i < from->input_count; i++)
        for (uint32_t k = 0; k < to->input_count; k++)
            if (strcmp(to->inputs[k].id, from->inputs[i].id) == 0)
                memcpy(s->by_input[k], old->by_input[i], sizeof *s->by_input);
    return 0;
}

void shown_means_deinit(struct shown_means *s)
{
    free(s->by_input);
    *s = (struct shown_means){0};
}

static void keep(struct shown_mean *slot, const struct shown_mean *m)
{
    if (m->start_ms >= slot->start_ms)
        *slot = *m;
}

void shown_means_take(struct shown_means *s, const struct mean *m)
{
    bool is_shown = m->period == MEAN_HOUR || m->period == MEAN_DAY;
    if (!is_shown || m->input >= s->count)
        return;
    enum shown_period period = m->period == MEAN_HOUR ? SHOWN_HOUR : SHOWN_DAY;
    const struct shown_mean shown = {
        .start_ms = m->start_ms,
        .avg = m->good ? m->avg : (double)NAN,
        .corrected = m->has_corrected ? m->corrected : (double)NAN,
        .cou = m->has_cou ? m->cou : (double)NAN,
        .parts = m->parts,
        .good = m->good,
        .revision = m->revision,
        .flag = (char)(m->is_regulated ? flag_letter(m->flag) : '\0'),
        .valid = m->valid,
    };
    keep(&s->by_input[m->input][m->source][period], &shown);
}

struct loading {
    struct shown_means *to;
    const struct plant *plant;
    enum shown_period period;
    uint32_t hint;
};

/* Rows come by series: mostly the next one is of the same input. */
static uint32_t find_input(struct loading *l, const struct mean_row *row)
{
    const struct plant *p = l->plant;
    for (uint32_t n = 0; n < p->input_count; n++) {
        uint32_t i = (l->hint + n) % p->input_count;
        if (strcmp(p->inputs[i].factor, row->factor) == 0 &&
            strcmp(p->outlets[p->inputs[i].outlet].id, row->outlet) == 0) {
            l->hint = i;
            return i;
        }
    }
    return PLANT_NONE;
}

static int on_row(void *ctx, const struct mean_row *row)
{
    struct loading *l = ctx;
    uint32_t input = find_input(l, row);
    if (input == PLANT_NONE)
        return 0;
    enum mean_source source = strcmp(row->source, "station") == 0 ? MEAN_STATION : MEAN_OWN;
    const struct shown_mean shown = {
        .start_ms = row->start_ms,
        .avg = row->value[ROW_AVG],
        .corrected = row->value[ROW_CORRECTED],
        .cou = row->value[ROW_COU],
        .parts = (uint32_t)row->parts,
        .good = (uint32_t)row->good,
        .revision = (uint32_t)row->revision,
        .flag = row->flag,
        .valid = row->valid,
    };
    keep(&l->to->by_input[input][source][l->period], &shown);
    return 0;
}

void shown_means_load(struct shown_means *s, const struct plant *plant, const char *data_dir,
                      int64_t now_ms)
{
    for (int period = 0; period < SHOWN_PERIODS && plant->input_count > 0; period++) {
        struct loading l = {s, plant, (enum shown_period)period, 0};
        char next[MEANS_CURSOR_SIZE];
        const struct means_query q = {.period = period_words[period],
                                      .from_ms = now_ms - (period == SHOWN_HOUR ? 1 : 3) * day_ms,
                                      .to_ms = now_ms + day_ms};
        int err = means_read(data_dir, &q, NULL, LOADED_MOST, on_row, &l, next);
        if (err)
            log_info("http", "the last %ss are not known yet: %s", period_words[period],
                     pw_strerror(err));
    }
}

static const struct shown_mean *choose(const struct shown_means *s, const struct plant *plant,
                                       uint32_t input, enum shown_period period,
                                       enum mean_source *out)
{
    const struct shown_mean *own = &s->by_input[input][MEAN_OWN][period];
    const struct shown_mean *station = &s->by_input[input][MEAN_STATION][period];
    enum means_from from = plant->outlets[plant->inputs[input].outlet].means_from;
    bool is_station =
        from == MEANS_FROM_STATION || (from == MEANS_FROM_STATION_ELSE_OWN &&
                                       station->start_ms > 0 && station->start_ms >= own->start_ms);
    *out = is_station ? MEAN_STATION : MEAN_OWN;
    return is_station ? station : own;
}

static void fill_mean(const struct shown_means *s, const struct plant *plant, uint32_t input,
                      enum shown_period period, struct serve_mean *out)
{
    enum mean_source source;
    const struct shown_mean *m = choose(s, plant, input, period, &source);
    const struct plant_outlet *outlet = &plant->outlets[plant->inputs[input].outlet];
    bool is_gas = plant->inputs[input].measure == MEASURE_CONCENTRATION;
    *out = (struct serve_mean){
        .start_ms = m->start_ms,
        .avg = m->avg,
        .corrected = m->corrected,
        .amount = m->cou,
        .is_corrected = outlet->is_regulated && is_gas,
        .has_amount = outlet->flow != PLANT_NONE && outlet->is_regulated &&
                      (is_gas || plant->inputs[input].measure == MEASURE_FLOW),
        .flag = m->flag,
        .valid = m->valid,
        .parts = m->parts,
        .good = m->good,
        .revision = m->revision,
        .source = mean_source_name(source),
    };
}

static const char *unit_of(const struct plant *plant, const struct plant_input *input,
                           const struct digits *d)
{
    const char *unit = measure_unit(input->measure);
    if (input->is_plain && plant->signals[input->signal].unit[0])
        return plant->signals[input->signal].unit;
    return *unit ? unit : d->unit;
}

static void fill_series(const struct shown_means *s, const struct plant *plant, uint32_t input,
                        struct serve_view *v)
{
    const struct plant_input *in = &plant->inputs[input];
    struct serve_factor *out = &v->series[input];
    struct digits d = digits_of(HJ212_EDITION_AUTO, in->factor);
    out->factor = serve_view_text(v, in->factor);
    out->name_zh = d.name_zh;
    out->name_en = d.name_en;
    out->unit = serve_view_text(v, unit_of(plant, in, &d));
    out->unit_amount = in->measure == MEASURE_FLOW ? "m3" : "kg";
    out->fraction = (uint32_t)d.fraction;
    fill_mean(s, plant, input, SHOWN_HOUR, &out->hour);
    fill_mean(s, plant, input, SHOWN_DAY, &out->day);
}

void shown_means_fill(const struct shown_means *s, const struct plant *plant, struct serve_view *v)
{
    static const char *const words[] = {"own", "station", "station-else-own"};
    for (uint32_t i = 0; i < plant->outlet_count && i < v->count.outlets; i++) {
        const struct plant_outlet *o = &plant->outlets[i];
        v->outlets[i] = (struct serve_outlet){.id = serve_view_text(v, o->id),
                                              .name = serve_view_text(v, o->name),
                                              .site = serve_view_text(v, plant->sites[o->site].id),
                                              .means_from = words[o->means_from],
                                              .first_series = o->first_input,
                                              .series_count = o->input_count};
    }
    for (uint32_t i = 0; i < plant->input_count && i < v->count.series && i < s->count; i++)
        fill_series(s, plant, i, v);
}
