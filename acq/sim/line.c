#include "acq/sim/line.h"

#include "acq/core/log.h"
#include "acq/sim/answer.h"
#include "acq/sim/counts.h"
#include "acq/sim/slave.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    OUTS_MAX = 32, /* frames under way on one line; more are dropped */
    OUT_SIZE = 280,
    IN_SIZE = 600,
    PACE_MS = 1,
    SILENCE_MS = 50 /* what came before it begins no request any more */
};

static const double ns_per_ms = 1e6;

/* A frame on its way: byte i goes out at start + i * each (+ held, from byte hold_at on). */
struct out {
    double start_ns, each_ns, held_ns;
    size_t hold_at;
    size_t len, sent;
    uint8_t bytes[OUT_SIZE];
};

struct line {
    struct slave *slave;
    struct line *prev, *next;
    uv_poll_t poll;
    uv_timer_t pace;
    uv_timer_t beat;
    unsigned handles;
    int fd;
    bool connecting, closing, deaf;
    uint64_t last_in_ns;
    size_t in_len;
    uint8_t in[IN_SIZE];
    unsigned out_count;
    struct out outs[OUTS_MAX];
};

static const struct sim_line *plan_of(const struct line *l)
{
    return &l->slave->plan->line;
}

static double byte_ns(const struct line *l)
{
    const struct sim_line *p = plan_of(l);
    return p->baud ? 1e9 * p->bits / p->baud : 0;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct line *l = handle->data;
    l->slave->world->handles--;
    if (--l->handles == 0)
        free(l);
}

static void link_in(struct line *l)
{
    struct slave *s = l->slave;
    l->next = s->lines;
    if (l->next)
        l->next->prev = l;
    s->lines = l;
    s->world->conn_count++;
}

static void link_out(struct line *l)
{
    struct slave *s = l->slave;
    if (l->prev)
        l->prev->next = l->next;
    else
        s->lines = l->next;
    if (l->next)
        l->next->prev = l->prev;
    s->world->conn_count--;
}

void line_close(struct line *l)
{
    if (l->closing)
        return;
    l->closing = true;
    link_out(l);
    uv_close((uv_handle_t *)&l->poll, on_handle_closed);
    uv_close((uv_handle_t *)&l->pace, on_handle_closed);
    uv_close((uv_handle_t *)&l->beat, on_handle_closed);
    (void)close(l->fd);
}

static size_t bytes_due(const struct out *o, double now_ns)
{
    size_t due = 0;
    while (due < o->len &&
           now_ns >= o->start_ns + o->each_ns * (double)due + (due >= o->hold_at ? o->held_ns : 0))
        due++;
    return due;
}

