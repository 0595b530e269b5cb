#include "acq/app/state.h"

#include "acq/collect/hj212_desk.h"
#include "acq/core/log.h"
#include "acq/refine/station_mean.h"
#include "protocols/influx/line.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static enum mean_period period_of(enum station_series series)
{
    return series == SERIES_MINUTE ? MEAN_MINUTE : series == SERIES_HOUR ? MEAN_HOUR : MEAN_DAY;
}

static const struct hj212_period_value *value_of(const struct hj212_period *p, uint32_t signal)
{
    for (uint32_t i = 0; i < p->count; i++)
        if (p->values[i].signal == signal)
            return &p->values[i];
    return NULL;
}

/* The input's number of the signal's. */
static double convert(const struct plant_input *in, double value)
{
    return in->is_plain ? value : value * in->scale + in->offset;
}

static void make_mean(const struct plant *plant, uint32_t input, const struct hj212_period *p,
                      const struct hj212_period_value *v, struct mean *out)
{
    const struct plant_input *in = &plant->inputs[input];
    const struct station_numbers n = {.avg = convert(in, v->avg),
                                      .min = convert(in, v->min),
                                      .max = convert(in, v->max),
                                      .corrected = convert(in, v->zs_avg),
                                      .corrected_min = convert(in, v->zs_min),
                                      .corrected_max = convert(in, v->zs_max),
                                      .cou = v->amount,
                                      .flag = v->flag,
                                      .revision = v->revision};
    station_mean_make(plant, input, period_of(p->series), p->start_ms, &n, out);
}

/* An input that is made of two signals is nothing that one signal's mean could stand for. */
static const struct hj212_period_value *value_for(const struct plant *plant, uint32_t input,
                                                  const struct hj212_period *p)
{
    const struct plant_input *in = &plant->inputs[input];
    const struct plant_device *d = &plant->devices[p->device];
    if (in->second != PLANT_NONE || in->signal < d->first_signal ||
        in->signal - d->first_signal >= d->signal_count)
        return NULL;
    return value_of(p, in->signal - d->first_signal);
}

static uint32_t write_items(const struct plant *plant, const struct hj212_period *p,
                            struct strbuf *out)
{
    uint32_t items = 0;
    for (uint32_t i = 0; i < plant->input_count; i++) {
        const struct hj212_period_value *v = value_for(plant, i, p);
        struct mean m;
        if (!v)
            continue;
        make_mean(plant, i, p, v, &m);
        strbuf_adds(out, items++ ? ",{" : "{");
        station_mean_write(&m, plant, out);
        strbuf_addc(out, '}');
    }
    return items;
}

/* The line goes before what comes of it. */
static bool journal_means(struct app *a, const struct plant *plant, const struct hj212_period *p)
{
    struct strbuf *text = flow_fresh_text(a);
    strbuf_adds(text, "\"device\":");
    strbuf_add_json_string(text, plant->devices[p->device].id);
    strbuf_addf(text, ",\"period\":\"%s\",\"start\":%" PRId64 ",\"items\":[",
                mean_period_name(period_of(p->series)), p->start_ms);
    uint32_t items = write_items(plant, p, text);
    strbuf_addc(text, ']');
    if (items == 0 || text->failed)
        return false;
    flow_journal(a, "means", p->at_ms, text, false);
    return true;
}

static bool is_named(const struct plant *plant, uint32_t signal)
{
    for (uint32_t i = 0; i < plant->input_count; i++)
        if (plant->inputs[i].signal == signal && plant->inputs[i].second == PLANT_NONE)
            return true;
    return false;
}

static void add_float(struct line_writer *w, const char *key, double value)
{
    if (!isnan(value))
        line_float(w, key, value);
}

/* Of a signal that no outlet names: time series of their own, which detection does not see and a
 * replay does not tell. */
