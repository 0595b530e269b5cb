#include "acq/app/ctl_private.h"

#include "acq/core/json.h"
#include "acq/core/log.h"
#include "acq/deliver/stats.h"
#include "acq/detect/coverage.h"

#include <inttypes.h>
#include <string.h>

static const int64_t LATE_MS = INT64_C(86400000);

enum ctl_wait ctl_refuse(struct ctl_client *c, const char *why)
{
    strbuf_adds(&c->answer, "\"ok\":false,\"error\":");
    strbuf_add_json_string(&c->answer, why);
    return CTL_ANSWERED;
}

void ctl_audit(struct app *a, const struct ctl_client *c, const char *command, int64_t at_ms,
               const char *subject)
{
    struct strbuf members;
    strbuf_init(&members, 4096);
    strbuf_addf(&members, "\"who\":\"%s\",\"via\":\"control.sock\",\"command\":\"%s\"", c->who,
                command);
    if (subject) {
        strbuf_adds(&members, ",\"subject\":");
        strbuf_add_json_string(&members, subject);
    }
    flow_journal(a, "audit", at_ms, &members, true);
    strbuf_deinit(&members);
}

enum ctl_wait ctl_until_durable(struct app *a, struct ctl_client *c)
{
    c->wait_seq = recorder_next_seq(a->recorder);
    return CTL_UNTIL_DURABLE;
}

static bool is_known(const struct plant *p, const struct declaration *d)
{
    for (uint32_t i = 0; i < p->site_count; i++)
        if (d->kind == DECLARATION_LEVEL && strcmp(p->sites[i].id, d->object) == 0)
            return true;
    for (uint32_t i = 0; i < p->outlet_count; i++)
        if (d->kind != DECLARATION_LEVEL && strcmp(p->outlets[i].id, d->object) == 0)
            return true;
    return d->kind == DECLARATION_WINDOW && (plant_find_device(p, d->object) != PLANT_NONE ||
                                             plant_find_equipment(p, d->object) != PLANT_NONE);
}

/* Domain, consistency tests: a mark that is made more than a day after its end. */
static bool is_late(const struct declaration *d)
{
    return d->kind == DECLARATION_MARK && d->end_ms != INT64_MAX &&
           d->made_ms - d->end_ms > LATE_MS;
}

/* What becomes of what was measured before it was declared. */
static void say_result(struct ctl_client *c, const struct declaration *d)
{
    if (is_late(d))
        strbuf_adds(&c->answer, ",\"late\":true");
    if (d->kind == DECLARATION_MARK && d->start_ms < d->made_ms)
        strbuf_adds(&c->answer, ",\"note\":\"what is told already stays; samples that come from "
                                "now on are marked, whatever time they are of\"");
}

static enum ctl_wait declare(struct app *a, struct ctl_client *c, const cJSON *request)
{
    struct declaration d;
    char why[160] = "";
    const cJSON *body = cJSON_GetObjectItemCaseSensitive(request, "body");
    if (declaration_read(body, &d, why, sizeof why) != 0)
        return ctl_refuse(c, why);
    if (d.is_auto)
        return ctl_refuse(c, "/by: marks by a rule are set by the rule only");
    if (!is_known(a->plant, &d))
        return ctl_refuse(
            c, d.kind == DECLARATION_LEVEL
                   ? "/site: the configuration has no site of that id"
                   : "/object: the configuration has no outlet, device or equipment of that id");
    int64_t at_ms = plant_time_at_ms(&a->time);
    if (pipeline_declare(a->pipeline, &d, at_ms) != 0)
        return ctl_refuse(c, "too many declarations are in force; withdraw some");
    struct strbuf members;
    strbuf_init(&members, 4096);
    d.made_ms = plant_time_utc_ms(&a->time, at_ms);
    declaration_write_members(&d, a->plant->server.zone_offset_min, &members);
    strbuf_addf(&members, ",\"who\":\"%s\"", c->who);
    if (is_late(&d))
        strbuf_adds(&members, ",\"late\":true");
    flow_journal(a, "declare", at_ms, &members, true);
    ctl_audit(a, c, "declare", at_ms, d.id);
    strbuf_addf(&c->answer, "\"ok\":true,\"id\":\"%s\"", d.id);
    say_result(c, &d);
    strbuf_deinit(&members);
    return ctl_until_durable(a, c);
}

