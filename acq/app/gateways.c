#include "acq/app/gateways_private.h"

#include "acq/app/alarms.h"
#include "acq/core/log.h"
#include "acq/record/db.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { STOP_PATIENCE_MS = 2000, BATCH = 64 };

static const int64_t RESTORED_MS = INT64_C(8) * 86400000;

static int64_t utc_now(const struct app *a)
{
    return plant_time_utc_ms(&a->time, plant_time_at_ms(&a->time));
}

static uint64_t journal(void *ctx, const struct strbuf *members, bool urgent)
{
    struct app *a = ctx;
    if (!a->recorder)
        return 0;
    uint64_t seq = recorder_next_seq(a->recorder);
    flow_journal(a, "message", plant_time_at_ms(&a->time), members, urgent);
    return seq;
}

static void on_kick(uv_timer_t *timer);

static void kick(struct gateways *g)
{
    if (!g->closing)
        uv_timer_start(&g->kick, on_kick, 0, 0);
}

static void on_result(void *ctx, const struct gateway_result *r)
{
    struct way *w = ctx;
    w->failing = r->end != GATEWAY_ACCEPTED && r->end != GATEWAY_BAD_RECIPIENT;
    outbox_on_result(w->owner->outbox, w->index, r, utc_now(w->owner->app));
    kick(w->owner);
}

static void on_ready(void *ctx)
{
    struct way *w = ctx;
    kick(w->owner);
}

/* Without room the centre is not answered, and tells it again. */
static void wait_durable(struct way *w, uint32_t ticket, uint64_t seq)
{
    struct gateways *g = w->owner;
    for (size_t i = 0; i < TICKETS_MAX; i++) {
        if (g->tickets[i].seq)
            continue;
        g->tickets[i] = (struct waiting_ticket){.seq = seq, .way = w->index, .ticket = ticket};
        return;
    }
}

static void on_receipt(void *ctx, const struct sms_receipt *r, uint32_t ticket)
{
    struct way *w = ctx;
    struct app *a = w->owner->app;
    uint64_t seq = recorder_next_seq(a->recorder);
    w->owner->receipts++;
    (void)outbox_on_receipt(w->owner->outbox, r->id, NULL, r->fate, r->state, utc_now(a));
    flow_arm_record(a, 0);
    wait_durable(w, ticket, seq);
}

static void write_inbound(struct app *a, const char *way, const char *from, const char *text)
{
    struct strbuf members;
    strbuf_init(&members, 8192);
    strbuf_adds(&members, "\"gateway\":");
    strbuf_add_json_string(&members, way);
    strbuf_adds(&members, ",\"from\":");
    strbuf_add_json_string(&members, from);
    strbuf_adds(&members, ",\"text\":");
    strbuf_add_json_string(&members, text);
    flow_journal(a, "inbound", plant_time_at_ms(&a->time), &members, true);
    strbuf_deinit(&members);
}

static void on_inbound(void *ctx, const char *from, const char *text, uint32_t ticket)
{
    struct way *w = ctx;
    struct app *a = w->owner->app;
    w->owner->inbound++;
    write_inbound(a, w->config.id, from, text);
    (void)alarms_take_inbound(a, from, text);
    wait_durable(w, ticket, recorder_next_seq(a->recorder));
}

static const struct gateway_events events = {on_result, on_receipt, on_inbound, on_ready};

/* A message that the gateway could not even take does not stop the others. */
static void give_up(struct way *w, const struct gateway_message *m, int err)
{
    struct gateway_result r = {.token = m->token,
                               .end = err == PW_EINVAL ? GATEWAY_BAD_RECIPIENT : GATEWAY_FAILED};
    strncpy(r.said, pw_strerror(err), sizeof r.said - 1);
    outbox_on_result(w->owner->outbox, w->index, &r, utc_now(w->owner->app));
}

static void send_some(struct way *w, int64_t now_ms)
{
    struct gateways *g = w->owner;
    struct gateway_message m;
    for (int i = 0; i < BATCH; i++) {
        if (!gateway_can_take(w->gateway) || !outbox_take(g->outbox, w->index, now_ms, &m))
            return;
        int err = gateway_send(w->gateway, &m);
        if (err)
            give_up(w, &m, err);
    }
    kick(g);
}

static void on_kick(uv_timer_t *timer)
{
    struct gateways *g = timer->data;
    int64_t now_ms = utc_now(g->app);
    if (g->stopping) {
        if (outbox_is_sending(g->outbox))
            return;
        gateways_close(g->app);
        return;
    }
    for (uint32_t i = 0; i < g->sets[g->set].count; i++)
        if (g->ways[i])
            send_some(g->ways[i], now_ms);
}

