#include "acq/deliver/uplink.h"

#include "acq/core/civil.h"
#include "acq/core/json.h"
#include "acq/core/log.h"
#include "acq/deliver/uplink_read.h"
#include "acq/loop/backoff.h"
#include "acq/loop/stream.h"
#include "acq/loop/worker.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RETRY_FIRST_MS = 1000,
    AGAIN_MS = 5000, /* a period whose means are not there yet is looked at again */
    SECOND_MS = 1000,
    MINUTE_MS = 60000,
    JSON_SIZE = 512
};

enum stage { STAGE_FREE, STAGE_READING, STAGE_TOLD, STAGE_UNDER_WAY };

/* A period on its way. */
struct shipment {
    struct worker_job job;
    struct uplink *owner;
    enum uplink_lane lane;
    enum stage stage;
    struct uplink_due due;
    struct uplink_periods periods;
    int err;
    int64_t revision;
    uint64_t seq; /* of the line that says that it goes out */
    int64_t began_ms, sent_utc_ms;
    bool late; /* RF=1 */
};

enum { SHIPMENTS = 2 };

struct uplink {
    struct uplink_options o;
    struct uplink_plan *plan;
    struct uplink_session *session;
    struct uplink_queue *queue;
    struct stream *stream;
    struct backoff backoff;
    struct hj212_reader reader;
    char *buffer;
    struct shipment shipments[SHIPMENTS]; /* UPLINK_LIVE, UPLINK_BACKFILL */
    int64_t retry_ms;
    int64_t pause_until_ms; /* of backfill */
    int64_t hold_until_ms[UPLINK_KINDS];
    int64_t realtime_due_ms, heartbeat_due_ms;
    uint32_t spread_ms;
    bool started, busy, connected, closing;
    struct uplink_stats stats;
};

static int64_t now_of(const struct uplink *u)
{
    return u->o.now_ms(u->o.ctx);
}

static int64_t utc_of(const struct uplink *u)
{
    return u->o.utc_ms(u->o.ctx);
}

static void step(struct uplink *u);

/* One line about a period, complete in itself: the last one of a period and revision holds. */
static uint64_t tell(struct uplink *u, const struct shipment *s, const char *end, unsigned resends)
{
    char text[JSON_SIZE];
    char start[CIVIL_ISO_SIZE];
    struct strbuf b;
    strbuf_init_fixed(&b, text, sizeof text);
    civil_format_iso(s->due.start_ms, u->plan->profile.zone_min, start);
    strbuf_adds(&b, "\"platform\":");
    strbuf_add_json_string(&b, u->plan->platform.id);
    strbuf_addf(&b,
                ",\"period\":\"%s\",\"start\":\"%s\",\"minutes\":%u,\"revision\":%" PRId64
                ",\"sent\":%" PRId64 ",\"resends\":%u,\"backfilled\":%s,\"end\":\"%s\"",
                uplink_kind_word(s->due.kind), start, s->due.minutes, s->revision, s->sent_utc_ms,
                resends, s->late ? "true" : "false", end);
    if (strcmp(end, "acknowledged") == 0)
        strbuf_addf(&b, ",\"acknowledged\":%" PRId64, utc_of(u));
    return u->o.journal(u->o.ctx, "ledger", &b);
}

static void release(struct shipment *s)
{
    uplink_periods_deinit(&s->periods);
    s->stage = STAGE_FREE;
}

static void arrived(struct uplink *u, struct shipment *s, const char *end, unsigned resends)
{
    (void)tell(u, s, end, resends);
    uplink_queue_done(u->queue, &s->due);
    u->stats.waits_since_ms = 0;
    u->stats.acknowledged_ms = utc_of(u);
}

/* What was missed has its share of the time. */
static void pause_backfill(struct uplink *u, const struct shipment *s)
{
    double took = (double)(now_of(u) - s->began_ms);
    u->pause_until_ms = now_of(u) + (int64_t)(took * (1 / u->plan->platform.backfill_share - 1));
}

static void on_end(void *ctx, enum uplink_lane lane, enum uplink_end end, unsigned resends)
{
    struct uplink *u = ctx;
    if (lane == UPLINK_RECORD)
        u->o.on_record_end(u->o.ctx, u, end);
    if (lane != UPLINK_LIVE && lane != UPLINK_BACKFILL)
        return;
    struct shipment *s = &u->shipments[lane];
    if (s->stage != STAGE_UNDER_WAY)
        return;
    if (end == UPLINK_UNANSWERED)
        (void)tell(u, s, "unanswered", resends);
    else
        arrived(u, s, end == UPLINK_ACKNOWLEDGED ? "acknowledged" : "sent", resends);
    u->stats.acknowledged += end == UPLINK_ACKNOWLEDGED;
    u->stats.sent += end == UPLINK_SENT;
    if (lane == UPLINK_BACKFILL)
        pause_backfill(u, s);
    release(s);
}

