#include "acq/sim/conn.h"

#include "acq/core/log.h"
#include "acq/sim/answer.h"
#include "acq/sim/counts.h"
#include "acq/sim/engine.h"
#include "acq/sim/slave.h"
#include "acq/sim/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    REQUESTS_AT_ONCE = 16, /* of one connection, before others get their turn */
    SLOW_PIECES = 32,
    LATE_MAX = 64, /* replies held back by one connection; more are dropped */
    PARTIAL_PAUSE_MS = 2,
    PARTIAL_DEADLINE_MS = 10000
};

/* A reply that waits for its time. */
struct late {
    uv_timer_t timer;
    struct conn *conn;
    struct late *next;
    size_t len;
    uint8_t bytes[FRAME_MAX];
};

struct conn {
    struct slave *slave;
    struct conn *prev, *next;
    uv_poll_t poll;
    uv_timer_t pause; /* runs while half a request lies in the socket, instead of a spinning poll */
    uint64_t partial_since_ms;
    struct late *lates;
    uint32_t late_count;
    uint32_t handles;
    int fd;
    bool closing;
    bool deaf; /* half open */
};

static void on_readable(uv_poll_t *poll, int status, int events);

static void forget_handle(struct conn *c)
{
    c->slave->world->handles--;
    if (--c->handles == 0)
        free(c);
}

static void on_handle_closed(uv_handle_t *handle)
{
    forget_handle(handle->data);
}

static void on_late_closed(uv_handle_t *handle)
{
    struct late *late = handle->data;
    struct conn *c = late->conn;
    free(late);
    forget_handle(c);
}

static void link_in(struct conn *c)
{
    struct slave *s = c->slave;
    c->next = s->conns;
    if (c->next)
        c->next->prev = c;
    s->conns = c;
    s->world->conn_count++;
}

static void link_out(struct conn *c)
{
    struct slave *s = c->slave;
    if (c->prev)
        c->prev->next = c->next;
    else
        s->conns = c->next;
    if (c->next)
        c->next->prev = c->prev;
    s->world->conn_count--;
}

int conn_open(struct slave *slave, int fd)
{
    struct conn *c = calloc(1, sizeof *c);
    if (!c)
        return PW_ENOMEM;
    c->slave = slave;
    c->fd = fd;
    int rc = uv_poll_init_socket(slave->world->loop, &c->poll, fd);
    if (rc) {
        free(c);
        return rc;
    }
    pw_require(uv_timer_init(slave->world->loop, &c->pause) == 0);
    c->poll.data = c;
    c->pause.data = c;
    c->handles = 2;
    slave->world->handles += 2;
    link_in(c);
    rc = uv_poll_start(&c->poll, UV_READABLE, on_readable);
    if (rc)
        log_warn("sim", "listen=%s: %s", slave->listen, pw_strerror(rc));
    return 0;
}

void conn_close(struct conn *c)
{
    if (c->closing)
        return;
    c->closing = true;
    link_out(c);
    uv_close((uv_handle_t *)&c->poll, on_handle_closed);
    uv_close((uv_handle_t *)&c->pause, on_handle_closed);
    (void)close(c->fd);
    while (c->lates) {
        struct late *late = c->lates;
        c->lates = late->next;
        uv_close((uv_handle_t *)&late->timer, on_late_closed);
    }
}

static void send_bytes(struct conn *c, const uint8_t *bytes, size_t len)
{
    if (len > 0 && !c->closing &&
        send(c->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)len)
        conn_close(c);
}

static void on_late(uv_timer_t *timer)
{
    struct late *late = timer->data;
    struct conn *c = late->conn;
    struct late **place = &c->lates;
    while (*place != late)
        place = &(*place)->next;
    *place = late->next;
    c->late_count--;
    send_bytes(c, late->bytes, late->len);
    uv_close((uv_handle_t *)timer, on_late_closed);
}

static void send_late(struct conn *c, const uint8_t *bytes, size_t len, uint32_t delay_ms)
{
    struct late *late = c->late_count < LATE_MAX ? calloc(1, sizeof *late) : NULL;
    if (!late) {
        log_warn("sim", "listen=%s: a late reply dropped, %d wait", c->slave->listen, LATE_MAX);
        return;
    }
    pw_require(uv_timer_init(c->slave->world->loop, &late->timer) == 0);
    late->timer.data = late;
    late->conn = c;
    late->next = c->lates;
    late->len = len;
    memcpy(late->bytes, bytes, len);
    c->lates = late;
    c->late_count++;
    c->handles++;
    c->slave->world->handles++;
    pw_require(uv_timer_start(&late->timer, on_late, delay_ms, 0) == 0);
}

