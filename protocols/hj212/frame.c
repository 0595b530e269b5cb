#include "protocols/hj212/frame.h"

#include "protocols/hj212/edition.h"

enum {
    MARK = 2, /* "##" */
    CRC_DIGITS = 4,
    LENGTH_LEAST = 7, /* "CP=&&&&" */
    CIPHER_DIGITS = 5 /* "0xE4," */
};

/* What the first bytes of a candidate say. */
struct shape {
    size_t head;    /* bytes before the segment */
    size_t segment; /* bytes of the segment on the wire */
    size_t cipher_at, cipher_len;
};

size_t hj212_framer_size(const struct hj212_frame_rules *rules)
{
    size_t segment = rules->segment_max;
    if (rules->cipher_literal)
        segment += (CIPHER_DIGITS - 1) * segment + 1;
    return segment + HJ212_OVERHEAD;
}

void hj212_framer_init(struct hj212_framer *f, const struct hj212_frame_rules *rules, char *buffer,
                       size_t size, struct hj212_counts *counts)
{
    pw_require(rules->segment_max <= HJ212_RECEIVE_MAX && size >= hj212_framer_size(rules));
    *f = (struct hj212_framer){.buffer = buffer, .size = size, .rules = *rules, .counts = counts};
}

void hj212_framer_reset(struct hj212_framer *f)
{
    f->start = f->end = f->taken = 0;
    f->tail_left = 0;
    f->tail_bad = false;
}

static size_t buffered(const struct hj212_framer *f)
{
    return f->end - f->start;
}

static void take(struct hj212_framer *f, const char **data, size_t *len)
{
    if (*len == 0)
        return;
    if (f->start > 0) {
        memmove(f->buffer, f->buffer + f->start, buffered(f));
        f->end -= f->start;
        f->start = 0;
    }
    size_t room = f->size - f->end;
    size_t n = *len < room ? *len : room;
    memcpy(f->buffer + f->end, *data, n);
    f->end += n;
    f->counts->bytes += n;
    *data += n;
    *len -= n;
}

static void skip(struct hj212_framer *f, size_t n)
{
    f->start += n;
    f->counts->skipped_bytes += n;
}

static void eat_tail(struct hj212_framer *f)
{
    while (f->tail_left && buffered(f)) {
        char c = f->buffer[f->start];
        bool fits = f->tail_left == 2 ? c == '\r' : c == '\n';
        if (fits || (c == '\n' && f->tail_left == 2))
            f->start++;
        f->tail_bad |= !fits;
        f->tail_left = fits ? f->tail_left - 1 : 0;
    }
}

/* Goes to the next "##"; PW_EMORE when there is none yet. */
static int find_mark(struct hj212_framer *f)
{
    while (buffered(f) >= MARK) {
        const char *from = f->buffer + f->start;
        const char *hit = memchr(from, '#', buffered(f) - 1);
        if (!hit) {
            skip(f, buffered(f) - (f->buffer[f->end - 1] == '#'));
            return PW_EMORE;
        }
        skip(f, (size_t)(hit - from));
        if (hit[1] == '#')
            return 0;
        skip(f, MARK);
    }
    if (buffered(f) == 1 && f->buffer[f->start] != '#')
        skip(f, 1);
    return PW_EMORE;
}

static bool is_letter(char c)
{
    c = hj212_fold(c);
    return c >= 'a' && c <= 'z';
}

/* Three or four digits and the first letter of a header behind them. */
static int measure(const struct hj212_framer *f, struct shape *out)
{
    const char *p = f->buffer + f->start + MARK;
    size_t have = buffered(f) - MARK;
    size_t digits = 0;
    size_t value = 0;
    for (; digits < 4 && digits < have && hj212_is_digit(p[digits]); digits++)
        value = value * 10 + (size_t)(p[digits] - '0');
    if (digits == have)
        return PW_EMORE;
    if (digits < (f->rules.length_3 ? 3 : 4) || value < LENGTH_LEAST ||
        value > f->rules.segment_max || !(is_letter(p[digits]) || p[digits] == ' '))
        return PW_ESYNTAX;
    *out = (struct shape){.head = MARK + digits, .segment = value};
    return 0;
}

static bool is_hex(char c)
{
    char low = hj212_fold(c);
    return hj212_is_digit(c) || (low >= 'a' && low <= 'f');
}

/* "{0xE4,0x3E}" at t, of at most so many bytes: PW_EMORE when it only begins, PW_ESYNTAX when it is
 * something else. */
static int cipher_span(struct hj212_text t, size_t most, size_t *out_bytes, size_t *out_len)
{
    size_t at = 1;
    for (size_t bytes = 1; bytes <= most; bytes++, at += CIPHER_DIGITS) {
        if (at + CIPHER_DIGITS > t.len)
            return PW_EMORE;
        const char *p = t.at + at;
        if (p[0] != '0' || hj212_fold(p[1]) != 'x' || !is_hex(p[2]) || !is_hex(p[3]))
            return PW_ESYNTAX;
        if (p[4] == '}') {
            *out_bytes = bytes;
            *out_len = at + CIPHER_DIGITS;
            return 0;
        }
        if (p[4] != ',')
            return PW_ESYNTAX;
    }
    return PW_ESYNTAX;
}

