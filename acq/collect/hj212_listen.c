#include "acq/collect/hj212_link_private.h"

#include "acq/core/log.h"

#include <stdlib.h>

enum { BACKLOG = 1024, LOG_EVERY_MS = 60000 };

static void on_data(void *ctx, const uint8_t *data, size_t len)
{
    hj212_call_take(ctx, data, len);
}

static void on_close(void *ctx, int why)
{
    struct hj212_call *c = ctx;
    struct hj212_link *l = c->link;
    l->stats.disconnects += why != 0;
    wire_deinit(&c->wire);
    hj212_call_drop(c);
    hj212_link_settle(l);
}

static const struct stream_events call_events = {NULL, on_data, on_close};

static void on_refused_closed(uv_handle_t *handle)
{
    struct hj212_link *l = handle->data;
    l->handles--;
    free(handle);
    hj212_link_settle(l);
}

static void log_refused(struct hj212_link *l)
{
    int64_t now_ms = hj212_link_moment(l).at_ms;
    l->stats.refused++;
    if (l->logged_ms && now_ms - l->logged_ms < LOG_EVERY_MS)
        return;
    l->logged_ms = now_ms;
    log_warn("hj212", "link=%s: a connection is refused: %u are open, %u of them said nothing yet",
             l->link->id, l->open, l->stats.strangers);
}

static void refuse_call(struct hj212_link *l)
{
    uv_tcp_t *tcp = calloc(1, sizeof *tcp);
    log_refused(l);
    if (!tcp)
        return;
    if (uv_tcp_init(l->loop, tcp) != 0) {
        free(tcp);
        return;
    }
    tcp->data = l;
    l->handles++;
    (void)uv_accept((uv_stream_t *)&l->listener, (uv_stream_t *)tcp);
    uv_close((uv_handle_t *)tcp, on_refused_closed);
}

static struct hj212_call *new_call(struct hj212_link *l)
{
    struct hj212_call *c = hj212_call_new(l);
    if (!c)
        return NULL;
    c->wire = (struct wire){.medium = MEDIUM_TCP, .stream = stream_new(l->loop, &call_events, c)};
    if (c->wire.stream)
        return c;
    hj212_call_drop(c);
    return NULL;
}

static void on_call(uv_stream_t *listener, int status)
{
    struct hj212_link *l = listener->data;
    if (status != 0 || l->stopping)
        return;
    bool room = l->free_count > 0 && l->stats.strangers < l->link->pending_max;
    struct hj212_call *c = room ? new_call(l) : NULL;
    if (!c) {
        refuse_call(l);
        return;
    }
    l->stats.accepted++;
    if (stream_accept(c->wire.stream, listener) != 0)
        c->ending = true;
}

static int bind_listener(struct hj212_link *l)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    const struct plant_link *link = l->link;
    const struct sockaddr *address = (const struct sockaddr *)&v4;
    int err = uv_ip4_addr(link->host, link->port, &v4);
    if (err) {
        err = uv_ip6_addr(link->host, link->port, &v6);
        address = (const struct sockaddr *)&v6;
    }
    if (!err)
        err = uv_tcp_bind(&l->listener, address, 0);
    return err ? err : uv_listen((uv_stream_t *)&l->listener, BACKLOG, on_call);
}

static void on_retry_closed(uv_handle_t *handle)
{
    struct hj212_link *l = handle->data;
    l->handles--;
    l->stats.error = l->stats.error ? l->stats.error : UV_EADDRINUSE;
    hj212_link_settle(l);
}

static void try_to_listen(struct hj212_link *l)
{
    if (uv_is_closing((uv_handle_t *)&l->listener) && l->handles > 1)
        return;
    if (uv_tcp_init(l->loop, &l->listener) != 0)
        return;
    l->listener.data = l;
    l->handles++;
    int err = bind_listener(l);
    l->listening = err == 0;
    if (err && err != l->stats.error)
        log_error("hj212", "link=%s: cannot listen at %s port %u: %s", l->link->id, l->link->host,
                  l->link->port, pw_strerror(err));
    l->stats.error = err;
    if (err)
        uv_close((uv_handle_t *)&l->listener, on_retry_closed);
    else
        log_info("hj212", "link=%s: stations are awaited at %s port %u", l->link->id, l->link->host,
                 l->link->port);
}

void hj212_listen_step(struct hj212_link *l)
{
    if (!l->listening)
        try_to_listen(l);
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct hj212_link *l = handle->data;
    l->handles--;
    hj212_link_settle(l);
}

void hj212_listen_stop(struct hj212_link *l)
{
    for (uint32_t i = 0; i < l->size; i++)
        if (l->calls[i])
            hj212_call_end(l->calls[i]);
    if (l->listening)
        uv_close((uv_handle_t *)&l->listener, on_listener_closed);
}
