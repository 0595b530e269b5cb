/* Raw lines as a plant writes them: 100 analysers of 12 signals, 32-bit floats with all their
 * digits, one line per device and second. Made before the clock starts. */
#ifndef TESTS_BENCH_RECORD_LINES_H
#define TESTS_BENCH_RECORD_LINES_H

#include <stddef.h>
#include <stdint.h>

enum { RECORD_LINES_POOL = 20000 };

struct record_line {
    const char *text;
    size_t len;
    int64_t time_ms;
};

/* Fills pool; the texts live as long as the process. */
void record_lines_make(struct record_line pool[RECORD_LINES_POOL]);

#endif
