#include "acq/deliver/split.h"

#include "acq/core/strbuf.h"

#include <stdlib.h>
#include <string.h>

static size_t count_lines(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += text[i] == '\n';
    return count + (len > 0 && text[len - 1] != '\n');
}

int split_init(struct split *s, char *text, size_t len, size_t place)
{
    size_t count = count_lines(text, len);
    size_t *starts = malloc((count + 1) * sizeof *starts);
    bool *named = calloc(count + 1, sizeof *named);
    if (!starts || !named) {
        free(starts);
        free(named);
        free(text);
        return PW_ENOMEM;
    }
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        starts[i] = at;
        const char *end = memchr(text + at, '\n', len - at);
        at = end ? (size_t)(end - text) + 1 : len;
    }
    starts[count] = len;
    *s = (struct split){.text = text,
                        .starts = starts,
                        .named = named,
                        .count = count,
                        .place = place < count ? place : count,
                        .most = count};
    return 0;
}

void split_deinit(struct split *s)
{
    free(s->text);
    free(s->starts);
    free(s->named);
    *s = (struct split){0};
}

bool split_next(struct split *s)
{
    while (s->place < s->count && s->named[s->place])
        s->place++;
    if (s->place >= s->known_bad)
        s->known_bad = 0;
    if (s->place == s->count)
        return false;
    size_t lines = s->count - s->place;
    if (s->known_bad)
        lines = (s->known_bad - s->place + 1) / 2;
    if (lines > s->most)
        lines = s->most;
    s->end = s->place + lines;
    return true;
}

const char *split_line(const struct split *s, size_t line, size_t *out_len)
{
    *out_len = s->starts[line + 1] - s->starts[line];
    return s->text + s->starts[line];
}

size_t split_lines(const struct split *s)
{
    size_t lines = 0;
    for (size_t i = s->place; i < s->end; i++)
        lines += !s->named[i];
    return lines;
}

struct bytes *split_body(const struct split *s)
{
    size_t len = s->starts[s->end] - s->starts[s->place];
    const char *text = s->text + s->starts[s->place];
    if (split_lines(s) == s->end - s->place)
        return bytes_new(text, len);
    struct strbuf b;
    strbuf_init(&b, len);
    for (size_t i = s->place; i < s->end; i++) {
        size_t line_len;
        const char *line = split_line(s, i, &line_len);
        strbuf_add(&b, line, s->named[i] ? 0 : line_len);
    }
    struct bytes *body = b.failed ? NULL : bytes_new(strbuf_text(&b), b.len);
    strbuf_deinit(&b);
    return body;
}

static bool line_is(const struct split *s, size_t line, const char *text)
{
    size_t len;
    const char *own = split_line(s, line, &len);
    if (len && own[len - 1] == '\n')
        len--;
    return len == strlen(text) && memcmp(own, text, len) == 0;
}

bool split_name(struct split *s, size_t number, const char *text, size_t *out_line)
{
    size_t n = 0;
    for (size_t i = s->place; i < s->end; i++) {
        if (s->named[i])
            continue;
        n++;
        if (number ? n != number : !line_is(s, i, text))
            continue;
        s->named[i] = true;
        s->known_bad = 0;
        *out_line = i;
        return true;
    }
    return false;
}

void split_stored(struct split *s)
{
    s->place = s->end;
    if (s->place >= s->known_bad)
        s->known_bad = 0;
}

static bool give_up_single_line(struct split *s, size_t *out_line)
{
    if (split_lines(s) > 1)
        return false;
    *out_line = s->place;
    s->place = s->end;
    s->known_bad = 0;
    return true;
}

bool split_refused(struct split *s, size_t *out_line)
{
    if (give_up_single_line(s, out_line))
        return true;
    s->known_bad = s->end;
    return false;
}

bool split_too_big(struct split *s, size_t *out_line)
{
    if (give_up_single_line(s, out_line))
        return true;
    s->most = (s->end - s->place) / 2;
    return false;
}
