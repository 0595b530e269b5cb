#include "acq/pipeline/pipeline_private.h"

#include "acq/plant/plant.h"

#include <stdlib.h>
#include <string.h>

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
    p->inner = pipeline_inner_sink(p);
    p->offset_ms = offset_ms;
    p->ticked_at_ms = start_at_ms / PIPELINE_TICK_MS * PIPELINE_TICK_MS;
    p->wake_ms = INT64_MIN;
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
                          struct machine_now now, size_t *hint)
{
    const struct machine_kind *kind = old->kind;
    struct machine_self from = arrangement_self(&p->now, old);
    const struct instance *in =
        arrangement_find(next, kind, kind->id(p->now.plant, old->index), hint);
    if (in && (kind->keeps_state || is_unchanged(&p->now, old, next, in)))
        memcpy(arrangement_self(next, in).state, from.state, kind->state_size);
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
    struct machine_now now = pipeline_enter(p, at_ms);
    size_t hint = 0;
    for (size_t i = 0; i < p->now.instance_count; i++)
        move_or_close(p, &next, &p->now.instances[i], now, &hint);
    arrangement_deinit(&p->now);
    p->now = next;
    pipeline_wake_all(p);
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
            .state = arrangement_self(a, in).state,
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
    pipeline_wake_all(p);
}

int pipeline_restore(struct pipeline *p, const struct pipeline_object *o)
{
    const struct machine_kind *kind = arrangement_find_kind(o->kind);
    const struct instance *in = kind ? arrangement_find(&p->now, kind, o->id, &p->restored) : NULL;
    if (!in)
        return PW_ENOTFOUND;
    if (kind->version != o->version || kind->state_size != o->size)
        return PW_EVERSION;
    uint8_t digest[SM3_SIZE];
    kind->digest(p->now.plant, in->index, digest);
    if (!kind->keeps_state && memcmp(digest, o->digest, SM3_SIZE) != 0)
        return PW_EFOREIGN;
    memcpy(arrangement_self(&p->now, in).state, o->state, o->size);
    return 0;
}

int pipeline_restore_declaration(struct pipeline *p, const struct declaration *d)
{
    return declarations_add(&p->declared, d);
}
