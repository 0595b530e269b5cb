#include "acq/app/ctl_private.h"

#include "acq/collect/hj212_hub.h"

#include "acq/core/json.h"
#include "acq/core/log.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WRITE_FORGOTTEN_MS = 300000 /* its link went away with a reload */ };

static void add_links(struct app *a, struct strbuf *out)
{
    static const char *const states[] = {"waiting", "connecting", "connected"};
    bool some = false;
    strbuf_adds(out, ",\"links\":[");
    for (uint32_t i = 0; i < a->plant->link_count; i++) {
        struct collect_link_stats s;
        if (!a->collector || collector_link_get(a->collector, i, &s) != 0)
            continue;
        strbuf_adds(out, some ? ",{\"id\":" : "{\"id\":");
        some = true;
        strbuf_add_json_string(out, a->plant->links[i].id);
        strbuf_addf(out,
                    ",\"state\":\"%s\",\"connects\":%" PRIu64 ",\"disconnects\":%" PRIu64
                    ",\"overdue_ms\":%" PRId64 ",\"stray\":%" PRIu64 ",\"framing_lost\":%" PRIu64
                    ",\"silences\":%" PRIu64 ",\"other_master\":%" PRIu64 ",\"echoes\":%" PRIu64
                    ",\"dial_unknown\":%" PRIu64 ",\"dial_refused\":%" PRIu64
                    ",\"dial_replaced\":%" PRIu64 ",\"last_bad_frame\":\"%s\"}",
                    states[s.state], s.connects, s.disconnects, s.overdue_ms, s.stray,
                    s.framing_lost, s.silences, s.other_master, s.echoes, s.dial_unknown,
                    s.dial_refused, s.dial_replaced, s.last_bad_frame);
    }
    strbuf_addc(out, ']');
}

static void add_devices(struct app *a, struct strbuf *out)
{
    bool some = false;
    strbuf_adds(out, ",\"devices\":[");
    for (uint32_t d = 0; d < a->plant->device_count; d++) {
        struct collect_device_stats s;
        char word[QUALITY_TEXT_SIZE];
        if (!a->collector || collector_device_get(a->collector, d, &s) != 0)
            continue;
        const struct last_reading *last = &a->live.last[d];
        strbuf_adds(out, some ? ",{\"id\":" : "{\"id\":");
        some = true;
        strbuf_add_json_string(out, a->plant->devices[d].id);
        strbuf_addf(out, ",\"quality\":\"%s\",\"readings\":%" PRIu64,
                    last->time_ms ? quality_format(last->quality, word) : "unread", last->readings);
        bus_report_write(a, d, &s, out);
        strbuf_addc(out, '}');
    }
    strbuf_addc(out, ']');
}

void ctl_bus_status(struct app *a, struct strbuf *out)
{
    add_links(a, out);
    add_devices(a, out);
}

enum ctl_wait ctl_forget(struct app *a, struct ctl_client *c, const cJSON *request)
{
    const char *id = json_string(request, "id");
    uint32_t device = id ? plant_find_device(a->plant, id) : PLANT_NONE;
    bool station = device != PLANT_NONE && a->stations && hj212_hub_forget_crc(a->stations, device);
    if (!station &&
        (device == PLANT_NONE || !a->collector || collector_forget(a->collector, device) != 0))
        return ctl_refuse(c, "/id: the configuration has no device of that id");
    ctl_audit(a, c, "forget", plant_time_at_ms(&a->time), id);
    strbuf_adds(&c->answer, "\"ok\":true");
    return ctl_until_durable(a, c);
}

static struct pending_write *free_write(struct app *a, int64_t at_ms)
{
    for (size_t i = 0; i < APP_WRITES_MAX; i++)
        if (a->writes[i].token == 0 || at_ms - a->writes[i].at_ms > WRITE_FORGOTTEN_MS)
            return &a->writes[i];
    return NULL;
}

static const char *why_not(int err)
{
    switch (err) {
    case PW_EBUSY:
        return "another write is under way on this link";
    case PW_EIO:
        return "the link is not connected";
    case PW_ESTATE:
        return "/signal: the signal is not \"writable\"";
    case PW_EINVAL:
        return "/value: the signal's registers or its range cannot hold it";
    default:
        return pw_strerror(err);
    }
}

/* One that was asked for and did not go out yet. */
static bool link_is_promised(const struct app *a, uint32_t signal)
{
    uint32_t link = a->plant->devices[a->plant->signals[signal].device].link;
    for (size_t i = 0; i < APP_WRITES_MAX; i++) {
        const struct pending_write *w = &a->writes[i];
        uint32_t other =
            w->token && w->wait_seq ? plant_find_signal(a->plant, w->signal) : PLANT_NONE;
        if (other != PLANT_NONE && a->plant->devices[a->plant->signals[other].device].link == link)
            return true;
    }
    return false;
}

static int may_write(const struct app *a, uint32_t signal, double value)
{
    return link_is_promised(a, signal) ? PW_EBUSY
                                       : collector_may_write(a->collector, signal, value);
}

