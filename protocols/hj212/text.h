/* A piece of somebody else's bytes. Never NUL-terminated, never owned; it lives as long as the
 * bytes it points into. Lengths count bytes, not characters. */
#ifndef PROTOCOLS_HJ212_TEXT_H
#define PROTOCOLS_HJ212_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct hj212_text {
    const char *at;
    size_t len;
};

static inline struct hj212_text hj212_text_of(const char *text)
{
    return (struct hj212_text){text, strlen(text)};
}

static inline bool hj212_text_is(struct hj212_text t, const char *text)
{
    size_t len = strlen(text);
    return t.len == len && (len == 0 || memcmp(t.at, text, len) == 0);
}

static inline bool hj212_text_equal(struct hj212_text a, struct hj212_text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* Lower case of ASCII letters, any other byte as it is. */
static inline char hj212_fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static inline bool hj212_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool hj212_text_same_but_case(struct hj212_text a, struct hj212_text b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (hj212_fold(a.at[i]) != hj212_fold(b.at[i]))
            return false;
    return true;
}

/* Without the blanks and tabs at both ends. */
struct hj212_text hj212_text_trim(struct hj212_text t);
/* The offset of the first, the last place where needle stands; t.len when it stands nowhere. */
size_t hj212_text_find(struct hj212_text t, const char *needle);
size_t hj212_text_find_last(struct hj212_text t, const char *needle);

#endif
