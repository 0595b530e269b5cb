#include "acq/sim/hj212_platform_private.h"

#include "acq/core/log.h"
#include "acq/loop/stream.h"
#include "acq/sim/plan.h"
#include "protocols/hj212/crypt.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 128 };

double platform_now_s(const struct platform *p)
{
    return world_now_s(p->all->world);
}

int64_t platform_wall_ms(const struct platform *p)
{
    return pw_clock_wall_ms(p->all->world->clock);
}

static double draw(struct platform *p)
{
    uint64_t *x = &p->random;
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return (double)(*x >> 11) / 9007199254740992.0;
}

bool platform_fails(struct platform *p, enum sim_platform_fault kind, int cn)
{
    for (size_t i = 0; i < p->plan->fault_count; i++) {
        const struct sim_platform_when *f = &p->plan->faults[i];
        if (f->kind == kind && (f->cn == 0 || f->cn == cn) &&
            fault_in_window(&f->window, platform_now_s(p)) && draw(p) < f->window.chance)
            return true;
    }
    return false;
}

void platform_cut(struct platform_call *c)
{
    if (c->closing)
        return;
    c->closing = true;
    stream_close(c->stream);
}

static void pump(struct platform_call *c)
{
    while (!c->closing && c->out_at < c->out_len) {
        size_t len = c->out_len - c->out_at;
        len = c->pause ? len / 2 + 1 : len;
        len = len < STREAM_WRITE_MAX ? len : STREAM_WRITE_MAX;
        int err = stream_write(c->stream, (const uint8_t *)c->out + c->out_at, len);
        if (err == UV_EAGAIN)
            return;
        if (err) {
            platform_cut(c);
            return;
        }
        c->out_at += len;
        if (c->pause) {
            c->pause = false;
            return;
        }
    }
}

void platform_send(struct platform_call *c, const char *data, size_t len)
{
    if (c->out_at == c->out_len)
        c->out_at = c->out_len = 0;
    if (c->closing || c->out_len + len > sizeof c->out) {
        c->platform->unsent++;
        return;
    }
    memcpy(c->out + c->out_len, data, len);
    c->out_len += len;
    pump(c);
}

static void on_data(void *ctx, const uint8_t *bytes, size_t len)
{
    struct platform_call *c = ctx;
    const char *data = (const char *)bytes;
    struct hj212_received got;
    int err = 0;
    while (err != PW_EMORE) {
        err = hj212_reader_next(&c->reader, &data, &len, &got);
        if (err == 0 && !c->closing)
            platform_take(c, &got);
    }
}

static void on_close(void *ctx, int why)
{
    struct platform_call *c = ctx;
    struct platform *p = c->platform;
    struct platform_call **at = &p->calls;
    (void)why;
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    p->call_count--;
    for (size_t i = 0; i < p->reporter_count; i++)
        if (p->reporters[i]->call == c) {
            p->reporters[i]->call = NULL;
            platform_ask_forget(p->reporters[i]);
        }
    p->all->world->handles--;
    stream_free(c->stream);
    free(c->buffer);
    free(c);
}

static const struct stream_events events = {NULL, on_data, on_close};

static struct hj212_peer *find_peer(void *context, struct hj212_text mn)
{
    struct platform_call *c = context;
    struct reporter *r = platform_find(c->platform, mn);
    return r ? &r->peer : NULL;
}

static struct platform_call *new_call(struct platform *p)
{
    struct platform_call *c = calloc(1, sizeof *c);
    size_t size = hj212_reader_size(&p->profile);
    if (!c)
        return NULL;
    c->platform = p;
    c->buffer = malloc(size);
    c->stream = c->buffer ? stream_new(p->all->world->loop, &events, c) : NULL;
    if (!c->stream) {
        free(c->buffer);
        free(c);
        return NULL;
    }
    c->link = (struct hj212_peer){.profile = &p->profile, .key = p->key};
    hj212_reader_init(&c->reader, &c->link, c->buffer, size, p->all->work, find_peer, c);
    c->next = p->calls;
    p->calls = c;
    p->call_count++;
    p->all->world->handles++;
    return c;
}

static void on_call(uv_stream_t *server, int status)
{
    struct platform *p = server->data;
    struct platform_call *c = status ? NULL : new_call(p);
    if (!c)
        return;
    p->connects++;
    if (stream_accept(c->stream, server) != 0) {
        c->closing = true; /* on_close() follows */
    } else if (p->call_count > CALLS_MAX) {
        p->refused++;
        platform_cut(c);
    }
}

static int bind_port(struct platform *p)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(p->port)};
    socklen_t size = sizeof address;
    int on = 1;
    if (inet_pton(AF_INET, p->plan->host, &address.sin_addr) != 1)
        return PW_EINVAL;
    p->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (p->fd < 0)
        return -errno;
    if (setsockopt(p->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        bind(p->fd, (struct sockaddr *)&address, sizeof address) ||
        getsockname(p->fd, (struct sockaddr *)&address, &size)) {
        int err = errno;
        (void)close(p->fd);
        p->fd = -1;
        return -err;
    }
    p->port = ntohs(address.sin_port);
    return 0;
}

