#include "acq/plant/option.h"

#include "acq/core/strbuf.h"
#include "acq/plant/plant.h"

#include <string.h>

static const struct option_scope_text scopes[SCOPE_COUNT] = {
    {IN_TOP, "configuration", "/", "the configuration", "The members of every file."},
    {IN_SERVER, "server", "/server", "the server", "The server itself."},
    {IN_HTTP, "http", "/server/http", "the HTTP server", "Health, metrics and pages."},
    {IN_TIME, "time", "/server/time", "the clock", "What the server thinks of its clock."},
    {IN_RETENTION, "retention", "/server/retention", "retention",
     "How long the record is kept and how it is kept small. See `docs/operations.md`."},
    {IN_LINK, "link", "/links/N", "a link", "A connection that devices are reached over."},
    {IN_TEMPLATE, "template", "/templates/N", "a template",
     "A kind of instrument: its signals, and settings that its devices take when they do not give "
     "their own."},
    {IN_DEVICE, "device", "/devices/N", "a device", "Something that is asked over a link."},
    {IN_SIGNAL, "signal", "/devices/N/signals/ID", "a signal",
     "One value of a device, also in `/templates/N/signals/ID`. Its id has 1 to 64 letters, "
     "digits, "
     "`_` and `-`, does not begin with `_`, is not `time` or `at`, and does not end in `_why`, "
     "`_text` or `_raw`: fields of those names stand beside it in InfluxDB."},
    {IN_FORBIDDEN, "forbidden", "/devices/N/forbidden/N", "a forbidden range",
     "Addresses that are never read."},
    {IN_ASK, "ask", "/devices/N/ask", "requests to a station",
     "What a station that reports by HJ 212 is asked for and told (docs/stations.md)."},
    {IN_MAP, "map", "/devices/N/signals/ID/map", "a mapping by two points",
     "A straight line through two points, as of a 4 to 20 mA input."},
    {IN_COUNTER, "counter", "/devices/N/signals/ID/counter", "a counter",
     "What a counting register means."},
    {IN_SITE, "site", "/sites/N", "a site", "An enterprise or a plant."},
    {IN_EQUIPMENT, "equipment", "/sites/N/equipment/N", "equipment",
     "What produces and what treats. Its run state is known by its power: off, idle, running, "
     "offline; see `docs/detection.md`."},
    {IN_PARAMETER, "parameter", "/sites/N/equipment/N/parameters/N", "a parameter",
     "What must be kept while treatment runs."},
    {IN_OUTLET, "outlet", "/sites/N/outlets/N", "an outlet", "A place where it emits."},
    {IN_INPUT, "input", "/sites/N/outlets/N/inputs/FACTOR", "an input", "What an outlet measures."},
    {IN_EVIDENCE, "evidence", "/sites/N/outlets/N/evidence/N", "a channel of evidence",
     "One way to know whether a bypass is open. What its thresholds are held against, and the "
     "defaults of each channel, stand in `docs/detection.md`."},
    {IN_FUSION, "fusion", "/sites/N/outlets/N/fusion", "fusion",
     "How evidence makes the state of a bypass. Engineering defaults."},
    {IN_REGISTER, "register", "/sites/N/outlets/N/register", "a register entry",
     "What the register of bypasses says of one."},
    {IN_SEAL, "seal", "/sites/N/outlets/N/register/seal", "a seal",
     "A numbered seal and when it was last looked at."},
    {IN_FLARE, "flare", "/sites/N/outlets/N/flare", "rules of a flare",
     "What a flare is judged by. Heating values are in MJ/m3 and volumes in m3 of 20 degC and "
     "101.325 kPa, unless said otherwise. Engineering defaults, but for the bounds of 40 CFR "
     "63.670 "
     "and 60.18."},
    {IN_MARK_RULE, "mark_rule", "/sites/N/outlets/N/mark_rules/N", "a rule of marks",
     "What marks an outlet by itself: while signals are within bounds (`when`), or at a time of "
     "day "
     "(`at`). See `docs/quantities.md`, \"Marks\"."},
    {IN_LIMIT, "limit", "/sites/N/outlets/N/limits/N", "a limit", "What must not be exceeded."},
    {IN_LIBRARY, "library", "/limit_library/N", "a row of the limits library",
     "A limit of a standard, to be named by the limits of outlets (`config/limits/`)."},
    {IN_INFLUX, "influx", "/influx/N", "an InfluxDB target", "A server that gets the time series."},
    {IN_ANCHOR, "anchor", "/anchors/N", "an anchor",
     "Where the head of the record's chain goes once an hour, at a stop and at `ctl anchor`, so "
     "that "
     "nobody can rewrite what lies before it unseen. See `docs/delivery.md`."},
    {IN_PLATFORM, "platform", "/platforms/N", "a platform",
     "A platform that we report to by HJ 212, under one MN. See `docs/uplink.md`."},
    {IN_PLATFORM_FACTOR, "platform_factor", "/platforms/N/factors/N", "a factor of a platform",
     "How one factor of an outlet goes to the platform, where that differs from the tables."},
    {IN_GATEWAY, "gateway", "/gateways/N", "a gateway",
     "A way out for alarm texts: an SMS gateway, a web hook, mail. See `docs/sms.md`."},
    {IN_ALARMS, "alarms", "/alarms", "how alarms are treated",
     "How findings become alarms, and the texts that people get. See `docs/alarms.md`."},
    {IN_ALARM_RULE, "alarm_rule", "/alarms/rules/N", "a rule of alarms",
     "What is different for alarms of one kind, or of one object. The last rule that fits counts."},
    {IN_PERSON, "person", "/people/N", "a person", "Somebody who is told of alarms."},
    {IN_ROTA, "rota", "/rotas/N", "a rota",
     "Who is on duty when, in the plant's time zone: everybody whose shift it is."},
    {IN_SHIFT, "shift", "/rotas/N/shifts/N", "a shift", "A part of each week."},
    {IN_EXCEPTION, "exception", "/rotas/N/exceptions/N", "an exception of a rota",
     "A time in which these people are on duty, whatever the shifts say."},
    {IN_ROUTE, "route", "/routes/N", "a route", "Which alarms go to whom, and how."},
};

