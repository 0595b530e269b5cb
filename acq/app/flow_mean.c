#include "acq/app/state.h"

#include "protocols/influx/line.h"

static void add_regulated(struct line_writer *w, const struct mean *m)
{
    const char flag[2] = {flag_letter(m->flag), '\0'};
    if (m->has_corrected) {
        line_float(w, "corrected", m->corrected);
        line_float(w, "corrected_min", m->corrected_min);
        line_float(w, "corrected_max", m->corrected_max);
    }
    if (m->has_cou)
        line_float(w, "cou", m->cou);
    line_string(w, "flag", flag);
    if (mean_corrected_why(m))
        line_string(w, "corrected_why", mean_corrected_why(m));
}

/* One converted sample of a regulated outlet. */
static void write_realtime(struct app *a, const struct mean *m)
{
    const struct plant *plant = pipeline_plant(a->pipeline);
    const struct plant_outlet *outlet = &plant->outlets[m->outlet];
    const char flag[2] = {flag_letter(m->flag), '\0'};
    struct strbuf *text = flow_fresh_text(a);
    struct line_writer w;
    line_begin(&w, text, mean_period_name(m->period));
    line_tag(&w, "factor", plant->inputs[m->input].factor);
    line_tag(&w, "outlet", outlet->id);
    line_tag(&w, "site", plant->sites[outlet->site].id);
    if (m->good)
        line_float(&w, "value", m->avg);
    if (m->has_corrected)
        line_float(&w, "corrected", m->corrected);
    if (m->has_cou)
        line_float(&w, "rate", m->cou);
    line_string(&w, "flag", flag);
    if (line_end(&w, m->start_ms) && !text->failed)
        (void)recorder_add_derived(a->recorder, text->data, text->len, m->start_ms);
}

/* The time series of means: one line per period; the journal needs none, as a replay makes the same
 * from the raw lines. */
void flow_on_mean(void *ctx, const struct mean *m)
{
    struct app *a = ctx;
    uplinks_on_mean(a, m);
    if (m->period == MEAN_REALTIME) {
        write_realtime(a, m);
        return;
    }
    const struct plant *plant = pipeline_plant(a->pipeline);
    const struct plant_outlet *outlet = &plant->outlets[m->outlet];
    struct strbuf *text = flow_fresh_text(a);
    struct line_writer w;
    a->counters.means++;
    if (plant == a->plant)
        shown_means_take(&a->shown, m);
    line_begin(&w, text, mean_period_name(m->period));
    line_tag(&w, "factor", plant->inputs[m->input].factor);
    line_tag(&w, "outlet", outlet->id);
    line_tag(&w, "site", plant->sites[outlet->site].id);
    line_tag(&w, "source", mean_source_name(m->source));
    if (m->good) {
        line_float(&w, "avg", m->avg);
        line_float(&w, "min", m->min);
        line_float(&w, "max", m->max);
    }
    if (m->is_regulated)
        add_regulated(&w, m);
    line_bool(&w, "valid", m->valid);
    line_int(&w, "parts", m->parts);
    line_int(&w, "good", m->good);
    if (m->gaps > 0) {
        line_int(&w, "gaps", m->gaps);
        line_int(&w, "longest_gap_s", m->longest_gap_s);
    }
    line_int(&w, "revision", m->revision);
    if (m->reason)
        line_string(&w, "reason", m->reason);
    if (line_end(&w, m->start_ms) && !text->failed)
        (void)recorder_add_derived(a->recorder, text->data, text->len, m->start_ms);
    shares_on_mean(a, m);
}
