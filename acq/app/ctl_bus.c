#include "acq/app/ctl_private.h"

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
    if (device == PLANT_NONE || !a->collector || collector_forget(a->collector, device) != 0)
        return ctl_refuse(c, "/id: the configuration has no Modbus device of that id");
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

/* The bus sends from a timer: the command's line is on its way to the journal before a byte is on
 * its way to the device. */
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
    uint64_t token = ++a->last_token;
    int err = collector_write(a->collector, signal, value->valuedouble, token);
    if (err)
        return ctl_refuse(c, why_not(err));
    *w = (struct pending_write){.token = token, .at_ms = at_ms, .value = value->valuedouble};
    snprintf(w->who, sizeof w->who, "%s", c->who);
    snprintf(w->signal, sizeof w->signal, "%s", id);
    ctl_audit(a, c, "write", at_ms, id);
    c->wait_token = token;
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

static void journal_write(struct app *a, const struct pending_write *w,
                          const struct collect_write_result *r)
{
    struct strbuf members;
    strbuf_init(&members, 4096);
    strbuf_addf(&members, "\"who\":\"%s\",\"signal\":", w->who);
    strbuf_add_json_string(&members, w->signal);
    strbuf_adds(&members, ",\"value\":");
    strbuf_add_json_double(&members, w->value);
    add_result(&members, r);
    flow_journal(a, "write", plant_time_at_ms(&a->time), &members, true);
    strbuf_deinit(&members);
}

static void answer_write(struct app *a, struct ctl_client *c, const struct collect_write_result *r)
{
    static const char *const errors[] = {
        [COLLECT_WRITTEN_DIFFERS] = "acknowledged, but something else is read back",
        [COLLECT_NOT_READ_BACK] = "acknowledged, but it could not be read back",
        [COLLECT_NOT_WRITTEN] = "not acknowledged",
    };
    if (r->end == COLLECT_WRITTEN)
        strbuf_adds(&c->answer, "\"ok\":true");
    else
        (void)ctl_refuse(c, errors[r->end]);
    add_result(&c->answer, r);
    c->wait = ctl_until_durable(a, c);
}

void ctl_on_written(void *app, const struct collect_write_result *r)
{
    struct app *a = app;
    for (size_t i = 0; i < APP_WRITES_MAX; i++) {
        if (a->writes[i].token != r->token)
            continue;
        log_info("ctl", "%s wrote %s: %s", a->writes[i].who, a->writes[i].signal, end_word(r->end));
        journal_write(a, &a->writes[i], r);
        a->writes[i].token = 0;
    }
    struct ctl_client *c = ctl_find_writer(a, r->token);
    if (c)
        answer_write(a, c, r);
}