/* The line is durable. */
static void ship(struct uplink *u, struct shipment *s)
{
    if (!uplink_session_is_free(u->session, s->lane))
        return;
    struct hj212_cp *cp = uplink_session_cp(u->session, s->lane);
    s->began_ms = now_of(u);
    uplink_period_write(&s->periods.periods[0], u->plan, cp);
    int err = uplink_session_upload(u->session, s->lane, uplink_kind_cn(s->due.kind), s->late,
                                    s->began_ms, utc_of(u));
    if (!err) {
        s->stage = STAGE_UNDER_WAY;
        return;
    }
    log_error("uplink", "platform=%s: a %s cannot be written: %s", u->plan->platform.id,
              uplink_kind_word(s->due.kind), pw_strerror(err));
    arrived(u, s, "unwritable", 0);
    release(s);
}

static void judge_read(struct uplink *u, struct shipment *s)
{
    const struct uplink_period *p = &s->periods.periods[0];
    int64_t until = uplink_due_end_ms(&s->due) + (int64_t)u->plan->platform.wait_s * SECOND_MS;
    bool waited = utc_of(u) >= until;
    if (s->err || u->closing || (!p->complete && !waited)) {
        u->hold_until_ms[s->due.kind] = now_of(u) + AGAIN_MS;
        release(s);
        return;
    }
    s->revision = p->revision;
    s->sent_utc_ms = utc_of(u);
    if (p->any) {
        s->seq = tell(u, s, "sent", 0);
        s->stage = STAGE_TOLD;
        return;
    }
    (void)tell(u, s, "no-data", 0);
    uplink_queue_done(u->queue, &s->due);
    u->stats.no_data++;
    release(s);
}

static void settle(struct uplink *u);

static void on_read(struct worker_job *job, int status)
{
    struct shipment *s = (struct shipment *)(void *)((char *)job - offsetof(struct shipment, job));
    struct uplink *u = s->owner;
    s->err = status < 0 ? status : s->err;
    judge_read(u, s);
    if (u->closing)
        settle(u);
    else
        step(u);
}

static void run_read(struct worker_job *job)
{
    struct shipment *s = (struct shipment *)(void *)((char *)job - offsetof(struct shipment, job));
    s->err = uplink_read(s->owner->o.data_dir, s->owner->plan, s->due.kind, s->due.minutes,
                         s->due.start_ms, 1, &s->periods);
}

static bool is_on_its_way(const struct uplink *u, const struct uplink_due *d)
{
    for (int i = 0; i < SHIPMENTS; i++) {
        const struct shipment *s = &u->shipments[i];
        if (s->stage != STAGE_FREE && s->due.kind == d->kind && s->due.start_ms == d->start_ms)
            return true;
    }
    return false;
}

/* Kinds whose newest period was looked at and waits for its means. */
static unsigned ready_kinds(const struct uplink *u, int64_t now_ms)
{
    unsigned kinds = 0;
    for (int k = 0; k < UPLINK_RUN_TIME; k++)
        if (now_ms >= u->hold_until_ms[k])
            kinds |= 1u << k;
    return kinds;
}

/* From then on a period is late. */
static int64_t late_ms(const struct uplink *u, const struct uplink_due *d)
{
    return uplink_due_end_ms(d) + (uplink_due_end_ms(d) - d->start_ms) + u->spread_ms +
           (int64_t)u->plan->platform.wait_s * SECOND_MS;
}

/* The newest one of a lane. A live one may come before an owed one of another kind. */
static bool pick(const struct uplink *u, enum uplink_lane lane, struct uplink_due *out)
{
    int64_t utc = utc_of(u);
    unsigned kinds = ready_kinds(u, now_of(u));
    for (int k = 0; k < UPLINK_RUN_TIME; k++) {
        int64_t before = utc - u->spread_ms;
        struct uplink_due d;
        while ((kinds >> k & 1) && uplink_queue_pick(u->queue, 1u << k, before, &d)) {
            bool late = utc >= late_ms(u, &d);
            if (late == (lane == UPLINK_BACKFILL) && !is_on_its_way(u, &d)) {
                bool newer = out->minutes == 0 || uplink_due_end_ms(&d) > uplink_due_end_ms(out);
                *out = newer ? d : *out;
                break;
            }
            if (late && lane == UPLINK_LIVE)
                break;
            before = d.start_ms;
        }
    }
    return out->minutes > 0;
}

