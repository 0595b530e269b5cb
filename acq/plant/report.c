#include "acq/plant/report.h"

#include "acq/core/num.h"
#include "acq/core/strbuf.h"
#include "acq/core/utf8.h"
#include "acq/plant/locate.h"
#include "acq/plant/source.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINTER_MAX = 1024, EXPECTED_MAX = 1024, QUOTE_MAX = 100, LIST_MAX = 4, DEPTH_MAX = 64 };

struct report_entry {
    struct plant_problem problem;
    unsigned source; /* index, or UINT_MAX before all others: the file cannot be read */
};

static char *copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    pw_require(copy != NULL);
    return memcpy(copy, text, size);
}

static size_t step_of(const struct place *p)
{
    size_t step = 0;
    for (const cJSON *n = p->parent->node->child; n && n != p->node; n = n->next)
        step++;
    return step;
}

/* RFC 6901: "~" and "/" in a key are written ~0 and ~1. Control characters stay as the escapes
 * that JSON has for them, so that a message is one line. */
static void add_key(struct strbuf *out, const char *key)
{
    for (; *key; key++) {
        unsigned char c = (unsigned char)*key;
        if (c == '~')
            strbuf_adds(out, "~0");
        else if (c == '/')
            strbuf_adds(out, "~1");
        else if (c < 0x20 || c == 0x7f)
            strbuf_addf(out, "\\u%04x", c);
        else
            strbuf_addc(out, *key);
    }
}

static void add_pointer(struct strbuf *out, const struct place *p)
{
    if (!p->parent)
        return;
    add_pointer(out, p->parent);
    strbuf_addc(out, '/');
    if (p->node->string)
        add_key(out, p->node->string);
    else
        strbuf_add_int(out, (int64_t)step_of(p));
}

static unsigned line_of(const struct place *at)
{
    size_t steps[DEPTH_MAX];
    size_t depth = 0;
    for (const struct place *p = at; p->parent; p = p->parent)
        depth++;
    pw_require(depth <= DEPTH_MAX);
    size_t i = depth;
    for (const struct place *p = at; p->parent; p = p->parent)
        steps[--i] = step_of(p);
    return locate_path(at->source->blank, at->source->len, steps, depth).line;
}

static struct report_entry *add_entry(struct report *r, bool warning)
{
    r->errors += !warning;
    if (r->count == PLANT_PROBLEMS_MAX) {
        r->dropped++;
        return NULL;
    }
    if (!r->entries) {
        r->entries = calloc(PLANT_PROBLEMS_MAX, sizeof *r->entries);
        pw_require(r->entries != NULL);
    }
    struct report_entry *e = &r->entries[r->count++];
    e->problem.warning = warning;
    return e;
}

static void add_at(struct report *r, const struct place *at, bool warning, const char *found,
                   const char *expected)
{
    struct report_entry *e = add_entry(r, warning);
    if (!e)
        return;
    char value[REPORT_VALUE_SIZE];
    if (!found)
        report_describe(at->node, value);
    struct strbuf pointer;
    strbuf_init(&pointer, POINTER_MAX);
    add_pointer(&pointer, at);
    e->source = at->source->index;
    e->problem.file = copy_text(at->source->file);
    e->problem.line = line_of(at);
    e->problem.pointer = copy_text(strbuf_text(&pointer));
    e->problem.found = copy_text(found ? found : value);
    e->problem.expected = copy_text(expected);
    strbuf_deinit(&pointer);
}

void report_error(struct report *r, const struct place *at, const char *found, const char *expected,
                  ...)
{
    char text[EXPECTED_MAX];
    va_list args;
    va_start(args, expected);
    vsnprintf(text, sizeof text, expected, args);
    va_end(args);
    add_at(r, at, false, found, text);
}

void report_warning(struct report *r, const struct place *at, const char *found,
                    const char *expected, ...)
{
    char text[EXPECTED_MAX];
    va_list args;
    va_start(args, expected);
    vsnprintf(text, sizeof text, expected, args);
    va_end(args);
    add_at(r, at, true, found, text);
}

