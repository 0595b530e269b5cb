#include "acq/app/ctl_private.h"

#include "acq/collect/hj212_hub.h"
#include "acq/core/log.h"
#include "protocols/hj212/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDS_MAX = 200, FORGOTTEN_MS = 900000 };

/* What changes how a station works, or moves something there. */
static bool is_control(int cn)
{
    static const int controls[] = {1000, 1001, 1002, 1012, 1022, 1032, 1042, 1062, 1064, 2012,
                                   2022, 3011, 3012, 3013, 3014, 3015, 3016, 3021, 3022, 3024};
    for (size_t i = 0; i < sizeof controls / sizeof *controls; i++)
        if (controls[i] == cn)
            return true;
    return false;
}

/* A password or a key would stand in the record. */
static bool is_secret(int cn)
{
    return cn == 1014 || cn == 1072;
}

static bool find_command(enum hj212_edition edition, const struct hj212_request *r,
                         enum hj212_kind *out)
{
    char segment[HJ212_REQUEST_CP + 32];
    struct hj212_packet *p = malloc(sizeof *p);
    snprintf(segment, sizeof segment, "ST=31;CN=%d;CP=&&%s&&", r->cn, r->cp);
    const struct hj212_command *c = NULL;
    if (p && hj212_packet_parse(hj212_text_of(segment), p) == 0)
        c = hj212_command_find(edition, HJ212_DOWN, p);
    free(p);
    if (!c || !(c->editions >> edition & 1))
        return false;
    *out = c->kind;
    return c->kind == HJ212_REQUEST || c->kind == HJ212_NOTICE;
}

/* NULL: it may be sent. */
static const char *why_not(struct app *a, uint32_t device, struct hj212_request *r)
{
    const struct plant_station *s = &a->plant->devices[device].station;
    enum hj212_edition edition = hj212_hub_edition(a->stations, device);
    enum hj212_kind kind = HJ212_REQUEST;
    if (edition == HJ212_EDITION_AUTO)
        return "/device: no station is that device";
    if (is_secret(r->cn))
        return "/cn: it carries a secret, which the record would show";
    if (!find_command(edition, r, &kind))
        return "/cn: the station's edition has no such request";
    if (is_control(r->cn) && !s->asking.controls)
        return "/cn: \"controls\" of the device does not allow it";
    r->notice = kind == HJ212_NOTICE;
    return NULL;
}

static struct pending_ask *free_ask(struct app *a, int64_t at_ms)
{
    for (size_t i = 0; i < APP_ASKS_MAX; i++)
        if (a->asks[i].token == 0 || at_ms - a->asks[i].at_ms > FORGOTTEN_MS)
            return &a->asks[i];
    return NULL;
}

static void audit_ask(struct app *a, const struct ctl_client *c, const struct pending_ask *ask)
{
    char subject[PLANT_ID_MAX + HJ212_REQUEST_CP + 16];
    snprintf(subject, sizeof subject, "%s %d %s", ask->device, ask->request.cn, ask->request.cp);
    ctl_audit(a, c, "ask", ask->at_ms, subject);
}

enum ctl_wait ctl_ask(struct app *a, struct ctl_client *c, const cJSON *request)
{
    const char *id = json_string(request, "device");
    const char *cp = json_string(request, "cp");
    const cJSON *cn = cJSON_GetObjectItemCaseSensitive(request, "cn");
    uint32_t device = id ? plant_find_device(a->plant, id) : PLANT_NONE;
    int64_t at_ms = plant_time_at_ms(&a->time);
    struct pending_ask *ask = free_ask(a, at_ms);
    struct hj212_request r = {.purpose = HJ212_FOR_PERSON, .token = a->last_token + 1};
    if (device == PLANT_NONE || !a->stations)
        return ctl_refuse(c, "/device: the configuration has no device of that id");
    if (!cJSON_IsNumber(cn) || !(cn->valuedouble >= 1000 && cn->valuedouble <= 3999))
        return ctl_refuse(c, "/cn: expected a command number from 1000 to 3999");
    if (cp && strlen(cp) >= sizeof r.cp)
        return ctl_refuse(c, "/cp: longer than 255 bytes");
    r.cn = (int)cn->valuedouble;
    snprintf(r.cp, sizeof r.cp, "%s", cp ? cp : "");
    const char *why = ask ? why_not(a, device, &r) : "too many requests are under way";
    if (why)
        return ctl_refuse(c, why);
    *ask = (struct pending_ask){.token = r.token, .at_ms = at_ms, .request = r};
    snprintf(ask->who, sizeof ask->who, "%s", c->who);
    snprintf(ask->device, sizeof ask->device, "%s", id);
    audit_ask(a, c, ask);
    ask->seq = recorder_next_seq(a->recorder);
    c->wait_token = a->last_token = r.token;
    return CTL_UNTIL_ASKED;
}

