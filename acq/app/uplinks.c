#include "acq/app/uplinks_private.h"

#include "acq/core/json.h"
#include "acq/core/log.h"
#include "acq/record/db.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_MS = 86400000, CLOCK_NEAR_MS = 1000 };

static int64_t at_now(void *ctx)
{
    struct app *a = ctx;
    return plant_time_at_ms(&a->time);
}

static int64_t utc_now(void *ctx)
{
    struct app *a = ctx;
    return plant_time_utc_ms(&a->time, plant_time_at_ms(&a->time));
}

static bool may_send(void *ctx)
{
    const struct app *a = ctx;
    return a->time.trusted && a->phase == STOP_RUNNING;
}

static bool may_always(void *ctx)
{
    const struct app *a = ctx;
    return a->phase == STOP_RUNNING;
}

static uint64_t journal(void *ctx, const char *type, const struct strbuf *members)
{
    struct app *a = ctx;
    if (!a->recorder)
        return 0;
    uint64_t seq = recorder_next_seq(a->recorder);
    flow_journal(a, type, plant_time_at_ms(&a->time), members, true);
    return seq;
}

/* Our clock is never set by a platform: it is told whether the two agree. */
static int set_clock(void *ctx, int64_t time_ms)
{
    int64_t off_ms = time_ms - utc_now(ctx);
    log_info("uplink", "a platform's clock is %" PRId64 " ms ahead of ours", off_ms);
    return off_ms > -CLOCK_NEAR_MS - 1000 && off_ms < CLOCK_NEAR_MS ? UPLINK_SUCCESS
                                                                    : UPLINK_FAILED;
}

static int handle(void *ctx, struct uplink *up, const struct uplink_request *r)
{
    (void)ctx;
    (void)up;
    (void)r;
    return UPLINK_WRONG_CONDITION;
}

static void on_gone(void *ctx, struct uplink *up)
{
    (void)ctx;
    (void)up;
}

static void on_record_end(void *ctx, struct uplink *up, enum uplink_end end)
{
    (void)ctx;
    (void)up;
    (void)end;
}

static int open_all(struct uplinks *u);

static void on_closed(void *ctx, struct uplink *up)
{
    struct app *a = ctx;
    struct uplinks *u = a->uplinks;
    uplinks_settings_forget(u, up);
    for (uint32_t i = 0; i < u->count; i++)
        if (u->list[i] == up)
            u->list[i] = NULL;
    u->open--;
    if (u->open > 0)
        return;
    if (u->stopping)
        stop_step(a);
    else if (u->reopening && open_all(u) != 0)
        log_error("uplink", "platforms cannot be opened again");
}

struct remembering {
    struct uplinks *u;
    const char *id;
    int64_t since_ms; /* 0: nothing is known of it */
};

static void on_since(void *ctx, const char *json)
{
    struct remembering *r = ctx;
    cJSON *tree = NULL;
    if (json_parse(json, strlen(json), &tree, NULL) != 0)
        return;
    const char *id = json_string(tree, "platform");
    if (id && strcmp(id, r->id) == 0)
        r->since_ms = r->since_ms ? r->since_ms : json_int(tree, "since", 0);
    cJSON_Delete(tree);
}

/* The first time that a platform is configured is kept for ever. */
static int since_of(struct uplinks *u, const struct plant_platform *p, int64_t *out_ms)
{
    struct app *a = u->app;
    struct remembering r = {u, p->id, 0};
    int err = record_lines_since(a->data_dir, "uplink", 0, on_since, &r);
    *out_ms = r.since_ms;
    if (err || r.since_ms > 0)
        return err;
    r.since_ms = utc_now(a) - (p->backfill_history ? (int64_t)p->backfill_days * DAY_MS : 0);
    struct strbuf *text = flow_fresh_text(a);
    strbuf_adds(text, "\"platform\":");
    strbuf_add_json_string(text, p->id);
    strbuf_addf(text, ",\"since\":%" PRId64, r.since_ms);
    (void)journal(a, "uplink", text);
    *out_ms = r.since_ms;
    return 0;
}

static void on_ledger(void *ctx, const char *json)
{
    struct uplinks *u = ctx;
    cJSON *tree = NULL;
    if (json_parse(json, strlen(json), &tree, NULL) != 0)
        return;
    const char *id = json_string(tree, "platform");
    for (uint32_t i = 0; id && i < u->count; i++)
        if (u->list[i] && strcmp(uplink_get_plan(u->list[i])->platform.id, id) == 0)
            uplink_remember(u->list[i], json, strlen(json));
    cJSON_Delete(tree);
}

