#include "acq/alarm/text.h"

#include "acq/alarm/catalogue.h"
#include "acq/core/civil.h"
#include "acq/core/utf8.h"
#include "acq/plant/measure.h"
#include "protocols/sms/text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { PLACE_LEAST = 6, ALARM_PLACE_SIZE = 129 };

/* The short things first: what does not fit goes into the next part. */
static const char *const raised[] = {
    "告警{number} {priority} {place}{what} {factor} {value}>{limit}{unit} {time} 回复ACK {number}",
    "Alarm {number} {priority}: {what} at {place} {factor} {value}>{limit} {unit} {time}. Reply "
    "ACK "
    "{number}"};
static const char *const raised_plain[] = {
    "告警{number} {priority} {place}{what} {time} 回复ACK {number}",
    "Alarm {number} {priority}: {what} at {place} {time}. Reply ACK {number}"};
static const char *const cleared[] = {
    "告警{number}恢复 {place}{what} {factor} 历时{duration}",
    "Alarm {number} is over: {what} at {place} {factor}, {duration}"};

struct fill {
    const struct plant *plant;
    const struct alarm *alarm;
    enum person_language language;
    struct machine_now now;
    char place[ALARM_PLACE_SIZE];
};

static void add_number(struct strbuf *out, double value)
{
    if (!isnan(value))
        strbuf_addf(out, fabs(value) >= 1000 ? "%.0f" : "%.4g", value);
}

static void add_time(const struct fill *f, struct strbuf *out)
{
    struct civil c;
    civil_from_ms(f->alarm->start_ms, f->plant->server.zone_offset_min, &c);
    strbuf_addf(out, "%02d-%02d %02d:%02d", c.month, c.day, c.hour, c.minute);
}

static void add_duration(const struct fill *f, struct strbuf *out)
{
    int64_t end_ms = f->alarm->over_at ? f->alarm->over_at : f->now.at_ms;
    int64_t minutes = (end_ms + f->now.offset_ms - f->alarm->start_ms + 30000) / 60000;
    bool is_zh = f->language == LANGUAGE_ZH;
    minutes = minutes > 0 ? minutes : 0;
    if (minutes >= 60)
        strbuf_addf(out, "%" PRId64 "%s", minutes / 60, is_zh ? "小时" : " h ");
    strbuf_addf(out, "%" PRId64 "%s", minutes % 60, is_zh ? "分" : " min");
}

static const char *response_of(const struct fill *f)
{
    const struct plant_alarm_rule *rule =
        catalogue_rule(f->plant, f->alarm->kind, f->alarm->object);
    const struct alarm_kind *kind = catalogue_find(f->alarm->kind);
    if (f->language == LANGUAGE_ZH)
        return rule && *rule->response_zh ? rule->response_zh : kind->response_zh;
    return rule && *rule->response_en ? rule->response_en : kind->response_en;
}

static void add_words(const struct fill *f, const char *name, size_t len, struct strbuf *out)
{
    const struct alarm *a = f->alarm;
    const struct alarm_kind *kind = catalogue_find(a->kind);
    bool is_zh = f->language == LANGUAGE_ZH;
    const struct {
        const char *name, *text;
    } words[] = {{"what", is_zh ? kind->zh : kind->en},
                 {"place", f->place},
                 {"site", a->site},
                 {"object", a->object},
                 {"factor", is_zh ? measure_name_zh(a->factor) : measure_name_en(a->factor)},
                 {"unit", a->unit},
                 {"response", response_of(f)}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].name) == len && strncmp(words[i].name, name, len) == 0)
            strbuf_adds(out, words[i].text);
}

static bool is_name(const char *name, size_t len, const char *wanted)
{
    return strlen(wanted) == len && strncmp(name, wanted, len) == 0;
}

static void add_field(const struct fill *f, const char *name, size_t len, struct strbuf *out)
{
    const struct alarm *a = f->alarm;
    if (is_name(name, len, "number"))
        strbuf_addf(out, "%" PRIu32, a->number);
    else if (is_name(name, len, "priority"))
        strbuf_addf(out, "P%u", (unsigned)a->priority);
    else if (is_name(name, len, "value"))
        add_number(out, a->value);
    else if (is_name(name, len, "limit"))
        add_number(out, a->threshold);
    else if (is_name(name, len, "time"))
        add_time(f, out);
    else if (is_name(name, len, "duration"))
        add_duration(f, out);
    else
        add_words(f, name, len, out);
}

static void fill_in(const struct fill *f, const char *text, struct strbuf *out)
{
    while (*text) {
        size_t plain = strcspn(text, "{");
        strbuf_add(out, text, plain);
        text += plain;
        if (!*text)
            return;
        size_t len = strcspn(text + 1, "}");
        add_field(f, text + 1, len, out);
        text += len + 2;
    }
}

static const char *template_of(const struct fill *f, enum notice_why why)
{
    enum person_language g = f->language;
    bool is_over = why == NOTICE_CLEARED;
    const char *own = is_over ? f->plant->alarms.cleared[g] : f->plant->alarms.raised[g];
    if (*own)
        return own;
    if (is_over)
        return cleared[g];
    return isnan(f->alarm->value) || isnan(f->alarm->threshold) ? raised_plain[g] : raised[g];
}

void alarm_text_sign(const struct plant *plant, const char *text, struct strbuf *out)
{
    char storage[ALARM_TEXT_MAX];
    struct strbuf clean;
    strbuf_init_fixed(&clean, storage, sizeof storage);
    sms_text_clean(text, &clean);
    strbuf_reset(out);
    if (*plant->alarms.sign)
        strbuf_addf(out, "【%s】", plant->alarms.sign);
    strbuf_adds(out, strbuf_text(&clean));
}

static uint32_t units_of(const struct strbuf *text)
{
    struct sms_split split;
    sms_text_split(strbuf_text(text), text->len, &split);
    return split.alphabet == SMS_UCS2 ? split.units : 0;
}

/* The place is what can be cut: its last character goes. */
static bool cut_place(char *place)
{
    size_t len = strlen(place);
    if (len <= PLACE_LEAST)
        return false;
    len = utf8_valid_prefix(place, len - 1);
    place[len] = '\0';
    return len > 0;
}

void alarm_text(const struct plant *plant, const struct alarm *a, enum notice_why why,
                enum person_language language, struct machine_now now, struct strbuf *out)
{
    char storage[ALARM_TEXT_MAX];
    struct strbuf text;
    struct fill f = {.plant = plant, .alarm = a, .language = language, .now = now};
    memcpy(f.place, *a->name ? a->name : a->object, strlen(*a->name ? a->name : a->object) + 1);
    do {
        strbuf_init_fixed(&text, storage, sizeof storage);
        if (why == NOTICE_AGAIN)
            strbuf_adds(&text, language == LANGUAGE_ZH ? "再次" : "Again: ");
        if (why == NOTICE_ESCALATED)
            strbuf_adds(&text, language == LANGUAGE_ZH ? "升级" : "Escalated: ");
        fill_in(&f, template_of(&f, why), &text);
        alarm_text_sign(plant, strbuf_text(&text), out);
    } while (units_of(out) > plant->alarms.text_units && cut_place(f.place));
    if (*plant->alarms.link)
        strbuf_addf(out, " %s%s", plant->alarms.link, a->id);
}
