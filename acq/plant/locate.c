#include "acq/plant/locate.h"

#include <stdbool.h>

struct cursor {
    const char *text;
    size_t len;
    size_t at;
};

static char peek(const struct cursor *c)
{
    return c->at < c->len ? c->text[c->at] : '\0';
}

static void skip_space(struct cursor *c)
{
    while (c->at < c->len && (unsigned char)c->text[c->at] <= ' ')
        c->at++;
}

static void skip_string(struct cursor *c)
{
    c->at++;
    while (c->at < c->len && c->text[c->at] != '"')
        c->at += c->text[c->at] == '\\' ? 2 : 1;
    c->at++;
}

static void skip_scalar(struct cursor *c)
{
    while (c->at < c->len) {
        char ch = c->text[c->at];
        if (ch == ',' || ch == ']' || ch == '}' || (unsigned char)ch <= ' ')
            return;
        c->at++;
    }
}

/* Brackets need no matching in kind: the text was accepted before. */
static void skip_value(struct cursor *c)
{
    size_t depth = 0;
    do {
        skip_space(c);
        char ch = peek(c);
        if (ch == '"') {
            skip_string(c);
        } else if (ch == '{' || ch == '[') {
            depth++;
            c->at++;
        } else if (ch == '}' || ch == ']') {
            depth -= depth > 0;
            c->at++;
        } else if (ch == ',' || ch == ':') {
            c->at++;
        } else {
            skip_scalar(c);
        }
    } while (depth > 0 && c->at < c->len);
}

static void skip_key(struct cursor *c)
{
    skip_string(c);
    skip_space(c);
    c->at += peek(c) == ':';
    skip_space(c);
}

/* Stands on an opening bracket; leaves the cursor on the member `step`. */
static bool enter(struct cursor *c, size_t step)
{
    bool object = peek(c) == '{';
    if (!object && peek(c) != '[')
        return false;
    c->at++;
    skip_space(c);
    for (; step > 0; step--) {
        if (object)
            skip_key(c);
        skip_value(c);
        skip_space(c);
        if (peek(c) != ',')
            return false;
        c->at++;
        skip_space(c);
    }
    return c->at < c->len && peek(c) != '}' && peek(c) != ']';
}

struct position locate_path(const char *text, size_t len, const size_t *steps, size_t count)
{
    struct cursor c = {.text = text, .len = len};
    skip_space(&c);
    size_t found = c.at;
    for (size_t i = 0; i < count; i++) {
        bool object = peek(&c) == '{';
        if (!enter(&c, steps[i]))
            break;
        found = c.at;
        if (object)
            skip_key(&c);
    }
    return locate_offset(text, len, found);
}

struct position locate_offset(const char *text, size_t len, size_t offset)
{
    struct position p = {.line = 1, .column = 1};
    for (size_t i = 0; i < offset && i < len; i++) {
        p.column++;
        if (text[i] == '\n')
            p = (struct position){.line = p.line + 1, .column = 1};
    }
    return p;
}