static bool is_by_rule(const struct app *a, const char *id)
{
    const struct declarations *declared = pipeline_declared(a->pipeline);
    for (uint32_t i = 0; i < declared->count; i++)
        if (strcmp(declared->items[i].id, id) == 0)
            return declared->items[i].is_auto;
    return false;
}

static enum ctl_wait withdraw(struct app *a, struct ctl_client *c, const cJSON *request)
{
    const char *id = json_string(request, "id");
    if (!id)
        return ctl_refuse(c, "/id: found nothing, expected the id of a declaration");
    if (is_by_rule(a, id))
        return ctl_refuse(c, "/id: that mark was set by a rule, and ends with what the rule sees");
    int64_t at_ms = plant_time_at_ms(&a->time);
    if (pipeline_withdraw(a->pipeline, id, at_ms) != 0)
        return ctl_refuse(c, "/id: nothing of that id is declared");
    struct strbuf members;
    strbuf_init(&members, 1024);
    strbuf_adds(&members, "\"id\":");
    strbuf_add_json_string(&members, id);
    flow_journal(a, "withdraw", at_ms, &members, true);
    ctl_audit(a, c, "withdraw", at_ms, id);
    strbuf_adds(&c->answer, "\"ok\":true");
    strbuf_deinit(&members);
    return ctl_until_durable(a, c);
}

static enum ctl_wait snapshot(struct app *a, struct ctl_client *c, const cJSON *request)
{
    (void)request;
    int64_t at_ms = plant_time_at_ms(&a->time);
    pipeline_tick_to(a->pipeline, at_ms);
    note_snapshot(a, at_ms);
    ctl_audit(a, c, "snapshot", at_ms, NULL);
    strbuf_adds(&c->answer, "\"ok\":true");
    return ctl_until_durable(a, c);
}

static enum ctl_wait anchor(struct app *a, struct ctl_client *c, const cJSON *request)
{
    (void)request;
    struct anchor_head head;
    char text[ANCHOR_TEXT_SIZE];
    if (!anchors_now(a, &head))
        return ctl_refuse(c, "the record is empty yet");
    ctl_audit(a, c, "anchor", plant_time_at_ms(&a->time), NULL);
    strbuf_addf(&c->answer,
                "\"ok\":true,\"anchor\":\"%" PRIu64 ":%s\",\"line\":\"%s\",\"anchors\":%u",
                head.seq, head.digest, anchor_format(&head, text), anchors_count(a->anchors));
    return ctl_until_durable(a, c);
}

static enum ctl_wait reload(struct app *a, struct ctl_client *c, const cJSON *request)
{
    (void)request;
    ctl_audit(a, c, "reload", plant_time_at_ms(&a->time), NULL);
    reload_begin(a);
    if (!a->reloading)
        return ctl_refuse(c, "no reload can begin now");
    return CTL_UNTIL_RELOADED;
}

static void add_targets(struct app *a, struct strbuf *out)
{
    bool some = false;
    strbuf_adds(out, ",\"targets\":[");
    for (size_t i = 0; i < APP_TARGETS_MAX; i++) {
        struct influx_stats s;
        if (!a->targets[i].used)
            continue;
        influx_sender_get_stats(a->targets[i].sender, &s);
        strbuf_adds(out, some ? ",{\"id\":" : "{\"id\":");
        some = true;
        strbuf_add_json_string(out, a->targets[i].config.id);
        strbuf_addf(out,
                    ",\"state\":\"%s\",\"lines\":%" PRIu64 ",\"backlog\":%" PRIu64
                    ",\"quarantined\":%" PRIu64 ",\"expired\":%" PRIu64 ",\"resent\":%" PRIu64
                    ",\"last_error\":",
                    influx_state_word(s.state), s.lines, s.backlog, s.quarantined, s.expired,
                    s.resent);
        strbuf_add_json_string(out, s.last_error);
        strbuf_addc(out, '}');
    }
    strbuf_addc(out, ']');
}

