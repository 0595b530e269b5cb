/* A stack with one analyser, read as one device every 5 s; what it says is set signal by signal.
 * Means longer than a minute are kept, and the last few minutes and single values. */
#ifndef TESTS_UNIT_QUANTITY_STAND_H
#define TESTS_UNIT_QUANTITY_STAND_H

#include "tests/unit/pipeline_stand.h"

#include <math.h>
#include <stdio.h>

static const int64_t SECOND = 1000;
static const int64_t MINUTE = 60000;
static const int64_t HOUR = 3600000;
enum {
    STACK_SO2,
    STACK_NO,
    STACK_NO2,
    STACK_O2,
    STACK_T,
    STACK_P,
    STACK_X,
    STACK_V,
    STACK_WORD,
    STACK_SIGNALS
};
enum { KEPT_MAX = 20000 };

struct stack {
    struct plant *plant;
    struct pipeline *pipeline;
    struct sample samples[STACK_SIGNALS];
    struct mean kept[KEPT_MAX]; /* all but single values */
    size_t kept_count;
    struct mean realtime; /* the last */
    size_t realtime_count;
    struct finding findings[64];
    size_t finding_count;
    uint32_t every_ms;
};

/* The samples that a sound instrument gives: those of the worked examples E1, E7 and E11 to E13. */
static const double stack_values[STACK_SIGNALS] = {28, 100, 5, 9, 120, -0.5, 8, 14, 0};

static inline const char *stack_config(unsigned every_ms, const char *outlet)
{
    static char text[4096];
    snprintf(text, sizeof text,
             "{\"plumewatch\":1,\"server\":{\"plant\":\"p\"},"
             "\"links\":[{\"id\":\"l\",\"tcp\":\"10.0.0.1:502\"}],"
             "\"devices\":[{\"id\":\"d\",\"link\":\"l\",\"unit\":1,\"every_ms\":%u,\"phase_ms\":0,"
             "\"timeout_ms\":50,\"signals\":{"
             "\"so2\":{\"address\":\"40001\"},\"no\":{\"address\":\"40002\"},"
             "\"no2\":{\"address\":\"40003\"},\"o2\":{\"address\":\"40004\"},"
             "\"t\":{\"address\":\"40005\"},\"p\":{\"address\":\"40006\"},"
             "\"x\":{\"address\":\"40007\"},\"v\":{\"address\":\"40008\"},"
             "\"word\":{\"address\":\"40009\"}}}],"
             "\"sites\":[{\"id\":\"s\",\"outlets\":[{\"id\":\"DA001\",%s}]}]}",
             every_ms, outlet);
    return text;
}

/* What every stack here measures beside its pollutants. */
#define STACK_GAS                                                                                  \
    "\"a19001\":{\"signal\":\"d.o2\"},\"a01012\":{\"signal\":\"d.t\"},"                            \
    "\"a01013\":{\"signal\":\"d.p\"},\"a01014\":{\"signal\":\"d.x\"},"                             \
    "\"a01011\":{\"signal\":\"d.v\"}"
#define STACK_USUAL                                                                                \
    "\"area_m2\":12.566,\"ambient_kpa\":100,\"reference_o2\":6,"                                   \
    "\"inputs\":{\"a21026\":{\"signal\":\"d.so2\"}," STACK_GAS "}"

static inline void stack_on_finding(void *ctx, const struct finding *f)
{
    struct stack *s = ctx;
#ifndef STACK_KEEPS_FORECASTS
    if (strcmp(f->kind, "limit-forecast") == 0)
        return;
#endif
    if (s->finding_count < sizeof s->findings / sizeof *s->findings)
        s->findings[s->finding_count++] = *f;
}

static inline void stack_on_mean(void *ctx, const struct mean *m)
{
    struct stack *s = ctx;
    if (m->period == MEAN_REALTIME && m->input == 0) {
        s->realtime = *m;
        s->realtime_count++;
    } else if (m->period != MEAN_REALTIME && s->kept_count < KEPT_MAX) {
        s->kept[s->kept_count++] = *m;
    }
}

static inline void stack_set_sound(struct stack *s)
{
    for (int i = 0; i < STACK_SIGNALS; i++)
        s->samples[i] = (struct sample){.value = stack_values[i]};
}

static inline struct stack *stack_new(unsigned every_ms, const char *outlet, int64_t at_ms)
{
    struct stack *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->plant = stand_load(stack_config(every_ms, outlet));
    s->every_ms = every_ms;
    stack_set_sound(s);
    const struct machine_sink sink = {
        .on_finding = stack_on_finding, .on_mean = stack_on_mean, .ctx = s};
    assert_int_equal(pipeline_new(s->plant, at_ms, 0, &sink, &s->pipeline), 0);
    return s;
}

static inline void stack_free(struct stack *s)
{
    pipeline_free(s->pipeline);
    plant_free(s->plant);
    free(s);
}

static inline void stack_read(struct stack *s, int64_t time_ms)
{
    const struct reading r = {
        .count = STACK_SIGNALS, .time_ms = time_ms, .at_ms = time_ms, .samples = s->samples};
    pipeline_input(s->pipeline, &r);
}

static inline void stack_run(struct stack *s, int64_t from_ms, int64_t len_ms)
{
    for (int64_t t = from_ms; t < from_ms + len_ms; t += s->every_ms)
        stack_read(s, t);
}

/* The nth mean of that period and factor's place among the inputs; NULL when there are fewer. */
static inline const struct mean *stack_mean(const struct stack *s, uint32_t input,
                                            enum mean_period period, size_t nth)
{
    for (size_t i = 0; i < s->kept_count; i++)
        if (s->kept[i].period == period && s->kept[i].input == input && nth-- == 0)
            return &s->kept[i];
    return NULL;
}

static inline void near(double value, double expected)
{
    if (!(fabs(value - expected) <= 5e-6 * fabs(expected)))
        fail_msg("%.9g is not %.9g", value, expected);
}

#endif
