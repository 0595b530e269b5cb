#include "acq/pipeline/pipeline_private.h"

#include "acq/core/plant_time.h"
#include "acq/detect/finding.h"
#include "acq/detect/flare.h"
#include "acq/detect/note.h"
#include "acq/detect/object_state.h"
#include "acq/detect/rate.h"
#include "acq/plant/plant.h"
#include "acq/refine/account.h"
#include "acq/refine/choice.h"

#include <math.h>
#include <string.h>

/* Late data may come for as long after what was declared of it. */
static const int64_t DECLARED_KEPT_MS = INT64_C(31) * 86400000;

static void on_inner_finding(void *ctx, const struct finding *f)
{
    struct pipeline *p = ctx;
    p->sink.on_finding(p->sink.ctx, f);
}

static void on_inner_mean(void *ctx, const struct mean *m)
{
    struct pipeline *p = ctx;
    struct arrangement *a = &p->now;
    if (!m->is_chosen)
        p->sink.on_mean(p->sink.ctx, m);
    bool counts = choice_counts(a->plant, m);
    for (uint32_t n = a->means.first[m->input]; n < a->means.first[m->input + 1]; n++) {
        const struct instance *in = &a->instances[a->means.who[n]];
        if (!in->kind->on_mean || (!counts && in->kind != &machine_choice))
            continue;
        pipeline_wake(p, a->means.who[n]);
        in->kind->on_mean(arrangement_self(a, in), m, p->instant, &p->inner);
    }
}

static void on_inner_state(void *ctx, const struct object_state *s)
{
    struct pipeline *p = ctx;
    struct arrangement *a = &p->now;
    machine_tell_state(&p->sink, s);
    if (s->equipment == PLANT_NONE)
        return;
    const struct routes *r = &a->equipment;
    for (uint32_t n = r->first[s->equipment]; n < r->first[s->equipment + 1]; n++) {
        const struct instance *in = &a->instances[r->who[n]];
        pipeline_wake(p, r->who[n]);
        in->kind->on_state(arrangement_self(a, in), s, p->instant, &p->inner);
    }
}

static void on_inner_reopen(void *ctx, const struct reopen *r)
{
    struct pipeline *p = ctx;
    if (p->sink.on_reopen)
        p->sink.on_reopen(p->sink.ctx, r);
}

static void on_inner_account(void *ctx, const struct account *account)
{
    struct pipeline *p = ctx;
    struct arrangement *a = &p->now;
    if (p->sink.on_account)
        p->sink.on_account(p->sink.ctx, account);
    for (uint32_t n = a->means.first[account->input]; n < a->means.first[account->input + 1]; n++) {
        const struct instance *in = &a->instances[a->means.who[n]];
        if (!in->kind->on_account)
            continue;
        pipeline_wake(p, a->means.who[n]);
        in->kind->on_account(arrangement_self(a, in), account, p->instant, &p->inner);
    }
}

/* What is said better later was declared when it was said first. */
static int64_t made_ms(const struct declarations *declared, const char *id, int64_t now_ms)
{
    for (uint32_t i = 0; i < declared->count; i++)
        if (strcmp(declared->items[i].id, id) == 0)
            return declared->items[i].made_ms;
    return now_ms;
}

/* What a rule sets is declared like what a person does, and goes behind it. */
static void on_inner_mark(void *ctx, const struct declaration *d)
{
    struct pipeline *p = ctx;
    struct declaration own = *d;
    int64_t now_ms = machine_utc_ms(p->instant);
    own.made_ms = made_ms(&p->declared, d->id, now_ms);
    declarations_forget(&p->declared, now_ms - DECLARED_KEPT_MS);
    if (declarations_add(&p->declared, &own) != 0)
        return;
    pipeline_wake_all(p);
    if (p->sink.on_mark)
        p->sink.on_mark(p->sink.ctx, &own);
}

static void on_inner_note(void *ctx, const struct evidence_note *n)
{
    struct pipeline *p = ctx;
    machine_note(&p->sink, n);
}

static void on_inner_flare(void *ctx, const struct flare_block *b)
{
    struct pipeline *p = ctx;
    machine_tell_flare(&p->sink, b);
}

static void on_inner_rate(void *ctx, const struct rate *r)
{
    struct pipeline *p = ctx;
    machine_tell_rate(&p->sink, r);
}

struct machine_sink pipeline_inner_sink(struct pipeline *p)
{
    return (struct machine_sink){.on_finding = on_inner_finding,
                                 .on_mean = on_inner_mean,
                                 .ctx = p,
                                 .on_reopen = on_inner_reopen,
                                 .on_state = on_inner_state,
                                 .on_note = on_inner_note,
                                 .on_account = on_inner_account,
                                 .on_rate = on_inner_rate,
                                 .on_mark = on_inner_mark,
                                 .on_flare = on_inner_flare};
}

