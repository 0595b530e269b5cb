#include "tests/support/http_server.h"

#include "acq/core/err.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { REQUEST_MAX = 8 << 20 };

struct connection {
    uv_tcp_t tcp;
    uv_timer_t timer; /* before a late answer */
    struct served_answer late;
    char *late_body;
    unsigned handles;
    struct http_server *server;
    struct connection *next;
    char *data;
    size_t len, cap;
    unsigned number;
    bool busy; /* an answer is being written, or will never be */
};

struct http_server {
    uv_tcp_t tcp;
    struct connection *connections;
    unsigned handles;
    unsigned accepted;
    void (*on_request)(void *ctx, const struct served_request *r, struct served_answer *out);
    void *ctx;
};

struct answer_write {
    uv_write_t write;
    struct connection *connection;
    bool then_close;
    char *text;
};

static void release(struct http_server *s)
{
    if (--s->handles == 0)
        free(s);
}

static void on_connection_closed(uv_handle_t *handle)
{
    struct connection *c = handle->data;
    struct http_server *s = c->server;
    if (--c->handles > 0)
        return;
    free(c->late_body);
    free(c->data);
    free(c);
    release(s);
}

static void connection_close(struct connection *c)
{
    if (uv_is_closing((uv_handle_t *)&c->tcp))
        return;
    struct connection **link = &c->server->connections;
    while (*link != c)
        link = &(*link)->next;
    *link = c->next;
    uv_close((uv_handle_t *)&c->tcp, on_connection_closed);
    uv_close((uv_handle_t *)&c->timer, on_connection_closed);
}

static void serve(struct connection *c);

static void on_written(uv_write_t *write, int status)
{
    struct answer_write *w = write->data;
    struct connection *c = w->connection;
    bool then_close = w->then_close;
    free(w->text);
    free(w);
    c->busy = false;
    if (status || then_close)
        connection_close(c);
    else
        serve(c);
}

static void send_answer(struct connection *c, const struct served_answer *a)
{
    const char *body = a->body ? a->body : "";
    const char *headers = a->headers ? a->headers : "";
    bool bodiless = a->status == 204;
    size_t size = strlen(body) + strlen(headers) + 200;
    struct answer_write *w = calloc(1, sizeof *w);
    char *text = malloc(size);
    pw_require(w && text);
    char length[64] = "";
    if (!bodiless)
        snprintf(length, sizeof length, "Content-Length: %zu\r\n", strlen(body));
    int len = snprintf(text, size, "HTTP/1.1 %d Scripted\r\n%s%s\r\n%s", a->status, headers, length,
                       bodiless ? "" : body);
    pw_require(len > 0 && (size_t)len < size);
    w->write.data = w;
    w->connection = c;
    w->then_close = a->how == SERVE_CUT;
    w->text = text;
    int sent = a->how == SERVE_CUT ? a->cut_at : len;
    pw_require(sent <= len);
    uv_buf_t buf = uv_buf_init(text, (unsigned)sent);
    pw_require(uv_write(&w->write, (uv_stream_t *)&c->tcp, &buf, 1, on_written) == 0);
}

static void on_late(uv_timer_t *timer)
{
    struct connection *c = timer->data;
    send_answer(c, &c->late);
}

static void answer_in_time(struct connection *c, const struct served_answer *a)
{
    if (a->delay_ms == 0) {
        send_answer(c, a);
        return;
    }
    free(c->late_body);
    c->late = *a;
    c->late_body = strdup(a->body ? a->body : "");
    c->late.body = c->late_body;
    uv_timer_start(&c->timer, on_late, (uint64_t)a->delay_ms, 0);
}

const char *served_header(const struct served_request *r, const char *name, char *out, size_t size)
{
    size_t name_len = strlen(name);
    for (const char *line = r->headers; *line; line = strstr(line, "\r\n") + 2) {
        if (strncasecmp(line, name, name_len) != 0 || line[name_len] != ':')
            continue;
        const char *value = line + name_len + 1;
        value += strspn(value, " ");
        size_t len = (size_t)(strstr(value, "\r\n") - value);
        pw_require(len < size);
        memcpy(out, value, len);
        out[len] = '\0';
        return out;
    }
    return NULL;
}

