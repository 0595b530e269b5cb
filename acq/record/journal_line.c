#include "acq/record/journal_line.h"

#include "acq/core/json.h"
#include "acq/core/utf8.h"

#include <string.h>

/* Keys may be doubled: cJSON finds the first, so no member can pass for the line's own. */
static cJSON *parse_tree(const char *text, size_t len)
{
    const char *end = NULL;
    if (!utf8_is_valid(text, len))
        return NULL;
    cJSON *tree = cJSON_ParseWithLengthOpts(text, len, &end, 0);
    if (!tree || end == text + len)
        return tree;
    cJSON_Delete(tree);
    return NULL;
}

int journal_line_parse(const char *text, size_t len, struct journal_line *out)
{
    cJSON *tree = parse_tree(text, len);
    if (!tree)
        return PW_ESYNTAX;
    struct journal_line line = {
        .tree = tree,
        .type = cJSON_IsObject(tree) ? json_string(tree, "type") : NULL,
        .at_ms = json_int(tree, "at", INT64_MIN),
        .n = json_int(tree, "n", -1),
    };
    if (!line.type || line.at_ms == INT64_MIN || line.n < 0) {
        cJSON_Delete(tree);
        return PW_ESYNTAX;
    }
    *out = line;
    return 0;
}

void journal_line_deinit(struct journal_line *line)
{
    cJSON_Delete(line->tree);
    *line = (struct journal_line){0};
}

void journal_line_write(struct strbuf *out, const char *type, int64_t at_ms, uint32_t n,
                        const char *members)
{
    strbuf_adds(out, "{\"type\":");
    strbuf_add_json_string(out, type);
    strbuf_adds(out, ",\"at\":");
    strbuf_add_int(out, at_ms);
    strbuf_adds(out, ",\"n\":");
    strbuf_add_int(out, n);
    if (members[0] != '\0')
        strbuf_addc(out, ',');
    strbuf_adds(out, members);
    strbuf_adds(out, "}\n");
}

static const char *skip_text(const char *p, const char *end, const char *text)
{
    size_t len = strlen(text);
    if (!p || (size_t)(end - p) < len || memcmp(p, text, len) != 0)
        return NULL;
    return p + len;
}

static const char *skip_string(const char *p, const char *end)
{
    if (!p || p == end || *p != '"')
        return NULL;
    for (p++; p < end && *p != '"'; p++)
        if (*p == '\\' && ++p == end)
            return NULL;
    return p < end ? p + 1 : NULL;
}

/* A whole number of at most 18 digits. */
static const char *take_int(const char *p, const char *end, int64_t *out)
{
    if (!p)
        return NULL;
    bool negative = p < end && *p == '-';
    const char *digits = p + negative;
    int64_t value = 0;
    for (p = digits; p < end && *p >= '0' && *p <= '9' && p - digits < 18; p++)
        value = value * 10 + (*p - '0');
    *out = negative ? -value : value;
    return p > digits ? p : NULL;
}

/* Where the head ends, or NULL. */
static const char *take_head(const char *text, const char *end, struct journal_head *out)
{
    const char *type = skip_text(text, end, "{\"type\":");
    const char *p = skip_string(type, end);
    if (!p)
        return NULL;
    out->type = type + 1;
    out->type_len = (size_t)(p - type) - 2;
    p = take_int(skip_text(p, end, ",\"at\":"), end, &out->at_ms);
    p = take_int(skip_text(p, end, ",\"n\":"), end, &out->n);
    return p && out->n >= 0 && p < end ? p : NULL;
}

int journal_line_head(const char *text, size_t len, struct journal_head *out)
{
    struct journal_head head;
    if (!take_head(text, text + len, &head))
        return PW_ESYNTAX;
    *out = head;
    return 0;
}

int journal_line_members(const char *text, size_t len, const char **out, size_t *out_len)
{
    const char *end = text + len;
    struct journal_head head;
    const char *p = take_head(text, end, &head);
    if (!p || end[-1] != '}')
        return PW_ESYNTAX;
    if (p == end - 1) {
        *out = p;
        *out_len = 0;
        return 0;
    }
    if (*p != ',')
        return PW_ESYNTAX;
    *out = p + 1;
    *out_len = (size_t)(end - 1 - (p + 1));
    return 0;
}

int journal_line_order(const char *text, size_t len, int64_t *out, size_t count)
{
    const char *end = text + len;
    int64_t at = 0;
    const char *p = skip_text(text, end, "{\"type\":\"order\",\"at\":");
    p = skip_text(take_int(p, end, &at), end, ",\"n\":0,\"d\":[");
    if (!p)
        return PW_ESYNTAX;
    for (size_t i = 0; i < count; i++) {
        int64_t difference = 0;
        if (i > 1)
            p = skip_text(p, end, ",");
        if (i > 0)
            p = take_int(p, end, &difference);
        if (!p || __builtin_add_overflow(at, difference, &at))
            return PW_ECORRUPT;
        out[i] = at;
    }
    p = skip_text(p, end, "]}");
    return count > 0 && p == end ? 0 : PW_ECORRUPT;
}

void order_line_add(struct strbuf *out, int64_t at_ms, int64_t before_ms)
{
    if (out->len == 0) {
        strbuf_adds(out, "{\"type\":\"order\",\"at\":");
        strbuf_add_int(out, at_ms);
        strbuf_adds(out, ",\"n\":0,\"d\":[");
        return;
    }
    if (out->data[out->len - 1] != '[')
        strbuf_addc(out, ',');
    strbuf_add_int(out, at_ms - before_ms);
}

void order_line_end(struct strbuf *out)
{
    if (out->len > 0)
        strbuf_adds(out, "]}\n");
}
