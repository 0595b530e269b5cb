#include "acq/app/state.h"

#include "protocols/influx/line.h"

/* On the limit's basis; false when the mean has no such value. */
static bool value_on_basis(const struct plant_limit *limit, const struct mean *m, double *out)
{
    bool is_corrected = m->is_regulated && limit->basis == BASIS_CORRECTED;
    *out = is_corrected ? m->corrected : m->avg;
    return m->good > 0 && (!is_corrected || m->has_corrected);
}

static void add_bounds(struct line_writer *w, const struct plant_limit *limit)
{
    if (limit->has_max)
        line_float(w, "max", limit->max);
    if (limit->has_min)
        line_float(w, "min", limit->min);
    line_bool(w, "judges", !limit->is_unconfirmed);
    if (limit->source[0])
        line_string(w, "source", limit->source);
}

static void add_value(struct line_writer *w, const struct plant_limit *limit, const struct mean *m,
                      bool is_own_period)
{
    double value = 0;
    if (!value_on_basis(limit, m, &value))
        return;
    line_float(w, is_own_period ? "value" : "now", value);
    if (limit->has_max && limit->max > 0)
        line_float(w, is_own_period ? "value_share" : "now_share", 100 * value / limit->max);
    if (is_own_period)
        line_bool(w, "valid", m->is_regulated ? m->corrected_valid : m->valid);
}

static enum mean_period period_of(const struct plant_limit *limit)
{
    switch (limit->period) {
    case PERIOD_HOUR:
        return MEAN_HOUR;
    case PERIOD_DAY:
        return MEAN_DAY;
    case PERIOD_REALTIME:
    case PERIOD_MINUTE:
        break;
    }
    return MEAN_MINUTE;
}

static void write_share(struct app *a, const struct plant_limit *limit, const struct mean *m,
                        bool is_own_period)
{
    static const char *const periods[] = {"realtime", "minute", "hour", "day"};
    const struct plant *plant = pipeline_plant(a->pipeline);
    const struct plant_outlet *outlet = &plant->outlets[limit->outlet];
    struct strbuf *text = flow_fresh_text(a);
    struct line_writer w;
    line_begin(&w, text, "limit");
    line_tag(&w, "basis", limit->basis == BASIS_CORRECTED ? "corrected" : "measured");
    line_tag(&w, "factor", limit->factor);
    line_tag(&w, "outlet", outlet->id);
    line_tag(&w, "period", periods[limit->period]);
    line_tag(&w, "site", plant->sites[outlet->site].id);
    add_bounds(&w, limit);
    add_value(&w, limit, m, is_own_period);
    if (line_end(&w, m->start_ms) && !text->failed)
        (void)recorder_add_derived(a->recorder, text->data, text->len, m->start_ms);
}

void shares_on_mean(struct app *a, const struct mean *m)
{
    const struct plant *plant = pipeline_plant(a->pipeline);
    const struct plant_outlet *outlet = &plant->outlets[m->outlet];
    for (uint32_t i = 0; i < outlet->limit_count; i++) {
        const struct plant_limit *limit = &plant->limits[outlet->first_limit + i];
        if (limit->input != m->input)
            continue;
        if (m->period == MEAN_MINUTE)
            write_share(a, limit, m, false);
        if (m->period == period_of(limit))
            write_share(a, limit, m, true);
    }
}
