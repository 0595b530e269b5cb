/* The pipeline alone: generated readings go in, means and findings come out and are counted; making
 * the values is timed apart. replay_bench SAMPLES_IN_MILLIONS [YEAR] prints one JSON object a line:
 * plants of 50, 1,000 and 10,000 points at 5 s, each point an input of a plain outlet, the same
 * with a realtime, a minute and an hour limit on it, and regulated outlets of 10 signals each, with
 * every conversion. With YEAR, of 50 regulated points so many million samples more (a year: 315).
 * Then what reading costs apart: rows of CSV, and the journal's lines. */
#include "acq/core/strbuf.h"
#include "acq/pipeline/pipeline.h"
#include "acq/plant/load.h"
#include "acq/plant/plant.h"
#include "acq/record/raw_line.h"
#include "acq/replay/rows.h"
#include "tests/bench/common.h"
#include "tests/support/xorshift.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { READ_ROWS = 1000000 };

enum outlets { PLAIN, PLAIN_WITH_LIMITS, REGULATED };
static const char *const outlet_words[] = {"plain", "plain", "regulated"};

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

/* Everything that a sample can go through: units, NO and NO2, duct state, wet gas, oxygen, flow. */
static void add_regulated(struct strbuf *b, unsigned d)
{
    strbuf_addf(b,
                "%s{\"id\":\"DA%u\",\"area_m2\":12.566,\"ambient_kpa\":100,\"reference_o2\":6,"
                "\"state\":\"d%u.s9\",\"state_words\":[\"0=N\"],\"inputs\":{",
                d ? "," : "", d, d);
    strbuf_addf(b, "\"a21026\":{\"signal\":\"d%u.s0\",\"state\":\"actual\",\"moisture\":\"wet\"},",
                d);
    strbuf_addf(b, "\"a21002\":{\"signal\":\"d%u.s1\",\"plus\":\"d%u.s2\"},", d, d);
    static const char *const rest[] = {"a34013", "a19001", "a01012", "a01013", "a01014", "a01011"};
    for (unsigned i = 0; i < sizeof rest / sizeof *rest; i++)
        strbuf_addf(b, "%s\"%s\":{\"signal\":\"d%u.s%u\"}", i ? "," : "", rest[i], d, i + 3);
    strbuf_adds(b, "}}");
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

static struct plant *make_plant(unsigned devices, enum outlets outlets)
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
    for (unsigned d = 0; outlets == REGULATED && d < devices; d++)
        add_regulated(&b, d);
    if (outlets != REGULATED)
        add_outlets(&b, devices, outlets == PLAIN_WITH_LIMITS);
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
static struct sample *make_samples(enum outlets outlets)
{
    static const double middle[SIGNALS] = {60, 80, 5, 50, 9, 120, -0.5, 8, 14, 0};
    struct sample *samples = calloc((size_t)CYCLES * SIGNALS, sizeof *samples);
    uint64_t seed = 20261124;
    for (size_t i = 0; samples && i < (size_t)CYCLES * SIGNALS; i++) {
        uint64_t r = xorshift_next(&seed);
        samples[i].value = (double)(r % 100000) / 1000;
        if (outlets == REGULATED)
            samples[i].value = middle[i % SIGNALS] * (0.5 + samples[i].value / 100);
        if ((r >> 32) % 100 == 0)
            samples[i] = (struct sample){.quality = quality_make(QUALITY_TIMEOUT, 0)};
    }
    return samples;
}

static long resident_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void run(unsigned points, enum outlets outlets, uint64_t samples_wanted)
{
    struct counts counts = {0};
    struct pipeline *p = NULL;
    unsigned devices = points / SIGNALS;
    struct plant *plant = make_plant(devices, outlets);
    struct sample *samples = make_samples(outlets);
    const struct machine_sink sink = {
        .on_finding = count_finding, .on_mean = count_mean, .ctx = &counts};
    int64_t start_ms = 1795479000000;
    uint64_t taken = 0;
    long early_kib = 0;
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
        if (early_kib == 0 && taken > samples_wanted / 10)
            early_kib = resident_kib();
    }
    int64_t cpu_us = bench_cpu_us() - since_us;
    printf("{\"what\":\"%s\",\"points\":%u,\"limits\":%u,\"samples\":%" PRIu64
           ",\"cpu_us\":%" PRId64 ",\"means\":%" PRIu64 ",\"findings\":%" PRIu64
           ",\"early_kib\":%ld,\"end_kib\":%ld}\n",
           outlet_words[outlets], points, plant->limit_count, taken, cpu_us, counts.means,
           counts.findings, early_kib, resident_kib());
    fflush(stdout);
    pipeline_free(p);
    plant_free(plant);
    free(samples);
}

