#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "acq/record/archive.h"
#include "tests/unit/record_files.h"
#include "tests/unit/record_support.h"

/* A writer in a process of its own that is killed at a random instant. It numbers its lines and
 * reports through a pipe what was said to be durable. */
struct report {
    uint64_t seq;
    uint64_t lines; /* raw lines durable since the very first run */
};

struct writer {
    struct report report;
    int fd;
};

static void report_commit(void *ctx, const struct commit *c)
{
    struct writer *w = ctx;
    w->report.seq = c->seq;
    w->report.lines += c->lines[MEMBER_R];
    const struct report copy = w->report;
    if (write(w->fd, &copy, sizeof copy) != (ssize_t)sizeof copy)
        _exit(3);
}

static void write_until_killed(const struct record_bench *b, uint64_t lines, unsigned run, int fd)
{
    struct writer w = {.report.lines = lines, .fd = fd};
    struct recorder_options options = b->options;
    struct manual_clock clock;
    struct recorder *r = NULL;
    struct recorder_start start;
    char why[500];
    manual_clock_init(&clock, RECORD_START_MS + run * 20 * RECORD_DAY_MS);
    options.clock = &clock.clock;
    options.on_commit = report_commit;
    options.ctx = &w;
    options.commit_min_ms = 1;
    options.commit_max_ms = 3;
    if (recorder_open(&options, &r, &start, why, sizeof why) != 0)
        _exit(2);
    clock.mono_ms = start.last_at_ms + 1;
    for (uint64_t n = lines;;) {
        char line[100];
        int len = snprintf(line, sizeof line, "raw_x,device=A n=%llu %lld", (unsigned long long)n,
                           (long long)clock.wall_ms);
        int err = recorder_add_raw(r, line, (size_t)len, clock.wall_ms, clock.mono_ms);
        n += err == 0;
        (void)recorder_tick(r);
        manual_clock_advance(&clock, n % 50 == 0);
        clock.wall_ms += 3000;
        if (n % 200 == 0)
            usleep(300);
    }
}

static struct report run_and_kill(const struct record_bench *b, uint64_t lines, unsigned run,
                                  unsigned wait_us)
{
    int fds[2];
    struct report r;
    struct report last = {0};
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(fds[0]);
        write_until_killed(b, lines, run, fds[1]);
    }
    close(fds[1]);
    /* From its first commit on, so that every run has something to lose. */
    if (read(fds[0], &r, sizeof r) == (ssize_t)sizeof r)
        last = r;
    usleep(wait_us);
    assert_int_equal(kill(child, SIGKILL), 0);
    while (read(fds[0], &r, sizeof r) == (ssize_t)sizeof r)
        last = r;
    close(fds[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    return last;
}

static uint64_t check_member(const char *text, uint64_t lines)
{
    for (const char *p = text; *p;) {
        char expect[64];
        snprintf(expect, sizeof expect, "raw_x,device=A n=%llu ", (unsigned long long)lines++);
        assert_int_equal(strncmp(p, expect, strlen(expect)), 0);
        p = strchr(p, '\n') + 1;
    }
    return lines;
}

/* Every line once and in its order; how many there are. */
static uint64_t check_lines(const char *data_dir, uint64_t *out_last)
{
    struct archive *a = NULL;
    uint64_t first = 0;
    uint64_t last = 0;
    uint64_t lines = 0;
    assert_int_equal(archive_open(data_dir, &a), 0);
    assert_int_equal(archive_bounds(a, &first, &last), 0);
    assert_int_equal(first, 1);
    for (uint64_t seq = 1; seq <= last; seq++) {
        struct commit c;
        assert_int_equal(archive_read(a, seq, &c), 0);
        assert_int_equal(c.seq, seq);
        if (c.member[MEMBER_R]) {
            char *text = NULL;
            size_t len = 0;
            assert_int_equal(archive_inflate(c.member[MEMBER_R], &text, &len), 0);
            lines = check_member(text, lines);
            free(text);
        }
        for (unsigned k = 0; k < MEMBER_KINDS; k++)
            bytes_unref(c.member[k]);
    }
    archive_close(a);
    *out_last = last;
    return lines;
}

static void no_kill_loses_or_repeats_what_was_durable(void **state)
{
    (void)state;
    const char *given = getenv("PW_KILLS");
    unsigned kills = given ? (unsigned)atoi(given) : 10;
    struct record_bench b;
    uint64_t lines = 0;
    uint64_t last = 0;
    unsigned seed = (unsigned)getpid();
    record_bench_init(&b);
    for (unsigned run = 0; run < kills; run++) {
        seed = seed * 1103515245u + 12345u;
        struct report told = run_and_kill(&b, lines, run, (seed >> 8) % 60000);
        /* The start cuts what was under way; from here on the archive is whole. */
        b.clock.wall_ms = RECORD_START_MS + run * 20 * RECORD_DAY_MS;
        assert_int_equal(record_bench_open(&b), 0);
        record_bench_close(&b);
        assert_int_equal(record_verify_quietly(b.data), 0);
        lines = check_lines(b.data, &last);
        assert_true(told.seq > 0);
        assert_true(last >= told.seq);
        assert_true(lines >= told.lines);
    }
    record_bench_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_kill_loses_or_repeats_what_was_durable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
