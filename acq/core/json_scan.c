#include "acq/core/json_scan.h"

#include "acq/core/num.h"
#include "acq/core/utf8.h"

#include <stdbool.h>
#include <string.h>

struct scan {
    const char *text;
    bool comments;  /* are blanked out */
    char *writable; /* the same text, with comments only */
    size_t len;
    size_t at;
    struct json_fault *fault;
};

static int fail(struct scan *s, size_t offset, const char *found, const char *expected)
{
    *s->fault = (struct json_fault){.offset = offset, .found = found, .expected = expected};
    return PW_ESYNTAX;
}

static bool starts_with(const struct scan *s, const char *what)
{
    size_t n = strlen(what);
    return s->len - s->at >= n && memcmp(s->text + s->at, what, n) == 0;
}

static void blank(struct scan *s, size_t n)
{
    for (; n > 0; n--, s->at++)
        if (s->text[s->at] != '\n' && s->text[s->at] != '\r')
            s->writable[s->at] = ' ';
}

static void blank_line(struct scan *s)
{
    while (s->at < s->len && s->text[s->at] != '\n')
        blank(s, 1);
}

static int blank_block(struct scan *s)
{
    size_t start = s->at;
    blank(s, 2);
    while (s->at < s->len) {
        if (starts_with(s, "*/")) {
            blank(s, 2);
            return 0;
        }
        blank(s, 1);
    }
    return fail(s, start, "a comment without an end", "\"*/\"");
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

static int skip_string(struct scan *s)
{
    size_t start = s->at++;
    while (s->at < s->len) {
        char c = s->text[s->at];
        if (c == '\n' || c == '\r')
            return fail(s, start, "a text without an end", "a closing '\"' on the same line");
        if (is_control(c))
            return fail(s, s->at, "a control character in a text", "an escape such as \\t");
        if (starts_with(s, "\\u0000"))
            return fail(s, s->at, "the character \\u0000", "any other character");
        s->at += c == '\\' && s->at + 1 < s->len && !is_control(s->text[s->at + 1]) ? 2 : 1;
        if (c == '"')
            return 0;
    }
    return fail(s, start, "a text without an end", "a closing '\"' on the same line");
}

static int skip_number(struct scan *s)
{
    size_t start = s->at;
    while (s->at < s->len && s->text[s->at] && strchr("+-.0123456789eE", s->text[s->at]))
        s->at++;
    double value;
    if (num_parse_double(s->text + start, s->at - start, &value) == 0)
        return 0;
    return fail(s, start, NULL, "a finite number as JSON writes it, such as 0.5 or -12e3");
}

static int step(struct scan *s)
{
    char c = s->text[s->at];
    if (c == '"')
        return skip_string(s);
    if (s->comments && starts_with(s, "//")) {
        blank_line(s);
        return 0;
    }
    if (s->comments && starts_with(s, "/*"))
        return blank_block(s);
    if (c == '-' || (c >= '0' && c <= '9'))
        return skip_number(s);
    if (is_control(c) && !strchr("\t\r\n", c))
        return fail(s, s->at, "a control character", "printable text");
    if (c == '\0')
        return fail(s, s->at, "a NUL byte", "printable text");
    s->at++;
    return 0;
}

static int scan_all(struct scan *s)
{
    size_t valid = utf8_valid_prefix(s->text, s->len);
    if (valid != s->len)
        return fail(s, valid, "a byte that is not UTF-8", "text in UTF-8");
    if (s->comments && starts_with(s, "\xEF\xBB\xBF"))
        blank(s, 3);
    int err = 0;
    while (err == 0 && s->at < s->len)
        err = step(s);
    return err;
}

int json_scan(const char *text, size_t len, struct json_fault *fault)
{
    struct scan s = {.text = text, .len = len, .fault = fault};
    return scan_all(&s);
}

int json_blank_comments(char *text, size_t len, struct json_fault *fault)
{
    struct scan s = {.text = text, .comments = true, .writable = text, .len = len, .fault = fault};
    return scan_all(&s);
}
