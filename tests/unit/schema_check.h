/* As much of JSON Schema (draft 7) as config/schema uses, to hold the schema against the loader.
 * A keyword that it does not know fails the test, so none is skipped unseen. */
#ifndef TESTS_UNIT_SCHEMA_CHECK_H
#define TESTS_UNIT_SCHEMA_CHECK_H

#include "acq/core/err.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct schema {
    const cJSON *root;
};

static bool schema_allows(const struct schema *s, const cJSON *rule, const cJSON *value);

static bool schema_has_type(const char *type, const cJSON *value)
{
    if (strcmp(type, "object") == 0)
        return cJSON_IsObject(value);
    if (strcmp(type, "array") == 0)
        return cJSON_IsArray(value);
    if (strcmp(type, "string") == 0)
        return cJSON_IsString(value);
    if (strcmp(type, "boolean") == 0)
        return cJSON_IsBool(value);
    if (strcmp(type, "integer") == 0)
        return cJSON_IsNumber(value) && value->valuedouble == floor(value->valuedouble);
    pw_require(strcmp(type, "number") == 0);
    return cJSON_IsNumber(value);
}

static bool schema_has_no_control(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

/* POSIX has no \u escapes and no look-ahead: the one pattern with the former is done by hand, and
 * of the one with the latter only what is behind it. */
static bool schema_matches(const char *pattern, const char *text)
{
    if (strstr(pattern, "\\u0000-\\u001f"))
        return schema_has_no_control(text);
    const char *look = strstr(pattern, "(?!");
    char plain[256];
    snprintf(plain, sizeof plain, "%s%s", look ? "^" : "",
             look ? strrchr(pattern, ')') + 1 : pattern);
    regex_t regex;
    pw_require(regcomp(&regex, plain, REG_EXTENDED | REG_NOSUB) == 0);
    bool matches = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return matches;
}

static bool schema_allows_members(const struct schema *s, const cJSON *rule, const cJSON *value)
{
    const cJSON *properties = cJSON_GetObjectItemCaseSensitive(rule, "properties");
    const cJSON *others = cJSON_GetObjectItemCaseSensitive(rule, "additionalProperties");
    const cJSON *names = cJSON_GetObjectItemCaseSensitive(rule, "propertyNames");
    const cJSON *member;
    cJSON_ArrayForEach(member, value)
    {
        const cJSON *own = cJSON_GetObjectItemCaseSensitive(properties, member->string);
        const cJSON *pattern = cJSON_GetObjectItemCaseSensitive(names, "pattern");
        if (pattern && !schema_matches(pattern->valuestring, member->string))
            return false;
        if (!own && cJSON_IsFalse(others))
            return false;
        if (!schema_allows(s, own ? own : others, member))
            return false;
    }
    return true;
}

static bool schema_allows_items(const struct schema *s, const cJSON *rule, const cJSON *value)
{
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(rule, "items");
    const cJSON *item;
    cJSON_ArrayForEach(item, value) if (!schema_allows(s, items, item)) return false;
    return true;
}

static bool schema_has_required(const cJSON *required, const cJSON *value)
{
    const cJSON *name;
    cJSON_ArrayForEach(name, required) if (!cJSON_GetObjectItemCaseSensitive(
                                               value, name->valuestring)) return false;
    return true;
}

static bool schema_is_word(const cJSON *words, const cJSON *value)
{
    const cJSON *word;
    cJSON_ArrayForEach(word, words) if (cJSON_Compare(word, value, true)) return true;
    return false;
}

static bool schema_allows_any(const struct schema *s, const cJSON *rules, const cJSON *value)
{
    const cJSON *rule;
    cJSON_ArrayForEach(rule, rules) if (schema_allows(s, rule, value)) return true;
    return false;
}

static bool schema_allows_size(const char *key, double bound, const cJSON *value)
{
    if (strcmp(key, "minimum") == 0)
        return !cJSON_IsNumber(value) || value->valuedouble >= bound;
    if (strcmp(key, "maximum") == 0)
        return !cJSON_IsNumber(value) || value->valuedouble <= bound;
    if (strcmp(key, "minLength") == 0)
        return !cJSON_IsString(value) || (double)strlen(value->valuestring) >= bound;
    if (strcmp(key, "maxLength") == 0)
        return !cJSON_IsString(value) || (double)strlen(value->valuestring) <= bound;
    if (strcmp(key, "minItems") == 0)
        return !cJSON_IsArray(value) || cJSON_GetArraySize(value) >= bound;
    pw_require(strcmp(key, "maxItems") == 0 || strcmp(key, "maxProperties") == 0);
    return !(cJSON_IsArray(value) || cJSON_IsObject(value)) || cJSON_GetArraySize(value) <= bound;
}

static const cJSON *schema_definition(const struct schema *s, const char *reference)
{
    static const char prefix[] = "#/definitions/";
    pw_require(strncmp(reference, prefix, strlen(prefix)) == 0);
    const cJSON *all = cJSON_GetObjectItemCaseSensitive(s->root, "definitions");
    const cJSON *one = cJSON_GetObjectItemCaseSensitive(all, reference + strlen(prefix));
    pw_require(one != NULL);
    return one;
}

static bool schema_is_about_members(const char *key)
{
    static const char *const keys[] = {
        "properties", "additionalProperties", "propertyNames", "description", "default", "title",
        "$schema",    "definitions"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

static bool schema_allows_keyword(const struct schema *s, const cJSON *rule, const cJSON *keyword,
                                  const cJSON *value)
{
    const char *key = keyword->string;
    if (strcmp(key, "$ref") == 0)
        return schema_allows(s, schema_definition(s, keyword->valuestring), value);
    if (strcmp(key, "type") == 0)
        return schema_has_type(keyword->valuestring, value);
    if (strcmp(key, "enum") == 0)
        return schema_is_word(keyword, value);
    if (strcmp(key, "anyOf") == 0)
        return schema_allows_any(s, keyword, value);
    if (strcmp(key, "not") == 0)
        return !cJSON_Compare(keyword->child, value, true);
    if (strcmp(key, "pattern") == 0)
        return !cJSON_IsString(value) || schema_matches(keyword->valuestring, value->valuestring);
    if (strcmp(key, "required") == 0)
        return !cJSON_IsObject(value) || schema_has_required(keyword, value);
    if (strcmp(key, "items") == 0)
        return !cJSON_IsArray(value) || schema_allows_items(s, rule, value);
    return schema_is_about_members(key) || schema_allows_size(key, keyword->valuedouble, value);
}

static bool schema_allows(const struct schema *s, const cJSON *rule, const cJSON *value)
{
    const cJSON *keyword;
    cJSON_ArrayForEach(keyword,
                       rule) if (!schema_allows_keyword(s, rule, keyword, value)) return false;
    return !cJSON_IsObject(value) || !rule || !cJSON_HasObjectItem(rule, "type") ||
           schema_allows_members(s, rule, value);
}

#endif
