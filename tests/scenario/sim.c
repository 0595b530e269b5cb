#include "tests/scenario/sim.h"

#include "acq/core/civil.h"
#include "acq/plant/load.h"
#include "tests/scenario/sim_past.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t at_ms_of_start = 1000000;
/* 2026-01-05T00:00:00+08:00, a Monday, is second 0. */
static const int64_t utc_ms_of_start = INT64_C(1767542400000);

void sim_fail(const char *what, const char *detail)
{
    fprintf(stderr, "scenario: %s: %s\n", what, detail);
    exit(1);
}

static int64_t at_ms(int64_t s)
{
    return at_ms_of_start + s * 1000;
}

static int64_t utc_ms(int64_t s)
{
    return utc_ms_of_start + s * 1000;
}

static int64_t second_of(int64_t ms)
{
    return (ms - utc_ms_of_start) / 1000;
}

static void on_mean(void *ctx, const struct mean *m)
{
    const struct sim *s = ctx;
    if (s->past)
        sim_past_told(s->past, m);
}

static void on_reopen(void *ctx, const struct reopen *asked)
{
    const struct sim *s = ctx;
    if (s->past)
        sim_past_ask(s->past, asked);
}

static struct sim_said *said_of(struct sim *s, const char *id)
{
    for (uint32_t i = s->said_count; i-- > 0;)
        if (strcmp(s->said[i].id, id) == 0)
            return &s->said[i];
    if (s->said_count == SIM_SAID_MAX)
        sim_fail("findings", "more than there is room for");
    return &s->said[s->said_count++];
}

static void on_finding(void *ctx, const struct finding *f)
{
    struct sim *s = ctx;
    char id[FINDING_ID_SIZE];
    struct sim_said *said = said_of(s, finding_id(f, id));
    if (!said->id[0]) {
        snprintf(said->id, sizeof said->id, "%s", id);
        snprintf(said->kind, sizeof said->kind, "%s", f->kind);
        snprintf(said->object, sizeof said->object, "%s", f->object);
        snprintf(said->part, sizeof said->part, "%s", f->part ? f->part : "");
        said->start_s = second_of(f->start_ms);
        said->raised_s = second_of(f->raised_ms);
    }
    snprintf(said->class_word, sizeof said->class_word, "%s", f->class_word ? f->class_word : "");
    said->end_s = f->state == FINDING_CLOSED ? second_of(f->end_ms) : INT64_MAX;
    said->kg = f->released_count ? f->released[0].kg : 0;
}

