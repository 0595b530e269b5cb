#include "protocols/influx/line.h"

#include "acq/core/utf8.h"

#include <math.h>
#include <string.h>

static const char replacement[] = "\xEF\xBF\xBD";

static const char special_in_measurement[] = ", ";
static const char special_in_key[] = ", =";
static const char special_in_string[] = "\"\\";

static bool is_control(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte < 0x20 || byte == 0x7f;
}

static bool name_can_be_written(const char *name)
{
    size_t len = strnlen(name, LINE_NAME_MAX + 1);
    return len > 0 && len <= LINE_NAME_MAX && name[0] != '#' && name[0] != '_' &&
           utf8_is_valid(name, len);
}

static bool key_can_be_written(const char *key)
{
    return name_can_be_written(key) && strcmp(key, "time") != 0;
}

static bool needs_no_policy(const char *name)
{
    for (; *name; name++)
        if (is_control(*name) || *name == '\\')
            return false;
    return true;
}

bool line_measurement_is_valid(const char *name)
{
    return name_can_be_written(name) && needs_no_policy(name);
}

bool line_key_is_valid(const char *key)
{
    return key_can_be_written(key) && needs_no_policy(key);
}

/* special: what takes a backslash before it; where the backslash itself is not among it, it becomes
 * a slash. */
static void add_escaped(struct strbuf *out, const char *text, size_t len, const char *special)
{
    bool keeps_backslash = strchr(special, '\\') != NULL;
    for (size_t i = 0; i < len; i++) {
        char c = is_control(text[i]) ? ' ' : text[i];
        if (c == '\\' && !keeps_backslash)
            c = '/';
        if (strchr(special, c))
            strbuf_addc(out, '\\');
        strbuf_addc(out, c);
    }
}

/* The longest part of valid text within max bytes that does not split a character. */
static size_t cut(const char *text, size_t len, size_t max)
{
    if (len <= max)
        return len;
    while (max > 0 && ((unsigned char)text[max] & 0xC0) == 0x80)
        max--;
    return max;
}

static void add_value(struct strbuf *out, const char *text, size_t max, const char *special)
{
    const size_t mark = sizeof replacement - 1;
    size_t len = strlen(text);
    size_t room = max;
    for (size_t at = 0; at < len;) {
        size_t good = utf8_valid_prefix(text + at, len - at);
        size_t taken = cut(text + at, good, room);
        add_escaped(out, text + at, taken, special);
        at += taken;
        room -= taken;
        if (at == len || taken < good || room < mark)
            break;
        strbuf_add(out, replacement, mark);
        at++;
        room -= mark;
    }
}

void line_escape_measurement(struct strbuf *out, const char *name)
{
    add_escaped(out, name, strlen(name), special_in_measurement);
}

void line_escape_key(struct strbuf *out, const char *key)
{
    add_escaped(out, key, strlen(key), special_in_key);
}

void line_escape_tag_value(struct strbuf *out, const char *value)
{
    add_value(out, value, LINE_TAG_VALUE_MAX, special_in_key);
}

void line_begin(struct line_writer *w, struct strbuf *out, const char *measurement)
{
    *w = (struct line_writer){.out = out, .start = out->len};
    w->refused = !name_can_be_written(measurement);
    if (!w->refused)
        line_escape_measurement(out, measurement);
}

void line_begin_head(struct line_writer *w, struct strbuf *out, const char *head, size_t len)
{
    *w = (struct line_writer){.out = out, .start = out->len, .refused = len == 0};
    strbuf_add(out, head, len);
}

void line_tag(struct line_writer *w, const char *key, const char *value)
{
    pw_require(w->fields == 0);
    if (*value == '\0' || !key_can_be_written(key))
        return;
    strbuf_addc(w->out, ',');
    line_escape_key(w->out, key);
    strbuf_addc(w->out, '=');
    line_escape_tag_value(w->out, value);
}

static void separate_field(struct line_writer *w)
{
    strbuf_addc(w->out, w->fields ? ',' : ' ');
    w->fields++;
}

static bool begin_field(struct line_writer *w, const char *key)
{
    if (!key_can_be_written(key))
        return false;
    separate_field(w);
    line_escape_key(w->out, key);
    strbuf_addc(w->out, '=');
    return true;
}

void line_float(struct line_writer *w, const char *key, double value)
{
    if (isfinite(value) && begin_field(w, key))
        strbuf_add_double(w->out, value);
}

void line_float_escaped(struct line_writer *w, const char *key, size_t len, double value)
{
    if (len == 0 || !isfinite(value))
        return;
    separate_field(w);
    strbuf_add(w->out, key, len);
    strbuf_addc(w->out, '=');
    strbuf_add_double(w->out, value);
}

void line_int(struct line_writer *w, const char *key, int64_t value)
{
    if (!begin_field(w, key))
        return;
    strbuf_add_int(w->out, value);
    strbuf_addc(w->out, 'i');
}

void line_bool(struct line_writer *w, const char *key, bool value)
{
    if (begin_field(w, key))
        strbuf_adds(w->out, value ? "true" : "false");
}

void line_string(struct line_writer *w, const char *key, const char *value)
{
    if (!begin_field(w, key))
        return;
    strbuf_addc(w->out, '"');
    add_value(w->out, value, LINE_STRING_MAX, special_in_string);
    strbuf_addc(w->out, '"');
}

bool line_end(struct line_writer *w, int64_t time_ms)
{
    const int64_t bound = INT64_MAX / 1000000;
    bool good = !w->refused && w->fields > 0 && time_ms >= -bound && time_ms <= bound;
    if (good) {
        strbuf_addc(w->out, ' ');
        strbuf_add_int(w->out, time_ms);
    }
    good = good && !w->out->failed;
    if (!good)
        strbuf_truncate(w->out, w->start);
    return good;
}
