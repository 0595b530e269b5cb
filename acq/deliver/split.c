#include "acq/deliver/split.h"

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
    if (!starts) {
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
                        .count = count,
                        .place = place < count ? place : count,
                        .most = count};
    return 0;
}

void split_deinit(struct split *s)
{
    free(s->text);
    free(s->starts);
    *s = (struct split){0};
}

bool split_next(struct split *s, const char **out_text, size_t *out_len)
{
    if (s->place == s->count)
        return false;
    size_t lines = s->count - s->place;
    if (s->known_bad)
        lines = (s->known_bad - s->place + 1) / 2;
    if (lines > s->most)
        lines = s->most;
    s->end = s->place + lines;
    *out_text = s->text + s->starts[s->place];
    *out_len = s->starts[s->end] - s->starts[s->place];
    return true;
}

void split_stored(struct split *s)
{
    s->place = s->end;
    if (s->place >= s->known_bad)
        s->known_bad = 0;
}

static bool give_up_single_line(struct split *s)
{
    if (s->end - s->place > 1)
        return false;
    s->place = s->end;
    s->known_bad = 0;
    return true;
}

bool split_refused(struct split *s)
{
    if (give_up_single_line(s))
        return true;
    s->known_bad = s->end;
    return false;
}

bool split_too_big(struct split *s)
{
    if (give_up_single_line(s))
        return true;
    s->most = (s->end - s->place) / 2;
    return false;
}
