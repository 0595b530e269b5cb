#include "protocols/influx/line.h"

#include "acq/core/num.h"
#include "acq/core/utf8.h"

#include <stdlib.h>
#include <string.h>

/* Unescaped texts never outgrow their source: a token of n bytes and the delimiter behind it become
 * at most n bytes and a NUL, so storage of len + 1 bytes holds them all and never moves. */
struct line_parser {
    char *storage;
    size_t storage_cap;
    size_t used;
    struct line_tag *tags;
    size_t tag_cap;
    struct line_field *fields;
    size_t field_cap;
};

struct cursor {
    const char *text;
    size_t len;
    size_t at;
};

struct line_parser *line_parser_new(void)
{
    return calloc(1, sizeof(struct line_parser));
}

void line_parser_free(struct line_parser *p)
{
    if (!p)
        return;
    free(p->storage);
    free(p->tags);
    free(p->fields);
    free(p);
}

static int peek(const struct cursor *c)
{
    return c->at < c->len ? (unsigned char)c->text[c->at] : -1;
}

static bool accept(struct cursor *c, char wanted)
{
    if (peek(c) != (unsigned char)wanted)
        return false;
    c->at++;
    return true;
}

static bool is_control(int c)
{
    return c < 0x20 || c == 0x7f;
}

static int reserve_storage(struct line_parser *p, size_t len)
{
    p->used = 0;
    if (p->storage_cap > len)
        return 0;
    char *storage = realloc(p->storage, len + 1);
    if (!storage)
        return PW_ENOMEM;
    p->storage = storage;
    p->storage_cap = len + 1;
    return 0;
}

/* Makes room for one more element of an array that grows by doubling. */
static int reserve_element(void **array, size_t *cap, size_t count, size_t size)
{
    if (count < *cap)
        return 0;
    size_t wanted = *cap ? *cap * 2 : 16;
    void *grown = realloc(*array, wanted * size);
    if (!grown)
        return PW_ENOMEM;
    *array = grown;
    *cap = wanted;
    return 0;
}

static void put(struct line_parser *p, char c)
{
    pw_require(p->used < p->storage_cap);
    p->storage[p->used++] = c;
}

/* A name or tag value up to an unescaped byte of stops, which may also be escaped inside it. */
static int read_name(struct line_parser *p, struct cursor *c, const char *stops, size_t max,
                     const char **out)
{
    size_t start = p->used;
    int next;
    while ((next = peek(c)) >= 0 && !(next && strchr(stops, next))) {
        if (is_control(next) || p->used - start == max)
            return PW_ESYNTAX;
        c->at++;
        if (next == '\\') {
            next = peek(c);
            if (next <= 0 || !strchr(stops, next))
                return PW_ESYNTAX;
            c->at++;
        }
        put(p, (char)next);
    }
    if (p->used == start)
        return PW_ESYNTAX;
    put(p, '\0');
    *out = p->storage + start;
    return 0;
}

static int read_key(struct line_parser *p, struct cursor *c, const char **out)
{
    size_t start = c->at;
    const char *key = NULL;
    int rc = read_name(p, c, ", =", LINE_NAME_MAX, &key);
    if (rc == 0 && (*key == '#' || *key == '_' || strcmp(key, "time") == 0 || !accept(c, '='))) {
        c->at = start;
        rc = PW_ESYNTAX;
    }
    if (rc == 0)
        *out = key;
    return rc;
}

static int read_tag(struct line_parser *p, struct cursor *c, struct line *line)
{
    void *array = p->tags;
    int rc = reserve_element(&array, &p->tag_cap, line->tag_count, sizeof *p->tags);
    p->tags = array;
    if (rc)
        return rc;
    struct line_tag *tag = &p->tags[line->tag_count];
    size_t start = c->at;
    rc = read_key(p, c, &tag->key);
    if (rc == 0)
        rc = read_name(p, c, ", =", LINE_TAG_VALUE_MAX, &tag->value);
    if (rc)
        return rc;
    if (line->tag_count && strcmp(tag[-1].key, tag->key) >= 0) {
        c->at = start;
        return PW_ESYNTAX;
    }
    line->tag_count++;
    return 0;
}

static int read_string(struct line_parser *p, struct cursor *c, struct line_field *field)
{
    size_t start = p->used;
    while (!accept(c, '"')) {
        int next = peek(c);
        if (is_control(next) || p->used - start == LINE_STRING_MAX)
            return PW_ESYNTAX;
        c->at++;
        if (next == '\\') {
            next = peek(c);
            if (next != '"' && next != '\\')
                return PW_ESYNTAX;
            c->at++;
        }
        put(p, (char)next);
    }
    put(p, '\0');
    field->type = LINE_STRING;
    field->text = p->storage + start;
    return 0;
}

