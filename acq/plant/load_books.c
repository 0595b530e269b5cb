/* What the books of outlets and inputs need (acq/refine/account.h). */
#include "acq/plant/loader.h"

#include <math.h>
#include <string.h>

/* Common in contracts; no rule says it. */
static const double target_default = 0.9;

void load_input_books(const struct input_draft *d, struct plant_input *input)
{
    input->equivalent_kg =
        isnan(d->equivalent_kg) ? measure_equivalent_kg(input->factor) : d->equivalent_kg;
}

void load_outlet_books(struct loader *l, const struct place *at, const struct outlet_draft *d,
                       struct plant_outlet *o)
{
    const struct place flags = read_member(at, "outside_flags");
    if (o->outside_flags && o->outside_flags[strspn(o->outside_flags, "FDBCMTS")] != '\0')
        report_error(&l->report, &flags, NULL, "letters of F, D, B, C, M, T, S");
    o->substitute_low = (enum substitute_low_capture)d->substitute_low;
    o->transmission_target = !isnan(d->transmission_target_pct) ? d->transmission_target_pct / 100
                             : o->is_regulated                  ? target_default
                                                                : 0;
}
