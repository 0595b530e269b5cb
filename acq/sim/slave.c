#include "acq/sim/slave.h"

#include "acq/core/log.h"
#include "acq/sim/conn.h"
#include "acq/sim/counts.h"
#include "acq/sim/engine.h"
#include "acq/sim/line.h"
#include "acq/sim/port.h"
#include "acq/sim/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ACCEPTS_AT_ONCE = 64 };

struct listener {
    uv_poll_t poll;
    struct slave *slave;
};

double world_now_s(const struct world *w)
{
    double elapsed_ms = (double)(pw_clock_mono_ms(w->clock) - w->start_ms);
    return elapsed_ms / 1000.0 * w->plan->time_scale;
}

/* Low descriptors are for connections, which libmodbus has to select() on. */
static int move_up(int fd)
{
    int high = fcntl(fd, F_DUPFD_CLOEXEC, FD_SETSIZE);
    if (high < 0)
        return fd;
    (void)close(fd);
    return high;
}

static int bind_socket(struct slave *s)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(s->port)};
    socklen_t len = sizeof address;
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (inet_pton(AF_INET, s->plan->host, &address.sin_addr) != 1 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        bind(fd, (struct sockaddr *)&address, len) ||
        getsockname(fd, (struct sockaddr *)&address, &len)) {
        int err = errno;
        (void)close(fd);
        return -err;
    }
    s->port = ntohs(address.sin_port);
    s->fd = move_up(fd);
    return 0;
}

static int make_units(struct slave *s, uint32_t repetition)
{
    for (size_t i = 0; i < s->plan->unit_count; i++) {
        const struct sim_unit *plan = &s->plan->units[i];
        for (uint32_t n = 0; n < plan->count; n++) {
            unsigned id = plan->unit + n;
            uint64_t seed = s->world->plan->seed * 1000003u + ((uint64_t)s->port << 8 | id);
            s->units[id] = unit_new(plan, repetition, n, seed);
            if (!s->units[id])
                return PW_ENOMEM;
        }
    }
    return 0;
}

static void name_slave(struct slave *s)
{
    if (s->plan->medium == SIM_SERIAL || s->plan->medium == SIM_PTY)
        snprintf(s->listen, sizeof s->listen, "%s", s->plan->line.path);
    else
        snprintf(s->listen, sizeof s->listen, "%s:%u", s->plan->host, s->port);
}

int slave_init(struct slave *s, struct world *w, const struct sim_slave *plan, uint32_t repetition)
{
    *s = (struct slave){.world = w, .plan = plan, .fd = -1, .keeper = -1};
    if (plan->port)
        s->port = (uint16_t)(plan->port + repetition * plan->port_step);
    name_slave(s);
    s->counts = counts_new();
    if (!s->counts)
        return PW_ENOMEM;
    int rc = make_units(s, repetition);
    if (rc || plan->medium != SIM_LISTEN)
        return rc;
    rc = bind_socket(s);
    name_slave(s);
    if (rc == 0 && listen(s->fd, SOMAXCONN)) /* two may bind a port, only one may listen */
        rc = -errno;
    return rc;
}

static void take_connection(struct slave *s, int fd)
{
    struct world *w = s->world;
    int on = 1;
    int flags = fcntl(fd, F_GETFL);
    bool good = engine_can_use(fd) && w->conn_count < w->conn_max && flags >= 0 &&
                fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
                fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
                (s->plan->rtu ? line_open(s, fd, false) : conn_open(s, fd)) == 0;
    if (good)
        return;
    w->conn_refused++;
    log_warn("sim", "listen=%s: connection refused, %u are open", s->listen, w->conn_count);
    (void)close(fd);
}

static void on_acceptable(uv_poll_t *poll, int status, int events)
{
    struct listener *l = poll->data;
    (void)events;
    for (int i = 0; status == 0 && i < ACCEPTS_AT_ONCE; i++) {
        int fd = accept(l->slave->fd, NULL, NULL);
        if (fd < 0)
            return;
        take_connection(l->slave, fd);
    }
}

static int start_listening(struct slave *s)
{
    struct listener *l = calloc(1, sizeof *l);
    if (!l)
        return PW_ENOMEM;
    int rc =
        listen(s->fd, SOMAXCONN) ? -errno : uv_poll_init_socket(s->world->loop, &l->poll, s->fd);
    if (rc) {
        free(l);
        return rc;
    }
    l->poll.data = l;
    l->slave = s;
    s->listener = l;
    s->world->handles++;
    return uv_poll_start(&l->poll, UV_READABLE, on_acceptable);
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct listener *l = handle->data;
    l->slave->world->handles--;
    free(l);
}

static void close_listener(struct slave *s)
{
    if (s->listener)
        uv_close((uv_handle_t *)&s->listener->poll, on_listener_closed);
    s->listener = NULL;
    if (s->fd >= 0)
        (void)close(s->fd);
    s->fd = -1;
}

static void close_connections(struct slave *s)
{
    while (s->conns)
        conn_close(s->conns);
    while (s->lines)
        line_close(s->lines);
}

static bool refuses(const struct slave *s, double t_s)
{
    for (size_t i = 0; i < s->plan->fault_count; i++)
        if (s->plan->faults[i].kind == FAULT_REFUSED && fault_in_window(&s->plan->faults[i], t_s))
            return true;
    return false;
}

/* A port that went away, and a call that failed, are tried again. */
static void tick_port(struct slave *s, bool refuse)
{
    double now_s = (double)(pw_clock_mono_ms(s->world->clock) - s->world->start_ms) / 1000.0;
    if (refuse)
        close_connections(s);
    if (!s->lines)
        port_forget(s);
    if (refuse || s->lines || now_s < s->next_try_s)
        return;
    s->next_try_s = now_s + s->plan->line.redial_s;
    int rc = port_open(s);
    if (rc)
        log_warn("sim", "%s: %s", s->listen, pw_strerror(rc));
}

void slave_tick(struct slave *s, double t_s)
{
    bool refuse = refuses(s, t_s);
    if (s->plan->medium != SIM_LISTEN) {
        tick_port(s, refuse);
        return;
    }
    if (refuse && s->listener) {
        close_connections(s);
        close_listener(s);
    }
    int rc = 0;
    if (s->fd < 0) /* bound but not listening: the port stays ours and answers with a reset */
        rc = bind_socket(s);
    if (rc == 0 && !refuse && !s->listener)
        rc = start_listening(s);
    if (rc)
        log_warn("sim", "listen=%s: %s", s->listen, pw_strerror(rc));
}

void slave_stop(struct slave *s)
{
    close_connections(s);
    close_listener(s);
    port_forget(s);
}

void slave_deinit(struct slave *s)
{
    if (s->fd >= 0)
        (void)close(s->fd);
    port_forget(s);
    for (size_t i = 0; i < PLAN_UNITS_MAX; i++)
        unit_free(s->units[i]);
    counts_free(s->counts);
}
