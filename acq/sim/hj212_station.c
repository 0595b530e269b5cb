#include "acq/sim/hj212_station.h"

#include "acq/loop/stream.h"
#include "acq/sim/plan.h"
#include "protocols/hj212/write.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUEUE_SIZE = 64, /* packets not acknowledged yet; more push the oldest out */
    FRAME_SIZE = HJ212_SEGMENT_MAX + HJ212_OVERHEAD,
    READ_SIZE = 2048,
    SLOW_BYTES = 16, /* a tick */
    CONNECT_MS = 5000,
    DELAY_MAX_MS = 10000,
    SECOND_MS = 1000
};

struct report {
    char frame[FRAME_SIZE];
    size_t len;
    char qn[HJ212_QN_SIZE];
    double made_s;
};

struct sim_reporter {
    struct sim_reports *all;
    const struct sim_station *plan;
    char mn[HJ212_MN_MAX + 1];
    uint64_t seed;
    struct stream *stream;
    bool open, closing, dialled;
    double redial_s, realtime_s, minute_s, heartbeat_s; /* due then */
    struct hj212_profile profile;
    struct hj212_peer peer;
    struct hj212_reader reader;
    char *buffer;
    struct hj212_qn qn;
    struct report *queue;
    size_t first, count;
    bool sent; /* the first in the queue */
    double sent_s;
    unsigned tries;
    char out[2 * FRAME_SIZE]; /* on its way */
    size_t out_len, out_at, out_step;
    bool close_behind;
    uint64_t made, sent_count, acknowledged, resent, overrun, connects, heartbeats_answered,
        requests;
};

static double now_s(const struct sim_reporter *s)
{
    return world_now_s(s->all->world);
}

static const struct sim_report_when *find_fault(struct sim_reporter *s, enum sim_report_fault kind)
{
    for (size_t i = 0; i < s->plan->fault_count; i++) {
        const struct sim_report_when *f = &s->plan->faults[i];
        if (f->kind != kind || !fault_in_window(&f->window, now_s(s)))
            continue;
        uint64_t *x = &s->seed;
        *x ^= *x << 13;
        *x ^= *x >> 7;
        *x ^= *x << 17;
        if ((double)(*x >> 11) < f->window.chance * 9007199254740992.0)
            return f;
    }
    return NULL;
}

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

static size_t replace_sum(char *frame, size_t len, uint16_t sum, bool lower)
{
    char digits[5];
    snprintf(digits, sizeof digits, lower ? "%04x" : "%04X", sum);
    memcpy(frame + len - 6, digits, 4);
    return len;
}

/* The value of PW becomes another, and the sum fits again. */
static void lie(char *segment, size_t len)
{
    struct hj212_text text = {segment, len};
    size_t at = hj212_text_find(text, ";PW=");
    for (at += 4; at < len && segment[at] != ';'; at++)
        segment[at] = '0';
    char digits[5];
    snprintf(digits, sizeof digits, "%04X", hj212_crc(segment, len));
    memcpy(segment + len, digits, 4);
}

/* The frame as a faulty machine sends it; what is queued stays right. */
static size_t spoil(struct sim_reporter *s, char *frame, size_t len)
{
    char *segment = frame + 6;
    size_t inner = len - HJ212_OVERHEAD;
    if (s->tries == 0 && find_fault(s, REPORT_WRONG_PASSWORD))
        lie(segment, inner);
    uint16_t modbus = hj212_crc_modbus(segment, inner);
    uint16_t sum = hj212_crc(segment, inner);
    if (find_fault(s, REPORT_MODBUS))
        len = replace_sum(frame, len, modbus, false);
    if (find_fault(s, REPORT_SWAPPED))
        len = replace_sum(frame, len, (uint16_t)(modbus >> 8 | modbus << 8), false);
    if (find_fault(s, REPORT_LOWER))
        len = replace_sum(frame, len, sum, true);
    if (s->tries == 0 && find_fault(s, REPORT_WRONG_CRC))
        len = replace_sum(frame, len, sum ^ 0x0101, false);
    if (find_fault(s, REPORT_NO_TAIL))
        len -= 2;
    if (frame[2] == '0' && find_fault(s, REPORT_LENGTH_3)) {
        memmove(frame + 2, frame + 3, len - 3);
        len--;
    }
    return len;
}

static void send_first(struct sim_reporter *s)
{
    const struct report *r = &s->queue[s->first];
    char frame[FRAME_SIZE];
    memcpy(frame, r->frame, r->len);
    size_t len = spoil(s, frame, r->len);
    s->out_step = find_fault(s, REPORT_SLOW)    ? SLOW_BYTES
                  : find_fault(s, REPORT_SPLIT) ? len / 2 + 1
                                                : 0;
    append(s, frame, len);
    if (find_fault(s, REPORT_DUPLICATE))
        append(s, frame, len);
    s->close_behind = find_fault(s, REPORT_RECONNECT) != NULL;
    s->sent_count += s->tries == 0;
    s->resent += s->tries > 0;
    s->tries++;
    s->sent = true;
    s->sent_s = now_s(s);
    pump(s);
}

