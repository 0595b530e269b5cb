/* Numbers and their text beside the C library's: num_bench. For each kind of value the time per
 * value, best of five rounds, one JSON object a line. */
#include "acq/core/num.h"
#include "tests/bench/common.h"
#include "tests/support/xorshift.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUES = 4096, PASSES = 50, ROUNDS = 5 };

/* Reads values[], returns something that depends on all results, so that none is optimised away. */
typedef double kernel(const double *values);

static double normalise_ours(const double *values)
{
    double sum = 0;
    for (size_t i = 0; i < VALUES; i++)
        sum += num_normalise_9(values[i]);
    return sum;
}

static double normalise_by_printing(const double *values)
{
    double sum = 0;
    for (size_t i = 0; i < VALUES; i++) {
        char text[64];
        snprintf(text, sizeof text, "%.8e", values[i]);
        sum += strtod(text, NULL);
    }
    return sum;
}

static double format_ours(const double *values)
{
    double sum = 0;
    for (size_t i = 0; i < VALUES; i++) {
        char text[NUM_DOUBLE_SIZE];
        sum += (double)num_format_double(values[i], text) + text[0];
    }
    return sum;
}

static double format_by_printing(const double *values)
{
    double sum = 0;
    for (size_t i = 0; i < VALUES; i++) {
        char text[64];
        sum += snprintf(text, sizeof text, "%.9g", values[i]) + text[0];
    }
    return sum;
}

static double best_ns(kernel *run, const double *values)
{
    static volatile double sink;
    double best = 1e30;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t since_us = bench_cpu_us();
        for (int pass = 0; pass < PASSES; pass++)
            sink = run(values);
        double ns = (double)(bench_cpu_us() - since_us) * 1000 / ((double)VALUES * PASSES);
        best = ns < best ? ns : best;
    }
    (void)sink;
    return best;
}

static void compare(const char *what, const char *kind, kernel *ours, kernel *bare,
                    const double *values)
{
    double ours_ns = best_ns(ours, values);
    double bare_ns = best_ns(bare, values);
    printf("{\"what\":\"%s\",\"values\":\"%s\",\"ours_ns\":%.1f,\"bare_ns\":%.1f}\n", what, kind,
           ours_ns, bare_ns);
}

int main(void)
{
    static double floats[VALUES], normal[VALUES], tenths[VALUES], whole[VALUES];
    uint64_t seed = 0x853C49E6748FEA9Bu;
    for (size_t i = 0; i < VALUES; i++) {
        double unit = (double)(xorshift_next(&seed) >> 11) / 9007199254740992.0;
        floats[i] = (double)(float)(unit * 1500);
        normal[i] = num_normalise_9(floats[i]);
        tenths[i] = num_normalise_9((double)(xorshift_next(&seed) % 65536) * 0.1);
        whole[i] = (double)(xorshift_next(&seed) % 65536);
    }
    compare("normalise", "float32", normalise_ours, normalise_by_printing, floats);
    compare("normalise", "uint16 x 0.1", normalise_ours, normalise_by_printing, tenths);
    compare("normalise", "uint16", normalise_ours, normalise_by_printing, whole);
    compare("format", "float32", format_ours, format_by_printing, normal);
    compare("format", "uint16 x 0.1", format_ours, format_by_printing, tenths);
    compare("format", "uint16", format_ours, format_by_printing, whole);
    return 0;
}
