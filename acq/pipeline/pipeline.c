#include "acq/pipeline/pipeline.h"

#include "acq/core/plant_time.h"
#include "acq/detect/finding.h"
#include "acq/detect/limit.h"
#include "acq/plant/plant.h"
#include "acq/refine/mean.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Order matters: within one tick, means are made before what looks at them. */
static const struct machine_kind *const kinds[] = {&machine_mean, &machine_limit};
enum { KIND_COUNT = sizeof kinds / sizeof *kinds, TICK_MS = 1000 };
/* Late data may come for as long after what was declared of it. */
static const int64_t DECLARED_KEPT_MS = INT64_C(31) * 86400000;

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
    struct routes samples; /* by plant->signals */
    struct routes means;   /* by plant->inputs */
    const struct declarations *declared;
};

struct pipeline {
    struct arrangement now;
    struct machine_sink sink;
    struct machine_sink
        inner; /* what machines are given: means come round to those who take them */
    struct machine_now instant;
    int64_t ticked_at_ms;
    int64_t offset_ms;
    int64_t wake_ms; /* the least of now.wake_at, or less */
    struct declarations declared;
};

static void arrangement_deinit(struct arrangement *a)
{
    free(a->instances);
    free(a->wake_at);
    free(a->states);
    free(a->samples.first);
    free(a->samples.who);
    free(a->means.first);
    free(a->means.who);
}

