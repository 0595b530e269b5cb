#include "acq/collect/dial_private.h"
#include "acq/core/log.h"
#include "acq/plant/plant.h"

#include <stdlib.h>
#include <string.h>

enum { BACKLOG = 64, FIRST_BYTES_MAX = 128, ADDRESS_SIZE = 64, LOG_EVERY_MS = 60000 };

struct dial_listener {
    struct dial_hub *hub;
    struct dial_listener *next;
    uint16_t port;
    uv_tcp_t tcp;
    struct dial *members;
    struct dial *leaver; /* waits for the socket to be closed */
    struct dial_caller *callers;
    uint32_t caller_count; /* not registered */
    bool closed;
    char host_text[ADDRESS_SIZE];
    struct dial_stats counts;
    uint64_t logged_ms; /* 0: not yet */
};

struct dial_caller {
    struct dial_listener *listener;
    struct dial_caller *next, *prev;
    struct stream *stream;
    struct dial *owner; /* NULL until it registered */
    bool ending;
    size_t len;
    uint8_t first[FIRST_BYTES_MAX];
};

struct dial_hub *dial_hub_new(uv_loop_t *loop)
{
    struct dial_hub *hub = calloc(1, sizeof *hub);
    if (hub)
        hub->loop = loop;
    return hub;
}

void dial_hub_free(struct dial_hub *hub)
{
    if (!hub)
        return;
    pw_require(!hub->listeners);
    free(hub);
}

static void free_if_over(struct dial_listener *l)
{
    if (!l->closed || l->callers)
        return;
    struct dial *leaver = l->leaver;
    free(l);
    if (leaver)
        leaver->on_left(leaver);
}

static void link_caller(struct dial_listener *l, struct dial_caller *c)
{
    c->listener = l;
    c->next = l->callers;
    if (c->next)
        c->next->prev = c;
    l->callers = c;
    l->caller_count++;
}

static void unlink_caller(struct dial_caller *c)
{
    struct dial_listener *l = c->listener;
    if (c->prev)
        c->prev->next = c->next;
    else
        l->callers = c->next;
    if (c->next)
        c->next->prev = c->prev;
    if (!c->owner)
        l->caller_count--;
}

static void end_caller(struct dial_caller *c)
{
    c->ending = true;
    stream_close(c->stream);
}

static void log_unknown(const struct dial_caller *c, const char *why)
{
    struct dial_listener *l = c->listener;
    uint64_t now_ms = uv_now(l->hub->loop);
    l->counts.unknown++;
    if (l->logged_ms > 0 && now_ms - l->logged_ms < LOG_EVERY_MS)
        return;
    l->logged_ms = now_ms;
    log_warn("collect", "listen=%s:%u: a connection %s, closing it (%u bytes came)", l->host_text,
             l->port, why, (unsigned)c->len);
}

static bool begins(const struct dial_caller *c, const struct plant_link *link)
{
    return c->len >= link->registration_len &&
           (link->registration_len == 0 ||
            memcmp(c->first, link->registration, link->registration_len) == 0);
}

static bool may_begin(const struct dial_caller *c, const struct plant_link *link)
{
    return c->len < link->registration_len && memcmp(c->first, link->registration, c->len) == 0;
}

/* Whose registration it is; *more: nobody's yet. */
static struct dial *find_member(const struct dial_caller *c, bool *more)
{
    *more = false;
    for (struct dial *d = c->listener->members; d; d = d->sibling) {
        if (begins(c, d->link))
            return d;
        *more = *more || may_begin(c, d->link);
    }
    return NULL;
}

static void try_register(struct dial_caller *c)
{
    bool more;
    struct dial *d = find_member(c, &more);
    if (!d && more)
        return;
    if (!d) {
        log_unknown(c, "that no link knows");
        end_caller(c);
        return;
    }
    stream_set_deadline(c->stream, 0);
    c->owner = d;
    c->listener->caller_count--;
    log_info("collect", "link=%s: its device dialled in", d->link->id);
    dial_private_attach(d, c);
}

/* What comes behind the registration before anything was asked is of no use. */
static void on_first_data(void *ctx, const uint8_t *data, size_t len)
{
    struct dial_caller *c = ctx;
    if (c->ending || c->owner)
        return;
    size_t room = sizeof c->first - c->len;
    memcpy(c->first + c->len, data, len < room ? len : room);
    c->len += len < room ? len : room;
    try_register(c);
}

static void on_caller_closed(void *ctx, int why)
{
    struct dial_caller *c = ctx;
    struct dial_listener *l = c->listener;
    if (!c->owner && !c->ending)
        log_unknown(c, why == PW_ETIMEOUT ? "that did not register in time" : "that went away");
    if (c->owner && !c->ending)
        dial_private_lost(c->owner);
    unlink_caller(c);
    stream_free(c->stream);
    free(c);
    free_if_over(l);
}