/* Decimal digits with an optional minus, no leading zero, within 64 bits. */
static int parse_int(const char *text, size_t len, int64_t *out)
{
    bool negative = len > 0 && text[0] == '-';
    size_t i = negative ? 1 : 0;
    bool leading_zero = i < len && text[i] == '0' && (negative || len > 1);
    if (i == len || leading_zero)
        return PW_ESYNTAX;
    const uint64_t bound = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t value = 0;
    for (; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return PW_ESYNTAX;
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (value > (bound - digit) / 10)
            return PW_ESYNTAX;
        value = value * 10 + digit;
    }
    *out = negative ? (int64_t)(0 - value) : (int64_t)value;
    return 0;
}

static bool same(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && memcmp(text, word, len) == 0;
}

static int parse_bare_value(const char *text, size_t len, struct line_field *field)
{
    if (same(text, len, "true") || same(text, len, "false")) {
        field->type = LINE_BOOL;
        field->integer = text[0] == 't';
        return 0;
    }
    if (len > 0 && text[len - 1] == 'i') {
        field->type = LINE_INT;
        return parse_int(text, len - 1, &field->integer);
    }
    field->type = LINE_FLOAT;
    return num_parse_double(text, len, &field->number);
}

static int read_field(struct line_parser *p, struct cursor *c, struct line *line)
{
    void *array = p->fields;
    int rc = reserve_element(&array, &p->field_cap, line->field_count, sizeof *p->fields);
    p->fields = array;
    if (rc)
        return rc;
    struct line_field *field = &p->fields[line->field_count];
    *field = (struct line_field){0};
    rc = read_key(p, c, &field->key);
    if (rc)
        return rc;
    if (accept(c, '"')) {
        rc = read_string(p, c, field);
    } else {
        size_t start = c->at;
        while (peek(c) >= 0 && peek(c) != ',' && peek(c) != ' ')
            c->at++;
        rc = parse_bare_value(c->text + start, c->at - start, field);
        if (rc)
            c->at = start;
    }
    if (rc == 0)
        line->field_count++;
    return rc;
}

static int read_time(struct cursor *c, int64_t *out)
{
    const int64_t bound = INT64_MAX / 1000000;
    int64_t time_ms = 0;
    int rc = parse_int(c->text + c->at, c->len - c->at, &time_ms);
    if (rc == 0 && (time_ms < -bound || time_ms > bound))
        rc = PW_ESYNTAX;
    if (rc == 0)
        *out = time_ms;
    return rc;
}

static int read_line(struct line_parser *p, struct cursor *c, struct line *line)
{
    if (peek(c) == '#' || peek(c) == '_')
        return PW_ESYNTAX;
    int rc = read_name(p, c, ", ", LINE_NAME_MAX, &line->measurement);
    while (rc == 0 && accept(c, ','))
        rc = read_tag(p, c, line);
    if (rc)
        return rc;
    if (!accept(c, ' '))
        return PW_ESYNTAX;
    do {
        rc = read_field(p, c, line);
    } while (rc == 0 && accept(c, ','));
    if (rc)
        return rc;
    if (!accept(c, ' '))
        return PW_ESYNTAX;
    return read_time(c, &line->time_ms);
}

int line_parse(struct line_parser *p, const char *text, size_t len, struct line *out,
               size_t *out_offset)
{
    struct cursor c = {.text = text, .len = len};
    struct line line = {0};
    size_t valid = utf8_valid_prefix(text, len);
    int rc = reserve_storage(p, len);
    if (rc == 0)
        rc = read_line(p, &c, &line);
    if (valid < len && (rc == 0 || valid < c.at)) {
        rc = PW_ESYNTAX;
        c.at = valid;
    }
    if (rc) {
        if (out_offset)
            *out_offset = c.at;
        return rc;
    }
    line.tags = p->tags;
    line.fields = p->fields;
    *out = line;
    return 0;
}

const char *line_find_tag(const struct line *line, const char *key)
{
    for (size_t i = 0; i < line->tag_count; i++)
        if (strcmp(line->tags[i].key, key) == 0)
            return line->tags[i].value;
    return "";
}

const struct line_field *line_find_field(const struct line *line, const char *key,
                                         enum line_field_type type)
{
    for (size_t i = 0; i < line->field_count; i++)
        if (line->fields[i].type == type && strcmp(line->fields[i].key, key) == 0)
            return &line->fields[i];
    return NULL;
}
