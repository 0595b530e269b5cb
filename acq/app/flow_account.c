#include "acq/app/state.h"

#include "acq/refine/account.h"
#include "protocols/influx/line.h"

#include <math.h>

static void add_rate(struct line_writer *w, const char *key, double rate)
{
    if (!isnan(rate))
        line_float(w, key, rate);
}

static void add_parts(struct line_writer *w, const struct transmission *t)
{
    line_int(w, "hours", t->hours);
    line_int(w, "stopped", t->stopped);
    line_int(w, "due", transmission_due(t));
    line_int(w, "received", t->received);
    line_int(w, "valid", t->valid);
    line_int(w, "outside", t->outside);
    add_rate(w, "received_rate", transmission_received(t));
    add_rate(w, "valid_rate", transmission_valid(t));
    add_rate(w, "effective_rate", transmission_effective(t));
}

static void add_mass(struct line_writer *w, const struct account *a)
{
    line_float(w, "cou", a->measured_kg);
    line_float(w, "cou_substituted", a->substituted_kg);
    line_int(w, "substituted_hours", a->substituted_hours);
    line_int(w, "missing_hours", a->missing_hours);
    line_string(w, "method", substitute_name(a->method));
    if (a->is_short_history)
        line_bool(w, "short_history", true);
    add_rate(w, "capture", a->capture);
    add_rate(w, "equivalents", a->equivalents);
    if (a->period != ACCOUNT_YEAR || a->permit_kg <= 0)
        return;
    line_float(w, "permit", a->permit_kg);
    line_float(w, "used", (a->measured_kg + a->substituted_kg) / a->permit_kg);
    if (a->exhausted_ms != 0)
        line_int(w, "exhausted", a->exhausted_ms);
}

/* The time series of the books. Like means they need no line of the journal. */
void flow_on_account(void *ctx, const struct account *account)
{
    struct app *a = ctx;
    const struct plant *plant = pipeline_plant(a->pipeline);
    if (plant == a->plant)
        live_take_account(&a->live, account);
    if (account->is_passing)
        return;
    const struct plant_outlet *outlet = &plant->outlets[account->outlet];
    struct strbuf *text = flow_fresh_text(a);
    struct line_writer w;
    line_begin(&w, text, "total");
    line_tag(&w, "factor", plant->inputs[account->input].factor);
    line_tag(&w, "outlet", outlet->id);
    line_tag(&w, "period", account_period_name(account->period));
    line_tag(&w, "site", plant->sites[outlet->site].id);
    add_parts(&w, &account->parts);
    if (account->judged > 0) {
        line_int(&w, "judged", account->judged);
        line_int(&w, "compliant", account->compliant);
        line_float(&w, "compliance_rate", (double)account->compliant / account->judged);
    }
    if (account->has_mass)
        add_mass(&w, account);
    line_int(&w, "start", account->start_ms);
    line_bool(&w, "closed", account->is_closed);
    line_int(&w, "revision", account->revision);
    int64_t stamp_ms = account_stamp_ms(account);
    if (line_end(&w, stamp_ms) && !text->failed)
        (void)recorder_add_derived(a->recorder, text->data, text->len, stamp_ms);
}
