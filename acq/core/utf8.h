/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef ACQ_CORE_UTF8_H
#define ACQ_CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* How many of the first len bytes are whole, valid characters. */
size_t utf8_valid_prefix(const char *text, size_t len);

static inline bool utf8_is_valid(const char *text, size_t len)
{
    return utf8_valid_prefix(text, len) == len;
}

#endif