void pipeline_set_sink(struct pipeline *p, const struct machine_sink *sink)
{
    p->sink = *sink;
}

struct machine_now pipeline_enter(struct pipeline *p, int64_t at_ms)
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
    struct machine_now now = pipeline_enter(p, at_ms);
    int64_t least = INT64_MAX;
    p->wake_ms = INT64_MAX;
    for (size_t i = 0; i < a->instance_count; i++) {
        if (a->wake_at[i] <= at_ms) {
            const struct instance *in = &a->instances[i];
            a->wake_at[i] = in->kind->on_tick(arrangement_self(a, in), now, &p->inner);
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
    return next + (p->wake_ms - next + PIPELINE_TICK_MS - 1) / PIPELINE_TICK_MS * PIPELINE_TICK_MS;
}

void pipeline_tick_to(struct pipeline *p, int64_t at_ms)
{
    int64_t last = at_ms - at_ms % PIPELINE_TICK_MS;
    while (p->ticked_at_ms < last) {
        p->ticked_at_ms = busy_second(p, p->ticked_at_ms + PIPELINE_TICK_MS, last);
        tick_once(p, p->ticked_at_ms);
    }
}

static void take_sample(struct pipeline *p, uint32_t signal, const struct sample *s,
                        int64_t time_ms, struct machine_now now)
{
    struct arrangement *a = &p->now;
    for (uint32_t n = a->samples.first[signal]; n < a->samples.first[signal + 1]; n++) {
        const struct instance *in = &a->instances[a->samples.who[n]];
        pipeline_wake(p, a->samples.who[n]);
        in->kind->on_sample(arrangement_self(a, in), signal, s, time_ms, now, &p->inner);
    }
}

void pipeline_input(struct pipeline *p, const struct reading *r)
{
    const struct plant_device *device = &p->now.plant->devices[r->device];
    pw_require(r->count == device->signal_count);
    pipeline_tick_to(p, r->at_ms);
    struct machine_now now = pipeline_enter(p, r->at_ms);
    for (uint32_t i = 0; i < r->count; i++)
        if (!r->samples[i].absent)
            take_sample(p, device->first_signal + i, &r->samples[i], r->time_ms, now);
}

void pipeline_sample(struct pipeline *p, uint32_t signal, const struct sample *s, int64_t time_ms,
                     int64_t at_ms)
{
    pw_require(signal < p->now.plant->signal_count);
    pipeline_tick_to(p, at_ms);
    take_sample(p, signal, s, time_ms, pipeline_enter(p, at_ms));
}

void pipeline_take_mean(struct pipeline *p, const struct mean *m, int64_t at_ms)
{
    pw_require(m->input < p->now.plant->input_count && m->outlet < p->now.plant->outlet_count);
    pipeline_tick_to(p, at_ms);
    (void)pipeline_enter(p, at_ms);
    on_inner_mean(p, m);
}

void pipeline_wake_all(struct pipeline *p)
{
    for (size_t i = 0; i < p->now.instance_count; i++)
        pipeline_wake(p, (uint32_t)i);
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
    pipeline_wake_all(p);
    int64_t back_to_ms = at_ms + offset_ms;
    if (from_ms - back_to_ms <= PLANT_TIME_SLEW_MAX_MS)
        return;
    struct arrangement *a = &p->now;
    struct machine_now now = pipeline_enter(p, at_ms);
    for (size_t i = 0; i < a->instance_count; i++) {
        const struct instance *in = &a->instances[i];
        if (in->kind->on_step_back)
            in->kind->on_step_back(arrangement_self(a, in), from_ms, back_to_ms, now, &p->inner);
    }
    report_step_back(p, from_ms, back_to_ms);
}

int pipeline_declare(struct pipeline *p, const struct declaration *d, int64_t at_ms)
{
    pipeline_tick_to(p, at_ms);
    declarations_forget(&p->declared, at_ms + p->offset_ms - DECLARED_KEPT_MS);
    struct declaration taken = *d;
    taken.made_ms = made_ms(&p->declared, d->id, at_ms + p->offset_ms);
    int err = declarations_add(&p->declared, &taken);
    pipeline_wake_all(p);
    return err;
}

int pipeline_withdraw(struct pipeline *p, const char *id, int64_t at_ms)
{
    pipeline_tick_to(p, at_ms);
    int err = declarations_withdraw(&p->declared, id);
    pipeline_wake_all(p);
    return err;
}

const struct declarations *pipeline_declared(const struct pipeline *p)
{
    return &p->declared;
}
