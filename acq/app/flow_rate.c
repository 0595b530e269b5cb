#include "acq/app/state.h"

#include "acq/detect/rate.h"
#include "protocols/influx/line.h"

#include <math.h>

/* The time series of rates. Like means they need no line of the journal. */
void flow_on_rate(void *ctx, const struct rate *r)
{
    struct app *a = ctx;
    const struct plant *plant = pipeline_plant(a->pipeline);
    if (plant == a->plant)
        live_take_rate(&a->live, plant, r);
    if (r->is_passing)
        return;
    struct strbuf *text = flow_fresh_text(a);
    struct line_writer w;
    line_begin(&w, text, "rate");
    line_tag(&w, "factor", rate_factor(r, plant));
    line_tag(&w, "object", rate_object(r, plant));
    line_tag(&w, "period", rate_period_name(r->period));
    line_tag(&w, "site", rate_site(r, plant));
    line_tag(&w, "what", rate_what_name(r->what));
    if (!isnan(rate_value(r)))
        line_float(&w, "rate", rate_value(r));
    line_float(&w, "part", r->part);
    line_float(&w, "whole", r->whole);
    line_int(&w, "due", r->due);
    line_int(&w, "known", r->known);
    if (r->what == RATE_RUN) {
        line_int(&w, "starts", r->starts);
        line_int(&w, "on_time", r->on_time);
    }
    line_int(&w, "start", r->start_ms);
    line_bool(&w, "closed", r->is_closed);
    line_int(&w, "revision", r->revision);
    int64_t stamp_ms = rate_stamp_ms(r);
    if (line_end(&w, stamp_ms) && !text->failed)
        (void)recorder_add_derived(a->recorder, text->data, text->len, stamp_ms);
}