/* splitmix64 */
static uint64_t next_random(struct sim *s)
{
    s->random += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = s->random;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

struct sim *sim_new(const char *config, uint64_t seed, uint32_t period_s)
{
    struct sim *s = calloc(1, sizeof *s);
    struct plant_problems problems;
    if (!s)
        sim_fail("sim", "no memory");
    int err = plant_load_text("scenario", config, strlen(config), &s->plant, &problems);
    for (size_t i = 0; err && i < problems.count; i++) {
        char line[1024];
        plant_problem_format(&problems.items[i], line, sizeof line);
        fprintf(stderr, "%s\n", line);
    }
    plant_problems_deinit(&problems);
    if (err || s->plant->signal_count > SIM_SIGNALS_MAX)
        sim_fail("configuration", "not good");
    s->random = seed;
    s->random = next_random(s) ^ seed << 32;
    s->period_s = period_s;
    const struct machine_sink sink = {
        .on_finding = on_finding, .on_mean = on_mean, .on_reopen = on_reopen, .ctx = s};
    if (pipeline_new(s->plant, at_ms_of_start, utc_ms_of_start - at_ms_of_start, &sink,
                     &s->pipeline) != 0)
        sim_fail("pipeline", "no memory");
    return s;
}

void sim_free(struct sim *s)
{
    sim_past_free(s->past);
    pipeline_free(s->pipeline);
    plant_free(s->plant);
    free(s);
}

uint32_t sim_signal(const struct sim *s, const char *name)
{
    uint32_t index = plant_find_signal(s->plant, name);
    if (index == PLANT_NONE)
        sim_fail("no such signal", name);
    return index;
}

double sim_uniform(struct sim *s)
{
    return (double)(next_random(s) >> 11) / 9007199254740992.0;
}

double sim_normal(struct sim *s, double deviation)
{
    double u = 1 - sim_uniform(s);
    double v = sim_uniform(s);
    return deviation * sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

int64_t sim_between(struct sim *s, int64_t from, int64_t to)
{
    return to > from ? from + (int64_t)(sim_uniform(s) * (double)(to - from)) : from;
}

void sim_fault(struct sim *s, uint32_t signal, enum sim_fault_kind kind, int64_t from_s,
               int64_t to_s, double param)
{
    if (s->fault_count == SIM_FAULTS_MAX)
        sim_fail("faults", "more than there is room for");
    s->faults[s->fault_count++] = (struct sim_fault){
        .signal = signal, .kind = kind, .from_s = from_s, .to_s = to_s, .param = param};
}

void sim_truth(struct sim *s, const struct sim_truth *t)
{
    if (s->truth_count == SIM_TRUTHS_MAX)
        sim_fail("truths", "more than there is room for");
    s->truths[s->truth_count++] = *t;
}

static void declare(struct sim *s, int64_t at_s, const char *text)
{
    char why[160];
    if (s->declared_count == SIM_DECLARED_MAX)
        sim_fail("declarations", "more than there is room for");
    struct sim_declared *d = &s->declared[s->declared_count++];
    cJSON *tree = cJSON_Parse(text);
    if (declaration_read(tree, &d->declaration, why, sizeof why) != 0)
        sim_fail("declaration", why);
    cJSON_Delete(tree);
    d->at_s = at_s;
}

static void declare_range(struct sim *s, const char *what, const char *object, int64_t at_s,
                          int64_t from_s, int64_t to_s)
{
    char from[CIVIL_ISO_SIZE];
    char to[CIVIL_ISO_SIZE];
    char text[512];
    civil_format_iso(utc_ms(from_s), 480, from);
    civil_format_iso(utc_ms(to_s), 480, to);
    snprintf(text, sizeof text,
             "{%s,\"object\":\"%s\",\"start\":\"%s\",\"end\":\"%s\","
             "\"reason\":\"scenario\"}",
             what, object, from, to);
    declare(s, at_s, text);
}

void sim_declare(struct sim *s, const char *object, int64_t at_s, int64_t from_s, int64_t to_s)
{
    declare_range(s, "\"kind\":\"window\"", object, at_s, from_s, to_s);
}

void sim_mark(struct sim *s, const char *object, const char *class_word, int64_t at_s,
              int64_t from_s, int64_t to_s)
{
    char what[128];
    snprintf(what, sizeof what, "\"kind\":\"mark\",\"class\":\"%s\"", class_word);
    declare_range(s, what, object, at_s, from_s, to_s);
}

void sim_hold(struct sim *s, int64_t from_s, int64_t to_s, int64_t late_s)
{
    s->hold = (struct sim_hold){from_s, to_s, late_s};
    s->past = sim_past_new(s->plant, utc_ms_of_start);
    if (!s->past)
        sim_fail("sim", "no memory");
}

void sim_step_clock(struct sim *s, int64_t at_s, int64_t by_s)
{
    s->step = (struct sim_step){at_s, by_s};
}

double sim_towards(double now, double to, double dt, double memory_s)
{
    return now + (to - now) * (dt < memory_s ? dt / memory_s : 1);
}

static void apply_fault(struct sim *s, struct sim_fault *f, struct sample *out)
{
    if (s->now_s < f->from_s || s->now_s >= f->to_s)
        return;
    switch (f->kind) {
    case FAULT_SILENT:
        out->quality = QUALITY_TIMEOUT;
        break;
    case FAULT_STUCK:
        if (!f->has_held)
            f->held = out->value;
        f->has_held = true;
        out->value = f->held;
        break;
    case FAULT_FIXED:
        out->value = f->param;
        break;
    case FAULT_OFFSET:
        out->value += f->param;
        break;
    case FAULT_CALIBRATING:
        out->value = f->param;
        out->quality = QUALITY_CALIBRATING;
        break;
    case FAULT_OVER_RANGE:
        out->value = f->param;
        out->quality = QUALITY_OVER_RANGE;
        break;
    case FAULT_BLIPS:
        if (sim_uniform(s) < 1.0 / 60)
            out->value = f->param;
        break;
    }
}

/* A station that cannot send keeps its readings, and sends them before the next. */
static void feed_reading(struct sim *s, const struct reading *r)
{
    static struct kept {
        struct reading reading;
        struct sample samples[SIM_SIGNALS_MAX];
    } kept[SIM_KEPT_MAX];
    const struct sim_hold *h = &s->hold;
    if (s->past)
        sim_past_add(s->past, r);
    if (s->now_s >= h->from_s && s->now_s < h->to_s) {
        if (s->kept_count == SIM_KEPT_MAX)
            sim_fail("readings kept", "more than there is room for");
        struct kept *k = &kept[s->kept_count++];
        memcpy(k->samples, r->samples, r->count * sizeof *r->samples);
        k->reading = *r;
        k->reading.samples = k->samples;
        return;
    }
    for (uint32_t i = 0; s->now_s >= h->to_s + h->late_s && i < s->kept_count; i++) {
        kept[i].reading.at_ms = r->at_ms;
        pipeline_input(s->pipeline, &kept[i].reading);
    }
    if (s->now_s >= h->to_s + h->late_s)
        s->kept_count = 0;
    pipeline_input(s->pipeline, r);
}

static void feed(struct sim *s)
{
    static struct sample samples[SIM_SIGNALS_MAX];
    for (uint32_t i = 0; i < s->plant->signal_count; i++)
        samples[i] = (struct sample){.value = s->value[i], .quality = QUALITY_GOOD};
    for (uint32_t i = 0; i < s->fault_count; i++)
        apply_fault(s, &s->faults[i], &samples[s->faults[i].signal]);
    for (uint32_t i = 0; i < s->plant->device_count; i++) {
        const struct plant_device *d = &s->plant->devices[i];
        const struct reading r = {.device = i,
                                  .count = d->signal_count,
                                  .time_ms = utc_ms(s->now_s + s->ahead_s),
                                  .at_ms = at_ms(s->now_s),
                                  .samples = &samples[d->first_signal]};
        feed_reading(s, &r);
    }
    if (s->past &&
        !sim_past_answer(s->past, s->pipeline, at_ms(s->now_s), utc_ms_of_start - at_ms_of_start))
        sim_fail("late samples", "cannot be computed");
}

static void step_due(struct sim *s, int64_t before_s)
{
    if (s->step.by_s == 0 || s->step.at_s <= before_s || s->step.at_s > s->now_s)
        return;
    s->ahead_s += s->step.by_s;
    pipeline_set_offset(s->pipeline, at_ms(s->now_s),
                        utc_ms_of_start - at_ms_of_start + s->ahead_s * 1000);
}

static void declare_due(struct sim *s, int64_t before_s)
{
    for (uint32_t i = 0; i < s->declared_count; i++)
        if (s->declared[i].at_s > before_s && s->declared[i].at_s <= s->now_s &&
            pipeline_declare(s->pipeline, &s->declared[i].declaration, at_ms(s->now_s)) != 0)
            sim_fail("declaration", "refused");
}

/* Faults that are over are looked at no more. */
static void forget_faults(struct sim *s)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->fault_count; i++)
        if (s->faults[i].to_s > s->now_s)
            s->faults[kept++] = s->faults[i];
    s->fault_count = kept;
}

void sim_run(struct sim *s, int64_t until_s, void (*step)(void *model, struct sim *s), void *model)
{
    while (s->now_s + (int64_t)s->period_s <= until_s) {
        int64_t before_s = s->now_s;
        s->now_s += s->period_s;
        step(model, s);
        step_due(s, before_s);
        declare_due(s, before_s);
        feed(s);
        if (s->now_s / 3600 != before_s / 3600)
            forget_faults(s);
    }
}
