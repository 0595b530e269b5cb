#include "acq/app/alarms.h"

#include "acq/app/ctl_private.h"
#include "acq/app/gateways.h"

#include "acq/alarm/book.h"
#include "acq/alarm/catalogue.h"
#include "acq/alarm/route.h"
#include "acq/core/log.h"
#include "acq/record/db.h"
#include "protocols/influx/line.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every alarm that is not normal has a line in each day. */
static const int64_t BACK_MS = INT64_C(25) * 3600000;

enum { NUMBER_LINES = 1000, ALARM_JSON_MAX = 16384 };

struct alarms {
    struct app *app;
    struct book *book;
    struct router *router;  /* NULL until there are gateways */
    struct machine_now now; /* of the call that is under way */
};

static void write_series(struct app *a, const struct alarm *alarm, int64_t time_ms)
{
    struct strbuf *text = flow_fresh_text(a);
    struct line_writer w;
    line_begin(&w, text, "alarm");
    line_tag(&w, "kind", alarm->kind);
    line_tag(&w, "object", alarm->object);
    line_tag(&w, "site", alarm->site);
    line_string(&w, "id", alarm->id);
    line_string(&w, "state", alarm_state_word(alarm_state(alarm)));
    line_float(&w, "priority", alarm->priority);
    line_float(&w, "number", alarm->number);
    line_float(&w, "count", alarm->count);
    if (line_end(&w, time_ms) && !text->failed)
        (void)recorder_add_derived(a->recorder, text->data, text->len, time_ms);
}

static void on_change(void *ctx, const struct alarm *alarm, enum alarm_change change, int64_t at_ms)
{
    struct alarms *s = ctx;
    struct app *a = s->app;
    int64_t time_ms = machine_utc_ms(s->now);
    log_info("alarm", "number=%" PRIu32 " P%u kind=%s object=%s: %s, now %s", alarm->number,
             (unsigned)alarm->priority, alarm->kind, alarm->object, alarm_change_word(change),
             alarm_state_word(alarm_state(alarm)));
    write_series(a, alarm, time_ms);
    struct strbuf *text = flow_fresh_text(a);
    strbuf_addf(text, "\"change\":\"%s\",", alarm_change_word(change));
    alarm_write_members(alarm, s->now.offset_ms, a->plant->server.zone_offset_min, text);
    flow_journal(a, "alarm", at_ms, text, true);
}

static void take_back(void *ctx, const char *json)
{
    struct alarms *s = ctx;
    struct alarm alarm;
    if (alarm_read(json, strlen(json), &alarm) == 0)
        book_restore(s->book, &alarm);
    else
        log_warn("alarm", "a journal line of an alarm cannot be read");
}

static void take_number(void *ctx, const char *json)
{
    struct alarms *s = ctx;
    struct alarm alarm;
    if (alarm_read(json, strlen(json), &alarm) == 0)
        book_skip_numbers(s->book, alarm.number);
}

int alarms_open(struct app *a)
{
    struct alarms *s = calloc(1, sizeof *s);
    if (!s)
        return PW_ENOMEM;
    const struct alarm_sink sink = {on_change, s};
    s->app = a;
    int err = book_new(a->plant, &sink, &s->book);
    if (err) {
        free(s);
        return err;
    }
    a->alarms = s;
    if (a->started.last_seq == 0)
        return 0;
    err = record_lines_since(a->data_dir, "alarm", a->started.last_at_ms - BACK_MS, take_back, s);
    if (!err)
        err = record_newest_lines(a->data_dir, "alarm", NUMBER_LINES, take_number, s);
    if (err)
        log_error("alarm", "the alarms of before cannot be read: %s", pw_strerror(err));
    return 0;
}

int alarms_start_routes(struct app *a)
{
    const struct router_sink sink = {gateways_take_notice, a};
    return router_new(a->plant, a->alarms->book, &sink, &a->alarms->router);
}

void alarms_free(struct app *a)
{
    if (a->alarms) {
        router_free(a->alarms->router);
        book_free(a->alarms->book);
    }
    free(a->alarms);
    a->alarms = NULL;
}

int alarms_reload(struct app *a)
{
    book_set_plant(a->alarms->book, a->plant);
    return router_set_plant(a->alarms->router, a->plant);
}

static void tell_people(struct alarms *s)
{
    if (s->router)
        router_run(s->router, s->now);
}

void alarms_finding(struct app *a, const struct finding *f)
{
    a->alarms->now = pipeline_now(a->pipeline);
    book_finding(a->alarms->book, f, a->alarms->now);
    tell_people(a->alarms);
}

void alarms_second(struct app *a, int64_t at_ms)
{
    a->alarms->now = (struct machine_now){at_ms, a->time.offset_ms};
    book_second(a->alarms->book, a->alarms->now);
    tell_people(a->alarms);
}

static int run(struct app *a, const struct alarm_command *c, const char **refusal)
{
    int64_t at_ms = plant_time_at_ms(&a->time);
    a->alarms->now = (struct machine_now){at_ms, a->time.offset_ms};
    return book_command(a->alarms->book, c, a->alarms->now, refusal);
}

static bool read_verb(const char *word, enum alarm_change *out)
{
    static const struct {
        const char *word;
        enum alarm_change verb;
    } verbs[] = {{"ack", ALARM_ACK},
                 {"comment", ALARM_COMMENT},
                 {"shelve", ALARM_SHELVE},
                 {"unshelve", ALARM_UNSHELVE},
                 {"out-of-service", ALARM_TAKE_OUT},
                 {"in-service", ALARM_TAKE_IN}};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].word, word) == 0) {
            *out = verbs[i].verb;
            return true;
        }
    return false;
}

