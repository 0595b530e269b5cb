#include "acq/deliver/uplink_history.h"

#include "acq/core/log.h"
#include "acq/deliver/uplink_read.h"
#include "acq/loop/worker.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTE_MS = 60000, MINUTES_OF_HOUR = 60, MINUTES_OF_DAY = 1440 };

struct uplink_history {
    uv_loop_t *loop;
    const struct pw_clock *clock;
    char *data_dir;
    const struct uplink_plan *plan;
    struct uplink_session *session;
    void (*on_read)(void *ctx);
    void (*on_closed)(void *ctx);
    void *ctx;
    bool runs;    /* a request is under way */
    bool waits;   /* for the end of a packet */
    bool closing; /* frees itself when the job is over */
    enum uplink_kind kind;
    uint32_t minutes;
    int64_t next_ms, end_ms; /* beginnings of periods; the last one included */
    int64_t due_ms;          /* not sooner: monotonic */
    uint64_t sent;
    struct worker_job job;
    int err;
    struct uplink_periods read;
    uint32_t at; /* of read */
    bool has_read;
};

int uplink_history_new(uv_loop_t *loop, const struct pw_clock *clock, const char *data_dir,
                       const struct uplink_plan *plan, struct uplink_session *session,
                       struct uplink_history **out)
{
    struct uplink_history *h = calloc(1, sizeof *h);
    if (!h)
        return PW_ENOMEM;
    h->data_dir = strdup(data_dir);
    if (!h->data_dir) {
        free(h);
        return PW_ENOMEM;
    }
    h->loop = loop;
    h->clock = clock;
    h->plan = plan;
    h->session = session;
    *out = h;
    return 0;
}

void uplink_history_on_read(struct uplink_history *h, void (*on_read)(void *ctx), void *ctx)
{
    h->on_read = on_read;
    h->ctx = ctx;
}

static bool kind_of(int cn, enum uplink_kind *out)
{
    for (int k = UPLINK_MINUTE; k <= UPLINK_DAY; k++) {
        if (uplink_kind_cn((enum uplink_kind)k) != cn)
            continue;
        *out = (enum uplink_kind)k;
        return true;
    }
    return false;
}

static uint32_t minutes_of(const struct uplink_history *h)
{
    uint32_t minutes = uplink_session_settings(h->session)->minute_min;
    if (h->kind == UPLINK_MINUTE)
        return minutes ? minutes : 1;
    return h->kind == UPLINK_HOUR ? MINUTES_OF_HOUR : MINUTES_OF_DAY;
}

static int64_t length_ms(const struct uplink_history *h)
{
    return (int64_t)h->minutes * MINUTE_MS;
}

/* The border at or behind t, of the day that the platform's zone has. */
static int64_t round_up(const struct uplink_history *h, int64_t t_ms)
{
    int64_t shift = (int64_t)h->plan->profile.zone_min * MINUTE_MS;
    int64_t rest = (t_ms + shift) % length_ms(h);
    return rest ? t_ms - rest + length_ms(h) : t_ms;
}

static void drop_read(struct uplink_history *h)
{
    if (h->has_read)
        uplink_periods_deinit(&h->read);
    h->has_read = false;
    h->at = 0;
}

static void stop(struct uplink_history *h)
{
    h->runs = h->waits = false;
    if (!h->job.busy)
        drop_read(h);
}

static void finish(struct uplink_history *h, int exe_rtn)
{
    stop(h);
    uplink_session_finish(h->session, exe_rtn);
}

static struct uplink_history *owner_of(struct worker_job *job)
{
    return (struct uplink_history *)((char *)job - offsetof(struct uplink_history, job));
}

static uint32_t page_of(const struct uplink_history *h)
{
    int64_t left = (h->end_ms - h->next_ms) / length_ms(h) + 1;
    return left < UPLINK_READ_MAX ? (uint32_t)left : UPLINK_READ_MAX;
}

/* On the worker; what it reads of h stays as it is while the job is busy. */
static void run_job(struct worker_job *job)
{
    struct uplink_history *h = owner_of(job);
    h->err =
        uplink_read(h->data_dir, h->plan, h->kind, h->minutes, h->next_ms, page_of(h), &h->read);
}

static void free_history(struct uplink_history *h)
{
    void (*on_closed)(void *ctx) = h->on_closed;
    void *ctx = h->ctx;
    drop_read(h);
    free(h->data_dir);
    free(h);
    on_closed(ctx);
}

