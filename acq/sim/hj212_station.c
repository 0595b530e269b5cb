#include "acq/sim/hj212_station_private.h"

#include "acq/loop/stream.h"
#include "acq/sim/plan.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLOW_BYTES = 16 /* a tick */, CONNECT_MS = 5000, DELAY_MAX_MS = 10000 };

static void drop_connection(struct sim_reporter *s)
{
    if (!s->dialled || s->closing)
        return;
    s->closing = true;
    stream_close(s->stream);
}

static void pump(struct sim_reporter *s)
{
    while (s->open && !s->closing && s->out_at < s->out_len) {
        size_t len = s->out_len - s->out_at;
        size_t most =
            s->out_step && s->out_step < STREAM_WRITE_MAX ? s->out_step : STREAM_WRITE_MAX;
        len = len < most ? len : most;
        int err = stream_write(s->stream, (const uint8_t *)s->out + s->out_at, len);
        if (err == UV_EAGAIN)
            return;
        if (err) {
            drop_connection(s);
            return;
        }
        s->out_at += len;
        if (s->out_step)
            break;
    }
    if (s->close_behind && s->out_at == s->out_len) {
        s->close_behind = false;
        drop_connection(s);
    }
}

static void append(struct sim_reporter *s, const char *data, size_t len)
{
    if (s->out_at == s->out_len)
        s->out_at = s->out_len = 0;
    if (s->out_len + len > sizeof s->out)
        return;
    memcpy(s->out + s->out_len, data, len);
    s->out_len += len;
}

/* A packet that is to come out of order waits for the next one, and lets it go first. */
static bool waits_for_next(struct sim_reporter *s)
{
    struct report *a = &s->queue[s->first];
    struct report *b = &s->queue[(s->first + 1) % QUEUE_SIZE];
    if (!a->behind_next || s->tries > 0)
        return false;
    if (s->count == 1)
        return true;
    a->behind_next = false;
    struct report kept = *a;
    *a = *b;
    *b = kept;
    return false;
}

static void send_first(struct sim_reporter *s)
{
    const struct report *r = &s->queue[s->first];
    char frame[FRAME_SIZE];
    memcpy(frame, r->frame, r->len);
    size_t len = sim_reporter_spoil(s, frame, r->len);
    s->out_step = sim_reporter_fails(s, REPORT_SLOW)    ? SLOW_BYTES
                  : sim_reporter_fails(s, REPORT_SPLIT) ? len / 2 + 1
                                                        : 0;
    append(s, frame, len);
    if (sim_reporter_fails(s, REPORT_DUPLICATE))
        append(s, frame, len);
    s->close_behind = sim_reporter_fails(s, REPORT_RECONNECT);
    s->sent_count += s->tries == 0;
    s->resent += s->tries > 0;
    s->tries++;
    s->sent = true;
    s->sent_s = sim_reporter_now_s(s);
    pump(s);
}

static void take_acknowledgement(struct sim_reporter *s, struct hj212_text qn)
{
    if (!s->sent || s->count == 0 || !hj212_text_is(qn, s->queue[s->first].qn))
        return;
    double delay_ms = (sim_reporter_now_s(s) - s->sent_s) * SECOND_MS;
    s->all->delays[delay_ms < DELAY_MAX_MS ? (size_t)delay_ms : DELAY_MAX_MS]++;
    s->acknowledged++;
    s->first = (s->first + 1) % QUEUE_SIZE;
    s->count--;
    s->sent = false;
    s->tries = 0;
}

static void answer_late(struct sim_reporter *s, const char *frame, size_t len)
{
    for (int i = 0; i < LATE_MAX && len <= LATE_FRAME; i++) {
        struct late_answer *a = &s->late[i];
        if (a->len)
            continue;
        memcpy(a->frame, frame, len);
        a->len = len;
        a->due_s = sim_reporter_now_s(s) + s->plan->late_s;
        return;
    }
}

static void send_late_answers(struct sim_reporter *s, double t_s)
{
    for (int i = 0; i < LATE_MAX; i++) {
        struct late_answer *a = &s->late[i];
        if (a->len == 0 || t_s < a->due_s)
            continue;
        append(s, a->frame, a->len);
        a->len = 0;
    }
}

static void answer(struct sim_reporter *s, const struct hj212_packet *p, int cn, bool late)
{
    char frame[FRAME_SIZE];
    size_t len = 0;
    if (hj212_write_answer(&s->profile, p, cn, 1, frame, sizeof frame, &len) != 0)
        return;
    if (late)
        answer_late(s, frame, len);
    else
        append(s, frame, len);
}

/* 9011, what it asks for, 9012; a notice has 9013 alone. */
static void take_request(struct sim_reporter *s, const struct hj212_packet *p)
{
    char frame[FRAME_SIZE];
    bool late = sim_reporter_fails(s, REPORT_LATE_ANSWER);
    s->requests++;
    if (p->cn == 2012 || p->cn == 2022) {
        answer(s, p, 9013, late);
    } else {
        answer(s, p, 9011, late);
        append(s, frame, sim_history_reply(s, p, frame, sizeof frame));
        if (!sim_history_begin(s, p))
            answer(s, p, 9012, late);
    }
    pump(s);
}

