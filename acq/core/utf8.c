#include "acq/core/utf8.h"

/* Length of the valid character at p, 0 when there is none within n bytes. */
static size_t char_len(const unsigned char *p, size_t n)
{
    if (p[0] < 0x80)
        return 1;
    size_t len = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || n < len)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    bool overlong = (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xF0 && p[1] < 0x90);
    bool surrogate = p[0] == 0xED && p[1] >= 0xA0;
    bool too_big = p[0] == 0xF4 && p[1] >= 0x90;
    return overlong || surrogate || too_big ? 0 : len;
}

size_t utf8_valid_prefix(const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t at = 0;
    while (at < len) {
        size_t n = char_len(p + at, len - at);
        if (n == 0)
            break;
        at += n;
    }
    return at;
}
