#include "acq/app/gateways_private.h"

#include "acq/core/sm3.h"
#include "acq/serve/view.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static struct finding describe(const struct app *a, const struct way *w, int64_t start_ms)
{
    const struct plant *plant = a->plant;
    return (struct finding){
        .kind = "system",
        .site = plant->site_count ? plant->sites[0].id : "",
        .object = w->config.id,
        .part = "gateway",
        .priority = 2,
        .start_ms = start_ms,
        .value = (double)NAN,
        .threshold = (double)NAN,
        .worst = (double)NAN,
    };
}

/* Its start, when such a finding is open; else 0. */
static int64_t open_since(const struct app *a, const struct way *w)
{
    char id[FINDING_ID_SIZE];
    for (size_t i = 0; i < a->open_count; i++) {
        const struct open_finding *o = &a->open[i];
        if (strcmp(o->kind, "system") != 0 || strcmp(o->object, w->config.id) != 0)
            continue;
        const struct finding f = describe(a, w, o->start_ms);
        if (strcmp(finding_id(&f, id), o->id) == 0)
            return o->start_ms;
    }
    return 0;
}

static void watch(struct app *a, struct way *w, int64_t at_ms)
{
    struct gateway_stats stats;
    gateway_get_stats(w->gateway, &stats);
    bool works = stats.is_up && !w->failing;
    if (works)
        w->trouble_at_ms = 0;
    else if (!w->trouble_at_ms)
        w->trouble_at_ms = at_ms;
    bool is_long = !works && at_ms - w->trouble_at_ms >= (int64_t)w->down_after_s * 1000;
    if (!works && !is_long)
        return;
    int64_t since_ms = open_since(a, w);
    if (is_long == (since_ms != 0))
        return;
    int64_t now_ms = plant_time_utc_ms(&a->time, at_ms);
    struct finding f =
        describe(a, w, is_long ? plant_time_utc_ms(&a->time, w->trouble_at_ms) : since_ms);
    f.state = is_long ? FINDING_OPEN : FINDING_CLOSED;
    f.raised_ms = now_ms;
    f.end_ms = is_long ? 0 : now_ms;
    f.reason = is_long && *stats.last_error ? stats.last_error : NULL;
    findings_on_finding(a, &f);
}

void gateways_watch(struct app *a, int64_t at_ms)
{
    for (uint32_t i = 0; i < PLANT_GATEWAYS_MAX; i++)
        if (a->gateways->ways[i])
            watch(a, a->gateways->ways[i], at_ms);
}

static void add_way(struct strbuf *out, const struct way *w)
{
    static const char *const kinds[] = {"kannel", "smpp", "http", "mail"};
    struct gateway_stats s;
    gateway_get_stats(w->gateway, &s);
    strbuf_adds(out, "{\"id\":");
    strbuf_add_json_string(out, w->config.id);
    strbuf_addf(out, ",\"kind\":\"%s\",\"up\":%s,\"works\":%s,\"sent\":%" PRIu64,
                kinds[w->config.kind], s.is_up ? "true" : "false",
                s.is_up && !w->failing ? "true" : "false", s.sent);
    for (int i = 0; i <= GATEWAY_REFUSED; i++)
        strbuf_addf(out, ",\"%s\":%" PRIu64, gateway_end_word((enum gateway_end)i), s.ends[i]);
    strbuf_addf(out,
                ",\"receipts\":%" PRIu64 ",\"inbound\":%" PRIu64 ",\"strange\":%" PRIu64
                ",\"last_error\":",
                s.receipts, s.inbound, s.strange);
    strbuf_add_json_string(out, s.last_error);
    strbuf_addc(out, '}');
}

void gateways_status(const struct app *a, struct strbuf *out)
{
    const struct gateways *g = a->gateways;
    struct outbox_counters c = {0};
    bool some = false;
    strbuf_adds(out, ",\"gateways\":[");
    for (uint32_t i = 0; g && i < PLANT_GATEWAYS_MAX; i++) {
        if (!g->ways[i])
            continue;
        strbuf_adds(out, some ? "," : "");
        some = true;
        add_way(out, g->ways[i]);
    }
    if (g)
        outbox_get_counters(g->outbox, &c);
    strbuf_addf(out,
                "],\"messages\":{\"queued\":%" PRIu64 ",\"attempts\":%" PRIu64
                ",\"accepted\":%" PRIu64 ",\"delivered\":%" PRIu64 ",\"failed\":%" PRIu64
                ",\"lost\":%" PRIu64 ",\"again\":%" PRIu64 ",\"waiting\":%u,\"open\":%u}",
                c.queued, c.attempts, c.accepted, c.delivered, c.failed, c.lost, c.again, c.waiting,
                c.open);
}

void gateways_count_all(const struct app *a, struct serve_counters *out)
{
    const struct gateways *g = a->gateways;
    struct outbox_counters c;
    if (!g)
        return;
    outbox_get_counters(g->outbox, &c);
    out->messages_queued = c.queued;
    out->messages_accepted = c.accepted;
    out->messages_delivered = c.delivered;
    out->messages_failed = c.failed;
    out->messages_lost = c.lost;
    out->messages_again = c.again;
    out->messages_waiting = c.waiting;
    for (uint32_t i = 0; i < PLANT_GATEWAYS_MAX; i++)
        out->gateways_down += g->ways[i] && g->ways[i]->trouble_at_ms != 0;
}
