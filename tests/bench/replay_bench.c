/* The pipeline alone: generated readings go in, means and findings come out and are counted; making
 * the values is timed apart. replay_bench SAMPLES_IN_MILLIONS prints one JSON object a line: plants
 * of 50, 1,000 and 10,000 points at 5 s, each point an input with a realtime, a minute and an hour
 * limit on it, and the same points without any limit. */
#include "acq/core/strbuf.h"
#include "acq/pipeline/pipeline.h"
#include "acq/plant/load.h"
#include "acq/plant/plant.h"
#include "tests/bench/common.h"
#include "tests/support/xorshift.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIGNALS = 10, CYCLES = 64, EVERY_MS = 5000 };

struct counts {
    uint64_t means, findings;
};

static void count_finding(void *ctx, const struct finding *f)
{
    (void)f;
    ((struct counts *)ctx)->findings++;
}

static void count_mean(void *ctx, const struct mean *m)
{
    (void)m;
    ((struct counts *)ctx)->means++;
}

static void add_devices(struct strbuf *b, unsigned devices)
{
    for (unsigned d = 0; d < devices; d++) {
        strbuf_addf(b,
                    "%s{\"id\":\"d%u\",\"link\":\"l%u\",\"unit\":%u,\"every_ms\":%d,\"signals\":{",
                    d ? "," : "", d, d / 200, d % 200 + 1, EVERY_MS);
        for (int s = 0; s < SIGNALS; s++)
            strbuf_addf(b, "%s\"s%d\":{\"table\":\"holding\",\"address\":%d,\"type\":\"float32\"}",
                        s ? "," : "", s, s * 2);
        strbuf_adds(b, "}}");
    }
}

static void add_limits(struct strbuf *b)
{
    for (int s = 0; s < SIGNALS; s++)
        strbuf_addf(b,
                    "%s{\"factor\":\"a%d\",\"period\":\"realtime\",\"max\":95,\"deadband\":2,"
                    "\"on_delay_s\":10,\"off_delay_s\":10},"
                    "{\"factor\":\"a%d\",\"period\":\"minute\",\"max\":60},"
                    "{\"factor\":\"a%d\",\"period\":\"hour\",\"max\":55}",
                    s ? "," : "", s, s, s);
}

static void add_outlets(struct strbuf *b, unsigned devices, bool limits)
{
    for (unsigned d = 0; d < devices; d++) {
        strbuf_addf(b, "%s{\"id\":\"DA%u\",\"inputs\":{", d ? "," : "", d);
        for (int s = 0; s < SIGNALS; s++)
            strbuf_addf(b, "%s\"a%d\":{\"signal\":\"d%u.s%d\"}", s ? "," : "", s, d, s);
        strbuf_adds(b, "},\"limits\":[");
        if (limits)
            add_limits(b);
        strbuf_adds(b, "]}");
    }
}

static struct plant *make_plant(unsigned devices, bool limits)
{
    struct strbuf b;
    struct plant *plant = NULL;
    struct plant_problems problems;
    strbuf_init(&b, 64u << 20);
    strbuf_adds(&b, "{\"plumewatch\":1,\"server\":{\"plant\":\"p\"},\"links\":[");
    for (unsigned l = 0; l <= (devices - 1) / 200; l++)
        strbuf_addf(&b, "%s{\"id\":\"l%u\",\"tcp\":\"10.0.0.1:%u\"}", l ? "," : "", l, 502 + l);
    strbuf_adds(&b, "],\"devices\":[");
    add_devices(&b, devices);
    strbuf_adds(&b, "],\"sites\":[{\"id\":\"s\",\"outlets\":[");
    add_outlets(&b, devices, limits);
    strbuf_adds(&b, "]}]}");
    if (plant_load_text("bench", b.data, b.len, &plant, &problems) != 0) {
        char line[512] = "";
        if (problems.count)
            plant_problem_format(&problems.items[0], line, sizeof line);
        fprintf(stderr, "replay_bench: %s\n", line);
        exit(1);
    }
    plant_problems_deinit(&problems);
    strbuf_deinit(&b);
    return plant;
}

/* Values that swing and stray; one in a hundred without. */
static struct sample *make_samples(void)
{
    struct sample *samples = calloc((size_t)CYCLES * SIGNALS, sizeof *samples);
    uint64_t seed = 20261124;
    for (size_t i = 0; samples && i < (size_t)CYCLES * SIGNALS; i++) {
        uint64_t r = xorshift_next(&seed);
        samples[i].value = (double)(r % 100000) / 1000;
        if ((r >> 32) % 100 == 0)
            samples[i] = (struct sample){.quality = quality_make(QUALITY_TIMEOUT, 0)};
    }
    return samples;
}

static void run(unsigned points, bool limits, uint64_t samples_wanted)
{
    struct counts counts = {0};
    struct pipeline *p = NULL;
    unsigned devices = points / SIGNALS;
    struct plant *plant = make_plant(devices, limits);
    struct sample *samples = make_samples();
    const struct machine_sink sink = {.on_finding = count_finding, .on_mean = count_mean, .ctx = &counts};
    int64_t start_ms = 1795479000000;
    uint64_t taken = 0;
    if (!samples || pipeline_new(plant, start_ms, 0, &sink, &p) != 0)
        exit(1);
    int64_t since_us = bench_cpu_us();
    for (int64_t cycle = 1; taken < samples_wanted; cycle++) {
        for (uint32_t d = 0; d < devices; d++) {
            int64_t at_ms = start_ms + cycle * EVERY_MS + d * (int64_t)EVERY_MS / devices;
            const struct reading r = {.device = d,
                                      .count = SIGNALS,
                                      .time_ms = at_ms - 20,
                                      .at_ms = at_ms,
                                      .samples = &samples[(cycle + d) % CYCLES * SIGNALS]};
            pipeline_input(p, &r);
            taken += SIGNALS;
        }
    }
    int64_t cpu_us = bench_cpu_us() - since_us;
    printf("{\"points\":%u,\"limits\":%u,\"samples\":%" PRIu64 ",\"cpu_us\":%" PRId64
           ",\"means\":%" PRIu64 ",\"findings\":%" PRIu64 "}\n",
           points, plant->limit_count, taken, cpu_us, counts.means, counts.findings);
    fflush(stdout);
    pipeline_free(p);
    plant_free(plant);
    free(samples);
}

int main(int argc, char **argv)
{
    uint64_t millions = argc > 1 ? strtoull(argv[1], NULL, 10) : 20;
    static const unsigned points[] = {50, 1000, 10000};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        run(points[i], false, millions * 1000000);
        run(points[i], true, millions * 1000000);
    }
    return 0;
}