static void write_unnamed(struct app *a, const struct plant_signal *s, const struct hj212_period *p,
                          const struct hj212_period_value *v)
{
    static const char *const names[] = {
        [MEAN_MINUTE] = "station_minute", [MEAN_HOUR] = "station_hour", [MEAN_DAY] = "station_day"};
    const char flag[2] = {flag_letter(flag_of_letter(v->flag)), '\0'};
    struct strbuf *text = flow_fresh_text(a);
    struct line_writer w;
    line_begin(&w, text, names[period_of(p->series)]);
    line_tag(&w, "device", a->plant->devices[p->device].id);
    line_tag(&w, "factor", s->factor);
    line_tag(&w, "signal", s->id);
    line_tag(&w, "source", mean_source_name(MEAN_STATION));
    add_float(&w, "avg", v->avg);
    add_float(&w, "min", v->min);
    add_float(&w, "max", v->max);
    add_float(&w, "corrected", v->zs_avg);
    add_float(&w, "cou", v->amount);
    line_string(&w, "flag", flag);
    line_bool(&w, "valid", !isnan(v->avg) && v->flag == 'N');
    line_int(&w, "revision", v->revision);
    if (line_end(&w, p->start_ms) && !text->failed)
        (void)recorder_add_derived(a->recorder, text->data, text->len, p->start_ms);
}

void station_means_take(void *app, const struct hj212_period *p)
{
    struct app *a = app;
    const struct plant *plant = pipeline_plant(a->pipeline);
    const struct plant_device *d = &plant->devices[p->device];
    if (journal_means(a, plant, p)) {
        for (uint32_t i = 0; i < plant->input_count; i++) {
            const struct hj212_period_value *v = value_for(plant, i, p);
            struct mean m;
            if (!v)
                continue;
            make_mean(plant, i, p, v, &m);
            pipeline_take_mean(a->pipeline, &m, p->at_ms);
        }
    }
    for (uint32_t i = 0; i < p->count; i++)
        if (!is_named(plant, d->first_signal + p->values[i].signal))
            write_unnamed(a, &plant->signals[d->first_signal + p->values[i].signal], p,
                          &p->values[i]);
}

/* HJ 212: SB and a number. */
static bool is_facility(struct hj212_text code)
{
    if (code.len < 3 || code.len > 5 || hj212_fold(code.at[0]) != 's' ||
        hj212_fold(code.at[1]) != 'b')
        return false;
    for (size_t i = 2; i < code.len; i++)
        if (!hj212_is_digit(code.at[i]))
            return false;
    return true;
}

static void write_facility(struct app *a, const struct plant_device *d,
                           const struct hj212_item *item, int64_t time_ms)
{
    char code[8] = "";
    double number = 0;
    struct strbuf *text = flow_fresh_text(a);
    struct line_writer w;
    if (!is_facility(item->code) || hj212_number(item->value, &number) != 0 || !isfinite(number))
        return;
    memcpy(code, item->code.at, item->code.len);
    line_begin(&w, text, "facility");
    line_tag(&w, "device", d->id);
    line_tag(&w, "facility", code);
    line_tag(&w, "source", mean_source_name(MEAN_STATION));
    line_float(&w, item->field == HJ212_RS ? "state" : "run_h", number);
    if (line_end(&w, time_ms) && !text->failed)
        (void)recorder_add_derived(a->recorder, text->data, text->len, time_ms);
}

void station_facilities_take(struct app *a, uint32_t device, const struct hj212_packet *p)
{
    int64_t time_ms = 0;
    if ((p->cn != 2021 && p->cn != 2041) ||
        hj212_packet_time(p, HJ212_DATA_TIME, a->plant->server.zone_offset_min, &time_ms) != 0)
        return;
    for (size_t i = 0; i < p->item_count; i++)
        if (p->items[i].code.len &&
            (p->items[i].field == HJ212_RS || p->items[i].field == HJ212_RT))
            write_facility(a, &a->plant->devices[device], &p->items[i], time_ms);
}
