#include "acq/pipeline/pipeline.h"

#include "acq/detect/limit.h"
#include "acq/plant/plant.h"

#include <stdlib.h>
#include <string.h>

static const struct detector_kind *const kinds[] = {&detector_limit};
enum { KIND_COUNT = sizeof kinds / sizeof *kinds, TICK_MS = 1000 };

/* One configured object under one detector kind. */
struct instance {
    const struct detector_kind *kind;
    uint32_t index; /* of the object within its kind */
    size_t state;   /* offset in the arena */
};

/* The instances that watch one signal stand next to each other in `watchers`. */
struct watch {
    uint32_t first, count;
};

struct arrangement {
    const struct plant *plant;
    struct instance *instances;
    size_t instance_count;
    unsigned char *states;
    struct watch *by_signal;
    uint32_t *watchers;
};

struct pipeline {
    struct arrangement now;
    struct finding_sink sink;
    int64_t ticked_at_ms;
    int64_t offset_ms;
};

static void arrangement_deinit(struct arrangement *a)
{
    free(a->instances);
    free(a->states);
    free(a->by_signal);
    free(a->watchers);
}

static void *state_of(const struct arrangement *a, const struct instance *in)
{
    return a->states + in->state;
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
    a->states = calloc(1, bytes + 1);
    if (!a->states)
        return PW_ENOMEM;
    for (size_t i = 0; i < a->instance_count; i++)
        a->instances[i].kind->init(a->plant, a->instances[i].index, state_of(a, &a->instances[i]));
    return 0;
}

static uint32_t signals_of(const struct arrangement *a, size_t i, uint32_t *out)
{
    const struct instance *in = &a->instances[i];
    uint32_t n = in->kind->signals(a->plant, in->index, out);
    pw_require(n <= DETECTOR_SIGNALS_MAX);
    return n;
}

/* Two passes of a counting sort: how many watch each signal, then who. */
static int arrange_watches(struct arrangement *a)
{
    uint32_t signals[DETECTOR_SIGNALS_MAX];
    size_t total = 0;
    a->by_signal = calloc(a->plant->signal_count + 1u, sizeof *a->by_signal);
    if (!a->by_signal)
        return PW_ENOMEM;
    for (size_t i = 0; i < a->instance_count; i++) {
        uint32_t n = signals_of(a, i, signals);
        for (uint32_t s = 0; s < n; s++, total++)
            a->by_signal[signals[s]].count++;
    }
    a->watchers = calloc(total + 1, sizeof *a->watchers);
    if (!a->watchers)
        return PW_ENOMEM;
    uint32_t first = 0;
    for (uint32_t s = 0; s < a->plant->signal_count; s++) {
        a->by_signal[s].first = first;
        first += a->by_signal[s].count;
        a->by_signal[s].count = 0;
    }
    for (size_t i = 0; i < a->instance_count; i++) {
        uint32_t n = signals_of(a, i, signals);
        for (uint32_t s = 0; s < n; s++) {
            struct watch *w = &a->by_signal[signals[s]];
            a->watchers[w->first + w->count++] = (uint32_t)i;
        }
    }
    return 0;
}

static int arrangement_init(struct arrangement *a, const struct plant *plant)
{
    *a = (struct arrangement){.plant = plant};
    int err = arrange_instances(a);
    if (!err)
        err = arrange_watches(a);
    if (err)
        arrangement_deinit(a);
    return err;
}

int pipeline_new(const struct plant *plant, int64_t start_at_ms, int64_t offset_ms,
                 const struct finding_sink *sink, struct pipeline **out)
{
    struct pipeline *p = calloc(1, sizeof *p);
    if (!p)
        return PW_ENOMEM;
    int err = arrangement_init(&p->now, plant);
    if (err) {
        free(p);
        return err;
    }
    p->sink = *sink;
    p->offset_ms = offset_ms;
    p->ticked_at_ms = start_at_ms / TICK_MS * TICK_MS;
    *out = p;
    return 0;
}

void pipeline_free(struct pipeline *p)
{
    if (!p)
        return;
    arrangement_deinit(&p->now);
    free(p);
}

static struct detector_now now_at(const struct pipeline *p, int64_t at_ms)
{
    return (struct detector_now){.at_ms = at_ms, .offset_ms = p->offset_ms};
}

void pipeline_tick_to(struct pipeline *p, int64_t at_ms)
{
    while (p->ticked_at_ms + TICK_MS <= at_ms) {
        p->ticked_at_ms += TICK_MS;
        struct detector_now now = now_at(p, p->ticked_at_ms);
        for (size_t i = 0; i < p->now.instance_count; i++) {
            const struct instance *in = &p->now.instances[i];
            in->kind->tick(p->now.plant, in->index, state_of(&p->now, in), now, &p->sink);
        }
    }
}

void pipeline_input(struct pipeline *p, const struct reading *r)
{
    const struct arrangement *a = &p->now;
    const struct plant_device *device = &a->plant->devices[r->device];
    pw_require(r->count == device->signal_count);
    pipeline_tick_to(p, r->at_ms);
    struct detector_now now = now_at(p, r->at_ms);
    for (uint32_t i = 0; i < r->count; i++) {
        uint32_t signal = device->first_signal + i;
        const struct watch *w = &a->by_signal[signal];
        for (uint32_t n = 0; n < w->count; n++) {
            const struct instance *in = &a->instances[a->watchers[w->first + n]];
            in->kind->input(a->plant, in->index, state_of(a, in), signal, &r->samples[i],
                            r->time_ms, now, &p->sink);
        }
    }
}

void pipeline_set_offset(struct pipeline *p, int64_t at_ms, int64_t offset_ms)
{
    pipeline_tick_to(p, at_ms);
    p->offset_ms = offset_ms;
}

static const struct instance *find_instance(const struct arrangement *a,
                                            const struct detector_kind *kind, const char *id)
{
    for (size_t i = 0; i < a->instance_count; i++) {
        const struct instance *in = &a->instances[i];
        if (in->kind == kind && strcmp(kind->id(a->plant, in->index), id) == 0)
            return in;
    }
    return NULL;
}

static void move_or_close(struct pipeline *p, struct arrangement *next, const struct instance *old,
                          struct detector_now now)
{
    const struct detector_kind *kind = old->kind;
    const struct instance *in = find_instance(next, kind, kind->id(p->now.plant, old->index));
    if (in) {
        uint8_t before[SM3_SIZE];
        uint8_t after[SM3_SIZE];
        kind->digest(p->now.plant, old->index, before);
        kind->digest(next->plant, in->index, after);
        if (memcmp(before, after, SM3_SIZE) == 0) {
            memcpy(state_of(next, in), state_of(&p->now, old), kind->state_size);
            return;
        }
    }
    kind->close(p->now.plant, old->index, state_of(&p->now, old), now,
                in ? "reconfigured" : "configuration", &p->sink);
}

int pipeline_reload(struct pipeline *p, const struct plant *plant, int64_t at_ms)
{
    struct arrangement next;
    int err = arrangement_init(&next, plant);
    if (err)
        return err;
    pipeline_tick_to(p, at_ms);
    struct detector_now now = now_at(p, at_ms);
    for (size_t i = 0; i < p->now.instance_count; i++)
        move_or_close(p, &next, &p->now.instances[i], now);
    arrangement_deinit(&p->now);
    p->now = next;
    return 0;
}