static void release(struct gateways *g)
{
    struct app *a = g->app;
    if (--g->handles > 0)
        return;
    outbox_free(g->outbox);
    free(g);
    a->gateways = NULL;
    if (a->phase == STOP_COLLECTING)
        stop_step(a);
}

static void on_way_closed(void *ctx)
{
    struct way *w = ctx;
    struct gateways *g = w->owner;
    arena_free(w->arena);
    free(w);
    release(g);
}

static void on_timer_closed(uv_handle_t *handle)
{
    release(handle->data);
}

/* The texts are the way's: a reload's new plant does not carry the old one's on. */
static void configure(struct way *w, const struct plant_gateway *from)
{
    static const enum gateway_kind kinds[] = {[PLANT_KANNEL] = GATEWAY_KANNEL,
                                              [PLANT_SMPP] = GATEWAY_SMPP,
                                              [PLANT_HTTP] = GATEWAY_HTTP,
                                              [PLANT_MAIL] = GATEWAY_MAIL};
    struct arena *arena = w->arena;
    size_t headers = 0;
    while (from->headers[headers])
        headers++;
    const char **copies = arena_alloc(arena, (headers + 1) * sizeof *copies);
    for (size_t i = 0; i < headers; i++)
        copies[i] = arena_strdup(arena, from->headers[i]);
#define COPY(member) arena_strdup(arena, from->member)
    w->config = (struct gateway_config){
        .id = COPY(id),
        .kind = kinds[from->kind],
        .url = COPY(url),
        .host = COPY(host),
        .port = from->port,
        .user = COPY(user),
        .password = COPY(password),
        .from = COPY(from),
        .ca_file = COPY(tls_ca_file),
        .timeout_ms = from->timeout_s * 1000,
        .window = from->window,
        .retry_first_ms = from->retry_first_s * 1000,
        .retry_max_ms = from->retry_max_s * 1000,
        .pause_ms = from->pause_s * 1000,
        .callback_url = "",
        .smpp = {.system_type = COPY(system_type),
                 .parts = from->parts_by_sar ? SMPP_PARTS_SAR : SMPP_PARTS_UDH8,
                 .enquire_ms = from->enquire_s * 1000},
        .http = {.method = COPY(method),
                 .content_type = COPY(content_type),
                 .body = COPY(body),
                 .headers = copies,
                 .success_contains = COPY(success_contains),
                 .hmac_key = COPY(hmac_key),
                 .hmac_header = COPY(hmac_header)},
        .starttls = from->starttls,
    };
#undef COPY
    memcpy(w->digest, from->digest, sizeof w->digest);
    w->down_after_s = from->down_after_s;
}

static void open_way(struct gateways *g, uint32_t i, const struct plant_gateway *from)
{
    struct app *a = g->app;
    struct way *w = calloc(1, sizeof *w);
    pw_require(w != NULL);
    w->owner = g;
    w->index = i;
    w->arena = arena_new();
    configure(w, from);
    const struct gateway_options o = {.loop = &a->loop,
                                      .http = a->http,
                                      .config = &w->config,
                                      .events = &events,
                                      .ctx = w,
                                      .seed = (uint64_t)utc_now(a) + i};
    int err = gateway_open(&o, &w->gateway);
    if (err) {
        log_error("gateway", "%s: cannot be opened: %s", from->id, pw_strerror(err));
        arena_free(w->arena);
        free(w);
        return;
    }
    g->ways[i] = w;
    g->handles++;
}

static void describe_set(struct gateway_set *set, const struct plant *plant)
{
    set->count = plant->gateway_count;
    for (uint32_t i = 0; i < set->count; i++) {
        const struct plant_gateway *from = &plant->gateways[i];
        strncpy(set->ids[i], from->id, PLANT_ID_MAX);
        set->ids[i][PLANT_ID_MAX] = '\0';
        set->gateways[i] = (struct outbox_gateway){.id = set->ids[i],
                                                   .per_minute = from->per_minute,
                                                   .tries = from->tries,
                                                   .retry_first_ms = from->retry_first_s * 1000,
                                                   .retry_max_ms = from->retry_max_s * 1000,
                                                   .pause_ms = from->pause_s * 1000};
    }
}

static void open_ways(struct gateways *g)
{
    const struct plant *plant = g->app->plant;
    for (uint32_t i = 0; i < plant->gateway_count; i++)
        open_way(g, i, &plant->gateways[i]);
}

