/* A device at the other end of any transport, on the test's own loop: it answers whole requests
 * rightly or as wrongly as it is told. Its registers are a function of unit and address. */
#ifndef TESTS_UNIT_DEVICE_PEER_H
#define TESTS_UNIT_DEVICE_PEER_H

#include "protocols/modbus/rtu.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>
#include <uv.h>

enum peer_kind { PEER_TCP, PEER_RTU_OVER_TCP, PEER_SERIAL, PEER_DIAL_IN, PEER_KINDS };

enum peer_mode {
    PEER_RIGHT,
    PEER_SILENT,
    PEER_HALF,    /* the first half of the reply, nothing more */
    PEER_BROKEN,  /* RTU: a wrong CRC; TCP: a header that is none */
    PEER_LATE,    /* after late_ms, and with registers that nobody has */
    PEER_FOREIGN, /* another unit's */
    PEER_CLOSE,   /* closes instead */
    PEER_BYTEWISE
};

enum { PEER_BUF = 600, PEER_TICK_MS = 5, PEER_LATE_WORD = 0xdead };

static const char peer_registration[] = "DTU-0001";
static const char peer_heartbeat[] = "beat";

struct device_peer {
    uv_loop_t *loop;
    enum peer_kind kind;
    enum peer_mode mode;
    uint32_t late_ms;
    int listener, fd, keeper; /* keeper: the slave side, held open so that the line stays raw */
    uint16_t port;
    char path[64];
    uv_timer_t tick;
    uint8_t in[PEER_BUF];
    size_t in_len;
    uint8_t late[PEER_BUF], slow[PEER_BUF];
    size_t late_len, slow_len, slow_at;
    uint64_t late_at_ms;
    uint64_t requests, connects;
};

static inline uint16_t peer_word(uint8_t unit, unsigned address)
{
    return (uint16_t)(unit * 251u + address * 7u + 1);
}

static inline void peer_unblock(int fd)
{
    pw_require(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0);
}

static inline bool peer_is_rtu(const struct device_peer *p)
{
    return p->kind != PEER_TCP;
}

/* A port that is ours, and where nobody listens. */
static inline int peer_bind(uint16_t *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(*port)};
    socklen_t len = sizeof a;
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    pw_require(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
    pw_require(bind(fd, (struct sockaddr *)&a, len) == 0);
    pw_require(getsockname(fd, (struct sockaddr *)&a, &len) == 0);
    *port = ntohs(a.sin_port);
    return fd;
}

static inline void peer_open_pty(struct device_peer *p)
{
    char name[64];
    struct termios t;
    pw_require(openpty(&p->fd, &p->keeper, NULL, NULL, NULL) == 0);
    pw_require(tcgetattr(p->keeper, &t) == 0);
    cfmakeraw(&t);
    pw_require(tcsetattr(p->keeper, TCSANOW, &t) == 0);
    pw_require(ttyname_r(p->keeper, name, sizeof name) == 0);
    (void)unlink(p->path);
    pw_require(symlink(name, p->path) == 0);
    peer_unblock(p->fd);
    p->connects++;
}

static inline void peer_dial(struct device_peer *p)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(p->port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    p->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(p->fd, (struct sockaddr *)&a, sizeof a) != 0) {
        close(p->fd);
        p->fd = -1;
        return;
    }
    size_t len = sizeof peer_registration - 1;
    pw_require(send(p->fd, peer_registration, len, MSG_NOSIGNAL) == (ssize_t)len);
    peer_unblock(p->fd);
    p->connects++;
}

static inline void peer_accept(struct device_peer *p)
{
    p->fd = accept(p->listener, NULL, NULL);
    if (p->fd < 0)
        return;
    peer_unblock(p->fd);
    p->connects++;
}

static inline void peer_hang_up(struct device_peer *p)
{
    if (p->fd >= 0)
        close(p->fd);
    if (p->keeper >= 0)
        close(p->keeper);
    p->fd = p->keeper = -1;
    p->in_len = p->late_len = p->slow_len = 0;
}

/* The device is there from now on. */
static inline void peer_appear(struct device_peer *p)
{
    if (p->kind == PEER_SERIAL) {
        peer_open_pty(p);
    } else if (p->kind != PEER_DIAL_IN) {
        if (p->listener < 0)
            p->listener = peer_bind(&p->port);
        pw_require(listen(p->listener, 8) == 0);
        peer_unblock(p->listener);
    }
}

/* And from now on it is not. */
static inline void peer_vanish(struct device_peer *p)
{
    peer_hang_up(p);
    if (p->kind == PEER_SERIAL)
        (void)unlink(p->path);
    if (p->listener >= 0)
        close(p->listener);
    p->listener = -1;
}