static void begin(struct uplink *u, enum uplink_lane lane)
{
    struct shipment *s = &u->shipments[lane];
    struct uplink_due due = {.minutes = 0};
    if (s->stage != STAGE_FREE || s->job.busy)
        return;
    if (lane == UPLINK_BACKFILL && now_of(u) < u->pause_until_ms)
        return;
    if (!pick(u, lane, &due))
        return;
    s->due = due;
    s->late = lane == UPLINK_BACKFILL;
    s->stage = STAGE_READING;
    if (worker_start(&s->job, u->o.loop, run_read, on_read) != 0)
        s->stage = STAGE_FREE;
}

static void note_error(struct uplink *u, int err)
{
    if (err)
        snprintf(u->stats.error, sizeof u->stats.error, "%s", pw_strerror(err));
}

static void send_realtime(struct uplink *u, int64_t now_ms)
{
    const struct uplink_settings *set = uplink_session_settings(u->session);
    if (set->realtime_s == 0 || !set->realtime_on || now_ms < u->realtime_due_ms ||
        !uplink_session_is_free(u->session, UPLINK_REALTIME))
        return;
    int64_t every = (int64_t)set->realtime_s * SECOND_MS;
    u->realtime_due_ms =
        now_ms - u->realtime_due_ms < every ? u->realtime_due_ms + every : now_ms + every;
    struct hj212_cp *cp = uplink_session_cp(u->session, UPLINK_REALTIME);
    if (u->o.realtime(u->o.ctx, u->plan, cp))
        note_error(
            u, uplink_session_upload(u->session, UPLINK_REALTIME, 2011, false, now_ms, utc_of(u)));
}

static void send_heartbeat(struct uplink *u, int64_t now_ms)
{
    uint32_t every_s = u->plan->platform.heartbeat_s;
    if (!u->plan->profile.heartbeat || every_s == 0 || now_ms < u->heartbeat_due_ms ||
        !uplink_session_is_free(u->session, UPLINK_NOTICE))
        return;
    u->heartbeat_due_ms = now_ms + (int64_t)every_s * SECOND_MS;
    (void)uplink_session_cp(u->session, UPLINK_NOTICE);
    note_error(u, uplink_session_upload(u->session, UPLINK_NOTICE, 9015, false, now_ms, utc_of(u)));
}

static void step(struct uplink *u)
{
    if (!u->connected || u->closing)
        return;
    for (int i = 0; i < SHIPMENTS; i++)
        begin(u, (enum uplink_lane)i);
}

static int on_send(void *ctx, const char *frame, size_t len)
{
    struct uplink *u = ctx;
    int err = 0;
    while (!err && len > 0) {
        size_t part = len < STREAM_WRITE_MAX ? len : STREAM_WRITE_MAX;
        err = stream_write(u->stream, (const uint8_t *)frame, part);
        frame += part;
        len -= part;
    }
    return err;
}

static void on_give_up(void *ctx, const char *why)
{
    struct uplink *u = ctx;
    snprintf(u->stats.error, sizeof u->stats.error, "%s", why);
    log_warn("uplink", "platform=%s: the connection is closed: %s", u->plan->platform.id, why);
    stream_close(u->stream);
}

static void on_keep(void *ctx, const struct uplink_settings *s, bool secret)
{
    struct uplink *u = ctx;
    u->o.keep(u->o.ctx, u, s, secret);
}

static void on_request(void *ctx, const struct uplink_request *r)
{
    struct uplink *u = ctx;
    char text[JSON_SIZE];
    struct strbuf b;
    strbuf_init_fixed(&b, text, sizeof text);
    strbuf_adds(&b, "\"platform\":");
    strbuf_add_json_string(&b, u->plan->platform.id);
    strbuf_addf(&b, ",\"cn\":%d,\"qn_rtn\":%d", r->cn, r->qn_rtn);
    (void)u->o.journal(u->o.ctx, "platform-request", &b);
}

static int on_set_clock(void *ctx, int64_t time_ms)
{
    struct uplink *u = ctx;
    return u->o.set_clock(u->o.ctx, time_ms);
}

static int on_handle(void *ctx, const struct uplink_request *r)
{
    struct uplink *u = ctx;
    return u->o.handle(u->o.ctx, u, r);
}