const struct option_scope_text *option_scopes(void)
{
    return scopes;
}

const char *option_scope_title(enum option_scope scope)
{
    for (size_t i = 0; i < SCOPE_COUNT; i++)
        if (scopes[i].scope == scope)
            return scopes[i].title;
    return "";
}

bool option_is_in(const struct option *o, enum option_scope scope)
{
    return (o->scopes & IN_SECOND) == (scope & IN_SECOND) &&
           (o->scopes & scope & ~(unsigned)IN_SECOND) != 0;
}

const struct option *option_find(enum option_scope scope, const char *key)
{
    size_t count;
    const struct option *table = option_table(&count);
    for (size_t i = 0; i < count; i++)
        if (option_is_in(&table[i], scope) && strcmp(table[i].key, key) == 0)
            return &table[i];
    return NULL;
}

static void add_range(struct strbuf *b, const struct option *o)
{
    if (o->kind == KIND_INT)
        strbuf_addf(b, " from %.0f to %.0f", o->min, o->max);
    else
        strbuf_addf(b, " from %g to %g", o->min, o->max);
    if (o->unit)
        strbuf_addf(b, o->kind == KIND_INT ? " %s" : " (%s)", o->unit);
}

static void add_number(struct strbuf *b, const struct option *o)
{
    if (o->kind == KIND_INT && o->min == o->max) {
        strbuf_add_double(b, o->min);
        return;
    }
    strbuf_adds(b, o->kind == KIND_INT    ? "a whole number"
                   : o->kind == KIND_PAIR ? "[lowest, highest], rising numbers"
                   : o->kind == KIND_SPAN ? "[number, another number], two different ones"
                                          : "a number");
    add_range(b, o);
    if (o->kind == KIND_NONZERO)
        strbuf_adds(b, " but not 0");
}

static void add_words(struct strbuf *b, const struct option_word *words)
{
    strbuf_adds(b, words[1].text ? "one of " : "");
    for (const struct option_word *w = words; w->text; w++)
        strbuf_addf(b, "%s\"%s\"", w == words ? "" : ", ", w->text);
}

