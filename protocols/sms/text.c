#include "protocols/sms/text.h"

#include "acq/core/utf8.h"
#include "protocols/sms/gsm7.h"

#include <string.h>

enum { NUMBER_MAX = 10, BMP_END = 0x10000, REPLACEMENT = 0xfffd };
/* 【 and 】 */
enum { SIGN_OPEN = 0x3010, SIGN_CLOSE = 0x3011 };

/* One character of valid UTF-8; *at moves behind it. */
static uint32_t next_character(const char *text, size_t *at)
{
    const uint8_t *p = (const uint8_t *)text + *at;
    unsigned more = p[0] < 0x80 ? 0 : p[0] < 0xe0 ? 1 : p[0] < 0xf0 ? 2 : 3;
    uint32_t c = more == 0 ? p[0] : p[0] & (0x3fu >> more);
    for (unsigned i = 1; i <= more; i++)
        c = c << 6 | (p[i] & 0x3fu);
    *at += more + 1u;
    return c;
}

static void add_character(struct strbuf *out, uint32_t c)
{
    if (c < 0x80) {
        strbuf_addc(out, (char)c);
        return;
    }
    unsigned more = c < 0x800 ? 1 : c < BMP_END ? 2 : 3;
    static const uint8_t heads[] = {0, 0xc0, 0xe0, 0xf0};
    strbuf_addc(out, (char)(heads[more] | c >> 6 * more));
    while (more-- > 0)
        strbuf_addc(out, (char)(0x80 | (c >> 6 * more & 0x3f)));
}

static bool is_control(uint32_t c)
{
    return (c < ' ' && c != '\n') || (c >= 0x7f && c < 0xa0);
}

static void clean_valid(const char *text, size_t len, struct strbuf *out)
{
    for (size_t at = 0; at < len;) {
        uint32_t c = next_character(text, &at);
        if (c == SIGN_OPEN || c == SIGN_CLOSE)
            strbuf_addc(out, c == SIGN_OPEN ? '[' : ']');
        else if (!is_control(c))
            add_character(out, c);
    }
}

void sms_text_clean(const char *text, struct strbuf *out)
{
    size_t len = strlen(text);
    for (size_t at = 0; at < len;) {
        size_t valid = utf8_valid_prefix(text + at, len - at);
        clean_valid(text + at, valid, out);
        at += valid;
        if (at < len) {
            add_character(out, REPLACEMENT);
            at++;
        }
    }
}

static uint32_t units_of(uint32_t c, enum sms_alphabet alphabet)
{
    if (alphabet == SMS_UCS2)
        return c < BMP_END ? 1 : 2;
    return gsm7_is_extended(gsm7_encode(c)) ? 2 : 1;
}

static void measure(const char *text, size_t len, struct sms_split *out)
{
    *out = (struct sms_split){.alphabet = SMS_GSM7};
    for (size_t at = 0; at < len;)
        if (gsm7_encode(next_character(text, &at)) == GSM7_NONE)
            out->alphabet = SMS_UCS2;
    for (size_t at = 0; at < len;)
        out->units += units_of(next_character(text, &at), out->alphabet);
}

static bool is_digit_at(const char *text, size_t at)
{
    return text[at] >= '0' && text[at] <= '9';
}

/* Moves a cut that would divide a number to before the number. */
static void spare_number(const char *text, size_t len, struct sms_part *part)
{
    size_t to = part->to;
    if (to >= len || !is_digit_at(text, to))
        return;
    while (to > part->from && is_digit_at(text, to - 1))
        to--;
    size_t lost = part->to - to;
    if (to == part->from || lost >= NUMBER_MAX)
        return;
    part->units -= (uint32_t)lost;
    part->to = to;
}

static struct sms_part take_part(const char *text, size_t len, size_t from, uint32_t room,
                                 enum sms_alphabet alphabet)
{
    struct sms_part part = {.from = from, .to = from};
    for (size_t at = from; at < len;) {
        uint32_t units = units_of(next_character(text, &at), alphabet);
        if (part.units + units > room)
            break;
        part.units += units;
        part.to = at;
    }
    spare_number(text, len, &part);
    return part;
}