static void on_request_gone(void *ctx)
{
    struct uplink *u = ctx;
    u->o.on_gone(u->o.ctx, u);
}

static void on_open(void *ctx)
{
    struct uplink *u = ctx;
    u->connected = true;
    u->stats.connects++;
    u->stats.error[0] = '\0';
    log_info("uplink", "platform=%s: connected", u->plan->platform.id);
    hj212_framer_reset(&u->reader.framer);
    uplink_session_opened(u->session, now_of(u));
    step(u);
}

static void on_data(void *ctx, const uint8_t *data, size_t len)
{
    struct uplink *u = ctx;
    const char *at = (const char *)data;
    struct hj212_received got;
    int err;
    while ((err = hj212_reader_next(&u->reader, &at, &len, &got)) != PW_EMORE) {
        if (err)
            continue;
        backoff_reset(&u->backoff);
        uplink_session_take(u->session, got.packet, now_of(u), utc_of(u));
    }
    step(u);
}

static void on_close(void *ctx, int why)
{
    struct uplink *u = ctx;
    bool was = u->connected;
    u->busy = u->connected = false;
    u->stats.failures += why != 0 || !was;
    if (why && !u->closing) {
        if (strcmp(u->stats.error, pw_strerror(why)) != 0)
            log_warn("uplink", "platform=%s: %s: %s", u->plan->platform.id,
                     was ? "the connection ended" : "cannot be reached", pw_strerror(why));
        snprintf(u->stats.error, sizeof u->stats.error, "%s", pw_strerror(why));
    }
    uplink_session_closed(u->session);
    for (int i = 0; i < SHIPMENTS; i++)
        if (u->shipments[i].stage == STAGE_TOLD)
            release(&u->shipments[i]);
    u->retry_ms = now_of(u) + backoff_next_ms(&u->backoff);
    if (u->closing)
        settle(u);
}

static const struct stream_events stream_events = {on_open, on_data, on_close};

