#include "protocols/sms/receipt.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DELIVER_TEXT_MAX = 1024 };

static enum sms_fate fate_of_state(uint8_t state)
{
    switch (state) {
    case 2:
        return SMS_DELIVERED;
    case 1:
    case 6:
        return SMS_UNDER_WAY;
    default:
        return SMS_FAILED;
    }
}

static enum sms_fate fate_of_word(const char *word)
{
    if (strncasecmp(word, "DELIVRD", 7) == 0)
        return SMS_DELIVERED;
    if (strncasecmp(word, "ACCEPTD", 7) == 0 || strncasecmp(word, "ENROUTE", 7) == 0)
        return SMS_UNDER_WAY;
    return SMS_FAILED;
}

/* The word behind `key`, which begins the text or follows something that is no letter. */
static bool find_word(const char *text, const char *key, char *out, size_t size)
{
    size_t key_len = strlen(key);
    for (const char *p = text; *p; p++) {
        if (strncasecmp(p, key, key_len) != 0 || (p > text && isalnum((unsigned char)p[-1])))
            continue;
        p += key_len;
        size_t len = 0;
        while (isgraph((unsigned char)p[len]) && len < size - 1) {
            out[len] = p[len];
            len++;
        }
        out[len] = '\0';
        return len > 0;
    }
    return false;
}

int sms_receipt_read(const struct smpp_deliver *d, struct sms_receipt *out)
{
    *out = (struct sms_receipt){0};
    char storage[DELIVER_TEXT_MAX];
    struct strbuf text;
    strbuf_init_fixed(&text, storage, sizeof storage);
    smpp_deliver_text(d, &text);
    const char *said = strbuf_text(&text);
    char word[sizeof out->state] = "";
    bool has_word = find_word(said, "stat:", word, sizeof word);
    (void)find_word(said, "err:", out->error, sizeof out->error);
    if (d->receipted_id[0])
        snprintf(out->id, sizeof out->id, "%s", d->receipted_id);
    else
        (void)find_word(said, "id:", out->id, sizeof out->id);
    if (d->message_state)
        out->fate = fate_of_state(d->message_state);
    else if (has_word)
        out->fate = fate_of_word(word);
    if (has_word)
        snprintf(out->state, sizeof out->state, "%s", word);
    else
        snprintf(out->state, sizeof out->state, "%u", d->message_state);
    return out->id[0] && (d->message_state || has_word) ? 0 : PW_ESYNTAX;
}

static const char *without_zeros(const char *text)
{
    while (text[0] == '0' && text[1])
        text++;
    return text;
}

/* At most 16 digits: what a number of 64 bits holds in either base. */
static bool is_same_number(const char *hex, const char *decimal)
{
    if (strlen(hex) > 16 || strlen(decimal) > 19 ||
        hex[strspn(hex, "0123456789abcdefABCDEF")] != '\0' ||
        decimal[strspn(decimal, "0123456789")] != '\0')
        return false;
    return strtoull(hex, NULL, 16) == strtoull(decimal, NULL, 10);
}

bool sms_id_matches(const char *submitted, const char *receipted)
{
    if (!*submitted || !*receipted)
        return false;
    const char *a = without_zeros(submitted);
    const char *b = without_zeros(receipted);
    return strcasecmp(a, b) == 0 || is_same_number(a, b) || is_same_number(b, a);
}
