/* A plant laid out for the pipeline: an instance of every machine kind for every configured object,
 * their states in one block, and who takes which signal's samples and which input's means. Memory
 * is taken here and nowhere else in the pipeline, before anything runs. */
#ifndef ACQ_PIPELINE_ARRANGE_H
#define ACQ_PIPELINE_ARRANGE_H

#include "acq/core/err.h"
#include "acq/core/machine.h"

/* One configured object under one kind. */
struct instance {
    const struct machine_kind *kind;
    uint32_t index; /* of the object within its kind */
    size_t state;   /* offset in the arena */
};

/* Who takes what: the instances of source s stand in who[first[s]..first[s + 1]). */
struct routes {
    uint32_t *first;
    uint32_t *who;
};

struct arrangement {
    const struct plant *plant;
    struct instance *instances;
    size_t instance_count;
    int64_t *wake_at; /* by instance: no tick before it does anything */
    unsigned char *states;
    struct routes samples;   /* by plant->signals */
    struct routes means;     /* by plant->inputs */
    struct routes equipment; /* by plant->equipment: who takes its states */
    const struct declarations *declared;
};

/* plant and declared are borrowed. On failure nothing is left. */
PW_MUST_CHECK int arrangement_init(struct arrangement *a, const struct plant *plant,
                                   const struct declarations *declared);
void arrangement_deinit(struct arrangement *a);

static inline struct machine_self arrangement_self(const struct arrangement *a,
                                                   const struct instance *in)
{
    return (struct machine_self){a->plant, in->index, a->states + in->state, a->declared};
}

/* NULL when there is no such kind. */
const struct machine_kind *arrangement_find_kind(const char *name);
/* NULL when there is no such object. *hint is where the search begins and then where the next one
 * should: objects are mostly asked for in their own order. */
const struct instance *arrangement_find(const struct arrangement *a,
                                        const struct machine_kind *kind, const char *id,
                                        size_t *hint);

#endif
