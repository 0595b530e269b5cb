#include "acq/pipeline/arrange.h"

#include "acq/detect/bypass.h"
#include "acq/detect/compliance.h"
#include "acq/detect/equipment.h"
#include "acq/detect/false_mark.h"
#include "acq/detect/flare.h"
#include "acq/detect/forecast.h"
#include "acq/detect/limit.h"
#include "acq/detect/rate.h"
#include "acq/detect/total.h"
#include "acq/detect/transmission_low.h"
#include "acq/plant/plant.h"
#include "acq/refine/account.h"
#include "acq/refine/choice.h"
#include "acq/refine/mark_rule.h"
#include "acq/refine/mean.h"
#include "acq/refine/quantity.h"

#include <stdlib.h>
#include <string.h>

/* Order matters: within one tick, means and states are made before what looks at them. */
static const struct machine_kind *const kinds[] = {
    &machine_mark_rule, &machine_mean,         &machine_quantity,   &machine_cyclic,
    &machine_choice,    &machine_account,      &machine_equipment,  &machine_bypass,
    &machine_flare,     &machine_limit,        &machine_forecast,   &machine_compliance,
    &machine_total,     &machine_transmission, &machine_false_mark, &machine_run_rate,
    &machine_removal,
};
enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

void arrangement_deinit(struct arrangement *a)
{
    free(a->instances);
    free(a->wake_at);
    free(a->states);
    free(a->samples.first);
    free(a->samples.who);
    free(a->means.first);
    free(a->means.who);
    free(a->equipment.first);
    free(a->equipment.who);
}

static size_t aligned(size_t size)
{
    return (size + 15) & ~(size_t)15;
}

static int arrange_instances(struct arrangement *a)
{
    size_t bytes = 0;
    for (size_t k = 0; k < KIND_COUNT; k++)
        a->instance_count += kinds[k]->count(a->plant);
    a->instances = calloc(a->instance_count + 1, sizeof *a->instances);
    if (!a->instances)
        return PW_ENOMEM;
    size_t at = 0;
    for (size_t k = 0; k < KIND_COUNT; k++) {
        for (uint32_t i = 0; i < kinds[k]->count(a->plant); i++) {
            a->instances[at++] = (struct instance){kinds[k], i, bytes};
            bytes += aligned(kinds[k]->state_size);
        }
    }
    a->instance_count = at;
    a->states = calloc(1, bytes + 1);
    a->wake_at = calloc(a->instance_count + 1, sizeof *a->wake_at);
    if (!a->states || !a->wake_at)
        return PW_ENOMEM;
    for (size_t i = 0; i < at; i++)
        a->instances[i].kind->init(arrangement_self(a, &a->instances[i]));
    return 0;
}

typedef uint32_t (*sources_fn)(const struct plant *plant, uint32_t index, uint32_t *out);

static sources_fn samples_of(const struct machine_kind *kind)
{
    return kind->signals;
}

static sources_fn means_of(const struct machine_kind *kind)
{
    return kind->means;
}

static sources_fn states_of(const struct machine_kind *kind)
{
    return kind->states;
}

static uint32_t sources_of(const struct arrangement *a, size_t i,
                           sources_fn (*select)(const struct machine_kind *), uint32_t *out)
{
    const struct instance *in = &a->instances[i];
    sources_fn sources = select(in->kind);
    uint32_t n = sources ? sources(a->plant, in->index, out) : 0;
    pw_require(n <= MACHINE_INPUTS_MAX);
    return n;
}

/* A counting sort in three passes: how many take each source, where each source begins, who. */
static int route(struct arrangement *a, struct routes *r, uint32_t source_count,
                 sources_fn (*select)(const struct machine_kind *))
{
    uint32_t sources[MACHINE_INPUTS_MAX];
    r->first = calloc(source_count + 2u, sizeof *r->first);
    if (!r->first)
        return PW_ENOMEM;
    for (size_t i = 0; i < a->instance_count; i++)
        for (uint32_t n = sources_of(a, i, select, sources); n-- > 0;)
            r->first[sources[n] + 2]++;
    for (uint32_t s = 0; s < source_count; s++)
        r->first[s + 2] += r->first[s + 1];
    r->who = calloc(r->first[source_count + 1] + 1u, sizeof *r->who);
    if (!r->who)
        return PW_ENOMEM;
    for (size_t i = 0; i < a->instance_count; i++)
        for (uint32_t n = sources_of(a, i, select, sources); n-- > 0;)
            r->who[r->first[sources[n] + 1]++] = (uint32_t)i;
    return 0;
}

int arrangement_init(struct arrangement *a, const struct plant *plant,
                     const struct declarations *declared)
{
    *a = (struct arrangement){.plant = plant, .declared = declared};
    int err = arrange_instances(a);
    if (!err)
        err = route(a, &a->samples, plant->signal_count, samples_of);
    if (!err)
        err = route(a, &a->means, plant->input_count, means_of);
    if (!err)
        err = route(a, &a->equipment, plant->equipment_count, states_of);
    if (err)
        arrangement_deinit(a);
    return err;
}

const struct machine_kind *arrangement_find_kind(const char *name)
{
    for (size_t k = 0; k < KIND_COUNT; k++)
        if (strcmp(kinds[k]->name, name) == 0)
            return kinds[k];
    return NULL;
}

const struct instance *arrangement_find(const struct arrangement *a,
                                        const struct machine_kind *kind, const char *id,
                                        size_t *hint)
{
    for (size_t n = 0; n < a->instance_count; n++) {
        size_t i = (*hint + n) % a->instance_count;
        const struct instance *in = &a->instances[i];
        if (in->kind == kind && strcmp(kind->id(a->plant, in->index), id) == 0) {
            *hint = i + 1;
            return in;
        }
    }
    return NULL;
}
