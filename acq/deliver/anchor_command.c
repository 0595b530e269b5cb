#include "acq/deliver/anchor_private.h"

#include "acq/core/civil.h"
#include "acq/core/log.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS_MAX = 40, VARIABLES = 7, VARIABLE_SIZE = 1024, LAST_WORDS_MS = 500 };

static struct anchor_item *item_of(uv_handle_t *handle)
{
    return handle->data;
}

static void describe(const struct anchor_command_run *run, char why[ANCHOR_ERROR_SIZE])
{
    why[0] = '\0';
    if (run->timed_out)
        snprintf(why, ANCHOR_ERROR_SIZE, "killed, as it took too long");
    else if (run->signal)
        snprintf(why, ANCHOR_ERROR_SIZE, "ended by signal %d: %.150s", run->signal, run->text);
    else if (run->status < 0)
        snprintf(why, ANCHOR_ERROR_SIZE, "%.200s", run->text);
    else if (run->status)
        snprintf(why, ANCHOR_ERROR_SIZE, "exit status %lld: %.150s", (long long)run->status,
                 run->text);
}

static void log_output(const struct anchor_item *item)
{
    const struct anchor_command_run *run = &item->command;
    if (run->len)
        log_info("anchor", "command=%s said: %s", item->to, run->text);
}

static void on_closed(uv_handle_t *handle)
{
    struct anchor_item *item = item_of(handle);
    struct anchors *a = item->owner;
    char why[ANCHOR_ERROR_SIZE];
    if (--item->command.handles == 0 && !a->closing) {
        log_output(item);
        describe(&item->command, why);
        anchor_done(item, why);
    }
    anchors_release(a);
}

static void close_one(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

static void close_run(struct anchor_item *item)
{
    close_one((uv_handle_t *)&item->command.process);
    close_one((uv_handle_t *)&item->command.output);
    close_one((uv_handle_t *)&item->command.limit);
}

/* The whole group: what it started goes with it. */
static void kill_group(const struct anchor_command_run *run)
{
    if (run->running)
        (void)uv_kill(-run->process.pid, SIGKILL);
}

static void on_limit(uv_timer_t *timer)
{
    struct anchor_item *item = timer->data;
    if (!item->command.running) {
        close_run(item);
        return;
    }
    item->command.timed_out = true;
    kill_group(&item->command);
}

/* What it said may still be in the pipe, which its own children may hold open. */
static void on_process_end(uv_process_t *process, int64_t status, int signal_number)
{
    struct anchor_item *item = process->data;
    struct anchor_command_run *run = &item->command;
    run->running = false;
    run->status = status;
    run->signal = signal_number;
    if (run->ended || item->owner->closing)
        close_run(item);
    else
        uv_timer_start(&run->limit, on_limit, LAST_WORDS_MS, 0);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    static char beyond[512];
    struct anchor_command_run *run = &item_of(handle)->command;
    size_t room = ANCHOR_OUTPUT_MAX - run->len;
    (void)suggested;
    *buf = room ? uv_buf_init(run->text + run->len, (unsigned)room)
                : uv_buf_init(beyond, sizeof beyond);
}

static void on_output(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct anchor_item *item = stream->data;
    struct anchor_command_run *run = &item->command;
    if (n > 0 && buf->base == run->text + run->len) {
        run->len += (size_t)n;
        run->text[run->len] = '\0';
    }
    if (n >= 0)
        return;
    uv_read_stop(stream);
    run->ended = true;
    if (!run->running)
        close_run(item);
}

static void init_handles(struct anchor_item *item)
{
    struct anchor_command_run *run = &item->command;
    uv_loop_t *loop = item->owner->options.loop;
    *run = (struct anchor_command_run){.handles = 3};
    item->owner->handles += 3;
    pw_require(uv_timer_init(loop, &run->limit) == 0);
    pw_require(uv_pipe_init(loop, &run->output, 0) == 0);
    run->limit.data = item;
    run->output.data = item;
    run->process.data = item;
}

struct anchor_words {
    char name[ANCHOR_NAME_SIZE];
    char time[CIVIL_ISO_SIZE];
    const char *signature;
};

struct command_words {
    char variables[VARIABLES][VARIABLE_SIZE];
    char *arguments[WORDS_MAX];
    char *environment[VARIABLES + 1];
};

static size_t inherit(struct command_words *w)
{
    const char *const names[] = {"PATH", "HOME", "LANG"};
    size_t n = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i]))
            snprintf(w->variables[n++], VARIABLE_SIZE, "%s=%s", names[i], getenv(names[i]));
    return n;
}

