/* fill_archive DIR COMMITS DEVICES [BODIES [LINES]]: a record of the plant "test" as it would be
 * after so many seconds until now, one commit a second: a raw line of five signals per device (d1,
 * d2, ...) and one derived line. BODIES: a folder that gets every raw and derived member as a file,
 * or "-". LINES: a file of journal lines for the first commit, each a type, a blank and members.
 * For tests and benches of what reads a record; the disk is not waited for. */
#include "acq/core/clock.h"
#include "acq/core/strbuf.h"
#include "acq/record/files.h"
#include "acq/record/recorder.h"
#include "protocols/influx/line.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIGNALS = 5, STEP_MS = 1000, LINE_SIZE = 1024, QUEUE_BYTES = 16 << 20 };

struct fill {
    struct recorder *recorder;
    struct manual_clock clock;
    const char *bodies;
};

static int no_sync(void *ctx, int fd)
{
    (void)ctx;
    (void)fd;
    return 0;
}

static int no_sync_dir(void *ctx, const char *path)
{
    (void)ctx;
    (void)path;
    return 0;
}

static void keep_body(const struct fill *f, const struct commit *c, enum member_kind kind)
{
    char path[FILES_PATH_MAX];
    snprintf(path, sizeof path, "%s/%08" PRIu64 ".%c.gz", f->bodies, c->seq,
             kind == MEMBER_R ? 'r' : 's');
    FILE *file = fopen(path, "wb");
    pw_require(file != NULL);
    size_t len = bytes_len(c->member[kind]);
    pw_require(fwrite(bytes_data(c->member[kind]), 1, len, file) == len && fclose(file) == 0);
}

static void on_commit(void *ctx, const struct commit *c)
{
    const struct fill *f = ctx;
    for (int kind = MEMBER_R; f->bodies && kind <= MEMBER_D; kind++)
        if (c->member[kind])
            keep_body(f, c, (enum member_kind)kind);
}

static void add_raw(struct fill *f, unsigned device, int64_t time_ms)
{
    char text[LINE_SIZE];
    char name[32];
    struct strbuf b;
    struct line_writer w;
    strbuf_init_fixed(&b, text, sizeof text);
    snprintf(name, sizeof name, "raw_d%u", device);
    line_begin(&w, &b, name);
    line_tag(&w, "device", name + 4);
    for (unsigned i = 0; i < SIGNALS; i++) {
        double second = (double)(time_ms / STEP_MS);
        snprintf(name, sizeof name, "s%u", 2 * i);
        line_float(&w, name, (double)(float)(device * 10 + i + sin(second / 40 + device * i)));
    }
    pw_require(line_end(&w, time_ms) && !b.failed);
    pw_require(recorder_add_raw(f->recorder, b.data, b.len, time_ms, time_ms) == 0);
}

static void add_derived(struct fill *f, uint64_t n, int64_t time_ms)
{
    char text[LINE_SIZE];
    struct strbuf b;
    struct line_writer w;
    strbuf_init_fixed(&b, text, sizeof text);
    line_begin(&w, &b, "self");
    line_tag(&w, "part", "fill");
    line_int(&w, "n", (int64_t)n);
    pw_require(line_end(&w, time_ms) && !b.failed);
    pw_require(recorder_add_derived(f->recorder, b.data, b.len, time_ms) == 0);
}

static void add_commit(struct fill *f, uint64_t n, unsigned devices)
{
    int64_t time_ms = pw_clock_wall_ms(&f->clock.clock);
    uint64_t seq = recorder_next_seq(f->recorder);
    for (unsigned d = 1; d <= devices; d++)
        add_raw(f, d, time_ms);
    add_derived(f, n, time_ms);
    manual_clock_advance(&f->clock, STEP_MS);
    for (recorder_tick(f->recorder); recorder_next_seq(f->recorder) == seq;
         recorder_tick(f->recorder))
        usleep(50);
}

static void add_lines_of(struct fill *f, const char *path)
{
    static char line[65536];
    FILE *file = fopen(path, "rb");
    pw_require(file != NULL);
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        char *members = strchr(line, ' ');
        pw_require(members != NULL);
        *members++ = '\0';
        pw_require(recorder_add_journal(f->recorder, line, pw_clock_wall_ms(&f->clock.clock),
                                        members, false) == 0);
    }
    fclose(file);
}

static unsigned long number_of(const char *text)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    if (*text && !*end && value > 0 && value <= 10000000)
        return value;
    fprintf(stderr, "fill_archive: %s is no number\n", text);
    exit(64);
}

int main(int argc, char **argv)
{
    if (argc < 4 || argc > 6) {
        fprintf(stderr, "usage: fill_archive DIR COMMITS DEVICES [BODIES [LINES]]\n");
        return 64;
    }
    unsigned long commits = number_of(argv[2]);
    unsigned devices = (unsigned)number_of(argv[3]);
    struct fill f = {.bodies = argc > 4 && strcmp(argv[4], "-") != 0 ? argv[4] : NULL};
    struct files files = *files_system();
    files.sync = no_sync;
    files.sync_dir = no_sync_dir;
    manual_clock_init(&f.clock, pw_clock_wall_ms(pw_clock_system()) - (int64_t)commits * STEP_MS);
    const struct recorder_options o = {.data_dir = argv[1],
                                       .plant = "test",
                                       .commit_min_ms = 1,
                                       .commit_max_ms = STEP_MS,
                                       .commit_bytes = QUEUE_BYTES,
                                       .queue_bytes = QUEUE_BYTES,
                                       .files = &files,
                                       .clock = &f.clock.clock,
                                       .on_commit = on_commit,
                                       .ctx = &f};
    struct recorder_start start;
    char why[300] = "";
    if (recorder_open(&o, &f.recorder, &start, why, sizeof why) != 0) {
        fprintf(stderr, "fill_archive: %s\n", why);
        return 1;
    }
    if (argc == 6)
        add_lines_of(&f, argv[5]);
    for (unsigned long n = 1; n <= commits; n++)
        add_commit(&f, n, devices);
    recorder_close(f.recorder);
    return 0;
}