static inline size_t peer_reply(const struct device_peer *p, const uint8_t *q, bool late,
                                uint8_t out[PEER_BUF])
{
    const uint8_t *pdu = peer_is_rtu(p) ? q + 1 : q + 7;
    uint8_t unit = (uint8_t)(pdu[-1] + (p->mode == PEER_FOREIGN));
    unsigned address = pdu[1] * 256u + pdu[2];
    unsigned count = pdu[3] * 256u + pdu[4];
    uint8_t reply[RTU_PDU_MAX] = {pdu[0], (uint8_t)(2 * count)};
    for (unsigned i = 0; i < count; i++) {
        uint16_t word = late ? PEER_LATE_WORD : peer_word(unit, address + i);
        reply[2 + 2 * i] = (uint8_t)(word >> 8);
        reply[3 + 2 * i] = (uint8_t)word;
    }
    size_t len = 2 + 2 * (size_t)count;
    if (peer_is_rtu(p))
        return rtu_write_frame(unit, reply, len, out);
    memcpy(out, q, 4);
    out[4] = (uint8_t)((len + 1) >> 8);
    out[5] = (uint8_t)(len + 1);
    out[6] = unit;
    memcpy(out + 7, reply, len);
    return len + 7;
}

static inline void peer_say(struct device_peer *p, const uint8_t *bytes, size_t len)
{
    if (p->fd < 0 || len == 0)
        return;
    ssize_t n = write(p->fd, bytes, len);
    pw_require(n == (ssize_t)len || n < 0);
}

static inline void peer_answer(struct device_peer *p, const uint8_t *q)
{
    uint8_t out[PEER_BUF];
    size_t len = peer_reply(p, q, p->mode == PEER_LATE, out);
    switch (p->mode) {
    case PEER_SILENT:
        return;
    case PEER_HALF:
        len /= 2;
        break;
    case PEER_BROKEN:
        out[peer_is_rtu(p) ? len - 1 : 2] ^= 0x55;
        break;
    case PEER_LATE:
        memcpy(p->late, out, len);
        p->late_len = len;
        p->late_at_ms = uv_now(p->loop) + p->late_ms;
        return;
    case PEER_BYTEWISE:
        memcpy(p->slow, out, len);
        p->slow_len = len;
        p->slow_at = 0;
        return;
    case PEER_CLOSE:
        peer_vanish(p);
        return;
    case PEER_RIGHT:
    case PEER_FOREIGN:
        break;
    }
    peer_say(p, out, len);
}

static inline void peer_take_requests(struct device_peer *p)
{
    size_t size = peer_is_rtu(p) ? RTU_REQUEST_SIZE : MBAP_REQUEST_SIZE;
    while (p->fd >= 0 && p->in_len >= size) {
        uint8_t q[MBAP_REQUEST_SIZE];
        memcpy(q, p->in, size);
        p->in_len -= size;
        memmove(p->in, p->in + size, p->in_len);
        pw_require(!peer_is_rtu(p) || rtu_crc_is_right(q, size));
        p->requests++;
        peer_answer(p, q);
    }
}

static inline void peer_read(struct device_peer *p)
{
    ssize_t n = read(p->fd, p->in + p->in_len, sizeof p->in - p->in_len);
    if (n > 0) {
        p->in_len += (size_t)n;
        peer_take_requests(p);
    } else if (n == 0 || (errno != EAGAIN && errno != EIO)) {
        peer_hang_up(p);
    }
}

static inline void peer_on_tick(uv_timer_t *timer)
{
    struct device_peer *p = timer->data;
    if (p->fd < 0 && p->kind == PEER_DIAL_IN && p->mode != PEER_CLOSE)
        peer_dial(p);
    if (p->fd < 0 && p->listener >= 0)
        peer_accept(p);
    if (p->fd >= 0)
        peer_read(p);
    if (p->late_len > 0 && uv_now(p->loop) >= p->late_at_ms) {
        peer_say(p, p->late, p->late_len);
        p->late_len = 0;
    }
    if (p->slow_at < p->slow_len)
        peer_say(p, p->slow + p->slow_at++, 1);
}

static inline void peer_init(struct device_peer *p, uv_loop_t *loop, enum peer_kind kind)
{
    *p = (struct device_peer){.loop = loop, .kind = kind, .listener = -1, .fd = -1, .keeper = -1};
    snprintf(p->path, sizeof p->path, "/tmp/plumewatch-line-%ld", (long)getpid());
    if (kind != PEER_SERIAL) { /* a port that is free just now */
        int fd = peer_bind(&p->port);
        close(fd);
    }
    uv_timer_init(loop, &p->tick);
    p->tick.data = p;
    uv_timer_start(&p->tick, peer_on_tick, 1, PEER_TICK_MS);
}

static inline void peer_deinit(struct device_peer *p)
{
    peer_vanish(p);
    uv_close((uv_handle_t *)&p->tick, NULL);
}

#endif