static void on_server_closed(uv_handle_t *handle)
{
    struct platform *p = handle->data;
    p->all->world->handles--;
    free(handle);
}

static void stop_listening(struct platform *p)
{
    if (p->server)
        uv_close((uv_handle_t *)p->server, on_server_closed);
    p->server = NULL;
}

static int start_listening(struct platform *p)
{
    int err = p->fd < 0 ? bind_port(p) : 0;
    uv_tcp_t *server = err ? NULL : calloc(1, sizeof *server);
    if (!server)
        return err ? err : PW_ENOMEM;
    err = uv_tcp_init(p->all->world->loop, server);
    if (err) {
        free(server);
        return err;
    }
    server->data = p;
    p->server = server;
    p->all->world->handles++;
    err = uv_tcp_open(server, p->fd);
    if (!err) {
        p->fd = -1;
        err = uv_listen((uv_stream_t *)server, BACKLOG, on_call);
    }
    if (err)
        stop_listening(p);
    return err;
}

static void hang_up(struct platform *p)
{
    for (struct platform_call *c = p->calls; c; c = c->next)
        platform_cut(c);
}

static void tick_call(struct platform_call *c, double t_s)
{
    for (int i = 0; i < LATE_ANSWERS_MAX; i++) {
        struct held_answer *a = &c->held[i];
        if (a->len == 0 || t_s < a->due_s)
            continue;
        platform_send(c, a->frame, a->len);
        a->len = 0;
    }
    pump(c);
}

static void tick(struct platform *p, double t_s)
{
    bool refuses = platform_fails(p, PLATFORM_REFUSED, 0);
    if (refuses && p->server) {
        stop_listening(p);
        hang_up(p);
    }
    if (!refuses && !p->server) {
        int err = start_listening(p);
        if (err)
            log_warn("sim", "listen=%s: %s", p->listen, pw_strerror(err));
    }
    for (struct platform_call *c = p->calls; c; c = c->next)
        tick_call(c, t_s);
    for (size_t i = 0; i < p->reporter_count; i++)
        platform_ask_tick(p->reporters[i]);
}

static int init_one(struct platform *p, struct sim_platforms *all, const struct sim_platform *plan)
{
    uint8_t key[SM4_KEY_SIZE];
    *p = (struct platform){.all = all, .plan = plan, .port = plan->port, .fd = -1};
    p->profile = plan->profile;
    p->random = (all->world->plan->seed + all->count) * 0x9e3779b97f4a7c15u | 1;
    if (plan->sm4_key[0] && hj212_key_parse(hj212_text_of(plan->sm4_key), key) == 0)
        p->key = sm4_new(key);
    int err = bind_port(p);
    if (!err && listen(p->fd, BACKLOG)) /* two may bind a port, only one may listen */
        err = -errno;
    snprintf(p->listen, sizeof p->listen, "%s:%u", plan->host, p->port);
    return err;
}

int sim_platforms_init(struct sim_platforms *p, struct world *w, const struct sim_plan *plan,
                       char error[PLAN_ERROR_SIZE])
{
    *p = (struct sim_platforms){.world = w};
    if (plan->platform_count == 0)
        return 0;
    p->work = malloc(sizeof *p->work);
    p->all = calloc(plan->platform_count, sizeof *p->all);
    if (!p->work || !p->all)
        return PW_ENOMEM;
    for (size_t i = 0; i < plan->platform_count; i++) {
        struct platform *one = &p->all[p->count++];
        int err = init_one(one, p, &plan->platforms[i]);
        if (err) {
            snprintf(error, PLAN_ERROR_SIZE, "%s: %s", one->listen, pw_strerror(err));
            return err;
        }
    }
    return 0;
}

const char *sim_platforms_listen(const struct sim_platforms *p, size_t i)
{
    pw_require(i < p->count);
    return p->all[i].listen;
}

void sim_platforms_tick(struct sim_platforms *p, double t_s)
{
    for (size_t i = 0; i < p->count; i++)
        tick(&p->all[i], t_s);
}

void sim_platforms_stop(struct sim_platforms *p)
{
    for (size_t i = 0; i < p->count; i++) {
        stop_listening(&p->all[i]);
        hang_up(&p->all[i]);
    }
}

static void free_reporter(struct reporter *r)
{
    if (r->peer.key != r->platform->key)
        sm4_free(r->peer.key);
    if (r->peer.old_key != r->platform->key)
        sm4_free(r->peer.old_key);
    free(r->asked);
    free(r->seen.marks);
    free(r);
}

void sim_platforms_deinit(struct sim_platforms *p)
{
    for (size_t i = 0; i < p->count; i++) {
        struct platform *one = &p->all[i];
        for (size_t k = 0; k < one->reporter_count; k++)
            free_reporter(one->reporters[k]);
        sm4_free(one->key);
        if (one->fd >= 0)
            (void)close(one->fd);
    }
    free(p->all);
    free(p->work);
}

void sim_platforms_print(const struct sim_platforms *p, FILE *out)
{
    for (size_t i = 0; i < p->count; i++)
        platform_print(&p->all[i], out);
}