static void tell_history(struct sim_reporter *s)
{
    char frame[FRAME_SIZE];
    if (s->open && !s->closing && s->out_at == s->out_len)
        append(s, frame, sim_history_next(s, frame, sizeof frame));
}

static void take_packet(struct sim_reporter *s, const struct hj212_packet *p)
{
    if (p->cn == 9014 || p->cn == 9013) {
        s->heartbeats_answered += p->cn == 9013;
        take_acknowledgement(s, hj212_packet_qn(p));
    } else if (p->cn < 9000) {
        take_request(s, p);
    }
}

static void on_open(void *ctx)
{
    struct sim_reporter *s = ctx;
    s->open = true;
    s->connects++;
    s->sent = false;
    s->out_at = s->out_len = 0;
}

static void on_data(void *ctx, const uint8_t *bytes, size_t len)
{
    struct sim_reporter *s = ctx;
    const char *data = (const char *)bytes;
    struct hj212_received got;
    for (;;) {
        int err = hj212_reader_next(&s->reader, &data, &len, &got);
        if (err == PW_EMORE)
            break;
        if (err == 0)
            take_packet(s, got.packet);
    }
}

static void on_close(void *ctx, int why)
{
    struct sim_reporter *s = ctx;
    (void)why;
    s->open = s->closing = s->dialled = s->sent = s->history.runs = false;
    s->tries = 0;
    bool storm = sim_reporter_fails(s, REPORT_STORM);
    s->redial_s = sim_reporter_now_s(s) + (storm ? 0 : s->plan->redial_s);
    s->all->world->handles--;
}

static const struct stream_events events = {on_open, on_data, on_close};

static void on_orphan_data(void *ctx, const uint8_t *bytes, size_t len)
{
    (void)ctx;
    (void)bytes;
    (void)len;
}

static void on_orphan_closed(void *ctx, int why)
{
    struct orphan *o = ctx;
    (void)why;
    o->station->all->world->handles--;
    stream_free(o->stream);
    o->stream = NULL;
}

static const struct stream_events orphan_events = {NULL, on_orphan_data, on_orphan_closed};

/* The connection stays open, but the station has forgotten it and dials again: what a server sees
 * of a power cut behind a router. */
static void forget_connection(struct sim_reporter *s)
{
    for (int i = 0; i < ORPHANS_MAX; i++) {
        struct orphan *o = &s->orphans[i];
        struct stream *fresh = o->stream ? NULL : stream_new(s->all->world->loop, &events, s);
        if (!fresh)
            continue;
        *o = (struct orphan){.stream = s->stream, .station = s};
        stream_set_events(o->stream, &orphan_events, o);
        s->stream = fresh;
        s->forgotten++;
        s->all->world->handles++; /* on_close() gives one back for a connection that goes on */
        on_close(s, 0);
        return;
    }
}

static void dial(struct sim_reporter *s)
{
    hj212_framer_reset(&s->reader.framer);
    if (stream_open(s->stream, s->plan->host, s->plan->port, CONNECT_MS) != 0) {
        s->redial_s = sim_reporter_now_s(s) + s->plan->redial_s;
        return;
    }
    s->dialled = true;
    s->all->world->handles++;
}

/* Periods that nobody looked at are not made up for. */
static bool is_due(double *due_s, double every_s, double t_s)
{
    if (every_s <= 0 || t_s < *due_s)
        return false;
    *due_s += every_s * (1 + floor((t_s - *due_s) / every_s));
    return true;
}

static void tick(struct sim_reporter *s, double t_s)
{
    if (is_due(&s->realtime_s, s->plan->realtime_s, t_s))
        sim_reporter_make(s, 2011, t_s, s->plan->realtime_s);
    if (is_due(&s->minute_s, s->plan->minute_s, t_s))
        sim_reporter_make(s, 2051, t_s, s->plan->minute_s);
    if (is_due(&s->heartbeat_s, s->plan->heartbeat_s, t_s))
        sim_reporter_make(s, 9015, t_s, s->plan->heartbeat_s);
    if (!s->dialled && t_s >= s->redial_s)
        dial(s);
    send_late_answers(s, t_s);
    tell_history(s);
    pump(s);
    if (s->open && !s->closing && sim_reporter_fails(s, REPORT_STORM))
        drop_connection(s);
    if (s->open && !s->closing && s->sent && sim_reporter_fails(s, REPORT_HALF_OPEN))
        forget_connection(s);
    if (!s->open || s->closing || s->count == 0 || sim_reporter_fails(s, REPORT_SILENCE))
        return;
    if (!s->sent) {
        if (!waits_for_next(s))
            send_first(s);
    } else if (t_s - s->sent_s > s->plan->answer_s) {
        if (s->tries > s->plan->resends)
            drop_connection(s);
        else
            send_first(s);
    }
}