/* A terminal knows no MSG_NOSIGNAL, and gives no signal either. */
static ssize_t put(const struct line *l, const uint8_t *bytes, size_t len)
{
    ssize_t n = send(l->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    return n < 0 && errno == ENOTSOCK ? write(l->fd, bytes, len) : n;
}

/* false: the line is gone. */
static bool send_due(struct line *l, struct out *o, double now_ns)
{
    size_t due = bytes_due(o, now_ns);
    if (due <= o->sent)
        return true;
    ssize_t n = put(l, o->bytes + o->sent, due - o->sent);
    if (n > 0)
        o->sent += (size_t)n;
    if (n >= 0 || errno == EAGAIN)
        return true;
    line_close(l);
    return false;
}

static void on_pace(uv_timer_t *timer)
{
    struct line *l = timer->data;
    double now_ns = (double)uv_hrtime();
    for (unsigned i = 0; i < l->out_count;) {
        if (!send_due(l, &l->outs[i], now_ns))
            return;
        if (l->outs[i].sent < l->outs[i].len) {
            i++;
            continue;
        }
        l->out_count--;
        memmove(&l->outs[i], &l->outs[i + 1], (l->out_count - i) * sizeof l->outs[0]);
    }
    if (l->out_count == 0)
        uv_timer_stop(&l->pace);
}

/* The first byte is over, not begun, at start + each. */
static void speak(struct line *l, const struct out *o)
{
    if (o->len == 0 || l->closing)
        return;
    if (l->out_count == OUTS_MAX) {
        log_warn("sim", "listen=%s: a frame dropped, %d are under way", l->slave->listen, OUTS_MAX);
        return;
    }
    struct out *place = &l->outs[l->out_count++];
    *place = *o;
    place->start_ns += o->each_ns;
    if (l->out_count == 1)
        pw_require(uv_timer_start(&l->pace, on_pace, PACE_MS, PACE_MS) == 0);
    on_pace(&l->pace);
}

static struct out make_out(const struct line *l, double start_ns, const uint8_t *bytes, size_t len)
{
    struct out o = {.start_ns = start_ns, .each_ns = byte_ns(l), .len = len, .hold_at = OUT_SIZE};
    memcpy(o.bytes, bytes, len);
    return o;
}

static struct out frame_reply(struct line *l, double start_ns, const uint8_t *frame, size_t len)
{
    uint8_t rtu[FRAME_RTU_MAX];
    if (len == 0 || !l->slave->plan->rtu)
        return make_out(l, start_ns, frame, len);
    return make_out(l, start_ns, rtu, frame_to_rtu(frame, len, rtu));
}

static void speak_with_fault(struct line *l, const struct fault *f, struct out *o)
{
    double delay_ns = f->delay_ms * ns_per_ms;
    switch (f->kind) {
    case FAULT_LATE:
        o->start_ns += delay_ns;
        break;
    case FAULT_CRC:
        if (o->len > 0 && l->slave->plan->rtu)
            o->bytes[o->len - 1] ^= 0x55;
        break;
    case FAULT_SPLIT:
        o->hold_at = o->len / 2;
        o->held_ns = delay_ns;
        break;
    case FAULT_SLOW:
        o->each_ns = delay_ns;
        break;
    default:
        break;
    }
    speak(l, o);
}

/* Faults that leave nothing to say. */
static bool is_mute(struct line *l, const struct fault *f)
{
    switch (f->kind) {
    case FAULT_SILENCE:
        return true;
    case FAULT_HALF_OPEN:
        l->deaf = true;
        pw_require(uv_poll_stop(&l->poll) == 0);
        return true;
    case FAULT_CUT:
    case FAULT_REFUSED:
        line_close(l);
        return true;
    default:
        return false;
    }
}

/* The request came at once, but on the line its bytes took their time. */
static void answer(struct line *l, const uint8_t *raw, size_t raw_len, const uint8_t *request,
                   const struct frame_request *r)
{
    struct slave *s = l->slave;
    double t_s = world_now_s(s->world);
    double heard_ns = (double)uv_hrtime() + byte_ns(l) * (double)raw_len;
    uint8_t reply[FRAME_MAX];
    counts_add(s->counts, r);
    const struct fault *f = answer_find_fault(s, s->units[r->unit], r, t_s);
    s->world->faults += f != NULL;
    if (plan_of(l)->echo || (f && f->kind == FAULT_ECHO)) {
        struct out echo = make_out(l, (double)uv_hrtime(), raw, raw_len);
        speak(l, &echo);
    }
    if (r->unit == 0 && s->plan->rtu) /* a broadcast: taken, not answered */
        return;
    if (f && is_mute(l, f))
        return;
    size_t len = answer_build(s, request, r, answer_instant(f, t_s), reply);
    if (f && f->kind == FAULT_EXCEPTION)
        len = frame_exception(request, f->code, reply);
    else if (f && len > 0 && !(f->kind == FAULT_CRC && s->plan->rtu))
        len = fault_spoil(f, reply, len);
    struct out o = frame_reply(l, heard_ns + plan_of(l)->reaction_ms * ns_per_ms, reply, len);
    if (f)
        speak_with_fault(l, f, &o);
    else
        speak(l, &o);
}

/* Cuts the next request off the front; false: there is none. */
static bool next_request(struct line *l, uint8_t raw[IN_SIZE], size_t *raw_len,
                         uint8_t request[FRAME_MAX], struct frame_request *r)
{
    size_t taken = l->in_len;
    size_t len = 0;
    enum frame_verdict verdict;
    if (l->slave->plan->rtu) {
        verdict = frame_from_rtu(l->in, l->in_len, request, &taken, &len);
        if (verdict == FRAME_REQUEST)
            verdict = frame_look(request, len, r);
    } else {
        verdict = frame_look(l->in, l->in_len, r);
        if (verdict == FRAME_REQUEST || verdict == FRAME_UNKNOWN) {
            taken = r->len;
            memcpy(request, l->in, taken);
        }
    }
    if (verdict == FRAME_PARTIAL)
        return false;
    memcpy(raw, l->in, taken);
    *raw_len = taken;
    l->in_len -= taken;
    memmove(l->in, l->in + taken, l->in_len);
    if (verdict == FRAME_BROKEN)
        l->slave->world->broken++;
    return verdict != FRAME_BROKEN;
}

static void read_bytes(struct line *l)
{
    uint64_t now_ns = uv_hrtime();
    if ((double)(now_ns - l->last_in_ns) > SILENCE_MS * ns_per_ms)
        l->in_len = 0;
    l->last_in_ns = now_ns;
    ssize_t n = read(l->fd, l->in + l->in_len, sizeof l->in - l->in_len);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        line_close(l);
        return;
    }
    if (n < 0)
        return;
    l->in_len += (size_t)n;
    uint8_t raw[IN_SIZE];
    uint8_t request[FRAME_MAX];
    size_t raw_len;
    struct frame_request r = {0};
    while (!l->closing && !l->deaf && next_request(l, raw, &raw_len, request, &r))
        answer(l, raw, raw_len, request, &r);
    if (l->in_len == sizeof l->in)
        l->in_len = 0;
}

