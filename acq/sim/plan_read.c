#include "acq/sim/plan_read.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void plan_fail(struct plan_reader *r, const char *key, const char *format, ...)
{
    if (r->failed)
        return;
    r->failed = true;
    int n = snprintf(r->error, PLAN_ERROR_SIZE, "%.120s: %s%s%s: ", r->name, r->pointer,
                     key ? "/" : "", key ? key : "");
    if (n < 0 || n >= PLAN_ERROR_SIZE)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(r->error + n, PLAN_ERROR_SIZE - (size_t)n, format, args);
    va_end(args);
}

size_t plan_enter(struct plan_reader *r, const char *key, int index)
{
    size_t mark = strlen(r->pointer);
    if (index >= 0)
        snprintf(r->pointer + mark, PLAN_POINTER_SIZE - mark, "/%s/%d", key, index);
    else
        snprintf(r->pointer + mark, PLAN_POINTER_SIZE - mark, "/%s", key);
    return mark;
}

void plan_leave(struct plan_reader *r, size_t mark)
{
    r->pointer[mark] = '\0';
}

void plan_object_begin(struct plan_object *o, struct plan_reader *r, const cJSON *json)
{
    *o = (struct plan_object){.reader = r, .json = json};
    if (!cJSON_IsObject(json))
        plan_fail(r, NULL, "found something else, expected an object");
}

static bool was_asked(const struct plan_object *o, const char *key)
{
    for (unsigned i = 0; i < o->asked_count; i++)
        if (strcmp(o->asked[i], key) == 0)
            return true;
    return false;
}

void plan_object_end(struct plan_object *o)
{
    const cJSON *member;
    if (!cJSON_IsObject(o->json))
        return;
    cJSON_ArrayForEach(member, o->json)
    {
        if (!was_asked(o, member->string))
            plan_fail(o->reader, member->string, "found an unknown key");
    }
}

bool plan_has(const struct plan_object *o, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(o->json, key) != NULL;
}

const cJSON *plan_member(struct plan_object *o, const char *key)
{
    pw_require(o->asked_count < PLAN_MEMBERS_MAX);
    o->asked[o->asked_count++] = key;
    return cJSON_GetObjectItemCaseSensitive(o->json, key);
}

double plan_number(struct plan_object *o, const char *key, double min, double max, double fallback)
{
    const cJSON *item = plan_member(o, key);
    if (!item && !isnan(fallback))
        return fallback;
    if (!item)
        plan_fail(o->reader, key, "found nothing, expected a number in [%g, %g]", min, max);
    else if (!cJSON_IsNumber(item))
        plan_fail(o->reader, key, "expected a number in [%g, %g]", min, max);
    else if (!(item->valuedouble >= min && item->valuedouble <= max))
        plan_fail(o->reader, key, "found %g, expected a number in [%g, %g]", item->valuedouble, min,
                  max);
    else
        return item->valuedouble;
    return min;
}

double plan_whole(struct plan_object *o, const char *key, double min, double max, double fallback)
{
    double value = plan_number(o, key, min, max, fallback);
    if (value == floor(value))
        return value;
    plan_fail(o->reader, key, "found %g, expected a whole number", value);
    return min;
}

static void fail_word(struct plan_object *o, const char *key, const char *found,
                      const char *const *words)
{
    char list[160] = "";
    for (size_t i = 0; words[i]; i++) {
        size_t len = strlen(list);
        snprintf(list + len, sizeof list - len, "%s%s", i ? ", " : "", words[i]);
    }
    plan_fail(o->reader, key, "found %.40s, expected one of %s", found, list);
}

int plan_word(struct plan_object *o, const char *key, const char *const *words, int fallback)
{
    const cJSON *item = plan_member(o, key);
    if (!item && fallback >= 0)
        return fallback;
    const char *text = cJSON_GetStringValue(item);
    for (int i = 0; text && words[i]; i++)
        if (strcmp(words[i], text) == 0)
            return i;
    fail_word(o, key, text ? text : item ? "something else" : "nothing", words);
    return 0;
}