static int init_one(struct sim_reporter *s, struct sim_reports *all, const struct sim_station *plan,
                    uint32_t n)
{
    uint32_t of_all = plan->count > 1 ? n * 1000 / plan->count : 0;
    s->all = all;
    s->plan = plan;
    s->seed = (all->world->plan->seed + n) * 0x9e3779b97f4a7c15u | 1;
    if (plan->count > 1)
        snprintf(s->mn, sizeof s->mn, "%s%04u", plan->mn, (unsigned)n);
    else
        snprintf(s->mn, sizeof s->mn, "%s", plan->mn);
    s->profile = plan->profile;
    s->realtime_s = plan->realtime_s * of_all / 1000;
    s->minute_s = plan->minute_s;
    s->heartbeat_s = plan->heartbeat_s;
    s->peer.profile = &s->profile;
    s->profile.segment_max_in = HJ212_SEGMENT_MAX;
    size_t size = hj212_reader_size(&s->profile);
    s->stream = stream_new(all->world->loop, &events, s);
    s->queue = calloc(QUEUE_SIZE, sizeof *s->queue);
    s->buffer = malloc(size);
    if (!s->stream || !s->queue || !s->buffer)
        return PW_ENOMEM;
    hj212_reader_init(&s->reader, &s->peer, s->buffer, size, all->work, NULL, NULL);
    return 0;
}

int sim_reports_init(struct sim_reports *r, struct world *w, const struct sim_plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->station_count; i++)
        count += plan->stations[i].count;
    *r = (struct sim_reports){.world = w};
    if (count == 0)
        return 0;
    r->work = malloc(sizeof *r->work);
    r->delays = calloc(DELAY_MAX_MS + 1, sizeof *r->delays);
    r->stations = calloc(count, sizeof *r->stations);
    if (!r->work || !r->stations || !r->delays)
        return PW_ENOMEM;
    int err = 0;
    for (size_t i = 0; i < plan->station_count; i++)
        for (uint32_t n = 0; !err && n < plan->stations[i].count; n++)
            err = init_one(&r->stations[r->count++], r, &plan->stations[i], n);
    return err;
}

void sim_reports_tick(struct sim_reports *r, double t_s)
{
    for (size_t i = 0; i < r->count; i++)
        tick(&r->stations[i], t_s);
}

void sim_reports_stop(struct sim_reports *r)
{
    for (size_t i = 0; i < r->count; i++) {
        drop_connection(&r->stations[i]);
        for (int k = 0; k < ORPHANS_MAX; k++)
            if (r->stations[i].orphans[k].stream)
                stream_close(r->stations[i].orphans[k].stream);
    }
}

void sim_reports_deinit(struct sim_reports *r)
{
    for (size_t i = 0; i < r->count; i++) {
        stream_free(r->stations[i].stream);
        free(r->stations[i].queue);
        free(r->stations[i].buffer);
    }
    free(r->stations);
    free(r->delays);
    free(r->work);
}

static unsigned percentile_99(const struct sim_reports *r, uint64_t all)
{
    uint64_t seen = 0;
    for (unsigned ms = 0; ms <= DELAY_MAX_MS; ms++) {
        seen += r->delays[ms];
        if (seen * 100 >= all * 99)
            return ms;
    }
    return DELAY_MAX_MS;
}

void sim_reports_print(const struct sim_reports *r, FILE *out)
{
    uint64_t made = 0;
    uint64_t acknowledged = 0;
    uint64_t waiting = 0;
    uint64_t overrun = 0;
    for (size_t i = 0; i < r->count; i++) {
        const struct sim_reporter *s = &r->stations[i];
        fprintf(out,
                "{\"type\":\"station\",\"mn\":\"%s\",\"made\":%" PRIu64 ",\"sent\":%" PRIu64
                ",\"acknowledged\":%" PRIu64 ",\"waiting\":%zu,\"resent\":%" PRIu64
                ",\"overrun\":%" PRIu64 ",\"connects\":%" PRIu64 ",\"notices_answered\":%" PRIu64
                ",\"requests\":%" PRIu64 ",\"forgotten\":%" PRIu64 "}\n",
                s->mn, s->made, s->sent_count, s->acknowledged, s->count, s->resent, s->overrun,
                s->connects, s->heartbeats_answered, s->requests, s->forgotten);
        made += s->made;
        acknowledged += s->acknowledged;
        waiting += s->count;
        overrun += s->overrun;
    }
    if (r->count)
        fprintf(out,
                "{\"type\":\"stations\",\"count\":%zu,\"made\":%" PRIu64
                ",\"acknowledged\":%" PRIu64 ",\"waiting\":%" PRIu64 ",\"overrun\":%" PRIu64
                ",\"answer_ms_p99\":%u}\n",
                r->count, made, acknowledged, waiting, overrun, percentile_99(r, acknowledged));
}