/* Hands on one whole request; false while more bytes are needed. */
static bool serve_one(struct connection *c)
{
    c->data[c->len] = '\0';
    char *end = strstr(c->data, "\r\n\r\n");
    if (!end)
        return false;
    size_t head_len = (size_t)(end - c->data) + 4;
    char *head = malloc(head_len + 1);
    pw_require(head);
    memcpy(head, c->data, head_len - 2);
    head[head_len - 2] = '\0';
    char *target = strchr(head, ' ');
    char *version = target ? strchr(target + 1, ' ') : NULL;
    pw_require(version && strncmp(version, " HTTP/1.1\r\n", 11) == 0);
    *target++ = '\0';
    *version = '\0';
    struct served_request r = {.method = head, .target = target, .headers = version + 11};
    r.connection = c->number;
    char text[64];
    const char *length = served_header(&r, "Content-Length", text, sizeof text);
    pw_require(served_header(&r, "Host", (char[256]){0}, 256) != NULL);
    r.body_len = length ? strtoul(length, NULL, 10) : 0;
    bool whole = c->len >= head_len + r.body_len;
    if (whole) {
        char *body = malloc(r.body_len + 1);
        pw_require(body);
        memcpy(body, c->data + head_len, r.body_len);
        body[r.body_len] = '\0';
        r.body = body;
        struct served_answer a = {.how = SERVE_ANSWER, .status = 200};
        c->server->on_request(c->server->ctx, &r, &a);
        c->len -= head_len + r.body_len;
        memmove(c->data, c->data + head_len + r.body_len, c->len);
        c->busy = true;
        if (a.how != SERVE_HANG && !uv_is_closing((uv_handle_t *)&c->tcp))
            answer_in_time(c, &a);
        free(body);
    }
    free(head);
    return whole;
}

static void serve(struct connection *c)
{
    while (!c->busy && c->len > 0 && serve_one(c))
        ;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct connection *c = handle->data;
    if (c->cap < c->len + suggested + 1) {
        c->cap = c->len + suggested + 1;
        pw_require(c->cap < REQUEST_MAX);
        c->data = realloc(c->data, c->cap);
        pw_require(c->data);
    }
    *buf = uv_buf_init(c->data + c->len, (unsigned)(c->cap - c->len - 1));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct connection *c = stream->data;
    (void)buf;
    if (n < 0) {
        connection_close(c);
        return;
    }
    c->len += (size_t)n;
    serve(c);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct http_server *s = listener->data;
    pw_require(status == 0);
    struct connection *c = calloc(1, sizeof *c);
    pw_require(c && uv_tcp_init(listener->loop, &c->tcp) == 0);
    c->tcp.data = c;
    c->handles = 2;
    pw_require(uv_timer_init(listener->loop, &c->timer) == 0);
    c->timer.data = c;
    c->server = s;
    c->next = s->connections;
    c->number = ++s->accepted;
    s->connections = c;
    s->handles++;
    pw_require(uv_accept(listener, (uv_stream_t *)&c->tcp) == 0);
    pw_require(uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) == 0);
}

struct http_server *http_server_start(uv_loop_t *loop, int port,
                                      void (*on_request)(void *ctx, const struct served_request *r,
                                                         struct served_answer *out),
                                      void *ctx)
{
    struct http_server *s = calloc(1, sizeof *s);
    struct sockaddr_in address;
    pw_require(s && uv_tcp_init(loop, &s->tcp) == 0);
    s->tcp.data = s;
    s->handles = 1;
    s->on_request = on_request;
    s->ctx = ctx;
    pw_require(uv_ip4_addr("127.0.0.1", port, &address) == 0);
    pw_require(uv_tcp_bind(&s->tcp, (const struct sockaddr *)&address, 0) == 0);
    pw_require(uv_listen((uv_stream_t *)&s->tcp, 16, on_connection) == 0);
    return s;
}

int http_server_port(const struct http_server *s)
{
    struct sockaddr_in address;
    int len = sizeof address;
    pw_require(uv_tcp_getsockname(&s->tcp, (struct sockaddr *)&address, &len) == 0);
    const uint8_t *p = (const uint8_t *)&address.sin_port;
    return p[0] << 8 | p[1];
}

unsigned http_server_connections(const struct http_server *s)
{
    return s->accepted;
}

static void on_listener_closed(uv_handle_t *handle)
{
    release(handle->data);
}

void http_server_stop(struct http_server *s)
{
    while (s->connections)
        connection_close(s->connections);
    uv_close((uv_handle_t *)&s->tcp, on_listener_closed);
}