void sms_text_split(const char *text, size_t len, struct sms_split *out)
{
    measure(text, len, out);
    bool is_ucs2 = out->alphabet == SMS_UCS2;
    uint32_t room = is_ucs2 ? SMS_UCS2_SINGLE : SMS_GSM7_SINGLE;
    if (out->units > room)
        room = is_ucs2 ? SMS_UCS2_PART : SMS_GSM7_PART;
    size_t at = 0;
    do {
        out->parts[out->count] = take_part(text, len, at, room, out->alphabet);
        at = out->parts[out->count++].to;
    } while (at < len && out->count < SMS_PARTS_MAX);
    out->rest = len - at;
}

void sms_text_shorten(struct strbuf *text)
{
    struct sms_split split;
    sms_text_split(strbuf_text(text), text->len, &split);
    const char *ellipsis = split.alphabet == SMS_UCS2 ? "\xe2\x80\xa6" : "...";
    size_t keep = text->len - split.rest;
    while (split.rest > 0 && keep > 0) {
        do
            keep--;
        while (keep > 0 && ((uint8_t)text->data[keep] & 0xc0) == 0x80);
        strbuf_truncate(text, keep);
        strbuf_adds(text, ellipsis);
        sms_text_split(text->data, text->len, &split);
    }
}

static size_t put_ucs2(uint32_t c, uint8_t *out)
{
    if (c < BMP_END) {
        out[0] = (uint8_t)(c >> 8);
        out[1] = (uint8_t)c;
        return 2;
    }
    uint32_t high = 0xd800 + ((c - BMP_END) >> 10);
    uint32_t low = 0xdc00 + ((c - BMP_END) & 0x3ff);
    out[0] = (uint8_t)(high >> 8);
    out[1] = (uint8_t)high;
    out[2] = (uint8_t)(low >> 8);
    out[3] = (uint8_t)low;
    return 4;
}

static size_t put_gsm7(uint32_t c, uint8_t *out)
{
    uint16_t code = gsm7_encode(c);
    size_t len = 0;
    if (gsm7_is_extended(code))
        out[len++] = GSM7_ESCAPE;
    out[len++] = (uint8_t)(code & 0x7f);
    return len;
}

size_t sms_text_encode(const char *text, const struct sms_part *part, enum sms_alphabet alphabet,
                       uint8_t out[SMS_PART_OCTETS_MAX])
{
    size_t len = 0;
    pw_require(part->units <= (alphabet == SMS_UCS2 ? SMS_UCS2_SINGLE : SMS_GSM7_SINGLE));
    for (size_t at = part->from; at < part->to;) {
        uint32_t c = next_character(text, &at);
        len += alphabet == SMS_UCS2 ? put_ucs2(c, out + len) : put_gsm7(c, out + len);
    }
    return len;
}

static uint32_t unit_at(const uint8_t *octets, size_t len, size_t at)
{
    return at + 1 < len ? (uint32_t)octets[at] << 8 | octets[at + 1] : 0;
}

void sms_ucs2_decode(const uint8_t *octets, size_t len, struct strbuf *out)
{
    for (size_t at = 0; at < len; at += 2) {
        if (at + 1 == len) {
            add_character(out, REPLACEMENT);
            return;
        }
        uint32_t unit = unit_at(octets, len, at);
        uint32_t next = unit_at(octets, len, at + 2);
        if (unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000) {
            add_character(out, BMP_END + ((unit - 0xd800) << 10) + (next - 0xdc00));
            at += 2;
        } else {
            add_character(out, unit >= 0xd800 && unit < 0xe000 ? REPLACEMENT : unit);
        }
    }
}

void sms_gsm7_decode(const uint8_t *octets, size_t len, struct strbuf *out)
{
    for (size_t at = 0; at < len; at++) {
        bool is_extended = octets[at] == GSM7_ESCAPE && at + 1 < len;
        if (is_extended)
            at++;
        add_character(out, gsm7_decode(octets[at] & 0x7f, is_extended));
    }
}