static void write_environment(const char *plant, const struct anchor_words *anchor,
                              struct command_words *w)
{
    size_t n = inherit(w);
    snprintf(w->variables[n++], VARIABLE_SIZE, "PLUMEWATCH_ANCHOR=%s", anchor->name);
    snprintf(w->variables[n++], VARIABLE_SIZE, "PLUMEWATCH_TIME=%s", anchor->time);
    snprintf(w->variables[n++], VARIABLE_SIZE, "PLUMEWATCH_PLANT=%s", plant);
    snprintf(w->variables[n++], VARIABLE_SIZE, "PLUMEWATCH_SIGNATURE=%s", anchor->signature);
    for (size_t i = 0; i < n; i++)
        w->environment[i] = w->variables[i];
    w->environment[n] = NULL;
}

static void write_arguments(const char *const *run, struct anchor_words *anchor,
                            struct command_words *w)
{
    size_t n = 0;
    for (; *run; run++)
        memcpy(&w->arguments[n++], run, sizeof *run); /* execvp() does not write to them */
    w->arguments[n++] = anchor->name;
    w->arguments[n++] = anchor->time;
    w->arguments[n] = NULL;
}

static int spawn(struct anchor_item *item, int output_fd)
{
    struct command_words w;
    struct anchor_words anchor = {.signature = item->head.signature};
    anchor_name(&item->head, anchor.name);
    civil_format_iso(item->head.time_ms, 0, anchor.time);
    write_environment(item->owner->options.plant->server.plant, &anchor, &w);
    write_arguments(item->config->run, &anchor, &w);
    uv_stdio_container_t stdio[3] = {{.flags = UV_IGNORE},
                                     {.flags = UV_INHERIT_FD, .data.fd = output_fd},
                                     {.flags = UV_INHERIT_FD, .data.fd = output_fd}};
    uv_process_options_t options = {.exit_cb = on_process_end,
                                    .file = w.arguments[0],
                                    .args = w.arguments,
                                    .env = w.environment,
                                    .flags = UV_PROCESS_DETACHED,
                                    .stdio_count = 3,
                                    .stdio = stdio};
    return uv_spawn(item->owner->options.loop, &item->command.process, &options);
}

/* uv_spawn() makes the process handle one that must be closed even when it fails. */
static void start_run(struct anchor_item *item, const uv_file fds[2])
{
    struct anchor_command_run *run = &item->command;
    int err = spawn(item, fds[1]);
    if (err) {
        snprintf(run->text, sizeof run->text, "cannot be started: %s", pw_strerror(err));
        run->status = -1;
        close_run(item);
        return;
    }
    run->running = true;
    uv_timer_start(&run->limit, on_limit, (uint64_t)item->config->timeout_s * 1000, 0);
    if (uv_read_start((uv_stream_t *)&run->output, on_alloc, on_output) != 0)
        run->ended = true;
}

int anchor_command_begin(struct anchor_item *item)
{
    uv_file fds[2];
    int err = uv_pipe(fds, UV_NONBLOCK_PIPE, 0);
    if (err)
        return err;
    init_handles(item);
    pw_require(uv_pipe_open(&item->command.output, fds[0]) == 0);
    start_run(item, fds);
    close(fds[1]);
    return 0;
}

void anchor_command_cancel(struct anchor_item *item)
{
    kill_group(&item->command);
    if (!item->command.running)
        close_run(item);
}