/* In so many pieces, delay_ms apart, the first at once. */
static void send_pieces(struct conn *c, const uint8_t *bytes, size_t len, size_t pieces,
                        uint32_t delay_ms)
{
    size_t step = (len + pieces - 1) / pieces;
    uint32_t wait_ms = delay_ms;
    for (size_t at = step; at < len; at += step, wait_ms += delay_ms)
        send_late(c, bytes + at, len - at < step ? len - at : step, wait_ms);
    send_bytes(c, bytes, step < len ? step : len);
}

static void answer_with_fault(struct conn *c, const struct fault *f, const uint8_t *request,
                              size_t request_len, uint8_t *reply, size_t len)
{
    switch (f->kind) {
    case FAULT_LATE:
        if (len > 0)
            send_late(c, reply, len, f->delay_ms);
        break;
    case FAULT_EXCEPTION:
        send_bytes(c, reply, frame_exception(request, f->code, reply));
        break;
    case FAULT_FOREIGN:
    case FAULT_FOREIGN_UNIT:
    case FAULT_WRONG_COUNT:
    case FAULT_CRC:
        if (len > 0)
            send_bytes(c, reply, fault_spoil(f, reply, len));
        break;
    case FAULT_SPLIT:
        send_pieces(c, reply, len, 2, f->delay_ms);
        break;
    case FAULT_SLOW:
        send_pieces(c, reply, len, SLOW_PIECES, f->delay_ms);
        break;
    case FAULT_ECHO:
        send_bytes(c, request, request_len);
        send_bytes(c, reply, len);
        break;
    case FAULT_HALF_OPEN:
        c->deaf = true;
        pw_require(uv_poll_stop(&c->poll) == 0);
        break;
    case FAULT_STUCK:
        send_bytes(c, reply, len);
        break;
    case FAULT_CUT:
    case FAULT_REFUSED:
        conn_close(c);
        break;
    case FAULT_SILENCE:
    case FAULT_NONE:
    default:
        break;
    }
}

static void answer(struct conn *c, const uint8_t *request, const struct frame_request *r)
{
    struct slave *s = c->slave;
    struct unit *unit = s->units[r->unit];
    uint8_t reply[FRAME_MAX];
    double t_s = world_now_s(s->world);
    counts_add(s->counts, r);
    const struct fault *f = answer_find_fault(s, unit, r, t_s);
    if (!f && unit && !r->exception) {
        unit_refresh(unit, r, t_s);
        if (engine_reply(s->world->engine, c->fd, request, r->len, unit->cells))
            conn_close(c);
        return;
    }
    size_t len = answer_build(s, request, r, answer_instant(f, t_s), reply);
    if (!f) {
        send_bytes(c, reply, len);
        return;
    }
    s->world->faults++;
    answer_with_fault(c, f, request, r->len, reply, len);
}

static int take_request(struct conn *c, uint8_t request[FRAME_MAX], const struct frame_request *r)
{
    if (!r->exception)
        return engine_receive(c->slave->world->engine, c->fd, request, r->len);
    return recv(c->fd, request, r->len, MSG_DONTWAIT) == (ssize_t)r->len ? 0 : PW_EIO;
}

static void on_pause_over(uv_timer_t *timer)
{
    struct conn *c = timer->data;
    if (uv_poll_start(&c->poll, UV_READABLE, on_readable))
        conn_close(c);
}

static void wait_for_rest(struct conn *c)
{
    uint64_t now_ms = uv_now(c->slave->world->loop);
    if (c->partial_since_ms == 0)
        c->partial_since_ms = now_ms;
    if (now_ms - c->partial_since_ms > PARTIAL_DEADLINE_MS) {
        conn_close(c);
        return;
    }
    pw_require(uv_poll_stop(&c->poll) == 0);
    pw_require(uv_timer_start(&c->pause, on_pause_over, PARTIAL_PAUSE_MS, 0) == 0);
}

/* One request, if it is there whole; false when there is nothing more to do now. */
static bool serve_one(struct conn *c)
{
    uint8_t request[FRAME_MAX];
    struct frame_request r;
    ssize_t n = recv(c->fd, request, sizeof request, MSG_PEEK | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    enum frame_verdict verdict = n > 0 ? frame_look(request, (size_t)n, &r) : FRAME_BROKEN;
    if (verdict == FRAME_PARTIAL) {
        wait_for_rest(c);
        return false;
    }
    c->partial_since_ms = 0;
    if (n > 0 && verdict == FRAME_BROKEN)
        c->slave->world->broken++;
    if (verdict == FRAME_BROKEN || take_request(c, request, &r)) {
        conn_close(c);
        return false;
    }
    answer(c, request, &r);
    return !c->closing && !c->deaf;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct conn *c = poll->data;
    (void)events;
    if (status < 0) {
        conn_close(c);
        return;
    }
    for (int i = 0; i < REQUESTS_AT_ONCE && serve_one(c); i++) {
    }
}
