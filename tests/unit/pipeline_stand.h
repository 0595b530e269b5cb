/* A pipeline over a plant given as text, whose output is kept: as JSON lines, and its means. */
#ifndef TESTS_UNIT_PIPELINE_STAND_H
#define TESTS_UNIT_PIPELINE_STAND_H

#include "acq/core/civil.h"
#include "acq/detect/finding.h"
#include "acq/pipeline/pipeline.h"
#include "acq/plant/load.h"
#include "acq/plant/plant.h"
#include "acq/refine/account.h"
#include "acq/refine/mean.h"
#include "acq/replay/output.h"

#include <stdlib.h>
#include <string.h>

enum { STAND_MEANS_MAX = 8192 };

struct stand {
    struct plant *plant;
    struct pipeline *pipeline;
    struct strbuf lines;
    struct mean means[STAND_MEANS_MAX];
    size_t mean_count;
    struct finding findings[256];
    size_t finding_count;
};

static inline struct plant *stand_load(const char *text)
{
    struct plant *plant = NULL;
    struct plant_problems problems;
    int err = plant_load_text("config.json", text, strlen(text), &plant, &problems);
    for (size_t i = 0; i < problems.count; i++) {
        char line[512];
        plant_problem_format(&problems.items[i], line, sizeof line);
        print_message("%s\n", line);
    }
    plant_problems_deinit(&problems);
    assert_int_equal(err, 0);
    return plant;
}

static inline void stand_on_finding(void *ctx, const struct finding *f)
{
    struct stand *s = ctx;
    output_finding(f, pipeline_plant(s->pipeline), &s->lines);
    if (s->finding_count < sizeof s->findings / sizeof *s->findings)
        s->findings[s->finding_count++] = *f;
}

static inline void stand_on_mean(void *ctx, const struct mean *m)
{
    struct stand *s = ctx;
    output_mean(m, pipeline_plant(s->pipeline), &s->lines);
    if (s->mean_count < STAND_MEANS_MAX)
        s->means[s->mean_count++] = *m;
}

static inline void stand_on_account(void *ctx, const struct account *a)
{
    struct stand *s = ctx;
    output_account(a, pipeline_plant(s->pipeline), &s->lines);
}

static inline struct machine_sink stand_sink(struct stand *s)
{
    return (struct machine_sink){.on_finding = stand_on_finding,
                                 .on_mean = stand_on_mean,
                                 .on_account = stand_on_account,
                                 .ctx = s};
}

static inline struct stand *stand_new(const char *text, int64_t at_ms, int64_t offset_ms)
{
    struct stand *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->plant = stand_load(text);
    strbuf_init(&s->lines, (size_t)1 << 30);
    const struct machine_sink sink = stand_sink(s);
    assert_int_equal(pipeline_new(s->plant, at_ms, offset_ms, &sink, &s->pipeline), 0);
    return s;
}

static inline void stand_free(struct stand *s)
{
    pipeline_free(s->pipeline);
    plant_free(s->plant);
    strbuf_deinit(&s->lines);
    free(s);
}

static inline int64_t instant(const char *text)
{
    int64_t ms = 0;
    assert_int_equal(civil_parse(text, &ms), 0);
    return ms;
}

/* The nth mean of that period, NULL when there are fewer. */
static inline const struct mean *stand_mean(const struct stand *s, enum mean_period period,
                                            size_t nth)
{
    for (size_t i = 0; i < s->mean_count; i++)
        if (s->means[i].period == period && nth-- == 0)
            return &s->means[i];
    return NULL;
}

static inline size_t stand_count(const struct stand *s, enum mean_period period)
{
    size_t count = 0;
    while (stand_mean(s, period, count))
        count++;
    return count;
}

#endif
