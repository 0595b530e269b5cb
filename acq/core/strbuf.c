#include "acq/core/strbuf.h"

#include "acq/core/num.h"
#include "acq/core/utf8.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void strbuf_init(struct strbuf *b, size_t max)
{
    *b = (struct strbuf){.max = max};
}

void strbuf_init_fixed(struct strbuf *b, char *storage, size_t size)
{
    pw_require(size > 0);
    *b = (struct strbuf){.data = storage, .cap = size, .max = size - 1, .fixed = true};
    storage[0] = '\0';
}

void strbuf_deinit(struct strbuf *b)
{
    if (!b->fixed)
        free(b->data);
    *b = (struct strbuf){.max = b->max};
}

void strbuf_reset(struct strbuf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->data)
        b->data[0] = '\0';
}

void strbuf_truncate(struct strbuf *b, size_t len)
{
    pw_require(len <= b->len);
    b->len = len;
    if (b->data)
        b->data[len] = '\0';
}

bool strbuf_reserve(struct strbuf *b, size_t n)
{
    if (n > b->max || b->len > b->max - n) {
        b->failed = true;
        return false;
    }
    if (b->cap > b->len + n)
        return true;
    size_t cap = b->cap ? b->cap : 256;
    while (cap <= b->len + n)
        cap *= 2;
    char *data = b->fixed ? NULL : realloc(b->data, cap);
    if (!data) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->cap = cap;
    return true;
}

void strbuf_add(struct strbuf *b, const char *data, size_t len)
{
    if (!strbuf_reserve(b, len))
        return;
    memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void strbuf_adds(struct strbuf *b, const char *text)
{
    strbuf_add(b, text, strlen(text));
}

void strbuf_addc(struct strbuf *b, char c)
{
    strbuf_add(b, &c, 1);
}

void strbuf_addf(struct strbuf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int need = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (need < 0 || !strbuf_reserve(b, (size_t)need)) {
        b->failed = true;
        return;
    }
    va_start(args, format);
    vsnprintf(b->data + b->len, (size_t)need + 1, format, args);
    va_end(args);
    b->len += (size_t)need;
}

void strbuf_add_int(struct strbuf *b, int64_t value)
{
    char text[NUM_INT_SIZE];
    strbuf_add(b, text, num_format_int(value, text));
}

void strbuf_add_double(struct strbuf *b, double value)
{
    char text[NUM_DOUBLE_SIZE];
    if (isfinite(value))
        strbuf_add(b, text, num_format_double(value, text));
}

const char *strbuf_text(const struct strbuf *b)
{
    return b->data ? b->data : "";
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != 0x7f && c != '"' && c != '\\';
}

/* Valid UTF-8. Whole runs are copied: almost all text is plain. */
static void add_json_text(struct strbuf *b, const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t end = i;
        while (end < len && is_plain((unsigned char)text[end]))
            end++;
        if (end > i)
            strbuf_add(b, text + i, end - i);
        if (end < len && (text[end] == '"' || text[end] == '\\')) {
            strbuf_addc(b, '\\');
            strbuf_addc(b, text[end]);
        } else if (end < len) {
            strbuf_addf(b, "\\u%04x", (unsigned char)text[end]);
        }
        i = end + 1;
    }
}

void strbuf_add_json_string(struct strbuf *b, const char *text)
{
    strbuf_addc(b, '"');
    while (*text) {
        size_t len = utf8_valid_prefix(text, strlen(text));
        add_json_text(b, text, len);
        text += len;
        if (*text) {
            strbuf_adds(b, "\xEF\xBF\xBD");
            text++;
        }
    }
    strbuf_addc(b, '"');
}

void strbuf_add_json_double(struct strbuf *b, double value)
{
    if (isfinite(value))
        strbuf_add_double(b, value);
    else
        strbuf_adds(b, "null");
}