static const struct stream_events caller_events = {NULL, on_first_data, on_caller_closed};

struct stream *dial_private_take(struct dial_caller *c)
{
    struct stream *stream = c->stream;
    unlink_caller(c);
    free(c);
    return stream;
}

void dial_private_discard(struct dial_caller *c)
{
    end_caller(c);
}

static void find_limits(const struct dial_listener *l, uint32_t *out_pending, uint32_t *out_ms)
{
    *out_pending = *out_ms = 0;
    for (const struct dial *d = l->members; d; d = d->sibling) {
        if (d->link->pending_max > *out_pending)
            *out_pending = d->link->pending_max;
        if (d->link->registration_timeout_ms > *out_ms)
            *out_ms = d->link->registration_timeout_ms;
    }
}

static void on_connection(uv_stream_t *server, int status)
{
    struct dial_listener *l = server->data;
    struct dial_caller *c = status == 0 ? calloc(1, sizeof *c) : NULL;
    if (c)
        c->stream = stream_new(l->hub->loop, &caller_events, c);
    if (!c || !c->stream) {
        log_warn("collect", "listen=%s:%u: %s", l->host_text, l->port,
                 pw_strerror(status ? status : PW_ENOMEM));
        free(c);
        return;
    }
    uint32_t pending_max;
    uint32_t timeout_ms;
    find_limits(l, &pending_max, &timeout_ms);
    bool full = l->caller_count >= pending_max;
    link_caller(l, c);
    int err = stream_accept(c->stream, server);
    if (err || full) {
        l->counts.refused += full;
        end_caller(c);
        return;
    }
    stream_set_deadline(c->stream, timeout_ms);
    try_register(c);
}

static int set_address(const struct plant_link *link, struct sockaddr_storage *out)
{
    if (uv_ip4_addr(link->host, link->port, (struct sockaddr_in *)(void *)out) == 0)
        return 0;
    return uv_ip6_addr(link->host, link->port, (struct sockaddr_in6 *)(void *)out);
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct dial_listener *l = handle->data;
    l->closed = true;
    free_if_over(l);
}

static int start_listener(struct dial_listener *l, const struct plant_link *link)
{
    struct sockaddr_storage address;
    int err = set_address(link, &address);
    if (err == 0)
        err = uv_tcp_bind(&l->tcp, (const struct sockaddr *)&address, 0);
    if (err == 0)
        err = uv_listen((uv_stream_t *)&l->tcp, BACKLOG, on_connection);
    return err;
}

static int new_listener(struct dial_hub *hub, const struct plant_link *link,
                        struct dial_listener **out)
{
    struct dial_listener *l = calloc(1, sizeof *l);
    if (!l)
        return PW_ENOMEM;
    int err = uv_tcp_init(hub->loop, &l->tcp);
    if (err) {
        free(l);
        return err;
    }
    l->hub = hub;
    l->port = link->port;
    l->tcp.data = l;
    snprintf(l->host_text, sizeof l->host_text, "%s", link->host);
    err = start_listener(l, link);
    if (err) {
        uv_close((uv_handle_t *)&l->tcp, on_listener_closed);
        return err;
    }
    l->next = hub->listeners;
    hub->listeners = l;
    *out = l;
    return 0;
}

int dial_private_join(struct dial *d)
{
    struct dial_listener *l = d->hub->listeners;
    while (l && (l->port != d->link->port || strcmp(l->host_text, d->link->host) != 0))
        l = l->next;
    int err = l ? 0 : new_listener(d->hub, d->link, &l);
    if (err)
        return err;
    d->listener = l;
    d->sibling = l->members;
    l->members = d;
    d->parts++;
    return 0;
}

static void close_listener(struct dial_listener *l)
{
    struct dial_listener **place = &l->hub->listeners;
    while (*place != l)
        place = &(*place)->next;
    *place = l->next;
    for (struct dial_caller *c = l->callers; c; c = c->next)
        end_caller(c);
    uv_close((uv_handle_t *)&l->tcp, on_listener_closed);
}

void dial_private_leave(struct dial *d, void (*on_left)(struct dial *d))
{
    struct dial_listener *l = d->listener;
    struct dial **place = &l->members;
    while (*place != d)
        place = &(*place)->sibling;
    *place = d->sibling;
    d->on_left = on_left;
    if (l->members) {
        on_left(d);
        return;
    }
    l->leaver = d;
    close_listener(l);
}

void dial_private_count(const struct dial_listener *l, struct dial_stats *out)
{
    out->unknown = l->counts.unknown;
    out->refused = l->counts.refused;
}
