#include "acq/plant/source.h"

#include "acq/core/json_scan.h"
#include "acq/plant/arena.h"
#include "acq/plant/report.h"

#include <string.h>

void sources_init(struct sources *s, struct arena *arena, struct report *report)
{
    *s = (struct sources){.arena = arena, .report = report};
}

void sources_deinit(struct sources *s)
{
    for (unsigned i = 0; i < s->count; i++)
        cJSON_Delete(s->items[i]->tree);
    s->count = 0;
}

const char *source_sibling(struct arena *arena, const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    if (name[0] == '/' || !slash)
        return arena_strdup(arena, name);
    size_t dir_len = (size_t)(slash - path) + 1;
    size_t name_len = strlen(name);
    char *out = arena_alloc(arena, dir_len + name_len + 1);
    memcpy(out, path, dir_len);
    memcpy(out + dir_len, name, name_len + 1);
    return out;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool opens_value(char c)
{
    return c != '\0' && strchr("\"{[-0123456789tfn", c);
}

/* cJSON says where it stopped, not why; the bytes on both sides usually do. */
static const char *expected_at(const struct source *s, size_t stop)
{
    size_t before = stop;
    while (before > 0 && is_space(s->blank[before - 1]))
        before--;
    char last = before ? s->blank[before - 1] : '\0';
    char here = stop < s->len ? s->blank[stop] : '\0';
    if (before == 0)
        return "a JSON object";
    if (last == ',' && (here == '}' || here == ']'))
        return "a further element, as JSON has no comma behind the last one";
    if (last != ',' && last != ':' && last != '{' && last != '[' && opens_value(here))
        return "a comma or a colon before it";
    if (here == '\0')
        return "a value or a closing bracket";
    if (last == ',' || last == '{')
        return last == '{' ? "a key in double quotes" : "a value or a key in double quotes";
    return "a value, a comma or the bracket that closes";
}

/* Where a key should begin, cJSON stops one byte behind what stands there instead. */
static size_t stop_of_key(const struct source *s, size_t stop)
{
    if (stop < 2 || is_space(s->blank[stop - 1]) || strchr("\"{[", s->blank[stop - 1]))
        return stop;
    size_t before = stop - 1;
    while (before > 0 && is_space(s->blank[before - 1]))
        before--;
    char last = before ? s->blank[before - 1] : '\0';
    bool expects_key = last == ',' || (last == '{' && s->blank[stop - 1] != '}');
    return expects_key ? stop - 1 : stop;
}

static void parse(struct sources *all, struct source *s)
{
    struct json_fault fault;
    if (json_blank_comments(s->blank, s->len, &fault)) {
        report_text(all->report, s, fault.offset, fault.found, fault.expected);
        return;
    }
    /* The newline behind the text keeps cJSON's pointer exact for a text that ends too early. */
    const char *end = s->blank;
    cJSON *tree = cJSON_ParseWithLengthOpts(s->blank, s->len + 1, &end, 0);
    size_t stop = (size_t)(end - s->blank);
    stop = tree ? stop : stop_of_key(s, stop);
    while (stop < s->len && is_space(s->blank[stop]))
        stop++;
    if (tree && stop >= s->len) {
        s->tree = tree;
        return;
    }
    report_text(all->report, s, stop, NULL,
                tree ? "nothing behind the configuration" : expected_at(s, stop));
    cJSON_Delete(tree);
}

/* A mark inside a file would cut it in two when the accepted text is read back. */
static size_t find_mark(const struct source *s)
{
    size_t mark_len = strlen(SOURCE_MARK);
    for (size_t at = 0; s->len - at >= mark_len;) {
        if (memcmp(s->text + at, SOURCE_MARK, mark_len) == 0)
            return at;
        const char *newline = memchr(s->text + at, '\n', s->len - at);
        if (!newline)
            break;
        at = (size_t)(newline - s->text) + 1;
    }
    return s->len;
}

struct source *sources_add(struct sources *s, const char *file, const char *name,
                           const struct source *parent, const char *text, size_t len)
{
    if (s->count == SOURCE_COUNT_MAX || len > SOURCE_TOTAL_MAX - s->total) {
        report_file(s->report, file, "too many or too large files",
                    "at most 1000 files of 64 MiB together");
        return NULL;
    }
    struct source *out = arena_alloc(s->arena, sizeof *out);
    out->file = arena_strdup(s->arena, file);
    out->name = arena_strdup(s->arena, name);
    out->text = arena_copy(s->arena, text, len);
    out->blank = arena_alloc(s->arena, len + 2);
    memcpy(out->blank, out->text, len);
    out->blank[len] = '\n';
    out->len = len;
    out->parent = parent;
    out->depth = parent ? parent->depth + 1 : 1;
    out->index = s->count;
    s->items[s->count++] = out;
    s->total += len;
    size_t mark = find_mark(out);
    if (mark < len)
        report_text(s->report, out, mark, "a line that begins with \"// file: \"",
                    "another comment, as these lines separate files in the accepted text");
    parse(s, out);
    return out;
}

bool sources_split(struct sources *s, const char *name, const char *text, size_t len)
{
    size_t mark_len = strlen(SOURCE_MARK);
    size_t errors = s->report->errors;
    if (len < mark_len || memcmp(text, SOURCE_MARK, mark_len) != 0) {
        sources_add(s, name, name, NULL, text, len);
        return s->report->errors == errors;
    }
    const char *end = text + len;
    while (text < end) {
        const char *line_end = memchr(text, '\n', (size_t)(end - text));
        const char *body = line_end ? line_end + 1 : end;
        const char *part = arena_copy(s->arena, text + mark_len,
                                      (size_t)((line_end ? line_end : end) - text) - mark_len);
        const char *next = body;
        while (next < end &&
               ((size_t)(end - next) < mark_len || memcmp(next, SOURCE_MARK, mark_len) != 0)) {
            const char *newline = memchr(next, '\n', (size_t)(end - next));
            next = newline ? newline + 1 : end;
        }
        if (!sources_add(s, part, part, NULL, body, (size_t)(next - body)))
            break;
        text = next;
    }
    return s->report->errors == errors;
}

const char *sources_join(const struct sources *s, size_t *out_len)
{
    size_t size = 0;
    for (unsigned i = 0; i < s->count; i++)
        size += strlen(SOURCE_MARK) + strlen(s->items[i]->name) + s->items[i]->len + 2;
    char *out = arena_alloc(s->arena, size + 1);
    size_t at = 0;
    for (unsigned i = 0; i < s->count; i++) {
        const struct source *one = s->items[i];
        const char *head[] = {SOURCE_MARK, one->name, "\n"};
        for (size_t k = 0; k < sizeof head / sizeof head[0]; k++) {
            memcpy(out + at, head[k], strlen(head[k]));
            at += strlen(head[k]);
        }
        memcpy(out + at, one->text, one->len);
        at += one->len;
        if (one->len && one->text[one->len - 1] != '\n')
            out[at++] = '\n';
    }
    *out_len = at;
    return out;
}