static void add_text(struct strbuf *b, const struct option *o)
{
    strbuf_addf(b, "%s of %g to %g bytes without control characters",
                o->kind == KIND_PATH ? "a path" : "a text", o->min, o->max);
}

void option_expected(const struct option *o, char out[OPTION_TEXT_SIZE])
{
    struct strbuf b;
    strbuf_init_fixed(&b, out, OPTION_TEXT_SIZE);
    switch (o->kind) {
    case KIND_INT:
    case KIND_NUMBER:
    case KIND_NONZERO:
    case KIND_PAIR:
    case KIND_SPAN:
        add_number(&b, o);
        break;
    case KIND_NUMBERS:
        strbuf_addf(&b, "a list of at most %d numbers", OPTION_NUMBERS_MAX);
        add_range(&b, o);
        break;
    case KIND_BOOL:
        strbuf_adds(&b, "true or false");
        break;
    case KIND_TEXT:
    case KIND_PATH:
        add_text(&b, o);
        break;
    case KIND_WORD:
        add_words(&b, o->words);
        break;
    case KIND_ID:
        strbuf_adds(&b, "an id: 1 to 64 letters, digits, '_', '-' and '.', not beginning with '_'");
        break;
    case KIND_NAME:
        strbuf_adds(&b, "an id: 1 to 64 letters, digits, '_' and '-', not beginning with '_'");
        break;
    case KIND_REF:
        strbuf_adds(&b, "an id");
        break;
    case KIND_SIGNAL:
        strbuf_adds(&b, "a signal as \"device.signal\"");
        break;
    case KIND_ADDRESS:
        strbuf_adds(&b, "a whole number from 0 to 65535, or 5 or 6 digits such as \"40101\"");
        break;
    case KIND_ENDPOINT:
        strbuf_addf(&b, "\"host:port\" with a port from %g to %g", o->min, o->max);
        break;
    case KIND_URL:
        strbuf_adds(&b, "a URL such as \"http://127.0.0.1:8086\", without user, query or fragment");
        break;
    case KIND_ZONE:
        strbuf_adds(&b, "a time zone without daylight saving, such as \"Asia/Shanghai\", or an "
                        "offset such as \"+08:00\"");
        break;
    case KIND_OBJECT:
        strbuf_addf(&b, "an object: %s", option_scope_title(o->child));
        break;
    case KIND_LIST:
        strbuf_addf(&b, "a list of at most %g objects, each %s", o->max,
                    option_scope_title(o->child));
        break;
    case KIND_MAP:
        strbuf_addf(&b, "an object with at most %g members, each %s", o->max,
                    option_scope_title(o->child));
        break;
    case KIND_TEXT_LIST:
        strbuf_addf(&b, "a list of at most %g texts", o->max);
        break;
    case KIND_NUMBER_MAP:
        strbuf_adds(&b, "an object whose members are numbers");
        add_range(&b, o);
        break;
    case KIND_SIGNAL_MAP:
        strbuf_addf(&b, "an object with at most %g members, each a signal as \"device.signal\"",
                    o->max);
        break;
    case KIND_INPUT_MAP:
        strbuf_addf(&b,
                    "an object with at most %g members, each %s; of a flare a signal or a list "
                    "of signals",
                    o->max, option_scope_title(o->child));
        break;
    }
}

static bool has_id_letters(const char *id, const char *extra)
{
    size_t len = strlen(id);
    if (len == 0 || len > PLANT_ID_MAX || id[0] == '_')
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = id[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && !strchr(extra, c))
            return false;
    }
    return true;
}

bool id_is_valid(const char *id)
{
    return has_id_letters(id, "_-.");
}

bool name_is_valid(const char *id)
{
    return has_id_letters(id, "_-");
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);
    size_t end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

bool signal_id_is_valid(const char *id)
{
    return name_is_valid(id) && strcmp(id, "time") != 0 && strcmp(id, "at") != 0 &&
           !ends_with(id, "_why") && !ends_with(id, "_text") && !ends_with(id, "_raw");
}
