#include "acq/loop/stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    READ_SIZE = 2048,
    KEEPALIVE_S = 20,
    UNACKNOWLEDGED_MS = 20000, /* TCP_USER_TIMEOUT */
    HOST_SIZE = 256
};

enum stream_state {
    STREAM_CLOSED,
    STREAM_RESOLVING,
    STREAM_CONNECTING,
    STREAM_OPEN,
    STREAM_ENDING
};

/* A name look-up runs on a thread and cannot be stopped: it may outlive its owner's interest. */
struct lookup {
    uv_getaddrinfo_t request;
    struct stream *owner; /* NULL: nobody waits any more */
};

struct stream {
    uv_loop_t *loop;
    const struct stream_events *events;
    void *ctx;
    enum stream_state state;
    int why;
    unsigned turn;    /* which address of the name to try */
    unsigned pending; /* handles whose close callback has not come */
    uint16_t port;
    uv_tcp_t tcp;
    uv_timer_t timer;      /* bounds resolving and connecting; later tells of an early end */
    struct lookup *lookup; /* while resolving */
    uv_connect_t connect;
    uv_write_t write;
    bool writing;
    uint8_t kept[STREAM_WRITE_MAX];
    char read_buffer[READ_SIZE];
};

struct stream *stream_new(uv_loop_t *loop, const struct stream_events *events, void *ctx)
{
    struct stream *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->loop = loop;
    s->events = events;
    s->ctx = ctx;
    return s;
}

void stream_free(struct stream *s)
{
    if (!s)
        return;
    pw_require(s->state == STREAM_CLOSED);
    free(s);
}

static void settle_one(struct stream *s)
{
    if (--s->pending > 0)
        return;
    s->state = STREAM_CLOSED;
    s->events->on_close(s->ctx, s->why);
}

static void on_handle_closed(uv_handle_t *handle)
{
    settle_one(handle->data);
}

static void abandon_lookup(struct stream *s)
{
    s->lookup->owner = NULL;
    uv_cancel((uv_req_t *)&s->lookup->request);
    s->lookup = NULL;
}

static void end(struct stream *s, int why)
{
    if (s->state == STREAM_ENDING || s->state == STREAM_CLOSED)
        return;
    if (s->lookup)
        abandon_lookup(s);
    if (s->state == STREAM_CONNECTING)
        s->turn++;
    s->state = STREAM_ENDING;
    s->why = why;
    uv_close((uv_handle_t *)&s->tcp, on_handle_closed);
    uv_close((uv_handle_t *)&s->timer, on_handle_closed);
}

void stream_close(struct stream *s)
{
    end(s, 0);
}

static void on_deadline(uv_timer_t *timer)
{
    end(timer->data, PW_ETIMEOUT);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    struct stream *s = handle->data;
    (void)suggested;
    *out = uv_buf_init(s->read_buffer, sizeof s->read_buffer);
}

static void on_read(uv_stream_t *handle, ssize_t n, const uv_buf_t *buf)
{
    struct stream *s = handle->data;
    if (s->state != STREAM_OPEN)
        return;
    if (n > 0)
        s->events->on_data(s->ctx, (const uint8_t *)buf->base, (size_t)n);
    else if (n < 0)
        end(s, (int)n);
}

static void tune_socket(struct stream *s)
{
    uv_os_fd_t fd;
    uv_tcp_nodelay(&s->tcp, 1);
    uv_tcp_keepalive(&s->tcp, 1, KEEPALIVE_S);
    unsigned limit_ms = UNACKNOWLEDGED_MS;
    /* All three are improvements only: a connection without them works. */
    if (uv_fileno((uv_handle_t *)&s->tcp, &fd) == 0)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit_ms, sizeof limit_ms);
}

static int begin_reading(struct stream *s)
{
    int err = uv_read_start((uv_stream_t *)&s->tcp, on_alloc, on_read);
    if (err)
        return err;
    uv_timer_stop(&s->timer);
    tune_socket(s);
    s->state = STREAM_OPEN;
    return 0;
}

static void on_connected(uv_connect_t *request, int status)
{
    struct stream *s = request->data;
    if (s->state != STREAM_CONNECTING)
        return;
    if (status == 0)
        status = begin_reading(s);
    if (status < 0)
        end(s, status);
    else
        s->events->on_open(s->ctx);
}

static int connect_to(struct stream *s, const struct sockaddr *address)
{
    s->state = STREAM_CONNECTING;
    s->connect.data = s;
    return uv_tcp_connect(&s->connect, &s->tcp, address, on_connected);
}

/* A name with several addresses: another one at each attempt, IPv4 first, as most devices have no
 * other and "localhost" has both. */
