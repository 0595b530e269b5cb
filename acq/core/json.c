#include "acq/core/json.h"

#include "acq/core/json_scan.h"

#include <math.h>
#include <string.h>

static bool has_duplicate_key(const cJSON *node)
{
    for (const cJSON *child = node->child; child; child = child->next) {
        for (const cJSON *other = child->next; cJSON_IsObject(node) && other; other = other->next)
            if (strcmp(child->string, other->string) == 0)
                return true;
        if (has_duplicate_key(child))
            return true;
    }
    return false;
}

int json_parse(const char *text, size_t len, cJSON **out, size_t *out_offset)
{
    struct json_fault fault;
    int err = json_scan(text, len, &fault);
    if (err) {
        if (out_offset)
            *out_offset = fault.offset;
        return err;
    }
    const char *end = text;
    cJSON *tree = cJSON_ParseWithLengthOpts(text, len, &end, 0);
    size_t stop = (size_t)(end - text);
    while (tree && stop < len && strchr(" \t\r\n", text[stop]) && text[stop] != '\0')
        stop++;
    if (out_offset)
        *out_offset = stop;
    if (!tree || stop != len) {
        cJSON_Delete(tree);
        return PW_ESYNTAX;
    }
    if (has_duplicate_key(tree)) {
        if (out_offset)
            *out_offset = 0;
        cJSON_Delete(tree);
        return PW_EEXIST;
    }
    *out = tree;
    return 0;
}

const char *json_string(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

int64_t json_int(const cJSON *object, const char *key, int64_t fallback)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsNumber(item) || fabs(item->valuedouble) > 9007199254740992.0)
        return fallback;
    return (int64_t)item->valuedouble;
}

bool json_bool(const cJSON *object, const char *key, bool fallback)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsBool(item) ? cJSON_IsTrue(item) : fallback;
}
