#include "acq/pipeline/pipeline_private.h"

#include "acq/plant/plant.h"
#include "acq/refine/mean.h"
#include "acq/refine/periods.h"

#include <string.h>

/* The machine that makes the means of an input. */
static const struct instance *maker_of(const struct pipeline *p, uint32_t input)
{
    const struct arrangement *a = &p->now;
    const char *id = a->plant->inputs[input].id;
    for (size_t i = 0; i < a->instance_count; i++) {
        const struct instance *in = &a->instances[i];
        if (in->kind->on_revised && strcmp(in->kind->id(a->plant, in->index), id) == 0)
            return in;
    }
    return NULL;
}

void pipeline_reopened(struct pipeline *p, uint32_t input, int64_t day_ms, bool has_revised,
                       int64_t at_ms)
{
    pw_require(input < p->now.plant->input_count);
    pipeline_tick_to(p, at_ms);
    (void)pipeline_enter(p, at_ms);
    const struct instance *in = maker_of(p, input);
    if (in)
        in->kind->on_revised(arrangement_self(&p->now, in), day_ms, has_revised);
    pipeline_wake_all(p);
}

struct pipeline_late pipeline_get_late(const struct pipeline *p)
{
    struct pipeline_late all = {0};
    for (size_t i = 0; i < p->now.instance_count; i++) {
        const struct instance *in = &p->now.instances[i];
        if (!in->kind->on_revised)
            continue;
        /* First in the state of every kind that has on_revised. */
        const struct periods *own = arrangement_self(&p->now, in).state;
        all.samples += own->late.samples;
        all.too_old += own->late.too_old;
        all.early += own->early;
        for (uint64_t days = own->late.dirty | own->late.asked; days; days &= days - 1)
            all.days++;
    }
    return all;
}
