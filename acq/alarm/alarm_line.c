/* An alarm as JSON: in the journal and in the API. */
#include "acq/alarm/book_private.h"

#include "acq/core/civil.h"
#include "acq/core/json.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

static const char *const states[ALARM_STATES] = {"normal",        "unacknowledged", "acknowledged",
                                                 "returned",      "shelved",        "suppressed",
                                                 "out-of-service"};

static const char *const changes[ALARM_CHANGES] = {
    "raised",     "changed",    "over",       "acknowledged", "comment",
    "shelved",    "unshelved",  "suppressed", "unsuppressed", "out-of-service",
    "in-service", "chattering", "calm",       "kept",         "told"};

enum alarm_state alarm_state(const struct alarm *a)
{
    if (a->out_of_service)
        return ALARM_OUT_OF_SERVICE;
    if (a->shelved)
        return ALARM_SHELVED;
    if (a->suppressed)
        return ALARM_SUPPRESSED;
    if (a->active)
        return a->acknowledged ? ALARM_ACKNOWLEDGED : ALARM_UNACKNOWLEDGED;
    return a->raised_at && !a->acknowledged ? ALARM_RETURNED : ALARM_NORMAL;
}

const char *alarm_state_word(enum alarm_state s)
{
    return states[s];
}

const char *alarm_change_word(enum alarm_change c)
{
    return changes[c];
}

/* The texts that are written as they are. */
static const struct {
    const char *key;
    size_t offset, size;
} texts[] = {
#define TEXT(key, member)                                                                          \
    {                                                                                              \
        key, offsetof(struct alarm, member), sizeof(((struct alarm *)0)->member)                   \
    }
    TEXT("id", id),     TEXT("kind", kind),     TEXT("test", test),     TEXT("part", part),
    TEXT("site", site), TEXT("outlet", outlet), TEXT("object", object), TEXT("factor", factor),
    TEXT("unit", unit), TEXT("name", name),     TEXT("who", who),       TEXT("why", why),
#undef TEXT
};

static const struct {
    const char *key;
    size_t offset;
} flags[] = {
    {"active", offsetof(struct alarm, active)},
    {"acknowledged", offsetof(struct alarm, acknowledged)},
    {"shelved", offsetof(struct alarm, shelved)},
    {"suppressed", offsetof(struct alarm, suppressed)},
    {"out_of_service", offsetof(struct alarm, out_of_service)},
    {"chattering", offsetof(struct alarm, chattering)},
    {"grouped", offsetof(struct alarm, told_grouped)},
};

/* Instants on the journal clock. */
static const struct {
    const char *key;
    size_t offset;
} instants[] = {
    {"raised_at", offsetof(struct alarm, raised_at)},
    {"over_at", offsetof(struct alarm, over_at)},
    {"ack_at", offsetof(struct alarm, ack_at)},
    {"until_at", offsetof(struct alarm, until_at)},
    {"on_at", offsetof(struct alarm, on_at)},
    {"off_at", offsetof(struct alarm, off_at)},
    {"told_at", offsetof(struct alarm, told_at)},
};

static void add_time(struct strbuf *out, const char *key, int64_t utc_ms, int zone_offset_min)
{
    char text[CIVIL_ISO_SIZE];
    civil_format_iso(utc_ms, zone_offset_min, text);
    strbuf_addf(out, ",\"%s\":\"%s\"", key, text);
}

static void add_lists(const struct alarm *a, struct strbuf *out)
{
    strbuf_adds(out, ",\"findings\":[");
    for (int i = 0; i < ALARM_FINDINGS_MAX && a->findings[i][0]; i++) {
        strbuf_adds(out, i ? "," : "");
        strbuf_add_json_string(out, a->findings[i]);
    }
    strbuf_adds(out, "],\"recent_at\":[");
    for (int i = 0; i < ALARM_RECENT_MAX && a->recent_at[i]; i++)
        strbuf_addf(out, "%s%" PRId64, i ? "," : "", a->recent_at[i]);
    strbuf_addc(out, ']');
}

