#include "acq/app/state.h"

#include "acq/core/log.h"

#include <inttypes.h>
#include <string.h>

static void add_exceptions(const struct collect_device_stats *s, struct strbuf *out)
{
    bool some = false;
    strbuf_adds(out, ",\"exceptions\":{");
    for (unsigned code = 0; code < STATS_EXCEPTION_CODES; code++) {
        if (s->exceptions[code] == 0)
            continue;
        strbuf_adds(out, some ? "," : "");
        if (code)
            strbuf_addf(out, "\"%u\":%" PRIu64, code, s->exceptions[code]);
        else
            strbuf_addf(out, "\"other\":%" PRIu64, s->exceptions[code]);
        some = true;
    }
    strbuf_addc(out, '}');
}

static void add_replies(const struct collect_device_stats *s, struct strbuf *out)
{
    strbuf_adds(out, ",\"replies\":{");
    for (unsigned i = 0; i < STATS_REPLY_BOUNDS; i++)
        strbuf_addf(out, "%s\"%u\":%" PRIu64, i ? "," : "", stats_reply_bounds_ms[i],
                    s->replies[i]);
    strbuf_addf(out, ",\"more\":%" PRIu64 "}", s->replies[STATS_REPLY_BOUNDS]);
    strbuf_addf(out, ",\"slowest_ms\":%u,\"proposed_timeout_ms\":", s->slowest_ms);
    uint32_t proposed_ms = stats_propose_timeout_ms(s);
    if (proposed_ms)
        strbuf_addf(out, "%u", proposed_ms);
    else
        strbuf_adds(out, "null");
}

static void add_frames(const struct collect_device_stats *s, struct strbuf *out)
{
    strbuf_adds(out, ",\"bad_frames\":[");
    for (unsigned i = 0; i < STATS_BAD_FRAMES && s->bad_frames[i][0]; i++)
        strbuf_addf(out, "%s\"%s\"", i ? "," : "", s->bad_frames[i]);
    strbuf_addc(out, ']');
}

struct range_list {
    struct strbuf *out;
    bool some;
};

static void add_range(void *ctx, const struct collect_range *r)
{
    struct range_list *list = ctx;
    strbuf_adds(list->out, list->some ? "," : "");
    learned_add_range(list->out, r);
    list->some = true;
}

void bus_report_write(const struct app *a, uint32_t device, const struct collect_device_stats *s,
                      struct strbuf *out)
{
    strbuf_addf(out,
                ",\"unit\":%u,\"requests\":%" PRIu64 ",\"good\":%" PRIu64 ",\"timeouts\":%" PRIu64
                ",\"late\":%" PRIu64 ",\"foreign\":%" PRIu64 ",\"crc\":%" PRIu64
                ",\"length\":%" PRIu64 ",\"cycles\":%" PRIu64 ",\"missed\":%" PRIu64
                ",\"skipped\":%" PRIu64 ",\"unlinked\":%" PRIu64 ",\"requests_a_cycle\":%u",
                s->unit, s->requests, s->good, s->timeouts, s->late, s->foreign, s->crc, s->length,
                s->cycles, s->missed, s->skipped, s->unlinked, s->requests_a_cycle);
    if (s->read_with != device) {
        strbuf_adds(out, ",\"read_with\":");
        strbuf_add_json_string(out, a->plant->devices[s->read_with].id);
    }
    add_exceptions(s, out);
    add_replies(s, out);
    add_frames(s, out);
    strbuf_adds(out, ",\"learned\":[");
    struct range_list list = {.out = out};
    (void)collector_learned(a->collector, device, add_range, &list);
    strbuf_addc(out, ']');
}

void bus_note(struct app *a, int64_t at_ms)
{
    for (uint32_t d = 0; a->collector && d < a->plant->device_count; d++) {
        struct collect_device_stats s;
        if (collector_device_get(a->collector, d, &s) != 0)
            continue;
        struct strbuf *text = flow_fresh_text(a);
        strbuf_adds(text, "\"device\":");
        strbuf_add_json_string(text, a->plant->devices[d].id);
        bus_report_write(a, d, &s, text);
        flow_journal(a, "bus", at_ms, text, false);
    }
}

static struct finding describe(const struct app *a)
{
    const struct plant *plant = pipeline_plant(a->pipeline);
    return (struct finding){
        .kind = "system",
        .site = plant->site_count ? plant->sites[0].id : "",
        .object = "server",
        .part = "overload",
        .priority = 2,
        .start_ms = a->overload.start_ms,
        .value = a->overload.worst_s,
        .threshold = (double)overload_limit_ms(a->plant) / 1e3,
        .worst = a->overload.worst_s,
    };
}

/* An id follows from kind, object, part and start: one that was open before is known again. */
static void adopt(struct app *a)
{
    char id[FINDING_ID_SIZE];
    a->overload.adopted = true;
    for (size_t i = 0; i < a->open_count; i++) {
        struct finding f = describe(a);
        f.start_ms = a->open[i].start_ms;
        if (strcmp(a->open[i].kind, "system") != 0 ||
            strcmp(finding_id(&f, id), a->open[i].id) != 0)
            continue;
        a->overload.open = true;
        a->overload.start_ms = f.start_ms;
    }
}

/* Nothing due may be older than some periods without an event: the scheduler itself is watched. */
void bus_watch(struct app *a)
{
    struct overload *o = &a->overload;
    int64_t now_ms = plant_time_utc_ms(&a->time, plant_time_at_ms(&a->time));
    int64_t overdue_ms = a->collector ? collector_overdue_ms(a->collector) : 0;
    if (!o->adopted)
        adopt(a);
    if (!overload_take(o, overdue_ms, overload_limit_ms(a->plant), now_ms))
        return;
    if (o->open)
        log_error("collect", "a device has been due for %" PRId64 " ms and was not settled",
                  overdue_ms);
    struct finding f = describe(a);
    f.state = o->open ? FINDING_OPEN : FINDING_CLOSED;
    f.raised_ms = now_ms;
    f.end_ms = o->open ? 0 : now_ms;
    findings_on_finding(a, &f);
}
