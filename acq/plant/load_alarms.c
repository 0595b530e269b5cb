/* How alarms are treated. */
#include "acq/plant/draft_alarm.h"
#include "acq/plant/loader.h"

#include <stdio.h>
#include <string.h>

enum { FIELD_SIZE = 16 };

const char *const plant_alarm_fields[] = {
    "number", "priority", "what", "place", "site",     "object",   "factor",
    "value",  "limit",    "unit", "time",  "duration", "response", NULL,
};

static bool is_field(const char *text, size_t len)
{
    for (const char *const *f = plant_alarm_fields; *f; f++)
        if (strlen(*f) == len && strncmp(*f, text, len) == 0)
            return true;
    return false;
}

static void check_text(struct loader *l, const struct place *at, const char *key, const char *text)
{
    const struct place member = read_member(at, key);
    for (const char *open = strpbrk(text, "{}"); open; open = strpbrk(open, "{}")) {
        size_t len = strcspn(open + 1, "{}");
        if (*open == '}' || open[1 + len] != '}' || !is_field(open + 1, len)) {
            char found[FIELD_SIZE + 3];
            snprintf(found, sizeof found, "\"%.*s\"", FIELD_SIZE, open);
            report_error(&l->report, &member, found,
                         "fields of the reference in braces, such as {number} or {place}");
            return;
        }
        open += len + 2;
    }
}

static const char *const *copy_texts(struct loader *l, const cJSON *list)
{
    size_t count = list ? (size_t)cJSON_GetArraySize(list) : 0;
    const char **texts = arena_alloc(l->arena, (count + 1) * sizeof *texts);
    const cJSON *item;
    size_t n = 0;
    cJSON_ArrayForEach(item, list) texts[n++] = arena_strdup(l->arena, item->valuestring);
    return texts;
}

static struct plant_alarm_rule load_rule(struct loader *l, const struct place *at)
{
    struct alarm_rule_draft draft = {.rule = {.kind = ""}};
    read_defaults(&l->reader, IN_ALARM_RULE, &draft);
    read_object(&l->reader, at, IN_ALARM_RULE, &draft);
    draft.rule.priority = (uint8_t)draft.priority;
    draft.rule.suppressed_by = copy_texts(l, draft.suppressed_by);
    return draft.rule;
}

static void load_rules(struct loader *l, const struct place *at, const cJSON *list,
                       struct plant_alarms *a)
{
    const struct place rules = {at->source, at, list};
    size_t count = list ? (size_t)cJSON_GetArraySize(list) : 0;
    struct plant_alarm_rule *own = arena_alloc(l->arena, count * sizeof *own);
    const cJSON *node;
    cJSON_ArrayForEach(node, list) own[a->rule_count++] =
        load_rule(l, &(struct place){at->source, &rules, node});
    a->rules = own;
}

static void check_texts(struct loader *l, const struct place *at, const struct alarms_draft *d)
{
    check_text(l, at, "raised_zh", d->raised_zh);
    check_text(l, at, "raised_en", d->raised_en);
    check_text(l, at, "cleared_zh", d->cleared_zh);
    check_text(l, at, "cleared_en", d->cleared_en);
}

void load_alarms(struct loader *l, const struct place *at)
{
    struct alarms_draft draft = {.rules = NULL};
    read_defaults(&l->reader, IN_ALARMS, &draft);
    if (at && l->alarms_source) {
        report_error(&l->report, at, "\"alarms\" once more", "it in one file only");
        return;
    }
    if (at) {
        read_object(&l->reader, at, IN_ALARMS, &draft);
        l->alarms_source = at->source;
        check_texts(l, at, &draft);
        load_rules(l, at, draft.rules, &draft.alarms);
    }
    draft.alarms.raised[LANGUAGE_ZH] = draft.raised_zh;
    draft.alarms.raised[LANGUAGE_EN] = draft.raised_en;
    draft.alarms.cleared[LANGUAGE_ZH] = draft.cleared_zh;
    draft.alarms.cleared[LANGUAGE_EN] = draft.cleared_en;
    l->alarms = draft.alarms;
}