static struct report *new_report(struct sim_reporter *s)
{
    if (s->count == QUEUE_SIZE) {
        s->overrun++;
        s->first = (s->first + 1) % QUEUE_SIZE;
        s->count--;
        s->sent = false;
        s->tries = 0;
    }
    return &s->queue[(s->first + s->count) % QUEUE_SIZE];
}

static void add_values(struct sim_reporter *s, struct hj212_cp *cp, int cn, double t_s)
{
    for (size_t i = 0; i < s->plan->factor_count; i++) {
        const struct sim_factor *f = &s->plan->factors[i];
        double value = wave_at(&f->wave, t_s, s->all->world->plan->seed + i);
        if (cn == 2011) {
            hj212_cp_number(cp, f->code, HJ212_RTD, value);
        } else {
            hj212_cp_number(cp, f->code, HJ212_MIN, value);
            hj212_cp_number(cp, f->code, HJ212_AVG, value);
            hj212_cp_number(cp, f->code, HJ212_MAX, value);
        }
        hj212_cp_text(cp, f->code, HJ212_FLAG, hj212_text_of("N"));
    }
}

/* DataTime is the beginning of the period, now for realtime data. */
static void make_report(struct sim_reporter *s, int cn, double t_s, double period_s)
{
    char storage[HJ212_SEGMENT_MAX];
    struct hj212_cp cp;
    int64_t wall_ms = pw_clock_wall_ms(s->all->world->clock);
    int64_t period_ms = (int64_t)(period_s * SECOND_MS);
    int64_t time_ms = cn == 2011 ? wall_ms : wall_ms - wall_ms % period_ms - period_ms;
    struct report *r = new_report(s);
    hj212_cp_init(&cp, &s->profile, storage, sizeof storage);
    if (cn != 9015) {
        hj212_cp_time(&cp, "", HJ212_DATA_TIME, time_ms);
        add_values(s, &cp, cn, t_s);
    }
    hj212_qn_format(hj212_qn_next(&s->qn, wall_ms), s->profile.zone_min, r->qn);
    const struct hj212_head head = {.qn = hj212_text_of(r->qn),
                                    .st = hj212_text_of(s->plan->st),
                                    .pw = hj212_text_of(s->plan->password),
                                    .mn = hj212_text_of(s->mn),
                                    .cn = cn,
                                    .answer_wanted = cn != 9015};
    if (cp.err || hj212_write(&s->profile, &head, (struct hj212_text){storage, cp.len}, NULL,
                              r->frame, sizeof r->frame, &r->len) != 0)
        return;
    r->made_s = t_s;
    s->count++;
    s->made++;
}

static void take_acknowledgement(struct sim_reporter *s, struct hj212_text qn)
{
    if (!s->sent || s->count == 0 || !hj212_text_is(qn, s->queue[s->first].qn))
        return;
    double delay_ms = (now_s(s) - s->sent_s) * SECOND_MS;
    s->all->delays[delay_ms < DELAY_MAX_MS ? (size_t)delay_ms : DELAY_MAX_MS]++;
    s->acknowledged++;
    s->first = (s->first + 1) % QUEUE_SIZE;
    s->count--;
    s->sent = false;
    s->tries = 0;
}

/* 9011 and 9012: it does what it is asked. */
static void take_request(struct sim_reporter *s, const struct hj212_packet *p)
{
    static const int answers[] = {9011, 9012};
    char frame[FRAME_SIZE];
    s->requests++;
    for (int i = 0; i < 2; i++) {
        size_t len = 0;
        if (hj212_write_answer(&s->profile, p, answers[i], 1, frame, sizeof frame, &len) == 0)
            append(s, frame, len);
    }
    pump(s);
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
    s->open = s->closing = s->dialled = s->sent = false;
    s->tries = 0;
    s->redial_s = now_s(s) + s->plan->redial_s;
    s->all->world->handles--;
}

static const struct stream_events events = {on_open, on_data, on_close};

static void dial(struct sim_reporter *s)
{
    hj212_framer_reset(&s->reader.framer);
    if (stream_open(s->stream, s->plan->host, s->plan->port, CONNECT_MS) != 0) {
        s->redial_s = now_s(s) + s->plan->redial_s;
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
        make_report(s, 2011, t_s, s->plan->realtime_s);
    if (is_due(&s->minute_s, s->plan->minute_s, t_s))
        make_report(s, 2051, t_s, s->plan->minute_s);
    if (is_due(&s->heartbeat_s, s->plan->heartbeat_s, t_s))
        make_report(s, 9015, t_s, s->plan->heartbeat_s);
    if (!s->dialled && t_s >= s->redial_s)
        dial(s);
    pump(s);
    if (!s->open || s->closing || s->count == 0 || find_fault(s, REPORT_SILENCE))
        return;
    if (!s->sent) {
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
    for (size_t i = 0; i < r->count; i++)
        drop_connection(&r->stations[i]);
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
                ",\"requests\":%" PRIu64 "}\n",
                s->mn, s->made, s->sent_count, s->acknowledged, s->count, s->resent, s->overrun,
                s->connects, s->heartbeats_answered, s->requests);
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