static void on_job_done(struct worker_job *job, int status)
{
    struct uplink_history *h = owner_of(job);
    int err = status ? status : h->err;
    h->has_read = !err;
    if (h->closing) {
        free_history(h);
        return;
    }
    if (!h->runs) {
        drop_read(h);
        return;
    }
    if (err) {
        log_warn("uplink", "platform=%s: history cannot be read: %s", h->plan->platform.id,
                 pw_strerror(err));
        finish(h, UPLINK_FAULT);
        return;
    }
    h->next_ms += h->read.count * length_ms(h);
    if (h->on_read)
        h->on_read(h->ctx);
}

int uplink_history_begin(struct uplink_history *h, const struct uplink_request *r)
{
    const int zone_min = h->plan->profile.zone_min;
    int64_t begin_ms;
    int64_t end_ms;
    if (h->runs || h->job.busy || h->closing)
        return UPLINK_BUSY;
    if (!kind_of(r->cn, &h->kind))
        return UPLINK_NO_DATA;
    if (hj212_packet_time(r->packet, HJ212_BEGIN_TIME, zone_min, &begin_ms) != 0 ||
        hj212_packet_time(r->packet, HJ212_END_TIME, zone_min, &end_ms) != 0 || end_ms < begin_ms)
        return UPLINK_WRONG_CONDITION;
    h->minutes = minutes_of(h);
    if ((end_ms - begin_ms) / length_ms(h) >= UPLINK_HISTORY_MAX)
        return UPLINK_WRONG_CONDITION;
    int64_t last_ms = pw_clock_wall_ms(h->clock) - length_ms(h);
    h->next_ms = round_up(h, begin_ms);
    h->end_ms = end_ms < last_ms ? end_ms : last_ms;
    h->sent = 0;
    h->due_ms = 0;
    h->runs = true;
    if (h->on_read)
        h->on_read(h->ctx);
    return 0;
}

void uplink_history_ended(struct uplink_history *h, enum uplink_end end)
{
    h->waits = false;
    if (end == UPLINK_UNANSWERED)
        stop(h);
}

void uplink_history_gone(struct uplink_history *h)
{
    stop(h);
}

static void read_on(struct uplink_history *h)
{
    drop_read(h);
    if (h->next_ms > h->end_ms)
        finish(h, h->sent ? UPLINK_SUCCESS : UPLINK_NO_DATA);
    else if (worker_start(&h->job, h->loop, run_job, on_job_done) != 0)
        finish(h, UPLINK_FAULT);
}

static void send_one(struct uplink_history *h, int64_t now_ms, int64_t utc_ms)
{
    const struct uplink_period *p = &h->read.periods[h->at++];
    struct hj212_cp *cp = uplink_session_cp(h->session, UPLINK_RECORD);
    uplink_period_write(p, h->plan, cp);
    int err = cp->err ? cp->err
                      : uplink_session_upload(h->session, UPLINK_RECORD, uplink_kind_cn(p->kind),
                                              false, now_ms, utc_ms);
    if (err) {
        log_warn("uplink", "platform=%s: a record cannot be sent: %s", h->plan->platform.id,
                 pw_strerror(err));
        finish(h, UPLINK_FAULT);
        return;
    }
    h->sent++;
    h->waits = true;
    h->due_ms = now_ms + UPLINK_HISTORY_GAP_MS;
}

int64_t uplink_history_tick(struct uplink_history *h, int64_t now_ms, int64_t utc_ms)
{
    if (!h->runs || h->waits || h->job.busy)
        return INT64_MAX;
    while (h->has_read && h->at < h->read.count && !h->read.periods[h->at].any)
        h->at++;
    if (!h->has_read || h->at == h->read.count) {
        read_on(h);
        return INT64_MAX;
    }
    if (now_ms < h->due_ms || !uplink_session_is_free(h->session, UPLINK_RECORD))
        return now_ms < h->due_ms ? h->due_ms : now_ms + UPLINK_HISTORY_GAP_MS;
    send_one(h, now_ms, utc_ms);
    return INT64_MAX;
}

void uplink_history_close(struct uplink_history *h, void (*on_closed)(void *ctx), void *ctx)
{
    h->on_closed = on_closed;
    h->ctx = ctx;
    h->closing = true;
    h->runs = false;
    worker_cancel(&h->job);
    if (!h->job.busy)
        free_history(h);
}