enum ctl_wait ctl_alarm(struct app *a, struct ctl_client *c, const cJSON *request)
{
    const char *verb = json_string(request, "verb");
    const char *why = json_string(request, "why");
    int64_t minutes = json_int(request, "minutes", 0);
    struct alarm_command command = {
        .ref = json_string(request, "id"),
        .who = c->who,
        .why = why ? why : "",
        .shelve_min = minutes > 0 && minutes < UINT32_MAX ? (uint32_t)minutes : 0};
    const char *refusal = NULL;
    if (!verb || !read_verb(verb, &command.verb))
        return ctl_refuse(c, "/verb: expected ack, comment, shelve, unshelve, out-of-service or "
                             "in-service");
    if (!command.ref)
        return ctl_refuse(c, "/id: found nothing, expected the id or number of an alarm");
    if (run(a, &command, &refusal) != 0)
        return ctl_refuse(c, refusal);
    ctl_audit(a, c, verb, plant_time_at_ms(&a->time), command.ref);
    strbuf_adds(&c->answer, "\"ok\":true");
    return ctl_until_durable(a, c);
}

static void add_words(const struct alarm *alarm, struct strbuf *out)
{
    const struct alarm_kind *kind = catalogue_find(alarm->kind);
    const char *const words[][2] = {{"zh", kind->zh},
                                    {"en", kind->en},
                                    {"consequence_zh", kind->consequence_zh},
                                    {"consequence_en", kind->consequence_en},
                                    {"response_zh", kind->response_zh},
                                    {"response_en", kind->response_en}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        strbuf_addf(out, ",\"%s\":", words[i][0]);
        strbuf_add_json_string(out, words[i][1]);
    }
    strbuf_addf(out, ",\"legal\":%s", kind->is_legal ? "true" : "false");
}

void alarms_write(const struct app *a, struct strbuf *out)
{
    const struct book *book = a->alarms->book;
    struct book_stats stats;
    book_get_stats(book, plant_time_at_ms(&a->time), &stats);
    strbuf_addf(out,
                "\"raised\":%" PRIu64 ",\"overflows\":%" PRIu64 ",\"recent\":%" PRIu32
                ",\"flood\":%s,\"alarms\":[",
                stats.raised, stats.overflows, stats.flood, stats.in_flood ? "true" : "false");
    bool some = false;
    for (uint32_t i = 0; i < book_count(book); i++) {
        const struct alarm *alarm = book_get(book, i);
        if (alarm_state(alarm) == ALARM_NORMAL)
            continue;
        strbuf_adds(out, some ? ",{" : "{");
        some = true;
        alarm_write_members(alarm, a->time.offset_ms, a->plant->server.zone_offset_min, out);
        add_words(alarm, out);
        strbuf_addc(out, '}');
    }
    strbuf_addc(out, ']');
}

enum ctl_wait ctl_alarms(struct app *a, struct ctl_client *c, const cJSON *request)
{
    (void)request;
    strbuf_adds(&c->answer, "\"ok\":true,");
    alarms_write(a, &c->answer);
    return CTL_ANSWERED;
}

/* The digits of a number without the country code of China, so that "+86138..." is "138...". */
static const char *local_number(const char *phone)
{
    phone += *phone == '+';
    bool is_long = strlen(phone) > 11 && strncmp(phone, "86", 2) == 0;
    return is_long ? phone + 2 : phone;
}

static const struct plant_person *find_phone(const struct plant *plant, const char *from)
{
    for (uint32_t i = 0; i < plant->person_count; i++) {
        const char *phone = plant->people[i].phone;
        if (*phone && strcmp(local_number(phone), local_number(from)) == 0)
            return &plant->people[i];
    }
    return NULL;
}

/* "ACK 12", in any case; the number into ref. */
static bool read_ack(const char *text, char ref[ALARM_ID_SIZE])
{
    text += strspn(text, " \r\n\t");
    if ((text[0] | 0x20) != 'a' || (text[1] | 0x20) != 'c' || (text[2] | 0x20) != 'k')
        return false;
    text += 3;
    text += strspn(text, " :#\t");
    size_t len = strspn(text, "0123456789");
    if (len == 0 || len > 9 || text[len + strspn(text + len, " .\r\n\t")])
        return false;
    memcpy(ref, text, len);
    ref[len] = '\0';
    return true;
}

bool alarms_take_inbound(struct app *a, const char *from, const char *text)
{
    const struct plant_person *person = find_phone(a->plant, from);
    char ref[ALARM_ID_SIZE];
    char who[ALARM_WHO_SIZE];
    const char *refusal = NULL;
    if (!person || !read_ack(text, ref)) {
        log_warn("alarm", "a message from %s is %s", from,
                 person ? "no \"ACK NUMBER\"" : "of nobody whom the configuration knows");
        return false;
    }
    snprintf(who, sizeof who, "person:%s", person->id);
    const struct alarm_command c = {.verb = ALARM_ACK, .ref = ref, .who = who, .why = ""};
    int err = run(a, &c, &refusal);
    if (err)
        log_warn("alarm", "ACK %s from %s: %s", ref, person->id, refusal);
    return err == 0;
}
