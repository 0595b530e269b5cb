#include "acq/core/csv.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { READ_SIZE = 1 << 16 };

/* A window over the file: text[begin..end) is read and not taken yet. */
struct csv_reader {
    FILE *in;
    char *text;
    size_t begin, end, cap;
    bool ended;
    bool started;
    uint64_t line; /* of text[begin] */
    const char *problem;
};

int csv_new(FILE *in, struct csv_reader **out)
{
    struct csv_reader *c = calloc(1, sizeof *c);
    if (!c)
        return PW_ENOMEM;
    c->cap = (size_t)2 * READ_SIZE;
    c->text = malloc(c->cap + 1);
    if (!c->text) {
        free(c);
        return PW_ENOMEM;
    }
    c->in = in;
    c->line = 1;
    c->problem = "";
    *out = c;
    return 0;
}

void csv_free(struct csv_reader *c)
{
    if (!c)
        return;
    free(c->text);
    free(c);
}

const char *csv_problem(const struct csv_reader *c)
{
    return c->problem;
}

/* Moves the window to the front and makes it larger when it is full. */
static int make_room(struct csv_reader *c)
{
    memmove(c->text, c->text + c->begin, c->end - c->begin);
    c->end -= c->begin;
    c->begin = 0;
    if (c->cap - c->end >= READ_SIZE)
        return 0;
    char *more = realloc(c->text, 2 * c->cap + 1);
    if (!more)
        return PW_ENOMEM;
    c->text = more;
    c->cap *= 2;
    return 0;
}

static int read_more(struct csv_reader *c)
{
    int err = make_room(c);
    if (err)
        return err;
    size_t got = fread(c->text + c->end, 1, c->cap - c->end, c->in);
    c->end += got;
    if (got == 0 && ferror(c->in))
        return PW_EIO;
    c->ended = got == 0;
    return 0;
}

/* Where in the window the record ends: its newline outside of quotes, or the end of the file. */
enum place { PLACE_START, PLACE_PLAIN, PLACE_QUOTED, PLACE_CLOSED };
struct end {
    size_t searched; /* behind begin */
    size_t lines;    /* line ends inside */
    enum place place;
};

static enum place place_behind(enum place place, char c)
{
    if (c == '"')
        return place == PLACE_QUOTED  ? PLACE_CLOSED
               : place == PLACE_PLAIN ? PLACE_PLAIN
                                      : PLACE_QUOTED;
    if (place == PLACE_QUOTED)
        return PLACE_QUOTED;
    return c == ',' ? PLACE_START : PLACE_PLAIN;
}

static bool find_end(const struct csv_reader *c, struct end *e)
{
    const char *p = c->text + c->begin + e->searched;
    const char *stop = c->text + c->end;
    for (; p < stop; p++) {
        if (*p == '\n' && e->place != PLACE_QUOTED)
            break;
        e->lines += *p == '\n';
        e->place = place_behind(e->place, *p);
    }
    e->searched = (size_t)(p - (c->text + c->begin));
    return p < stop;
}

/* Until the window holds a whole record. PW_EFULL: it is longer than may be, or does not end. */
static int gather(struct csv_reader *c, struct end *e)
{
    while (!find_end(c, e)) {
        if (e->searched > CSV_RECORD_MAX)
            return PW_EFULL;
        if (c->ended)
            return e->place == PLACE_QUOTED ? PW_EFULL : 0;
        int err = read_more(c);
        if (err)
            return err;
    }
    return e->searched > CSV_RECORD_MAX ? PW_EFULL : 0;
}

static int refuse(struct csv_reader *c, const char *problem)
{
    c->problem = problem;
    return PW_ESYNTAX;
}

/* Drops a record that has no end up to its first line end, quoted or not: what stands behind may be
 * sound. */
static int drop_line(struct csv_reader *c)
{
    static const char problem[] = "a quote is not closed, or a record is longer than 1 MiB";
    for (;;) {
        char *at = c->text + c->begin;
        char *newline = memchr(at, '\n', c->end - c->begin);
        c->begin = newline ? (size_t)(newline - c->text) + 1 : c->end;
        if (newline) {
            c->line++;
            return refuse(c, problem);
        }
        if (c->ended)
            return refuse(c, problem);
        int err = read_more(c);
        if (err)
            return err;
    }
}

/* Unquotes in place; *at ends behind the closing quote. */
static int take_quoted(struct csv_reader *c, char **at, const char *end, struct csv_field *out)
{
    char *read = *at + 1;
    char *write = read;
    out->text = write;
    for (; read < end; read++) {
        if (*read == '"' && (read + 1 == end || read[1] != '"'))
            break;
        if (*read == '"')
            read++;
        *write++ = *read;
    }
    if (read >= end)
        return refuse(c, "a quote is not closed");
    out->len = (size_t)(write - out->text);
    *write = '\0';
    *at = read + 1;
    return 0;
}

static int take_plain(struct csv_reader *c, char **at, char *end, struct csv_field *out)
{
    char *comma = memchr(*at, ',', (size_t)(end - *at));
    char *stop = comma ? comma : end;
    out->text = *at;
    out->len = (size_t)(stop - *at);
    *at = stop;
    return memchr(out->text, '"', out->len) ? refuse(c, "a quote inside a field without quotes")
                                            : 0;
}

/* text[0..len) is one record; the byte behind it may be overwritten. */
static int split(struct csv_reader *c, char *text, size_t len, struct csv_record *out)
{
    char *at = text;
    char *end = text + len;
    for (out->count = 0; out->count < CSV_FIELDS_MAX; at++) {
        struct csv_field *field = &out->fields[out->count++];
        int err = at < end && *at == '"' ? take_quoted(c, &at, end, field)
                                         : take_plain(c, &at, end, field);
        if (err)
            return err;
        bool last = at == end;
        if (!last && *at != ',')
            return refuse(c, "text behind a closing quote");
        *at = '\0';
        if (last)
            return 0;
    }
    return refuse(c, "more fields than any record has");
}

static void pass_mark(struct csv_reader *c)
{
    if (c->started)
        return;
    c->started = true;
    if (c->end - c->begin >= 3 && memcmp(c->text + c->begin, "\xef\xbb\xbf", 3) == 0)
        c->begin += 3;
}

int csv_next(struct csv_reader *c, struct csv_record *out)
{
    for (;;) {
        struct end e = {0};
        int err = c->started ? 0 : read_more(c);
        if (err)
            return err;
        pass_mark(c);
        err = gather(c, &e);
        out->line = c->line;
        if (err == PW_EFULL)
            return drop_line(c);
        if (err)
            return err;
        if (c->begin == c->end && c->ended)
            return PW_ENOTFOUND;
        char *text = c->text + c->begin;
        size_t len = e.searched;
        c->begin += c->begin + len < c->end ? len + 1 : len;
        c->line += e.lines + 1;
        len -= len > 0 && text[len - 1] == '\r';
        if (len == 0)
            continue;
        if (memchr(text, '\0', len))
            return refuse(c, "a byte of value zero");
        return split(c, text, len, out);
    }
}