/* A literal makes the segment longer than its length says, for the length is that of the plain
 * text (HJ 212-2025 A.2 as printed). */
static int stretch(const struct hj212_framer *f, struct shape *s)
{
    struct hj212_text segment = {f->buffer + f->start + s->head, buffered(f) - s->head};
    struct hj212_text header = {segment.at, segment.len < s->segment ? segment.len : s->segment};
    size_t cp = hj212_text_find(header, "CP=&&{0x");
    if (cp == header.len)
        return 0;
    size_t from = cp + 5;
    size_t bytes = 0;
    size_t len = 0;
    int err = cipher_span((struct hj212_text){segment.at + from, segment.len - from}, s->segment,
                          &bytes, &len);
    if (err)
        return err == PW_EMORE ? err : 0;
    s->cipher_at = from;
    s->cipher_len = len;
    if (s->segment >= from + len + 2)
        return 0; /* the length counts what stands on the wire */
    if (s->segment < from + bytes + 2)
        return PW_ESYNTAX;
    s->segment += len - bytes;
    return 0;
}

static int read_crc(const char *p, uint16_t *out, bool *out_lower)
{
    unsigned value = 0;
    for (size_t i = 0; i < CRC_DIGITS; i++) {
        if (!is_hex(p[i]))
            return PW_ESYNTAX;
        char low = hj212_fold(p[i]);
        value = value << 4 | (unsigned)(hj212_is_digit(low) ? low - '0' : low - 'a' + 10);
        *out_lower |= p[i] >= 'a';
    }
    *out = (uint16_t)value;
    return 0;
}

static int cut(struct hj212_framer *f, const struct shape *s, struct hj212_frame *out)
{
    size_t total = s->head + s->segment + CRC_DIGITS;
    if (total > f->size)
        return PW_ESYNTAX;
    if (buffered(f) < total)
        return PW_EMORE;
    const char *p = f->buffer + f->start;
    uint16_t crc = 0;
    bool lower = false;
    if (read_crc(p + s->head + s->segment, &crc, &lower) != 0)
        return PW_ESYNTAX;
    uint32_t deviations = 0;
    deviations |= lower ? hj212_dev_bit(HJ212_DEV_CRC_LOWER) : 0;
    deviations |= s->head < MARK + 4 ? hj212_dev_bit(HJ212_DEV_LENGTH_3) : 0;
    deviations |= s->segment > HJ212_SEGMENT_MAX && s->cipher_len == 0
                      ? hj212_dev_bit(HJ212_DEV_OVERSIZE)
                      : 0;
    *out = (struct hj212_frame){.whole = {p, total},
                                .segment = {p + s->head, s->segment},
                                .cipher = {p + s->head + s->cipher_at, s->cipher_len},
                                .crc = crc,
                                .deviations = deviations};
    f->taken = total;
    return 0;
}

/* 0: a candidate. PW_EMORE: not yet. PW_ESYNTAX: something was skipped, look again. */
static int look(struct hj212_framer *f, struct hj212_frame *out)
{
    eat_tail(f);
    int err = find_mark(f);
    if (err)
        return err;
    struct shape s = {0};
    err = measure(f, &s);
    if (err == PW_ESYNTAX) {
        f->counts->bad_length++;
        skip(f, 1);
    }
    if (err)
        return err;
    if (f->rules.cipher_literal)
        err = stretch(f, &s);
    if (!err)
        err = cut(f, &s, out);
    if (err == PW_ESYNTAX) {
        f->counts->bad_length++;
        skip(f, MARK);
    }
    return err;
}

int hj212_framer_next(struct hj212_framer *f, const char **data, size_t *len,
                      struct hj212_frame *out)
{
    pw_require(f->taken == 0);
    for (;;) {
        take(f, data, len);
        int err = look(f, out);
        if (err == 0)
            return 0;
        if (err == PW_EMORE && *len == 0)
            return err;
    }
}

uint32_t hj212_framer_accept(struct hj212_framer *f)
{
    pw_require(f->taken > 0);
    uint32_t before = f->tail_bad ? hj212_dev_bit(HJ212_DEV_TAIL) : 0;
    f->tail_bad = false;
    f->start += f->taken;
    f->taken = 0;
    f->tail_left = 2;
    eat_tail(f);
    uint32_t deviations = before | (f->tail_bad ? hj212_dev_bit(HJ212_DEV_TAIL) : 0);
    f->tail_bad = false;
    return deviations;
}

void hj212_framer_reject(struct hj212_framer *f)
{
    pw_require(f->taken > 0);
    f->taken = 0;
    skip(f, MARK);
}

bool hj212_framer_waits(const struct hj212_framer *f)
{
    return buffered(f) > 0 || f->tail_left > 0;
}

void hj212_framer_expire(struct hj212_framer *f)
{
    if (f->tail_left) {
        f->tail_left = 0;
        f->tail_bad = true;
    }
    if (buffered(f) == 0)
        return;
    f->counts->expired++;
    skip(f, buffered(f) < MARK ? buffered(f) : MARK);
}
