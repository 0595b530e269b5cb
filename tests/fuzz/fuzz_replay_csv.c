/* Any bytes as a CSV input of replay: each record is refused with a reason or taken, time never
 * runs backwards, and the reader comes to the end. What was taken goes through a pipeline. */
#include "acq/core/err.h"
#include "acq/pipeline/pipeline.h"
#include "acq/plant/load.h"
#include "acq/plant/plant.h"
#include "acq/replay/rows.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char config[] =
    "{\"plumewatch\":1,\"server\":{\"plant\":\"p\"},"
    "\"links\":[{\"id\":\"l\",\"tcp\":\"10.0.0.1:502\"}],\"devices\":[{\"id\":\"d\",\"link\":\"l\","
    "\"unit\":1,\"every_ms\":5000,\"signals\":{\"x\":{\"address\":\"40001\",\"type\":\"float32\"},"
    "\"y\":{\"address\":\"40003\",\"type\":\"float32\"}}}],"
    "\"sites\":[{\"id\":\"s\",\"outlets\":[{\"id\":\"A\",\"inputs\":{\"f\":{\"signal\":\"d.x\"}},"
    "\"limits\":[{\"factor\":\"f\",\"period\":\"realtime\",\"max\":35,\"on_delay_s\":1},"
    "{\"factor\":\"f\",\"period\":\"hour\",\"max\":35}]}]}]}";

static void ignore_finding(void *ctx, const struct finding *f)
{
    (void)ctx;
    (void)f;
}

static void ignore_mean(void *ctx, const struct mean *m)
{
    (void)ctx;
    (void)m;
}

/* A gap of a year is played minute by minute: enough for a person, too slow for a fuzzer. */
static bool is_near(const struct pipeline *p, int64_t at_ms)
{
    return at_ms - pipeline_get_clock(p).ticked_at_ms < 86400000;
}

static void take(struct pipeline **p, const struct plant *plant, const struct row *row)
{
    const struct machine_sink sink = {
        .on_finding = ignore_finding, .on_mean = ignore_mean, .ctx = NULL};
    if (!*p && pipeline_new(plant, row->at_ms, 0, &sink, p) != 0)
        abort();
    if (!is_near(*p, row->at_ms))
        return;
    if (row->kind == ROW_DECLARATION)
        (void)!pipeline_declare(*p, &row->declaration, row->at_ms);
    else
        pipeline_sample(*p, row->signal, &row->sample, row->time_ms, row->at_ms);
}

static void read_rows(struct rows *rows, const struct plant *plant)
{
    struct pipeline *p = NULL;
    struct row row;
    int64_t last_ms = 0;
    int err;
    while ((err = rows_next(rows, &row)) != PW_ENOTFOUND) {
        pw_require(err == 0 || err == PW_ESYNTAX);
        pw_require(err == 0 || strlen(rows_problem(rows)) > 0);
        if (err)
            continue;
        pw_require(row.at_ms >= last_ms);
        pw_require(row.kind != ROW_SAMPLE || row.signal < plant->signal_count);
        pw_require(row.kind != ROW_SAMPLE || quality_has_value(row.sample.quality) ||
                   row.sample.value == 0);
        last_ms = row.at_ms;
        take(&p, plant, &row);
    }
    pipeline_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct plant *plant;
    struct plant_problems problems;
    struct rows *rows = NULL;
    if (!plant && plant_load_text("c", config, sizeof config - 1, &plant, &problems) != 0)
        abort();
    if (size == 0 || rows_new(plant, &rows) != 0)
        return 0;
    FILE *in = fmemopen((void *)(uintptr_t)data, size, "rb");
    if (in && rows_open(rows, in) == 0)
        read_rows(rows, plant);
    if (in)
        fclose(in);
    rows_free(rows);
    return 0;
}