/* Each platform has its own moment, the same at every border. */
static uint32_t spread_of(const struct plant_platform *p)
{
    uint32_t hash = 2166136261u;
    for (const char *c = p->id; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    return p->spread_s ? hash % (p->spread_s * SECOND_MS) : 0;
}

static void free_uplink(struct uplink *u)
{
    stream_free(u->stream);
    uplink_session_free(u->session);
    uplink_queue_free(u->queue);
    uplink_plan_free(u->plan);
    free(u->buffer);
    explicit_bzero(u, sizeof *u);
    free(u);
}

static void settle(struct uplink *u)
{
    if (u->busy)
        return;
    for (int i = 0; i < SHIPMENTS; i++)
        if (u->shipments[i].job.busy || u->shipments[i].stage == STAGE_READING)
            return;
    for (int i = 0; i < SHIPMENTS; i++)
        release(&u->shipments[i]);
    u->o.on_closed(u->o.ctx, u);
    free_uplink(u);
}

static int make_parts(struct uplink *u)
{
    const struct uplink_session_ops ops = {
        .send = on_send,
        .close = on_give_up,
        .on_end = on_end,
        .keep = on_keep,
        .on_request = on_request,
        .set_clock = on_set_clock,
        .handle = on_handle,
        .on_gone = on_request_gone,
        .ctx = u,
    };
    size_t size = hj212_reader_size(&u->plan->profile);
    u->buffer = malloc(size);
    u->stream = stream_new(u->o.loop, &stream_events, u);
    int err = u->buffer && u->stream ? 0 : PW_ENOMEM;
    if (!err)
        err = uplink_session_new(u->plan, &u->o.settings, &ops, &u->session);
    if (!err)
        err = uplink_queue_new(u->plan->platform.backfill_days, u->plan->profile.zone_min,
                               u->o.since_ms, &u->queue);
    if (!err)
        hj212_reader_init(&u->reader, uplink_session_peer(u->session), u->buffer, size, u->o.work,
                          NULL, NULL);
    return err;
}

int uplink_open(const struct uplink_options *o, struct uplink **out)
{
    struct uplink *u = calloc(1, sizeof *u);
    if (!u) {
        uplink_plan_free(o->plan);
        return PW_ENOMEM;
    }
    u->o = *o;
    u->plan = o->plan;
    u->spread_ms = spread_of(&u->plan->platform);
    backoff_init(&u->backoff, RETRY_FIRST_MS, u->plan->platform.retry_max_s * SECOND_MS,
                 uv_hrtime() ^ (uint64_t)(uintptr_t)u);
    for (int i = 0; i < SHIPMENTS; i++) {
        u->shipments[i].owner = u;
        u->shipments[i].lane = (enum uplink_lane)i;
    }
    int err = make_parts(u);
    if (err) {
        free_uplink(u);
        return err;
    }
    const struct plant_platform *p = &u->plan->platform;
    uplink_queue_set(u->queue, u->o.settings.minute_min, p->hour, p->day);
    uplink_queue_advance(u->queue, utc_of(u));
    *out = u;
    return 0;
}

void uplink_remember(struct uplink *u, const char *json, size_t len)
{
    cJSON *tree = NULL;
    struct uplink_due due = {.minutes = 0};
    if (json_parse(json, len, &tree, NULL) != 0)
        return;
    const char *period = json_string(tree, "period");
    const char *start = json_string(tree, "start");
    const char *end = json_string(tree, "end");
    int64_t minutes = json_int(tree, "minutes", 0);
    if (period && start && end && minutes > 0 && minutes <= 1440 &&
        uplink_kind_find(period, &due.kind) && civil_parse(start, &due.start_ms) == 0) {
        due.minutes = (uint32_t)minutes;
        if (strcmp(end, "acknowledged") == 0 || strcmp(end, "no-data") == 0 ||
            strcmp(end, "unwritable") == 0 || (strcmp(end, "sent") == 0 && !u->plan->platform.ack))
            uplink_queue_done(u->queue, &due);
        else
            uplink_queue_owe(u->queue, &due);
    }
    cJSON_Delete(tree);
}

void uplink_start(struct uplink *u)
{
    u->started = true;
}

void uplink_close(struct uplink *u)
{
    u->closing = true;
    for (int i = 0; i < SHIPMENTS; i++)
        worker_cancel(&u->shipments[i].job);
    if (u->busy)
        stream_close(u->stream);
    else
        settle(u);
}

static void dial(struct uplink *u, int64_t now_ms)
{
    const struct plant_platform *p = &u->plan->platform;
    if (u->busy || now_ms < u->retry_ms || !u->o.may_send(u->o.ctx))
        return;
    int err = stream_open(u->stream, p->host, p->port, p->connect_s * SECOND_MS);
    u->busy = err == 0;
    if (err)
        u->retry_ms = now_ms + backoff_next_ms(&u->backoff);
}

void uplink_second(struct uplink *u)
{
    int64_t now = now_of(u);
    const struct uplink_settings *set = uplink_session_settings(u->session);
    if (!u->started || u->closing)
        return;
    uplink_queue_set(u->queue, set->minute_min, u->plan->platform.hour, u->plan->platform.day);
    uplink_queue_advance(u->queue, utc_of(u));
    if (uplink_queue_count(u->queue) > 0 && u->stats.waits_since_ms == 0)
        u->stats.waits_since_ms = now;
    if (uplink_queue_count(u->queue) == 0)
        u->stats.waits_since_ms = 0;
    dial(u, now);
    if (!u->connected)
        return;
    (void)uplink_session_tick(u->session, now, utc_of(u));
    send_realtime(u, now);
    send_heartbeat(u, now);
    step(u);
}

void uplink_on_commit(struct uplink *u, uint64_t seq)
{
    for (int i = 0; i < SHIPMENTS && u->connected && !u->closing; i++)
        if (u->shipments[i].stage == STAGE_TOLD && seq >= u->shipments[i].seq)
            ship(u, &u->shipments[i]);
}

void uplink_on_revised(struct uplink *u, uint32_t input, enum uplink_kind kind, int64_t start_ms)
{
    const struct uplink_due due = {.kind = kind, .start_ms = start_ms, .minutes = 1};
    if (!u->plan->platform.resend_revised)
        return;
    for (uint32_t i = 0; i < u->plan->code_count; i++)
        if (u->plan->codes[i].input == input)
            uplink_queue_owe(u->queue, &due);
}

struct uplink_session *uplink_session(struct uplink *u)
{
    return u->session;
}

const struct uplink_plan *uplink_get_plan(const struct uplink *u)
{
    return u->plan;
}

void uplink_get_stats(const struct uplink *u, struct uplink_stats *out)
{
    *out = u->stats;
    out->id = u->plan->platform.id;
    out->connected = u->connected;
    out->owed = uplink_queue_count(u->queue);
    out->lost = uplink_queue_lost(u->queue);
    uplink_session_get_stats(u->session, &out->session);
}