static void add_declared(struct app *a, struct strbuf *out)
{
    const struct declarations *declared = pipeline_declared(a->pipeline);
    strbuf_adds(out, ",\"declared\":[");
    for (uint32_t i = 0; i < declared->count; i++) {
        strbuf_adds(out, i ? ",{" : "{");
        declaration_write_members(&declared->items[i], a->plant->server.zone_offset_min, out);
        strbuf_addc(out, '}');
    }
    strbuf_addc(out, ']');
}

static enum ctl_wait status(struct app *a, struct ctl_client *c, const cJSON *request)
{
    (void)request;
    struct recorder_stats r;
    char hex[SM3_HEX_SIZE];
    struct strbuf *out = &c->answer;
    recorder_get_stats(a->recorder, &r);
    strbuf_adds(out, "\"ok\":true,\"version\":\"" PW_VERSION "\",\"plant\":");
    strbuf_add_json_string(out, a->plant->server.plant);
    strbuf_addf(
        out,
        ",\"config\":\"%s\",\"seq\":%" PRIu64 ",\"head\":\"%s\",\"lost_lines\":%" PRIu64
        ",\"commit_errors\":%" PRIu64 ",\"offset_ms\":%" PRId64
        ",\"clock_trusted\":%s,\"samples\":%" PRIu64 ",\"bad\":%" PRIu64 ",\"open_findings\":%zu",
        sm3_hex(a->plant->digest, hex), r.last_seq, r.head, r.lost_lines + a->counters.unwritten,
        r.commit_errors, a->time.offset_ms, a->time.trusted ? "true" : "false", a->counters.samples,
        a->counters.bad, a->open_count);
    ctl_bus_status(a, out);
    revisions_status(a, out);
    stations_status(a, out);
    add_targets(a, out);
    anchors_write_status(a, out);
    gateways_status(a, out);
    uplinks_status(a, out);
    add_declared(a, out);
    states_status(a, out);
    strbuf_adds(out, ",\"coverage\":");
    coverage_write(a->plant, out);
    return CTL_ANSWERED;
}

static const struct {
    const char *name;
    enum ctl_wait (*run)(struct app *a, struct ctl_client *c, const cJSON *request);
} commands[] = {
    {"status", status},       {"reload", reload},     {"declare", declare},
    {"withdraw", withdraw},   {"snapshot", snapshot}, {"anchor", anchor},
    {"forget", ctl_forget},   {"write", ctl_write},   {"ask", ctl_ask},
    {"unknown", ctl_unknown}, {"alarm", ctl_alarm},   {"alarms", ctl_alarms},
    {"notify", ctl_notify},
};

enum ctl_wait ctl_command(struct app *a, struct ctl_client *client, const char *text, size_t len)
{
    cJSON *request = NULL;
    if (json_parse(text, len, &request, NULL) != 0)
        return ctl_refuse(client, "the request is no JSON object");
    const char *name = json_string(request, "command");
    enum ctl_wait wait = CTL_ANSWERED;
    bool known = false;
    for (size_t i = 0; name && a->phase == STOP_RUNNING && i < sizeof commands / sizeof *commands;
         i++) {
        if (strcmp(name, commands[i].name) == 0) {
            wait = commands[i].run(a, client, request);
            known = true;
        }
    }
    if (!known)
        wait =
            ctl_refuse(client, a->phase == STOP_RUNNING ? "unknown command" : "the server stops");
    cJSON_Delete(request);
    return wait;
}
