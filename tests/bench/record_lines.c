#include "tests/bench/record_lines.h"

#include "acq/core/num.h"
#include "acq/core/strbuf.h"
#include "protocols/influx/line.h"
#include "tests/bench/common.h"
#include "tests/support/xorshift.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEVICES = 100, SIGNALS = 12, LINE_SIZE = 1024 };

static const int64_t begin_ms = 1795507200000;

static double reading_of(unsigned device, unsigned signal, unsigned second, uint64_t *seed)
{
    double noise = (double)(xorshift_next(seed) % 10000) / 10000 - 0.5;
    double level = 10 + 30 * signal + 0.1 * device;
    double value = level + level * 0.05 * sin(second / 40.0 + signal) + level * 0.002 * noise;
    return num_normalise_9((double)(float)value);
}

static void make_line(struct record_line *line, unsigned device, unsigned second, uint64_t *seed)
{
    static const char *const names[SIGNALS] = {"so2",         "nox",      "co",       "o2",
                                               "dust",        "nmhc",     "moisture", "pressure",
                                               "temperature", "velocity", "range",    "state"};
    char text[LINE_SIZE];
    char id[16];
    struct strbuf b;
    struct line_writer w;
    snprintf(id, sizeof id, "cems-%03u", device);
    strbuf_init_fixed(&b, text, sizeof text);
    line_begin(&w, &b, "raw_cems");
    line_tag(&w, "device", id);
    for (unsigned i = 0; i < SIGNALS; i++)
        line_float(&w, names[i], reading_of(device, i, second, seed));
    line->time_ms = begin_ms + (int64_t)second * 1000;
    char *copy = line_end(&w, line->time_ms) && !b.failed ? strdup(text) : NULL;
    if (!copy)
        bench_fail("line");
    line->text = copy;
    line->len = b.len;
}

void record_lines_make(struct record_line pool[RECORD_LINES_POOL])
{
    uint64_t seed = 0x2545F4914F6CDD1Du;
    for (unsigned i = 0; i < RECORD_LINES_POOL; i++)
        make_line(&pool[i], i % DEVICES, i / DEVICES, &seed);
}
