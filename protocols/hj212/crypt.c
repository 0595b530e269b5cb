#include "protocols/hj212/crypt.h"

enum { CP_MARK = 5, END_MARK = 2, LITERAL_DIGITS = 5 };

/* Where CP's text stands: the closing mark is searched from the end, for cipher may hold it. */
static int find_cp(struct hj212_text segment, size_t *out_from, size_t *out_len)
{
    size_t begin = hj212_text_find(segment, "CP=&&");
    if (begin == segment.len || begin + CP_MARK + END_MARK > segment.len)
        return PW_ESYNTAX;
    size_t end = hj212_text_find_last(segment, "&&");
    if (end < begin + CP_MARK)
        return PW_ESYNTAX;
    *out_from = begin + CP_MARK;
    *out_len = end - *out_from;
    return 0;
}

static int hex_value(char c)
{
    c = hj212_fold(c);
    return hj212_is_digit(c) ? c - '0' : c - 'a' + 10;
}

/* The framer has checked the form of the literal. */
static size_t from_literal(struct hj212_text literal, char *out)
{
    size_t count = (literal.len - 1) / LITERAL_DIGITS;
    for (size_t i = 0; i < count; i++) {
        const char *p = literal.at + 1 + i * LITERAL_DIGITS;
        out[i] = (char)(hex_value(p[2]) * 16 + hex_value(p[3]));
    }
    return count;
}

static size_t whole_blocks(size_t len)
{
    return len - len % SM4_BLOCK_SIZE;
}

static int decrypt_literal(struct sm4 *key, const struct hj212_frame *frame, char *plain,
                           struct hj212_text *out)
{
    size_t before = (size_t)(frame->cipher.at - frame->segment.at);
    size_t behind = frame->segment.len - before - frame->cipher.len;
    memcpy(plain, frame->segment.at, before);
    size_t count = from_literal(frame->cipher, plain + before);
    if (count % SM4_BLOCK_SIZE)
        return PW_ESYNTAX;
    sm4_ecb_decrypt(key, plain + before, count, plain + before);
    memcpy(plain + before + count, frame->cipher.at + frame->cipher.len, behind);
    *out = (struct hj212_text){plain, before + count + behind};
    return 0;
}

int hj212_decrypt(struct sm4 *key, const struct hj212_frame *frame, char *plain, size_t size,
                  struct hj212_text *out)
{
    if (frame->segment.len > size)
        return PW_EFULL;
    if (frame->cipher.len)
        return decrypt_literal(key, frame, plain, out);
    size_t from = 0;
    size_t len = 0;
    int err = find_cp(frame->segment, &from, &len);
    if (err)
        return err;
    memcpy(plain, frame->segment.at, frame->segment.len);
    sm4_ecb_decrypt(key, frame->segment.at + from, whole_blocks(len), plain + from);
    *out = (struct hj212_text){plain, frame->segment.len};
    return 0;
}

int hj212_encrypt(struct sm4 *key, char *segment, size_t len)
{
    size_t from = 0;
    size_t cp_len = 0;
    int err = find_cp((struct hj212_text){segment, len}, &from, &cp_len);
    if (err)
        return err;
    sm4_ecb_encrypt(key, segment + from, whole_blocks(cp_len), segment + from);
    return 0;
}

int hj212_cipher_to_literal(char *segment, size_t len, size_t size, size_t *out_len)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t from = 0;
    size_t cp_len = 0;
    int err = find_cp((struct hj212_text){segment, len}, &from, &cp_len);
    if (err)
        return err;
    size_t count = whole_blocks(cp_len);
    if (count == 0) {
        *out_len = len;
        return 0;
    }
    size_t longer = count * (LITERAL_DIGITS - 1) + 1;
    if (len + longer > size)
        return PW_EFULL;
    char *end = segment + from + count;
    memmove(end + longer, end, len - from - count);
    for (size_t i = count; i > 0; i--) { /* from behind, so that nothing is overwritten unread */
        unsigned byte = (unsigned char)segment[from + i - 1];
        char *p = segment + from + 1 + (i - 1) * LITERAL_DIGITS;
        p[4] = i == count ? '}' : ',';
        p[3] = digits[byte & 15];
        p[2] = digits[byte >> 4];
        p[1] = 'x';
        p[0] = '0';
    }
    segment[from] = '{';
    *out_len = len + longer;
    return 0;
}

static bool all_hex(struct hj212_text t)
{
    for (size_t i = 0; i < t.len; i++) {
        char c = hj212_fold(t.at[i]);
        if (!hj212_is_digit(c) && !(c >= 'a' && c <= 'f'))
            return false;
    }
    return true;
}

int hj212_key_parse(struct hj212_text t, uint8_t out[SM4_KEY_SIZE])
{
    if (t.len == SM4_KEY_SIZE) {
        memcpy(out, t.at, SM4_KEY_SIZE);
        return 0;
    }
    if (t.len != (size_t)2 * SM4_KEY_SIZE || !all_hex(t))
        return PW_ESYNTAX;
    for (size_t i = 0; i < SM4_KEY_SIZE; i++)
        out[i] = (uint8_t)(hex_value(t.at[2 * i]) * 16 + hex_value(t.at[2 * i + 1]));
    return 0;
}