/* The word or character at the offset. */
static void describe_byte(const struct source *s, size_t offset, char out[REPORT_VALUE_SIZE])
{
    size_t end = offset;
    while (
        end < s->len && end - offset < 40 &&
        strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", s->blank[end]))
        end++;
    if (end == offset && offset < s->len)
        for (end++; end < s->len && ((unsigned char)s->blank[end] & 0xC0) == 0x80;)
            end++;
    if (offset >= s->len)
        snprintf(out, REPORT_VALUE_SIZE, "the end of the text");
    else
        snprintf(out, REPORT_VALUE_SIZE, "'%.*s'", (int)(end - offset), s->blank + offset);
}

void report_text(struct report *r, const struct source *source, size_t offset, const char *found,
                 const char *expected)
{
    struct report_entry *e = add_entry(r, false);
    if (!e)
        return;
    char what[REPORT_VALUE_SIZE];
    char text[2 * REPORT_VALUE_SIZE];
    describe_byte(source, offset, what);
    struct position p = locate_offset(source->blank, source->len, offset);
    snprintf(text, sizeof text, "%s at column %u", found ? found : what, p.column);
    e->source = source->index;
    e->problem.file = copy_text(source->file);
    e->problem.line = p.line;
    e->problem.pointer = copy_text("");
    e->problem.found = copy_text(text);
    e->problem.expected = copy_text(expected);
}

void report_file(struct report *r, const char *file, const char *found, const char *expected)
{
    struct report_entry *e = add_entry(r, false);
    if (!e)
        return;
    e->source = UINT_MAX;
    e->problem.file = copy_text(file);
    e->problem.pointer = copy_text("");
    e->problem.found = copy_text(found);
    e->problem.expected = copy_text(expected);
}

void report_quote(const char *text, char out[REPORT_VALUE_SIZE])
{
    char cut[QUOTE_MAX + 1];
    size_t len = strnlen(text, QUOTE_MAX);
    len = utf8_valid_prefix(text, len);
    memcpy(cut, text, len);
    cut[len] = '\0';
    struct strbuf b;
    strbuf_init(&b, (size_t)8 * QUOTE_MAX);
    strbuf_add_json_string(&b, cut);
    snprintf(out, REPORT_VALUE_SIZE, "%s%s", strbuf_text(&b), text[len] ? "..." : "");
    strbuf_deinit(&b);
}

/* A short list stands as it is. */
static void describe_list(const cJSON *node, char out[REPORT_VALUE_SIZE])
{
    int count = cJSON_GetArraySize(node);
    char *text = count <= LIST_MAX ? cJSON_PrintUnformatted(node) : NULL;
    if (text && strlen(text) <= QUOTE_MAX)
        snprintf(out, REPORT_VALUE_SIZE, "%s", text);
    else
        snprintf(out, REPORT_VALUE_SIZE, "a list of %d", count);
    cJSON_free(text);
}

void report_describe(const cJSON *node, char out[REPORT_VALUE_SIZE])
{
    if (cJSON_IsString(node)) {
        report_quote(node->valuestring, out);
    } else if (cJSON_IsNumber(node)) {
        char text[NUM_DOUBLE_SIZE];
        num_format_double(node->valuedouble, text);
        snprintf(out, REPORT_VALUE_SIZE, "%s", text);
    } else if (cJSON_IsObject(node)) {
        int members = cJSON_GetArraySize(node);
        snprintf(out, REPORT_VALUE_SIZE, "an object with %d member%s", members,
                 members == 1 ? "" : "s");
    } else if (cJSON_IsArray(node)) {
        describe_list(node, out);
    } else {
        snprintf(out, REPORT_VALUE_SIZE, "%s",
                 cJSON_IsTrue(node)    ? "true"
                 : cJSON_IsFalse(node) ? "false"
                                       : "null");
    }
}

static bool comes_before(const struct report_entry *a, const struct report_entry *b)
{
    unsigned a_source = a->source + 1u;
    unsigned b_source = b->source + 1u;
    if (a_source != b_source)
        return a_source < b_source;
    return a->problem.line < b->problem.line;
}

static void sort_entries(struct report *r)
{
    for (size_t i = 1; i < r->count; i++) {
        struct report_entry e = r->entries[i];
        size_t j = i;
        for (; j > 0 && comes_before(&e, &r->entries[j - 1]); j--)
            r->entries[j] = r->entries[j - 1];
        r->entries[j] = e;
    }
}

void report_take(struct report *r, struct plant_problems *out)
{
    sort_entries(r);
    *out = (struct plant_problems){.count = r->count, .dropped = r->dropped};
    if (r->count) {
        out->items = calloc(r->count, sizeof *out->items);
        pw_require(out->items != NULL);
    }
    for (size_t i = 0; i < r->count; i++)
        out->items[i] = r->entries[i].problem;
    free(r->entries);
    *r = (struct report){0};
}

void plant_problem_format(const struct plant_problem *p, char *out, size_t size)
{
    snprintf(out, size, "%s:%u: %s: found %s, expected %s%s", p->file, p->line,
             p->pointer[0] ? p->pointer : "/", p->found, p->expected,
             p->warning ? " (warning)" : "");
}

void plant_problems_deinit(struct plant_problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        free(problems->items[i].file);
        free(problems->items[i].pointer);
        free(problems->items[i].found);
        free(problems->items[i].expected);
    }
    free(problems->items);
    *problems = (struct plant_problems){0};
}