static const char *why_unsent(int err)
{
    switch (err) {
    case PW_EIO:
        return "the station is not connected";
    case PW_EBUSY:
        return "other requests to this station wait already";
    case PW_EINVAL:
        return "/cp: it cannot stand in a packet";
    default:
        return "no station is that device any more";
    }
}

static void send_ask(struct app *a, struct pending_ask *ask)
{
    uint32_t device = plant_find_device(a->plant, ask->device);
    int err =
        device == PLANT_NONE ? PW_ENOTFOUND : hj212_hub_want(a->stations, device, &ask->request);
    ask->seq = 0;
    if (!err)
        return;
    struct ctl_client *c = ctl_find_waiting(a, CTL_UNTIL_ASKED, ask->token);
    ask->token = 0;
    if (!c)
        return;
    (void)ctl_refuse(c, why_unsent(err));
    ctl_finish(c);
}

void ctl_ask_on_commit(struct app *a, uint64_t seq)
{
    for (size_t i = 0; i < APP_ASKS_MAX; i++)
        if (a->asks[i].token && a->asks[i].seq && a->asks[i].seq <= seq)
            send_ask(a, &a->asks[i]);
}

void ctl_on_station_packet(struct app *a, uint64_t token, const struct hj212_packet *p)
{
    char copy[HJ212_RECEIVE_MAX + 1];
    struct ctl_client *c = ctl_find_waiting(a, CTL_UNTIL_ASKED, token);
    if (!c || c->records == RECORDS_MAX)
        return;
    (void)hj212_strike_out(p->segment, p->pw, copy, sizeof copy);
    strbuf_adds(&c->answer, c->records++ ? "," : "\"records\":[");
    strbuf_add_json_string(&c->answer, copy);
}

static void add_end(struct strbuf *out, const struct hj212_asked *asked)
{
    strbuf_addf(out, ",\"end\":\"%s\",\"result\":%d,\"packets\":%u",
                hj212_asked_end_name(asked->end), asked->result, asked->packets);
}

/* Polls come by the minute; what they bring is in the record. */
static void journal_end(struct app *a, const struct hj212_asked *asked, const char *who)
{
    const struct hj212_request *r = asked->request;
    struct strbuf members;
    if (r->purpose == HJ212_FOR_POLL)
        return;
    strbuf_init(&members, 4096);
    strbuf_adds(&members, "\"device\":");
    strbuf_add_json_string(&members, a->plant->devices[asked->device].id);
    strbuf_addf(&members, ",\"purpose\":\"%s\",\"cn\":%d,\"qn\":\"%s\",\"cp\":",
                hj212_purpose_name(r->purpose), r->cn, asked->qn);
    strbuf_add_json_string(&members, is_secret(r->cn) ? "" : r->cp);
    if (who)
        strbuf_addf(&members, ",\"who\":\"%s\"", who);
    add_end(&members, asked);
    flow_journal(a, "ask", plant_time_at_ms(&a->time), &members, r->purpose == HJ212_FOR_PERSON);
    strbuf_deinit(&members);
}

static const char *meaning(const struct hj212_asked *asked)
{
    switch (asked->end) {
    case HJ212_ASKED_DONE:
        return hj212_exe_rtn_text(asked->result);
    case HJ212_ASKED_REFUSED:
        return hj212_qn_rtn_text(asked->result);
    case HJ212_ASKED_SILENCE:
        return "no answer";
    default:
        return "the connection did not take it or ended";
    }
}

static void answer_ask(struct app *a, struct ctl_client *c, const struct hj212_asked *asked)
{
    bool good = asked->end == HJ212_ASKED_DONE && asked->result == 1;
    strbuf_adds(&c->answer, c->records ? "]," : "");
    if (good)
        strbuf_adds(&c->answer, "\"ok\":true");
    else
        (void)ctl_refuse(c, meaning(asked));
    add_end(&c->answer, asked);
    c->wait = ctl_until_durable(a, c);
}

void ctl_on_asked(void *app, const struct hj212_asked *asked)
{
    struct app *a = app;
    struct pending_ask *ask = NULL;
    for (size_t i = 0; asked->request->token && i < APP_ASKS_MAX; i++)
        if (a->asks[i].token == asked->request->token)
            ask = &a->asks[i];
    journal_end(a, asked, ask ? ask->who : NULL);
    if (!ask)
        return;
    log_info("ctl", "%s asked %s for %d: %s", ask->who, ask->device, asked->request->cn,
             meaning(asked));
    struct ctl_client *c = ctl_find_waiting(a, CTL_UNTIL_ASKED, ask->token);
    ask->token = 0;
    if (c)
        answer_ask(a, c, asked);
}