static void on_beat(uv_timer_t *timer)
{
    struct line *l = timer->data;
    const struct sim_line *p = plan_of(l);
    (void)put(l, (const uint8_t *)p->heartbeat, strlen(p->heartbeat));
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct line *l = poll->data;
    (void)events;
    if (status < 0)
        line_close(l);
    else
        read_bytes(l);
}

static void on_connected(uv_poll_t *poll, int status, int events)
{
    struct line *l = poll->data;
    const struct sim_line *p = plan_of(l);
    int err = 0;
    socklen_t size = sizeof err;
    (void)events;
    size_t len = strlen(p->registration);
    bool good = status == 0 && getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &err, &size) == 0 &&
                err == 0 && (len == 0 || put(l, (const uint8_t *)p->registration, len) > 0) &&
                uv_poll_start(&l->poll, UV_READABLE, on_readable) == 0;
    if (!good) {
        line_close(l);
        return;
    }
    l->connecting = false;
    uint64_t beat_ms = (uint64_t)(p->heartbeat_s * 1000);
    if (p->heartbeat[0] && beat_ms > 0)
        pw_require(uv_timer_start(&l->beat, on_beat, beat_ms, beat_ms) == 0);
}

int line_open(struct slave *slave, int fd, bool connecting)
{
    struct line *l = calloc(1, sizeof *l);
    if (!l)
        return PW_ENOMEM;
    uv_loop_t *loop = slave->world->loop;
    l->slave = slave;
    l->fd = fd;
    l->connecting = connecting;
    int rc = uv_poll_init(loop, &l->poll, fd);
    if (rc) {
        free(l);
        return rc;
    }
    pw_require(uv_timer_init(loop, &l->pace) == 0 && uv_timer_init(loop, &l->beat) == 0);
    l->poll.data = l->pace.data = l->beat.data = l;
    l->handles = 3;
    slave->world->handles += 3;
    link_in(l);
    rc = connecting ? uv_poll_start(&l->poll, UV_WRITABLE, on_connected)
                    : uv_poll_start(&l->poll, UV_READABLE, on_readable);
    if (rc)
        line_close(l);
    return 0;
}