static void tell_reading(const char *what, uint64_t samples, int64_t cpu_us)
{
    printf("{\"what\":\"%s\",\"samples\":%" PRIu64 ",\"cpu_us\":%" PRId64 "}\n", what, samples,
           cpu_us);
    fflush(stdout);
}

static void read_csv(const struct plant *plant)
{
    struct rows *rows = NULL;
    struct row row;
    uint64_t count = 0;
    FILE *file = tmpfile();
    if (!file || rows_new(plant, &rows) != 0)
        bench_fail("a file of CSV");
    fputs("time,signal,value,quality\n", file);
    for (int64_t i = 0; i < READ_ROWS; i++)
        fprintf(file, "%" PRId64 ",d%d.s%d,%d.%03d,\n", 1795479000000 + i / 50 * EVERY_MS,
                (int)(i / SIGNALS % 5), (int)(i % SIGNALS), (int)(i % 97), (int)(i % 997));
    rewind(file);
    int64_t since_us = bench_cpu_us();
    if (rows_open(rows, file) != 0)
        bench_fail("CSV");
    while (rows_next(rows, &row) == 0)
        count++;
    tell_reading("rows of CSV", count, bench_cpu_us() - since_us);
    rows_free(rows);
    fclose(file);
}

static void read_journal(const struct plant *plant)
{
    struct raw_encoder *encoder = NULL;
    struct raw_reader *reader = raw_reader_new();
    struct sample *samples = make_samples(REGULATED);
    struct raw_line line;
    struct strbuf lines[CYCLES];
    uint64_t count = 0;
    if (!reader || !samples || raw_encoder_new(plant, &encoder) != 0)
        bench_fail("lines of the journal");
    for (int i = 0; i < CYCLES; i++) {
        const struct reading r = {.count = SIGNALS,
                                  .time_ms = 1795479000000 + i * (int64_t)EVERY_MS,
                                  .at_ms = 1795479000000 + i * (int64_t)EVERY_MS,
                                  .samples = &samples[(size_t)i * SIGNALS]};
        strbuf_init(&lines[i], 1 << 16);
        if (raw_encoder_write(encoder, &r, r.at_ms, &lines[i]) != 0)
            bench_fail("a line of the journal");
    }
    int64_t since_us = bench_cpu_us();
    for (; count < READ_ROWS; count += SIGNALS)
        if (raw_line_read(reader, lines[count / SIGNALS % CYCLES].data,
                          lines[count / SIGNALS % CYCLES].len, &line) != 0)
            bench_fail("a line of the journal");
    tell_reading("lines of the journal", count, bench_cpu_us() - since_us);
    for (int i = 0; i < CYCLES; i++)
        strbuf_deinit(&lines[i]);
    raw_encoder_free(encoder);
    raw_reader_free(reader);
    free(samples);
}

int main(int argc, char **argv)
{
    uint64_t million = 1000000;
    uint64_t millions = argc > 1 ? strtoull(argv[1], NULL, 10) : 20;
    uint64_t year = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    static const unsigned points[] = {50, 1000, 10000};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        run(points[i], PLAIN, millions * million);
        run(points[i], PLAIN_WITH_LIMITS, millions * million);
        run(points[i], REGULATED, millions * million);
    }
    if (year)
        run(50, REGULATED, year * million);
    struct plant *plant = make_plant(5, PLAIN);
    read_csv(plant);
    read_journal(plant);
    plant_free(plant);
    return 0;
}