/* Nothing goes out before the journal holds who asked for it: ctl_bus_on_commit(). */
enum ctl_wait ctl_write(struct app *a, struct ctl_client *c, const cJSON *request)
{
    const char *id = json_string(request, "signal");
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(request, "value");
    uint32_t signal = id ? plant_find_signal(a->plant, id) : PLANT_NONE;
    int64_t at_ms = plant_time_at_ms(&a->time);
    if (signal == PLANT_NONE)
        return ctl_refuse(c, "/signal: the configuration has no signal of that name");
    if (!cJSON_IsNumber(value) || !isfinite(value->valuedouble))
        return ctl_refuse(c, "/value: expected a number");
    struct pending_write *w = free_write(a, at_ms);
    if (!w || !a->collector)
        return ctl_refuse(c, "too many writes are under way");
    int err = may_write(a, signal, value->valuedouble);
    if (err)
        return ctl_refuse(c, why_not(err));
    *w = (struct pending_write){
        .token = ++a->last_token, .at_ms = at_ms, .value = value->valuedouble};
    snprintf(w->who, sizeof w->who, "%s", c->who);
    snprintf(w->signal, sizeof w->signal, "%s", id);
    ctl_audit(a, c, "write", at_ms, id);
    w->wait_seq = recorder_next_seq(a->recorder);
    c->wait_token = w->token;
    return CTL_UNTIL_WRITTEN;
}

static const char *end_word(enum collect_write_end end)
{
    switch (end) {
    case COLLECT_WRITTEN:
        return "written";
    case COLLECT_WRITTEN_DIFFERS:
        return "differs";
    case COLLECT_NOT_READ_BACK:
        return "not-read-back";
    case COLLECT_NOT_WRITTEN:
        break;
    }
    return "not-written";
}

static void add_result(struct strbuf *out, const struct collect_write_result *r)
{
    char word[QUALITY_TEXT_SIZE];
    strbuf_addf(out, ",\"result\":\"%s\",\"reason\":\"%s\",\"read_back\":", end_word(r->end),
                quality_format(r->why, word));
    strbuf_add_json_double(out, r->read_back);
}

static void journal_write(struct app *a, const struct pending_write *w, const struct strbuf *result)
{
    struct strbuf members;
    strbuf_init(&members, 4096);
    strbuf_addf(&members, "\"who\":\"%s\",\"signal\":", w->who);
    strbuf_add_json_string(&members, w->signal);
    strbuf_adds(&members, ",\"value\":");
    strbuf_add_json_double(&members, w->value);
    strbuf_adds(&members, strbuf_text(result));
    flow_journal(a, "write", plant_time_at_ms(&a->time), &members, true);
    strbuf_deinit(&members);
}

/* why: for whoever waits; NULL when it is done. result: members that follow others. */
static void finish_write(struct app *a, struct pending_write *w, const char *why,
                         const struct strbuf *result)
{
    struct ctl_client *c = ctl_find_waiting(a, CTL_UNTIL_WRITTEN, w->token);
    journal_write(a, w, result);
    w->token = 0;
    if (!c)
        return;
    if (why)
        (void)ctl_refuse(c, why);
    else
        strbuf_adds(&c->answer, "\"ok\":true");
    strbuf_adds(&c->answer, strbuf_text(result));
    c->wait = ctl_until_durable(a, c);
}

void ctl_on_written(void *app, const struct collect_write_result *r)
{
    static const char *const errors[] = {
        [COLLECT_WRITTEN_DIFFERS] = "acknowledged, but something else is read back",
        [COLLECT_NOT_READ_BACK] = "acknowledged, but it could not be read back",
        [COLLECT_NOT_WRITTEN] = "not acknowledged",
    };
    struct app *a = app;
    struct strbuf result;
    strbuf_init(&result, 1024);
    add_result(&result, r);
    for (size_t i = 0; i < APP_WRITES_MAX; i++) {
        if (a->writes[i].token != r->token)
            continue;
        log_info("ctl", "%s wrote %s: %s", a->writes[i].who, a->writes[i].signal, end_word(r->end));
        finish_write(a, &a->writes[i], r->end == COLLECT_WRITTEN ? NULL : errors[r->end], &result);
    }
    strbuf_deinit(&result);
}

static int send_write(struct app *a, const struct pending_write *w)
{
    uint32_t signal = plant_find_signal(a->plant, w->signal);
    if (!a->collector || a->phase != STOP_RUNNING || signal == PLANT_NONE)
        return PW_ENOTFOUND;
    return collector_write(a->collector, signal, w->value, w->token);
}

static void give_up_write(struct app *a, struct pending_write *w, const char *why)
{
    struct strbuf result;
    strbuf_init(&result, 1024);
    strbuf_adds(&result, ",\"result\":\"not-written\",\"reason\":\"not-sent\",\"read_back\":null");
    log_warn("ctl", "%s did not write %s: %s", w->who, w->signal, why);
    finish_write(a, w, why, &result);
    strbuf_deinit(&result);
}

void ctl_bus_on_commit(struct app *a, uint64_t seq)
{
    for (size_t i = 0; i < APP_WRITES_MAX; i++) {
        struct pending_write *w = &a->writes[i];
        if (w->token == 0 || w->wait_seq == 0 || seq < w->wait_seq)
            continue;
        w->wait_seq = 0;
        int err = send_write(a, w);
        if (err)
            give_up_write(a, w, why_not(err));
    }
}
