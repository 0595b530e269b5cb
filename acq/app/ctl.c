#include "acq/app/ctl_private.h"

#include "acq/core/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { CTL_PATIENCE_MS = 30000, CTL_ASK_PATIENCE_MS = 660000 };

struct ctl {
    struct app *app;
    uv_pipe_t listener;
    struct ctl_client clients[CTL_CLIENTS_MAX];
    size_t open_handles;
    bool closing;
};

static void handle_gone(struct ctl *ctl)
{
    if (--ctl->open_handles > 0 || !ctl->closing)
        return;
    ctl->app->ctl = NULL;
    free(ctl);
}

static void on_client_closed(uv_handle_t *handle)
{
    struct ctl_client *c = handle->data;
    free(c->request);
    strbuf_deinit(&c->answer);
    c->used = false;
    handle_gone(c->ctl);
}

static void close_client(struct ctl_client *c)
{
    if (!uv_is_closing((uv_handle_t *)&c->pipe))
        uv_close((uv_handle_t *)&c->pipe, on_client_closed);
}

static void on_written(uv_write_t *write, int status)
{
    (void)status;
    close_client(write->data);
}

static void send_answer(struct ctl_client *c)
{
    c->wait = CTL_ANSWERED;
    strbuf_addc(&c->answer, '}');
    strbuf_addc(&c->answer, '\n');
    if (c->answer.failed) {
        log_error("ctl", "an answer does not fit into memory");
        close_client(c);
        return;
    }
    uv_buf_t buf = uv_buf_init(c->answer.data, (unsigned)c->answer.len);
    c->write.data = c;
    if (uv_write(&c->write, (uv_stream_t *)&c->pipe, &buf, 1, on_written) != 0)
        close_client(c);
}

void ctl_finish(struct ctl_client *c)
{
    send_answer(c);
}

static void take_request(struct ctl_client *c, size_t len)
{
    uv_read_stop((uv_stream_t *)&c->pipe);
    strbuf_addc(&c->answer, '{');
    c->wait = ctl_command(c->ctl->app, c, c->request, len);
    if (c->wait == CTL_ANSWERED)
        send_answer(c);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)suggested;
    struct ctl_client *c = handle->data;
    *buf = uv_buf_init(c->request + c->len, (unsigned)(CTL_REQUEST_MAX - c->len));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    (void)buf;
    struct ctl_client *c = stream->data;
    if (n < 0) {
        close_client(c);
        return;
    }
    char *end = memchr(c->request + c->len, '\n', (size_t)n);
    c->len += (size_t)n;
    if (end)
        take_request(c, (size_t)(end - c->request));
    else if (c->len == CTL_REQUEST_MAX)
        close_client(c);
}

/* What the kernel says of the peer; the layout is that of SO_PEERCRED (unix(7)). */
static void ask_who(struct ctl_client *c)
{
    struct {
        pid_t pid;
        uid_t uid;
        gid_t gid;
    } peer = {0, (uid_t)-1, (gid_t)-1};
    socklen_t size = sizeof peer;
    uv_os_fd_t fd = -1;
    if (uv_fileno((uv_handle_t *)&c->pipe, &fd) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        snprintf(c->who, sizeof c->who, "unknown");
    else
        snprintf(c->who, sizeof c->who, "uid:%ld pid:%ld", (long)peer.uid, (long)peer.pid);
}

static struct ctl_client *free_client(struct ctl *ctl)
{
    for (size_t i = 0; i < CTL_CLIENTS_MAX; i++)
        if (!ctl->clients[i].used)
            return &ctl->clients[i];
    return NULL;
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct ctl *ctl = listener->data;
    struct ctl_client *c = free_client(ctl);
    if (status != 0 || ctl->closing || !c)
        return;
    *c = (struct ctl_client){.ctl = ctl, .used = true, .wait = CTL_ANSWERED};
    c->since_ms = pw_clock_mono_ms(pw_clock_system());
    strbuf_init(&c->answer, CTL_ANSWER_MAX);
    if (uv_pipe_init(listener->loop, &c->pipe, 0) != 0) {
        c->used = false;
        return;
    }
    c->pipe.data = c;
    ctl->open_handles++;
    c->request = malloc(CTL_REQUEST_MAX);
    if (!c->request || uv_accept(listener, (uv_stream_t *)&c->pipe) != 0) {
        close_client(c);
        return;
    }
    ask_who(c);
    if (uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read) != 0)
        close_client(c);
}