void alarm_write_members(const struct alarm *a, int64_t offset_ms, int zone_offset_min,
                         struct strbuf *out)
{
    const char *base = (const char *)a;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (i && !base[texts[i].offset])
            continue;
        strbuf_addf(out, "%s\"%s\":", i ? "," : "", texts[i].key);
        strbuf_add_json_string(out, base + texts[i].offset);
    }
    strbuf_addf(out,
                ",\"number\":%" PRIu32 ",\"state\":\"%s\",\"priority\":\"P%u\",\"count\":%" PRIu32,
                a->number, alarm_state_word(alarm_state(a)), (unsigned)a->priority, a->count);
    add_time(out, "start", a->start_ms, zone_offset_min);
    if (a->raised_at)
        add_time(out, "raised", a->raised_at + offset_ms, zone_offset_min);
    if (a->over_at)
        add_time(out, "over", a->over_at + offset_ms, zone_offset_min);
    if (a->shelved)
        add_time(out, "until", a->until_at + offset_ms, zone_offset_min);
    strbuf_adds(out, ",\"value\":");
    strbuf_add_json_double(out, a->value);
    strbuf_adds(out, ",\"threshold\":");
    strbuf_add_json_double(out, a->threshold);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        bool flag;
        memcpy(&flag, base + flags[i].offset, sizeof flag);
        if (flag)
            strbuf_addf(out, ",\"%s\":true", flags[i].key);
    }
    for (size_t i = 0; i < sizeof instants / sizeof *instants; i++) {
        int64_t ms;
        memcpy(&ms, base + instants[i].offset, sizeof ms);
        if (ms)
            strbuf_addf(out, ",\"%s\":%" PRId64, instants[i].key, ms);
    }
    add_lists(a, out);
}

static double number_of(const cJSON *tree, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(tree, key);
    return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

static void read_lists(const cJSON *tree, struct alarm *a)
{
    const cJSON *item;
    int n = 0;
    cJSON_ArrayForEach(
        item, cJSON_GetObjectItemCaseSensitive(tree, "findings")) if (n < ALARM_FINDINGS_MAX &&
                                                                      cJSON_IsString(item))
        book_copy(a->findings[n++], FINDING_ID_SIZE, item->valuestring);
    n = 0;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(
                                 tree, "recent_at")) if (n < ALARM_RECENT_MAX &&
                                                         cJSON_IsNumber(item) &&
                                                         fabs(item->valuedouble) < 9e15)
        a->recent_at[n++] = (int64_t)item->valuedouble;
}

static bool read_tree(const cJSON *tree, struct alarm *a)
{
    char *base = (char *)a;
    const char *priority = json_string(tree, "priority");
    const char *start = json_string(tree, "start");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        book_copy(base + texts[i].offset, texts[i].size, json_string(tree, texts[i].key));
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        bool flag = json_bool(tree, flags[i].key, false);
        memcpy(base + flags[i].offset, &flag, sizeof flag);
    }
    for (size_t i = 0; i < sizeof instants / sizeof *instants; i++) {
        int64_t ms = json_int(tree, instants[i].key, 0);
        memcpy(base + instants[i].offset, &ms, sizeof ms);
    }
    a->number = (uint32_t)json_int(tree, "number", 0);
    a->count = (uint32_t)json_int(tree, "count", 0);
    a->value = number_of(tree, "value");
    a->threshold = number_of(tree, "threshold");
    a->priority = priority && priority[0] == 'P' && priority[1] >= '1' && priority[1] <= '3'
                      ? (uint8_t)(priority[1] - '0')
                      : 3;
    read_lists(tree, a);
    return start && civil_parse(start, &a->start_ms) == 0 && strlen(a->id) == ALARM_ID_SIZE - 1 &&
           *a->kind;
}

int alarm_read(const char *json, size_t len, struct alarm *out)
{
    cJSON *tree = NULL;
    struct alarm a = {.number = 0};
    if (json_parse(json, len, &tree, NULL) != 0)
        return PW_ESYNTAX;
    bool good = cJSON_IsObject(tree) && read_tree(tree, &a);
    cJSON_Delete(tree);
    if (!good)
        return PW_ESYNTAX;
    *out = a;
    return 0;
}
