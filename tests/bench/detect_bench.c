/* What detection costs: generated readings through the pipeline alone, into a plant of 10,000
 * points with all detectors, and into the same without them. Of four devices of 10 signals two are
 * outlets with three limits on each input, one is a bypass with seven channels beside production
 * and treatment, one a flare. detect_bench SAMPLES_IN_MILLIONS prints one JSON object a line. */
#include "acq/core/strbuf.h"
#include "acq/pipeline/pipeline.h"
#include "acq/plant/load.h"
#include "acq/plant/plant.h"
#include "tests/bench/common.h"
#include "tests/support/xorshift.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEVICES = 1000, SIGNALS = 10, CYCLES = 64, EVERY_MS = 1000 };

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

static void add_device(struct strbuf *b, unsigned d)
{
    strbuf_addf(b, "%s{\"id\":\"d%u\",\"link\":\"l%u\",\"unit\":%u,\"every_ms\":%d,\"signals\":{",
                d ? "," : "", d, d / 200, d % 200 + 1, EVERY_MS);
    for (int s = 0; s < SIGNALS; s++)
        strbuf_addf(b, "%s\"s%d\":{\"address\":\"4%04d\"}", s ? "," : "", s, s + 1);
    strbuf_adds(b, "}}");
}

static void add_stack(struct strbuf *b, unsigned d, bool detects)
{
    strbuf_addf(b, "{\"id\":\"O%u\",\"inputs\":{", d);
    for (int s = 0; s < SIGNALS; s++)
        strbuf_addf(b, "%s\"a%d\":{\"signal\":\"d%u.s%d\"}", s ? "," : "", s, d, s);
    strbuf_adds(b, "},\"limits\":[");
    for (int s = 0; detects && s < SIGNALS; s++)
        strbuf_addf(b,
                    "%s{\"factor\":\"a%d\",\"period\":\"realtime\",\"max\":95,\"deadband\":2,"
                    "\"on_delay_s\":10,\"off_delay_s\":10},"
                    "{\"factor\":\"a%d\",\"period\":\"minute\",\"max\":60},"
                    "{\"factor\":\"a%d\",\"period\":\"hour\",\"max\":55}",
                    s ? "," : "", s, s, s);
    strbuf_adds(b, "]}");
}

static void add_bypass(struct strbuf *b, unsigned d)
{
    strbuf_addf(b,
                "{\"id\":\"O%u\",\"kind\":\"bypass\",\"treatment\":\"t%u\",\"production\":\"p%u\","
                "\"evidence\":[{\"channel\":\"limit-switch\",\"open\":\"d%u.s0\","
                "\"closed\":\"d%u.s1\"},{\"channel\":\"position\",\"signal\":\"d%u.s2\"},",
                d, d, d, d, d, d);
    strbuf_addf(b,
                "{\"channel\":\"velocity\",\"signal\":\"d%u.s3\",\"area_m2\":2},"
                "{\"channel\":\"pressure\",\"signal\":\"d%u.s4\"},"
                "{\"channel\":\"temperature\",\"signal\":\"d%u.s5\",\"main\":\"d%u.s6\","
                "\"ambient\":\"d%u.s7\"},{\"channel\":\"treatment-power\",\"equipment\":\"t%u\"},"
                "{\"channel\":\"fan\",\"signal\":\"d%u.s7\"}]}",
                d, d, d, d, d, d, d);
}

static void add_flare(struct strbuf *b, unsigned d)
{
    strbuf_addf(b,
                "{\"id\":\"O%u\",\"kind\":\"flare\",\"tip_diameter_m\":0.6,\"purge_m3h\":50,"
                "\"assist\":\"steam\",\"flare\":{\"seal_m\":1.5},\"inputs\":{"
                "\"vent_flow\":\"d%u.s0\",\"vent_nhv\":\"d%u.s1\",\"steam\":\"d%u.s2\","
                "\"supplement\":\"d%u.s3\",\"pilots\":[\"d%u.s4\",\"d%u.s5\"],",
                d, d, d, d, d, d, d);
    strbuf_addf(b,
                "\"tip_temperature\":\"d%u.s6\",\"header_pressure\":\"d%u.s7\","
                "\"seal_level\":\"d%u.s8\",\"flame\":\"d%u.s9\"}}",
                d, d, d, d);
}

