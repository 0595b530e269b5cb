#include "protocols/hj212/text.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct hj212_text hj212_text_trim(struct hj212_text t)
{
    while (t.len && is_blank(t.at[0])) {
        t.at++;
        t.len--;
    }
    while (t.len && is_blank(t.at[t.len - 1]))
        t.len--;
    return t;
}

size_t hj212_text_find(struct hj212_text t, const char *needle)
{
    size_t len = strlen(needle);
    for (size_t i = 0; i + len <= t.len; i++) {
        const char *hit = memchr(t.at + i, needle[0], t.len - len - i + 1);
        if (!hit)
            return t.len;
        i = (size_t)(hit - t.at);
        if (memcmp(hit, needle, len) == 0)
            return i;
    }
    return t.len;
}

size_t hj212_text_find_last(struct hj212_text t, const char *needle)
{
    size_t len = strlen(needle);
    for (size_t i = t.len < len ? 0 : t.len - len + 1; i > 0; i--)
        if (memcmp(t.at + i - 1, needle, len) == 0)
            return i - 1;
    return t.len;
}