static int open_one(struct uplinks *u, uint32_t index)
{
    struct app *a = u->app;
    const struct plant_platform *p = &a->plant->platforms[index];
    struct uplink_options o = {
        .loop = &a->loop,
        .data_dir = a->data_dir,
        .work = &u->work,
        .now_ms = at_now,
        .utc_ms = utc_now,
        .may_send = p->wait_clock ? may_send : may_always,
        .journal = journal,
        .realtime = uplinks_realtime,
        .keep = uplinks_settings_keep,
        .set_clock = set_clock,
        .handle = handle,
        .on_gone = on_gone,
        .on_record_end = on_record_end,
        .on_closed = on_closed,
        .ctx = a,
    };
    uplinks_settings_of(u, p, &o.settings);
    int err = since_of(u, p, &o.since_ms);
    if (err)
        return err;
    o.plan = uplink_plan_new(a->plant, index);
    err = uplink_open(&o, &u->list[index]);
    explicit_bzero(&o.settings, sizeof o.settings);
    u->open += err == 0;
    return err;
}

static int open_all(struct uplinks *u)
{
    struct app *a = u->app;
    free(u->list);
    free(u->values);
    u->reopening = false;
    u->count = a->plant->platform_count;
    u->value_count = a->plant->input_count;
    u->list = calloc(u->count + 1u, sizeof(struct uplink *));
    u->values = calloc(u->value_count + 1u, sizeof *u->values);
    int err = u->list && u->values ? 0 : PW_ENOMEM;
    for (uint32_t i = 0; !err && i < u->count; i++)
        err = open_one(u, i);
    if (!err && u->count > 0)
        err = record_lines_since(a->data_dir, "ledger", 0, on_ledger, u);
    for (uint32_t i = 0; !err && i < u->count; i++)
        uplink_start(u->list[i]);
    return err;
}

int uplinks_open(struct app *a)
{
    struct uplinks *u = calloc(1, sizeof *u);
    if (!u)
        return PW_ENOMEM;
    u->app = a;
    a->uplinks = u;
    uplinks_settings_load(u);
    return open_all(u);
}

static void close_all(struct uplinks *u)
{
    for (uint32_t i = 0; i < u->count; i++)
        if (u->list[i])
            uplink_close(u->list[i]);
}

int uplinks_reload(struct app *a)
{
    struct uplinks *u = a->uplinks;
    u->reopening = true;
    if (u->open == 0)
        return open_all(u);
    u->value_count = 0;
    close_all(u);
    return 0;
}

void uplinks_second(struct app *a)
{
    struct uplinks *u = a->uplinks;
    for (uint32_t i = 0; u && !u->reopening && i < u->count; i++)
        if (u->list[i])
            uplink_second(u->list[i]);
}

void uplinks_on_commit(struct app *a, uint64_t seq)
{
    struct uplinks *u = a->uplinks;
    for (uint32_t i = 0; u && i < u->count; i++)
        if (u->list[i])
            uplink_on_commit(u->list[i], seq);
}

void uplinks_stop(struct app *a)
{
    struct uplinks *u = a->uplinks;
    if (!u || u->stopping)
        return;
    u->stopping = true;
    close_all(u);
}

bool uplinks_are_stopped(const struct app *a)
{
    return !a->uplinks || (a->uplinks->stopping && a->uplinks->open == 0 && !a->uplinks->job.busy);
}

void uplinks_free(struct app *a)
{
    struct uplinks *u = a->uplinks;
    if (!u)
        return;
    uplinks_settings_free(u);
    free(u->list);
    free(u->values);
    free(u);
    a->uplinks = NULL;
}

static void add_status(struct strbuf *out, const struct uplink_stats *s)
{
    strbuf_adds(out, "{\"id\":");
    strbuf_add_json_string(out, s->id);
    strbuf_addf(out,
                ",\"connected\":%s,\"connects\":%" PRIu64 ",\"failures\":%" PRIu64
                ",\"owed\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"acknowledged\":%" PRIu64
                ",\"sent\":%" PRIu64 ",\"no_data\":%" PRIu64 ",\"acknowledged_ms\":%" PRId64
                ",\"realtime\":%" PRIu64 ",\"resends\":%" PRIu64 ",\"strays\":%" PRIu64
                ",\"requests\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"busy\":%" PRIu64
                ",\"last_error\":",
                s->connected ? "true" : "false", s->connects, s->failures, s->owed, s->lost,
                s->acknowledged, s->sent, s->no_data, s->acknowledged_ms,
                s->session.sent[UPLINK_REALTIME], s->session.resends, s->session.strays,
                s->session.requests, s->session.refused, s->session.busy);
    strbuf_add_json_string(out, s->error);
    strbuf_addc(out, '}');
}

void uplinks_status(const struct app *a, struct strbuf *out)
{
    const struct uplinks *u = a->uplinks;
    bool some = false;
    strbuf_adds(out, ",\"platforms\":[");
    for (uint32_t i = 0; u && i < u->count; i++) {
        struct uplink_stats s;
        if (!u->list[i])
            continue;
        uplink_get_stats(u->list[i], &s);
        strbuf_adds(out, some ? "," : "");
        add_status(out, &s);
        some = true;
    }
    strbuf_addc(out, ']');
}