static void close_ways(struct gateways *g)
{
    for (uint32_t i = 0; i < PLANT_GATEWAYS_MAX; i++) {
        struct way *w = g->ways[i];
        g->ways[i] = NULL;
        if (w)
            gateway_close(w->gateway, on_way_closed, w);
    }
    memset(g->tickets, 0, sizeof g->tickets);
}

static void restore_line(void *ctx, const char *json)
{
    struct gateways *g = ctx;
    int err = outbox_restore(g->outbox, json, strlen(json), utc_now(g->app));
    if (err)
        log_error("gateway", "a message of before the start is lost: %s", pw_strerror(err));
}

int gateways_open(struct app *a)
{
    struct gateways *g = calloc(1, sizeof *g);
    if (!g)
        return PW_ENOMEM;
    g->app = a;
    describe_set(&g->sets[0], a->plant);
    const struct outbox_options o = {.gateways = g->sets[0].gateways,
                                     .gateway_count = g->sets[0].count,
                                     .max = OUTBOX_MAX,
                                     .journal = journal,
                                     .ctx = a};
    int err = outbox_new(&o, &g->outbox);
    if (err) {
        free(g);
        return err;
    }
    a->gateways = g;
    pw_require(uv_timer_init(&a->loop, &g->kick) == 0);
    pw_require(uv_timer_init(&a->loop, &g->patience) == 0);
    g->kick.data = g->patience.data = g;
    g->handles = 2;
    err = record_last_messages(a->data_dir, plant_time_at_ms(&a->time) - RESTORED_MS, restore_line,
                               g);
    open_ways(g);
    kick(g);
    return err;
}

static bool are_equal(const struct gateways *g, const struct plant *plant)
{
    if (g->sets[g->set].count != plant->gateway_count)
        return false;
    for (uint32_t i = 0; i < plant->gateway_count; i++)
        if (!g->ways[i] || memcmp(g->ways[i]->digest, plant->gateways[i].digest, SM3_SIZE) != 0)
            return false;
    return true;
}

/* What is under way over an old gateway counts as unanswered and goes again. */
int gateways_reload(struct app *a)
{
    struct gateways *g = a->gateways;
    if (!g)
        return gateways_open(a);
    if (are_equal(g, a->plant))
        return 0;
    close_ways(g);
    g->set = !g->set;
    struct gateway_set *set = &g->sets[g->set];
    describe_set(set, a->plant);
    outbox_set_gateways(g->outbox, set->gateways, set->count, utc_now(a));
    open_ways(g);
    kick(g);
    return 0;
}

void gateways_take_notice(void *ctx, const struct notice *n)
{
    struct app *a = ctx;
    int err = a->gateways ? outbox_add(a->gateways->outbox, n, utc_now(a)) : PW_ESTATE;
    if (err)
        log_error("gateway", "a message to %s is lost: %s", n->person, pw_strerror(err));
}

void gateways_on_commit(struct app *a, uint64_t seq)
{
    struct gateways *g = a->gateways;
    if (!g)
        return;
    outbox_on_commit(g->outbox, seq);
    for (size_t i = 0; i < TICKETS_MAX; i++) {
        struct waiting_ticket *t = &g->tickets[i];
        if (!t->seq || t->seq > seq)
            continue;
        if (g->ways[t->way])
            gateway_on_durable(g->ways[t->way]->gateway, t->ticket);
        t->seq = 0;
    }
    kick(g);
}

void gateways_second(struct app *a, int64_t at_ms)
{
    if (!a->gateways)
        return;
    (void)outbox_tick(a->gateways->outbox, plant_time_utc_ms(&a->time, at_ms));
    gateways_watch(a, at_ms);
    kick(a->gateways);
}

static void on_patience_over(uv_timer_t *timer)
{
    struct gateways *g = timer->data;
    gateways_close(g->app);
}

void gateways_stop(struct app *a)
{
    struct gateways *g = a->gateways;
    if (!g || g->stopping)
        return;
    g->stopping = true;
    uv_timer_start(&g->patience, on_patience_over, STOP_PATIENCE_MS, 0);
    kick(g);
}

bool gateways_are_stopped(const struct app *a)
{
    return !a->gateways;
}

void gateways_close(struct app *a)
{
    struct gateways *g = a->gateways;
    if (!g || g->closing)
        return;
    g->closing = g->stopping = true;
    close_ways(g);
    uv_close((uv_handle_t *)&g->kick, on_timer_closed);
    uv_close((uv_handle_t *)&g->patience, on_timer_closed);
}
