/* Anchors: what fails is tried again, a newer head takes over, closing leaves nothing behind. Every
 * kind together, with letters and signatures: tests/integration/test_anchors.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acq/deliver/anchor.h"
#include "tests/support/support.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { JOURNAL_MAX = 20 };

struct stand {
    uv_loop_t loop;
    uv_timer_t tick;
    struct http_client *http;
    struct plant plant;
    struct plant_anchor configs[2];
    struct anchors *anchors;
    char dir[64];
    char path[128];
    char journal[JOURNAL_MAX][600];
    unsigned journals;
    uint64_t line_seq;
    unsigned lines;
    bool confirmed;
    unsigned idle;
};

static uint64_t on_write_line(void *ctx, const struct anchor_head *head)
{
    struct stand *f = ctx;
    assert_true(head->seq > 0);
    f->lines++;
    return ++f->line_seq;
}

static bool on_is_confirmed(void *ctx, const char *target, uint64_t seq)
{
    struct stand *f = ctx;
    assert_string_equal(target, "local");
    assert_int_equal(seq, f->line_seq);
    return f->confirmed;
}

static void on_journal(void *ctx, const char *members)
{
    struct stand *f = ctx;
    pw_require(f->journals < JOURNAL_MAX);
    snprintf(f->journal[f->journals++], sizeof f->journal[0], "%s", members);
}

static void on_idle(void *ctx)
{
    struct stand *f = ctx;
    f->idle++;
}

static void on_tick(uv_timer_t *timer)
{
    (void)timer;
}

static int set_up(void **state)
{
    struct stand *f = calloc(1, sizeof *f);
    pw_require(f != NULL);
    snprintf(f->dir, sizeof f->dir, "/tmp/pw-anchor-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->path, sizeof f->path, "%s/anchors.txt", f->dir);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    uv_timer_init(&f->loop, &f->tick);
    assert_int_equal(http_client_open(&f->loop, &f->http), 0);
    f->plant.server.plant = "p";
    f->plant.server.signing_key_file = "";
    f->plant.anchors = f->configs;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *f = *state;
    char command[100];
    anchors_close(f->anchors);
    http_client_close(f->http, NULL, NULL);
    uv_close((uv_handle_t *)&f->tick, NULL);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    snprintf(command, sizeof command, "rm -r %s", f->dir);
    assert_int_equal(system(command), 0);
    free(f);
    return 0;
}

static void open_anchors(struct stand *f, uint32_t count)
{
    f->plant.anchor_count = count;
    const struct anchors_options o = {.loop = &f->loop,
                                      .http = f->http,
                                      .plant = &f->plant,
                                      .retry_first_ms = 20,
                                      .write_line = on_write_line,
                                      .is_confirmed = on_is_confirmed,
                                      .journal = on_journal,
                                      .ctx = f};
    assert_int_equal(anchors_open(&o, &f->anchors), 0);
}

static struct anchor_head head_of(uint64_t seq)
{
    return (struct anchor_head){.seq = seq, .digest = "00ff", .time_ms = 1795507200000};
}

static void send_head(struct stand *f, uint64_t seq)
{
    struct anchor_head head = head_of(seq);
    anchors_send(f->anchors, &head);
}

static struct anchor_stats stats_of(const struct stand *f, uint32_t i)
{
    struct anchor_stats s;
    anchors_get(f->anchors, i, &s);
    return s;
}

#define run_until(f, condition)                                                                    \
    do {                                                                                           \
        uint64_t run_begun = uv_hrtime();                                                          \
        uv_timer_start(&(f)->tick, on_tick, 5, 5);                                                 \
        while (!(condition)) {                                                                     \
            if (uv_hrtime() - run_begun > 10000000000u)                                            \
                fail_msg("never: %s", #condition);                                                 \
            uv_run(&(f)->loop, UV_RUN_ONCE);                                                       \
        }                                                                                          \
        uv_timer_stop(&(f)->tick);                                                                 \
    } while (0)

static void add_file(struct stand *f, uint32_t i)
{
    f->configs[i] = (struct plant_anchor){.via = ANCHOR_FILE, .path = f->path};
}

static void add_command(struct stand *f, uint32_t i, const char *const *run, uint32_t timeout_s)
{
    f->configs[i] =
        (struct plant_anchor){.via = ANCHOR_COMMAND, .run = run, .timeout_s = timeout_s};
}

static void a_file_gets_a_line_each_and_an_unfinished_one_is_ended(void **state)
{
    struct stand *f = *state;
    FILE *file = fopen(f->path, "w");
    assert_non_null(file);
    fputs("torn", file);
    fclose(file);
    add_file(f, 0);
    open_anchors(f, 1);
    send_head(f, 7);
    run_until(f, stats_of(f, 0).last_seq == 7);
    send_head(f, 8);
    run_until(f, stats_of(f, 0).last_seq == 8);
    char *text = support_read_file(f->path, NULL);
    assert_string_equal(text, "torn\n2026-11-24T08:00:00.000Z 7:00ff\n"
                              "2026-11-24T08:00:00.000Z 8:00ff\n");
    free(text);
    assert_int_equal(stats_of(f, 0).sent, 2);
    assert_int_equal(f->journals, 2);
    assert_non_null(strstr(f->journal[0], "\"via\":\"file\",\"to\":\"/tmp/pw-anchor-"));
    assert_non_null(strstr(f->journal[0], "\"seq\":7,\"digest\":\"00ff\",\"outcome\":\"sent\""));
}

static void what_fails_is_tried_again_and_journaled_once(void **state)
{
    struct stand *f = *state;
    char missing[160];
    snprintf(missing, sizeof missing, "%s/later/anchors.txt", f->dir);
    add_file(f, 0);
    f->configs[0].path = missing;
    open_anchors(f, 1);
    send_head(f, 3);
    run_until(f, stats_of(f, 0).failed >= 3);
    assert_true(anchors_are_behind(f->anchors));
    assert_string_equal(stats_of(f, 0).error, "No such file or directory");
    snprintf(missing, sizeof missing, "%s/later", f->dir);
    assert_int_equal(mkdir(missing, S_IRWXU), 0);
    snprintf(missing, sizeof missing, "%s/later/anchors.txt", f->dir);
    run_until(f, stats_of(f, 0).last_seq == 3);
    assert_false(anchors_are_behind(f->anchors));
    assert_string_equal(stats_of(f, 0).error, "");
    assert_int_equal(f->journals, 2);
    assert_non_null(strstr(f->journal[0], "\"outcome\":\"failed\",\"error\":\"No such file"));
}

static void a_newer_head_takes_over(void **state)
{
    struct stand *f = *state;
    static const char *const slow[] = {"/bin/sh", "-c", "sleep 0.2", NULL};
    static const char *const broken[] = {"/bin/false", NULL};
    add_command(f, 0, slow, 10);
    add_command(f, 1, broken, 10);
    open_anchors(f, 2);
    send_head(f, 1);
    send_head(f, 2);
    send_head(f, 3);
    run_until(f, stats_of(f, 0).last_seq == 3);
    assert_int_equal(stats_of(f, 0).sent, 2);
    run_until(f, stats_of(f, 1).failed >= 3);
    assert_string_equal(stats_of(f, 1).error, "exit status 1: ");
}

static void a_command_that_takes_too_long_is_killed_with_its_children(void **state)
{
    struct stand *f = *state;
    char script[200];
    const char *run[] = {"/bin/sh", "-c", script, NULL};
    snprintf(script, sizeof script, "sleep 1000 & echo $! > %s; wait", f->path);
    add_command(f, 0, run, 1);
    open_anchors(f, 1);
    send_head(f, 1);
    run_until(f, stats_of(f, 0).failed == 1);
    assert_string_equal(stats_of(f, 0).error, "killed, as it took too long");
    char *text = support_read_file(f->path, NULL);
    pid_t child = (pid_t)atol(text);
    free(text);
    assert_true(child > 1);
    run_until(f, kill(child, 0) != 0 && errno == ESRCH);
}

static void closing_kills_what_runs(void **state)
{
    struct stand *f = *state;
    static const char *const run[] = {"/bin/sh", "-c", "sleep 1000", NULL};
    add_command(f, 0, run, 300);
    add_file(f, 1);
    open_anchors(f, 2);
    send_head(f, 1);
    uint64_t begun = uv_hrtime();
    anchors_close(f->anchors);
    f->anchors = NULL;
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_true(uv_hrtime() - begun < 5000000000u);
    assert_int_equal(f->journals, 0);
}

static void a_line_counts_when_the_target_has_its_commit(void **state)
{
    struct stand *f = *state;
    f->configs[0] = (struct plant_anchor){.via = ANCHOR_INFLUX, .target = "local"};
    f->configs[1] = f->configs[0];
    open_anchors(f, 2);
    send_head(f, 5);
    assert_int_equal(f->lines, 1);
    for (int i = 0; i < 20; i++)
        uv_run(&f->loop, UV_RUN_NOWAIT);
    assert_true(anchors_are_behind(f->anchors));
    f->confirmed = true;
    run_until(f, !anchors_are_behind(f->anchors));
    assert_int_equal(stats_of(f, 1).last_seq, 5);
    assert_int_equal(f->journals, 2);
}

static void finishing_tries_once_and_says_when_it_is_over(void **state)
{
    struct stand *f = *state;
    static const char *const run[] = {"/no/such/program", NULL};
    add_command(f, 0, run, 5);
    add_file(f, 1);
    open_anchors(f, 2);
    struct anchor_head head = head_of(9);
    anchors_finish(f->anchors, &head, on_idle, f);
    assert_int_equal(f->idle, 0);
    run_until(f, f->idle > 0);
    assert_int_equal(stats_of(f, 1).last_seq, 9);
    assert_int_equal(stats_of(f, 0).failed, 1);
    for (int i = 0; i < 20; i++)
        uv_run(&f->loop, UV_RUN_NOWAIT);
    assert_int_equal(f->idle, 1);
    assert_int_equal(stats_of(f, 0).failed, 1);
}

#define case_of(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        case_of(a_file_gets_a_line_each_and_an_unfinished_one_is_ended),
        case_of(what_fails_is_tried_again_and_journaled_once),
        case_of(a_newer_head_takes_over),
        case_of(a_command_that_takes_too_long_is_killed_with_its_children),
        case_of(closing_kills_what_runs),
        case_of(a_line_counts_when_the_target_has_its_commit),
        case_of(finishing_tries_once_and_says_when_it_is_over),
    };
    return cmocka_run_group_tests_name("anchor", tests, NULL, NULL);
}