static void on_listener_closed(uv_handle_t *handle)
{
    handle_gone(handle->data);
}

/* The data directory's lock is ours, so a socket that lies there is a leftover. */
static int bind_listener(struct ctl *ctl, const char *path)
{
    unlink(path);
    int err = uv_pipe_bind(&ctl->listener, path);
    if (!err && chmod(path, S_IRUSR | S_IWUSR) != 0)
        err = PW_EIO;
    return err ? err : uv_listen((uv_stream_t *)&ctl->listener, CTL_CLIENTS_MAX, on_connection);
}

int ctl_open(struct app *a)
{
    struct ctl *ctl = calloc(1, sizeof *ctl);
    struct sockaddr_un longest;
    char path[sizeof longest.sun_path];
    if (!ctl)
        return PW_ENOMEM;
    ctl->app = a;
    int err = uv_pipe_init(&a->loop, &ctl->listener, 0);
    if (err) {
        free(ctl);
        return err;
    }
    ctl->listener.data = ctl;
    ctl->open_handles = 1;
    a->ctl = ctl;
    int len = snprintf(path, sizeof path, "%s/control.sock", a->data_dir);
    if (len < 0 || (size_t)len >= sizeof path) {
        log_warn("ctl", "no control socket: %s is longer than a socket's name may be", a->data_dir);
        return 0;
    }
    err = bind_listener(ctl, path);
    if (err)
        log_error("ctl", "%s: %s", path, pw_strerror(err));
    return err;
}

void ctl_close(struct app *a)
{
    struct ctl *ctl = a->ctl;
    if (!ctl || ctl->closing)
        return;
    ctl->closing = true;
    for (size_t i = 0; i < CTL_CLIENTS_MAX; i++)
        if (ctl->clients[i].used)
            close_client(&ctl->clients[i]);
    uv_close((uv_handle_t *)&ctl->listener, on_listener_closed);
}

void ctl_on_commit(struct app *a, uint64_t seq)
{
    ctl_ask_on_commit(a, seq);
    for (size_t i = 0; a->ctl && i < CTL_CLIENTS_MAX; i++) {
        struct ctl_client *c = &a->ctl->clients[i];
        if (c->used && c->wait == CTL_UNTIL_DURABLE && seq >= c->wait_seq)
            send_answer(c);
    }
}

struct ctl_client *ctl_find_waiting(struct app *a, enum ctl_wait wait, uint64_t token)
{
    for (size_t i = 0; a->ctl && i < CTL_CLIENTS_MAX; i++) {
        struct ctl_client *c = &a->ctl->clients[i];
        if (c->used && c->wait == wait && c->wait_token == token)
            return c;
    }
    return NULL;
}

void ctl_on_reloaded(struct app *a, const char *answer)
{
    for (size_t i = 0; a->ctl && i < CTL_CLIENTS_MAX; i++) {
        struct ctl_client *c = &a->ctl->clients[i];
        if (!c->used || c->wait != CTL_UNTIL_RELOADED)
            continue;
        strbuf_adds(&c->answer, answer);
        send_answer(c);
    }
}

void ctl_second(struct app *a)
{
    int64_t now_ms = pw_clock_mono_ms(pw_clock_system());
    for (size_t i = 0; a->ctl && i < CTL_CLIENTS_MAX; i++) {
        struct ctl_client *c = &a->ctl->clients[i];
        int64_t most_ms = c->wait == CTL_UNTIL_ASKED ? CTL_ASK_PATIENCE_MS : CTL_PATIENCE_MS;
        if (c->used && now_ms - c->since_ms > most_ms)
            close_client(c);
    }
}