static struct machine_self self_of(const struct arrangement *a, const struct instance *in)
{
    return (struct machine_self){a->plant, in->index, a->states + in->state, a->declared};
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
    for (size_t i = 0; i < a->instance_count; i++)
        a->instances[i].kind->init(self_of(a, &a->instances[i]));
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

static int arrangement_init(struct arrangement *a, const struct plant *plant,
                            const struct declarations *declared)
{
    *a = (struct arrangement){.plant = plant, .declared = declared};
    int err = arrange_instances(a);
    if (!err)
        err = route(a, &a->samples, plant->signal_count, samples_of);
    if (!err)
        err = route(a, &a->means, plant->input_count, means_of);
    if (err)
        arrangement_deinit(a);
    return err;
}

/* After an input the machine is asked again at the next whole second. */
static void wake(struct pipeline *p, uint32_t who)
{
    p->now.wake_at[who] = INT64_MIN;
    p->wake_ms = INT64_MIN;
}

static void on_inner_finding(void *ctx, const struct finding *f)
{
    struct pipeline *p = ctx;
    p->sink.on_finding(p->sink.ctx, f);
}

static void on_inner_mean(void *ctx, const struct mean *m)
{
    struct pipeline *p = ctx;
    struct arrangement *a = &p->now;
    p->sink.on_mean(p->sink.ctx, m);
    for (uint32_t n = a->means.first[m->input]; n < a->means.first[m->input + 1]; n++) {
        const struct instance *in = &a->instances[a->means.who[n]];
        wake(p, a->means.who[n]);
        in->kind->on_mean(self_of(a, in), m, p->instant, &p->inner);
    }
}

int pipeline_new(const struct plant *plant, int64_t start_at_ms, int64_t offset_ms,
                 const struct machine_sink *sink, struct pipeline **out)
{
    struct pipeline *p = calloc(1, sizeof *p);
    if (!p)
        return PW_ENOMEM;
    int err = arrangement_init(&p->now, plant, &p->declared);
    if (err) {
        free(p);
        return err;
    }
    p->sink = *sink;
    p->inner = (struct machine_sink){on_inner_finding, on_inner_mean, p};
    p->offset_ms = offset_ms;
    p->ticked_at_ms = start_at_ms / TICK_MS * TICK_MS;
    p->wake_ms = INT64_MIN;
    *out = p;
    return 0;
}

void pipeline_set_sink(struct pipeline *p, const struct machine_sink *sink)
{
    p->sink = *sink;
}

void pipeline_free(struct pipeline *p)
{
    if (!p)
        return;
    arrangement_deinit(&p->now);
    free(p);
}

static struct machine_now enter(struct pipeline *p, int64_t at_ms)
{
    p->instant = (struct machine_now){.at_ms = at_ms, .offset_ms = p->offset_ms};
    return p->instant;
}

struct machine_now pipeline_now(const struct pipeline *p)
{
    return p->instant;
}

const struct plant *pipeline_plant(const struct pipeline *p)
{
    return p->now.plant;
}

static void tick_once(struct pipeline *p, int64_t at_ms)
{
    struct arrangement *a = &p->now;
    struct machine_now now = enter(p, at_ms);
    int64_t least = INT64_MAX;
    p->wake_ms = INT64_MAX;
    for (size_t i = 0; i < a->instance_count; i++) {
        if (a->wake_at[i] <= at_ms) {
            const struct instance *in = &a->instances[i];
            a->wake_at[i] = in->kind->on_tick(self_of(a, in), now, &p->inner);
        }
        least = a->wake_at[i] < least ? a->wake_at[i] : least;
    }
    p->wake_ms = least < p->wake_ms ? least : p->wake_ms;
}

/* The first whole second from `next` on at which a machine has something to do; `last` when there
 * is none before it. */
static int64_t busy_second(const struct pipeline *p, int64_t next, int64_t last)
{
    if (p->wake_ms <= next)
        return next;
    if (p->wake_ms > last)
        return last;
    return next + (p->wake_ms - next + TICK_MS - 1) / TICK_MS * TICK_MS;
}

void pipeline_tick_to(struct pipeline *p, int64_t at_ms)
{
    int64_t last = at_ms - at_ms % TICK_MS;
    while (p->ticked_at_ms < last) {
        p->ticked_at_ms = busy_second(p, p->ticked_at_ms + TICK_MS, last);
        tick_once(p, p->ticked_at_ms);
    }
}

static void take_sample(struct pipeline *p, uint32_t signal, const struct sample *s,
                        int64_t time_ms, struct machine_now now)
{
    struct arrangement *a = &p->now;
    for (uint32_t n = a->samples.first[signal]; n < a->samples.first[signal + 1]; n++) {
        const struct instance *in = &a->instances[a->samples.who[n]];
        wake(p, a->samples.who[n]);
        in->kind->on_sample(self_of(a, in), signal, s, time_ms, now, &p->inner);
    }
}

void pipeline_input(struct pipeline *p, const struct reading *r)
{
    const struct plant_device *device = &p->now.plant->devices[r->device];
    pw_require(r->count == device->signal_count);
    pipeline_tick_to(p, r->at_ms);
    struct machine_now now = enter(p, r->at_ms);
    for (uint32_t i = 0; i < r->count; i++)
        take_sample(p, device->first_signal + i, &r->samples[i], r->time_ms, now);
}

void pipeline_sample(struct pipeline *p, uint32_t signal, const struct sample *s, int64_t time_ms,
                     int64_t at_ms)
{
    pw_require(signal < p->now.plant->signal_count);
    pipeline_tick_to(p, at_ms);
    take_sample(p, signal, s, time_ms, enter(p, at_ms));
}

static void wake_all(struct pipeline *p)
{
    for (size_t i = 0; i < p->now.instance_count; i++)
        wake(p, (uint32_t)i);
}

static void report_step_back(struct pipeline *p, int64_t from_ms, int64_t back_to_ms)
{
    const struct plant *plant = p->now.plant;
    struct finding f = {
        .kind = "system",
        .site = plant->site_count ? plant->sites[0].id : "",
        .object = "server",
        .part = "clock",
        .state = FINDING_CLOSED,
        .priority = 2,
        .start_ms = back_to_ms,
        .raised_ms = back_to_ms,
        .end_ms = from_ms,
        .reason = "the clock was put back: what was stamped later is withdrawn",
        .value = (double)NAN,
        .threshold = (double)NAN,
        .worst = (double)NAN,
    };
    p->sink.on_finding(p->sink.ctx, &f);
}

void pipeline_set_offset(struct pipeline *p, int64_t at_ms, int64_t offset_ms)
{
    pipeline_tick_to(p, at_ms);
    int64_t from_ms = at_ms + p->offset_ms;
    p->offset_ms = offset_ms;
    wake_all(p);
    int64_t back_to_ms = at_ms + offset_ms;
    if (from_ms - back_to_ms <= PLANT_TIME_SLEW_MAX_MS)
        return;
    struct arrangement *a = &p->now;
    struct machine_now now = enter(p, at_ms);
    for (size_t i = 0; i < a->instance_count; i++) {
        const struct instance *in = &a->instances[i];
        if (in->kind->on_step_back)
            in->kind->on_step_back(self_of(a, in), from_ms, back_to_ms, now, &p->inner);
    }
    report_step_back(p, from_ms, back_to_ms);
}

int pipeline_declare(struct pipeline *p, const struct declaration *d, int64_t at_ms)
{
    pipeline_tick_to(p, at_ms);
    declarations_forget(&p->declared, at_ms + p->offset_ms - DECLARED_KEPT_MS);
    int err = declarations_add(&p->declared, d);
    wake_all(p);
    return err;
}

int pipeline_withdraw(struct pipeline *p, const char *id, int64_t at_ms)
{
    pipeline_tick_to(p, at_ms);
    int err = declarations_withdraw(&p->declared, id);
    wake_all(p);
    return err;
}

const struct declarations *pipeline_declared(const struct pipeline *p)
{
    return &p->declared;
}

static const struct instance *find_instance(const struct arrangement *a,
                                            const struct machine_kind *kind, const char *id)
{
    for (size_t i = 0; i < a->instance_count; i++) {
        const struct instance *in = &a->instances[i];
        if (in->kind == kind && strcmp(kind->id(a->plant, in->index), id) == 0)
            return in;
    }
    return NULL;
}

static bool is_unchanged(const struct arrangement *from, const struct instance *old,
                         const struct arrangement *to, const struct instance *new)
{
    uint8_t before[SM3_SIZE];
    uint8_t after[SM3_SIZE];
    old->kind->digest(from->plant, old->index, before);
    new->kind->digest(to->plant, new->index, after);
    return memcmp(before, after, SM3_SIZE) == 0;
}

static void move_or_close(struct pipeline *p, struct arrangement *next, const struct instance *old,
                          struct machine_now now)
{
    const struct machine_kind *kind = old->kind;
    struct machine_self from = self_of(&p->now, old);
    const struct instance *in = find_instance(next, kind, kind->id(p->now.plant, old->index));
    if (in && (kind->keeps_state || is_unchanged(&p->now, old, next, in)))
        memcpy(self_of(next, in).state, from.state, kind->state_size);
    else
        kind->close(from, now, in ? "reconfigured" : "configuration", &p->inner);
}

int pipeline_reload(struct pipeline *p, const struct plant *plant, int64_t at_ms)
{
    struct arrangement next;
    int err = arrangement_init(&next, plant, &p->declared);
    if (err)
        return err;
    pipeline_tick_to(p, at_ms);
    struct machine_now now = enter(p, at_ms);
    for (size_t i = 0; i < p->now.instance_count; i++)
        move_or_close(p, &next, &p->now.instances[i], now);
    arrangement_deinit(&p->now);
    p->now = next;
    wake_all(p);
    return 0;
}

struct pipeline_clock pipeline_get_clock(const struct pipeline *p)
{
    return (struct pipeline_clock){p->ticked_at_ms, p->offset_ms};
}

void pipeline_snapshot(const struct pipeline *p,
                       void (*on_object)(void *ctx, const struct pipeline_object *o), void *ctx)
{
    const struct arrangement *a = &p->now;
    for (size_t i = 0; i < a->instance_count; i++) {
        const struct instance *in = &a->instances[i];
        struct pipeline_object o = {
            .kind = in->kind->name,
            .id = in->kind->id(a->plant, in->index),
            .version = in->kind->version,
            .state = self_of(a, in).state,
            .size = in->kind->state_size,
        };
        in->kind->digest(a->plant, in->index, o.digest);
        on_object(ctx, &o);
    }
}

void pipeline_restore_clock(struct pipeline *p, struct pipeline_clock clock)
{
    p->ticked_at_ms = clock.ticked_at_ms;
    p->offset_ms = clock.offset_ms;
    wake_all(p);
}

static const struct machine_kind *find_kind(const char *name)
{
    for (size_t k = 0; k < KIND_COUNT; k++)
        if (strcmp(kinds[k]->name, name) == 0)
            return kinds[k];
    return NULL;
}

int pipeline_restore(struct pipeline *p, const struct pipeline_object *o)
{
    const struct machine_kind *kind = find_kind(o->kind);
    const struct instance *in = kind ? find_instance(&p->now, kind, o->id) : NULL;
    if (!in)
        return PW_ENOTFOUND;
    if (kind->version != o->version || kind->state_size != o->size)
        return PW_EVERSION;
    uint8_t digest[SM3_SIZE];
    kind->digest(p->now.plant, in->index, digest);
    if (!kind->keeps_state && memcmp(digest, o->digest, SM3_SIZE) != 0)
        return PW_EFOREIGN;
    memcpy(self_of(&p->now, in).state, o->state, o->size);
    return 0;
}

int pipeline_restore_declaration(struct pipeline *p, const struct declaration *d)
{
    return declarations_add(&p->declared, d);
}
