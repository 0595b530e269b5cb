/* The limits library, and what an outlet's limit takes from it. */
#include "acq/core/civil.h"
#include "acq/plant/limits.h"
#include "acq/plant/loader.h"

#include <math.h>
#include <stdio.h>

void load_library(struct loader *l, const struct place *at)
{
    struct library_draft row = {
        .max = (double)NAN, .min = (double)NAN, .reference_o2 = (double)NAN};
    if (l->library.count == PLANT_LIBRARY_MAX) {
        report_error(&l->report, at, "one more row", "at most %d in all", PLANT_LIBRARY_MAX);
        return;
    }
    row.certainty = CERTAIN_UNSURE;
    read_defaults(&l->reader, IN_LIBRARY, &row);
    read_object(&l->reader, at, IN_LIBRARY, &row);
    load_check_unique(l, at, &l->library, sizeof row, row.id);
    vec_add(&l->library, &row, sizeof row);
}

static bool is_of_period(const char *averaging, int period)
{
    return strcmp(averaging, "24h mean") == 0  ? period == PERIOD_DAY
           : strcmp(averaging, "1h mean") == 0 ? period == PERIOD_HOUR
                                               : true;
}

static void check_row(struct loader *l, const struct place *at, const struct limit_draft *d,
                      const struct library_draft *row, const struct plant_outlet *outlet)
{
    const struct place library = read_member(at, "library");
    const struct place period = read_member(at, "period");
    if (!isnan(d->max) || !isnan(d->min))
        report_error(&l->report, at, "\"library\" beside \"max\" or \"min\"",
                     "the values of the row alone, or the limit's own");
    if (d->limit.factor && strcmp(row->factor, d->limit.factor) != 0)
        report_error(&l->report, &library, NULL, "a row of %s; this one is of \"%s\"",
                     d->limit.factor, row->factor);
    else if (strcmp(row->unit, "mg/m3") != 0)
        report_error(&l->report, &library, NULL, "a row in mg/m3; this one is in \"%s\"",
                     row->unit);
    if (!is_of_period(row->averaging, d->period))
        report_error(&l->report, &period, NULL, "the row's, which is a \"%s\"", row->averaging);
    if (!isnan(row->reference_o2) && row->reference_o2 != outlet->reference_o2)
        report_warning(&l->report, &library, NULL,
                       "an outlet with \"reference_o2\" %g, which the row refers to",
                       row->reference_o2);
}

/* "2026-11-24" */
static bool is_date(const char *text)
{
    char instant[32];
    int64_t ms = 0;
    snprintf(instant, sizeof instant, "%.10sT00:00:00Z", text);
    return strlen(text) == 10 && civil_parse(instant, &ms) == 0;
}

static bool is_confirmed(struct loader *l, const struct place *at, const struct limit_draft *d)
{
    const struct place by = read_member(at, "confirmed_by");
    const struct place on = read_member(at, "confirmed_on");
    if (d->confirmed_on && !is_date(d->confirmed_on))
        report_error(&l->report, &on, NULL, "a date such as \"2026-11-24\"");
    if (!d->confirmed_by != !d->confirmed_on)
        report_error(&l->report, d->confirmed_by ? &by : &on, NULL,
                     "both \"confirmed_by\" and \"confirmed_on\"");
    else if (d->confirmed_by && !d->library)
        report_error(&l->report, &by, NULL, "a \"library\" beside it; own values need none");
    return d->confirmed_by && d->confirmed_on;
}

void load_limit_row(struct loader *l, const struct place *at, const struct plant_outlet *outlet,
                    struct limit_draft *d)
{
    bool confirmed = is_confirmed(l, at, d);
    const struct place library = read_member(at, "library");
    d->limit.library = "";
    d->limit.is_unconfirmed = false;
    if (!d->library)
        return;
    uint32_t index = load_resolve(l, &library, &l->library, sizeof(struct library_draft),
                                  d->library, "a row of the limits library");
    if (index == PLANT_NONE) {
        d->max = 0; /* so that it is not missed too */
        return;
    }
    const struct library_draft *row = (const struct library_draft *)l->library.items + index;
    bool is_sure = row->certainty == CERTAIN_TEXT || row->certainty == CERTAIN_SOURCES;
    check_row(l, at, d, row, outlet);
    d->limit.library = row->id ? row->id : "";
    d->limit.is_unconfirmed = !is_sure && !confirmed;
    d->max = row->max;
    d->min = row->min;
    if (!d->limit.source[0])
        d->limit.source = row->standard;
    if (d->limit.is_unconfirmed)
        report_warning(&l->report, &library, NULL,
                       "\"confirmed_by\" and \"confirmed_on\" beside it: nobody is sure of the "
                       "row, so the limit judges nothing");
}