static void add_outlets(struct strbuf *b, bool detects)
{
    strbuf_adds(b, "\"outlets\":[");
    for (unsigned d = 0; d < DEVICES; d++) {
        if (d % 4 >= 2 && !detects)
            continue;
        strbuf_adds(b, d ? "," : "");
        if (d % 4 == 2)
            add_bypass(b, d);
        else if (d % 4 == 3)
            add_flare(b, d);
        else
            add_stack(b, d, detects);
    }
    strbuf_adds(b, "]");
}

static void add_equipment(struct strbuf *b)
{
    strbuf_adds(b, "\"equipment\":[");
    for (unsigned d = 2; d < DEVICES; d += 4)
        strbuf_addf(b,
                    "%s{\"id\":\"p%u\",\"kind\":\"production\",\"power\":\"d%u.s8\","
                    "\"rated_kw\":100},{\"id\":\"t%u\",\"kind\":\"treatment\",\"power\":\"d%u.s9\","
                    "\"rated_kw\":100}",
                    d > 2 ? "," : "", d, d, d, d);
    strbuf_adds(b, "],");
}

static struct plant *make_plant(bool detects)
{
    struct strbuf b;
    struct plant *plant = NULL;
    struct plant_problems problems;
    strbuf_init(&b, 64u << 20);
    strbuf_adds(&b, "{\"plumewatch\":1,\"server\":{\"plant\":\"p\"},\"links\":[");
    for (unsigned l = 0; l <= (DEVICES - 1) / 200; l++)
        strbuf_addf(&b, "%s{\"id\":\"l%u\",\"tcp\":\"10.0.0.1:%u\"}", l ? "," : "", l, 502 + l);
    strbuf_adds(&b, "],\"devices\":[");
    for (unsigned d = 0; d < DEVICES; d++)
        add_device(&b, d);
    strbuf_adds(&b, "],\"sites\":[{\"id\":\"s\",");
    if (detects)
        add_equipment(&b);
    add_outlets(&b, detects);
    strbuf_adds(&b, "}]}");
    if (plant_load_text("bench", b.data, b.len, &plant, &problems) != 0) {
        char line[512] = "";
        if (problems.count)
            plant_problem_format(&problems.items[0], line, sizeof line);
        bench_fail(line);
    }
    plant_problems_deinit(&problems);
    strbuf_deinit(&b);
    return plant;
}

/* Values that swing and stray; one in a hundred without. */
static void make_samples(struct sample *out)
{
    uint64_t seed = 20261124;
    for (size_t i = 0; i < (size_t)CYCLES * SIGNALS; i++) {
        uint64_t r = xorshift_next(&seed);
        out[i] = (struct sample){.value = (double)(r % 100000) / 1000};
        if ((r >> 32) % 100 == 0)
            out[i] = (struct sample){.quality = quality_make(QUALITY_TIMEOUT, 0)};
    }
}

static void run(bool detects, uint64_t samples_wanted)
{
    static struct sample samples[CYCLES * SIGNALS];
    struct counts counts = {0};
    struct pipeline *p = NULL;
    struct plant *plant = make_plant(detects);
    const struct machine_sink sink = {
        .on_finding = count_finding, .on_mean = count_mean, .ctx = &counts};
    const int64_t start_ms = 1795479000000;
    uint64_t taken = 0;
    make_samples(samples);
    if (pipeline_new(plant, start_ms, 0, &sink, &p) != 0)
        bench_fail("pipeline");
    int64_t since_us = bench_cpu_us();
    for (int64_t cycle = 1; taken < samples_wanted; cycle++)
        for (uint32_t d = 0; d < DEVICES; d++, taken += SIGNALS) {
            int64_t at_ms = start_ms + cycle * EVERY_MS + d * (int64_t)EVERY_MS / DEVICES;
            const struct reading r = {.device = d,
                                      .count = SIGNALS,
                                      .time_ms = at_ms - 20,
                                      .at_ms = at_ms,
                                      .samples = &samples[(cycle + d) % CYCLES * SIGNALS]};
            pipeline_input(p, &r);
        }
    printf("{\"what\":\"%s\",\"points\":%d,\"samples\":%" PRIu64 ",\"cpu_us\":%" PRId64
           ",\"means\":%" PRIu64 ",\"findings\":%" PRIu64 "}\n",
           detects ? "with" : "without", DEVICES * SIGNALS, taken, bench_cpu_us() - since_us,
           counts.means, counts.findings);
    fflush(stdout);
    pipeline_free(p);
    plant_free(plant);
}

int main(int argc, char **argv)
{
    uint64_t millions = argc > 1 ? strtoull(argv[1], NULL, 10) : 20;
    run(false, millions * 1000000);
    run(true, millions * 1000000);
    return 0;
}
