#include "acq/core/json.h"

#include "acq/core/num.h"
#include "acq/core/utf8.h"

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

/* The offset behind the string that begins at `at`, or of its first byte that JSON forbids. */
static size_t check_string(const char *text, size_t len, size_t at, bool *bad)
{
    for (at++; at < len && text[at] != '"'; at++) {
        *bad = (unsigned char)text[at] < 0x20 ||
               (len - at >= 6 && memcmp(text + at, "\\u0000", 6) == 0);
        if (*bad)
            return at;
        at += text[at] == '\\';
    }
    return at + 1;
}

static bool is_number_char(char c)
{
    return (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.' || c == 'e' || c == 'E';
}

/* cJSON takes "01", "1.", raw controls in strings, and cuts a string at \u0000. The offset of the
 * first such place, or len. */
static size_t find_lax(const char *text, size_t len)
{
    bool bad = false;
    for (size_t at = 0; at < len;) {
        if (text[at] == '"') {
            at = check_string(text, len, at, &bad);
            if (bad)
                return at;
        } else if (text[at] == '-' || (text[at] >= '0' && text[at] <= '9')) {
            double value;
            size_t n = 1;
            while (at + n < len && is_number_char(text[at + n]))
                n++;
            if (num_parse_double(text + at, n, &value) != 0)
                return at;
            at += n;
        } else {
            at++;
        }
    }
    return len;
}

int json_parse(const char *text, size_t len, cJSON **out, size_t *out_offset)
{
    size_t valid = utf8_valid_prefix(text, len);
    if (out_offset)
        *out_offset = valid;
    if (valid != len)
        return PW_ESYNTAX;
    const char *end = text;
    cJSON *tree = cJSON_ParseWithLengthOpts(text, len, &end, 0);
    size_t stop = (size_t)(end - text);
    while (tree && stop < len && strchr(" \t\r\n", text[stop]) && text[stop] != '\0')
        stop++;
    size_t lax = tree && stop == len ? find_lax(text, len) : stop;
    if (out_offset)
        *out_offset = lax;
    if (!tree || lax != len) {
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

static size_t string_end(const char *text, size_t len, size_t at)
{
    for (at++; at < len && text[at] != '"' && text[at] != '\n'; at++)
        at += text[at] == '\\';
    return at + 1;
}

static size_t comment_end(const char *text, size_t len, size_t at)
{
    bool block = text[at + 1] == '*';
    for (at += 2; at < len; at++) {
        if (!block && text[at] == '\n')
            return at;
        if (block && text[at] == '*' && at + 1 < len && text[at + 1] == '/')
            return at + 2;
    }
    return len;
}

void json_blank_comments(char *text, size_t len)
{
    size_t at = 0;
    while (at + 1 < len) {
        if (text[at] == '"') {
            at = string_end(text, len, at);
        } else if (text[at] == '/' && (text[at + 1] == '/' || text[at + 1] == '*')) {
            size_t end = comment_end(text, len, at);
            for (; at < end; at++)
                if (text[at] != '\n' && text[at] != '\r')
                    text[at] = ' ';
        } else {
            at++;
        }
    }
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
