#include "acq/serve/path.h"

#include "acq/core/utf8.h"

#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int percent_decode(const char *text, size_t len, char *out, size_t size, size_t *out_len)
{
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '%') {
            int high = len - i > 2 ? hex_digit(text[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
            if (low < 0)
                return PW_ESYNTAX;
            c = (char)(high << 4 | low);
            i += 2;
        }
        if (used + 1 >= size)
            return PW_EFULL;
        out[used++] = c;
    }
    out[used] = '\0';
    *out_len = used;
    return 0;
}

static bool is_name(const char *segment, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)segment[i];
        if (c < 0x20 || c == 0x7f || c == '/' || c == '\\')
            return false;
    }
    bool is_dots = strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0;
    return len > 0 && !is_dots && utf8_is_valid(segment, len);
}

int path_parse(const char *raw, struct path *out)
{
    size_t used = 0;
    out->count = 0;
    out->is_folder = false;
    if (*raw != '/')
        return PW_ESYNTAX;
    for (const char *at = raw; *at; at += strcspn(at, "/")) {
        at++;
        if (!*at) {
            out->is_folder = true;
            return 0;
        }
        if (out->count == PATH_SEGMENTS_MAX)
            return PW_EFULL;
        size_t len = 0;
        char *segment = out->text + used;
        int err = percent_decode(at, strcspn(at, "/"), segment, sizeof out->text - used, &len);
        if (err)
            return err;
        if (!is_name(segment, len))
            return PW_ESYNTAX;
        out->segments[out->count++] = segment;
        used += len + 1;
    }
    return 0;
}

bool path_matches(const struct path *p, const char *pattern, const char **out_id)
{
    const char *id = NULL;
    size_t i = 0;
    if (p->is_folder)
        return false;
    for (const char *at = pattern; *at; i++) {
        at++;
        size_t len = strcspn(at, "/");
        if (i == p->count)
            return false;
        if (*at == '{')
            id = p->segments[i];
        else if (strlen(p->segments[i]) != len || memcmp(p->segments[i], at, len) != 0)
            return false;
        at += len;
    }
    if (i != p->count)
        return false;
    if (out_id)
        *out_id = id;
    return true;
}