static const struct addrinfo *choose(const struct addrinfo *list, unsigned turn)
{
    unsigned count = 0;
    for (const struct addrinfo *a = list; a; a = a->ai_next)
        count++;
    unsigned place = count > 0 ? turn % count : 0;
    for (int pass = 0; pass < 2; pass++) {
        for (const struct addrinfo *a = list; a; a = a->ai_next) {
            bool v4 = a->ai_family == AF_INET;
            if (v4 == (pass == 0) && place-- == 0)
                return a;
        }
    }
    return list;
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
    struct lookup *lookup = request->data;
    struct stream *s = lookup->owner;
    free(lookup);
    if (s) {
        s->lookup = NULL;
        if (status == 0)
            status = connect_to(s, choose(list, s->turn)->ai_addr);
        if (status < 0)
            end(s, status);
    }
    uv_freeaddrinfo(list);
}

static int resolve(struct stream *s, const char *host)
{
    char service[8];
    snprintf(service, sizeof service, "%u", s->port);
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct lookup *lookup = calloc(1, sizeof *lookup);
    if (!lookup)
        return UV_ENOMEM;
    lookup->owner = s;
    lookup->request.data = lookup;
    int err = uv_getaddrinfo(s->loop, &lookup->request, on_resolved, host, service, &hints);
    if (err) {
        free(lookup);
        return err;
    }
    s->state = STREAM_RESOLVING;
    s->lookup = lookup;
    return 0;
}

static int begin(struct stream *s, const char *host)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (uv_ip4_addr(host, s->port, &v4) == 0)
        return connect_to(s, (const struct sockaddr *)&v4);
    if (uv_ip6_addr(host, s->port, &v6) == 0)
        return connect_to(s, (const struct sockaddr *)&v6);
    return resolve(s, host);
}

static void on_early_end(uv_timer_t *timer)
{
    struct stream *s = timer->data;
    end(s, s->why);
}

static int init_handles(struct stream *s)
{
    if (s->state != STREAM_CLOSED)
        return PW_ESTATE;
    int err = uv_tcp_init(s->loop, &s->tcp);
    if (err)
        return err;
    uv_timer_init(s->loop, &s->timer);
    s->tcp.data = s->timer.data = s;
    s->pending = 2;
    s->writing = false;
    s->state = STREAM_CONNECTING;
    return 0;
}

int stream_accept(struct stream *s, uv_stream_t *listener)
{
    pw_require(init_handles(s) == 0);
    int err = uv_accept(listener, (uv_stream_t *)&s->tcp);
    if (err == 0)
        err = begin_reading(s);
    if (err)
        end(s, err);
    return err;
}

void stream_set_deadline(struct stream *s, uint32_t ms)
{
    pw_require(s->state == STREAM_OPEN);
    if (ms > 0)
        uv_timer_start(&s->timer, on_deadline, ms, 0);
    else
        uv_timer_stop(&s->timer);
}

void stream_set_events(struct stream *s, const struct stream_events *events, void *ctx)
{
    pw_require(s->state == STREAM_OPEN);
    s->events = events;
    s->ctx = ctx;
}

int stream_open(struct stream *s, const char *host, uint16_t port, uint32_t connect_timeout_ms)
{
    if (strlen(host) >= HOST_SIZE)
        return PW_EINVAL;
    int err = init_handles(s);
    if (err)
        return err;
    s->port = port;
    uv_timer_start(&s->timer, on_deadline, connect_timeout_ms, 0);
    s->why = begin(s, host);
    if (s->why)
        uv_timer_start(&s->timer, on_early_end, 0, 0);
    return 0;
}

static void on_written(uv_write_t *request, int status)
{
    struct stream *s = request->data;
    s->writing = false;
    if (status < 0)
        end(s, status);
}

static int write_kept(struct stream *s, const uint8_t *data, size_t len)
{
    memcpy(s->kept, data, len);
    uv_buf_t buf = uv_buf_init((char *)s->kept, (unsigned)len);
    s->write.data = s;
    int err = uv_write(&s->write, (uv_stream_t *)&s->tcp, &buf, 1, on_written);
    s->writing = err == 0;
    return err;
}

int stream_write(struct stream *s, const uint8_t *data, size_t len)
{
    if (s->state != STREAM_OPEN)
        return PW_ESTATE;
    if (len > STREAM_WRITE_MAX)
        return PW_EINVAL;
    if (s->writing)
        return UV_EAGAIN;
    union {
        const uint8_t *in;
        char *out;
    } bytes = {.in = data}; /* uv_buf_t has no const, but does not write */
    uv_buf_t buf = uv_buf_init(bytes.out, (unsigned)len);
    int n = uv_try_write((uv_stream_t *)&s->tcp, &buf, 1);
    if (n < 0 && n != UV_EAGAIN)
        return n;
    size_t sent = n < 0 ? 0 : (size_t)n;
    return sent == len ? 0 : write_kept(s, data + sent, len - sent);
}
