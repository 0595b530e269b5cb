#include "protocols/hj212/write_private.h"

#include "acq/core/strbuf.h"
#include "protocols/hj212/crypt.h"

#include <stdio.h>

enum { HEAD_SIZE = 6, CP_MARKS = 7 /* "CP=&&" and "&&" */, CRC_AND_TAIL = 6 };

bool hj212_must_encrypt(const struct hj212_profile *profile, int cn)
{
    return profile->cipher_out && hj212_shall_be_encrypted(cn);
}

bool hj212_must_encrypt_down(const struct hj212_profile *profile, int cn)
{
    return profile->cipher_new_key && cn == 1014;
}

static bool fits(struct hj212_text t, size_t most)
{
    for (size_t i = 0; i < t.len; i++)
        if (t.at[i] <= ' ' || t.at[i] > 0x7E || strchr(";,=&#", t.at[i]))
            return false;
    return t.len <= most;
}

static bool is_qn(struct hj212_text t)
{
    int64_t ms;
    return t.len == 0 || (t.len == 17 && hj212_time_parse(t, 0, &ms) == 0);
}

static int check_head(const struct hj212_head *h)
{
    bool good = is_qn(h->qn) && fits(h->st, 5) && h->st.len > 0 && fits(h->pw, HJ212_PW_MAX) &&
                fits(h->mn, HJ212_MN_MAX) && h->cn >= 1000 && h->cn <= 9999 && h->pnum >= 0 &&
                h->pnum <= 9999 && h->pno >= 0 && h->pno <= h->pnum;
    return good && (h->pnum == 0) == (h->pno == 0) ? 0 : PW_EINVAL;
}

static void add_field(struct strbuf *b, const char *name, struct hj212_text value)
{
    if (value.len == 0)
        return;
    strbuf_adds(b, name);
    strbuf_add(b, value.at, value.len);
    strbuf_addc(b, ';');
}

static void add_parts(struct strbuf *b, const struct hj212_profile *p, const struct hj212_head *h)
{
    if (h->pnum == 0)
        return;
    int width = p->parts_padded ? 4 : 1;
    strbuf_addf(b, "PNUM=%0*d;PNO=%0*d;", width, h->pnum, width, h->pno);
}

/* 2005: requests as the profile says, 9011 a 0, other packets only when a bit is set. */
static int flag_of(const struct hj212_profile *p, const struct hj212_head *h)
{
    int bits = (h->answer_wanted ? HJ212_FLAG_ANSWER : 0) | (h->pnum ? HJ212_FLAG_SPLIT : 0);
    if (p->edition == HJ212_2005) {
        if (h->request)
            return p->flag_request_2005 | bits;
        return bits || h->cn == 9011 ? bits : -1;
    }
    int edition = p->edition == HJ212_2025 ? 2 : 1;
    return edition << HJ212_FLAG_EDITION_SHIFT | bits;
}

static void add_header(struct strbuf *b, const struct hj212_profile *p, const struct hj212_head *h)
{
    int flag = flag_of(p, h);
    add_field(b, "QN=", h->qn);
    if (p->edition == HJ212_2005)
        add_parts(b, p, h);
    add_field(b, "ST=", h->st);
    strbuf_addf(b, "CN=%d;", h->cn);
    add_field(b, "PW=", h->pw);
    add_field(b, "MN=", h->mn);
    if (flag >= 0)
        strbuf_addf(b, "Flag=%d;", flag);
    if (p->edition != HJ212_2005)
        add_parts(b, p, h);
    if (h->backfill && p->backfill_mark)
        strbuf_adds(b, "RF=1;");
}

size_t hj212_header_len(const struct hj212_profile *profile, const struct hj212_head *head)
{
    char text[256];
    struct strbuf b;
    strbuf_init_fixed(&b, text, sizeof text);
    add_header(&b, profile, head);
    return b.len;
}

static uint16_t sum_out(const struct hj212_profile *p, const char *segment, size_t len)
{
    if (p->crc_out != HJ212_CRC_MODBUS && p->crc_out != HJ212_CRC_MODBUS_SWAPPED)
        return hj212_crc(segment, len);
    uint16_t crc = hj212_crc_modbus(segment, len);
    return (uint16_t)(p->crc_out == HJ212_CRC_MODBUS ? crc : crc >> 8 | crc << 8);
}

static int encrypt(const struct hj212_profile *p, struct sm4 *key, char *segment, size_t size,
                   size_t *len)
{
    int err = hj212_encrypt(key, segment, *len);
    if (!err && p->cipher_form == HJ212_CIPHER_LITERAL)
        err = hj212_cipher_to_literal(segment, *len, size, len);
    return err;
}

int hj212_write(const struct hj212_profile *profile, const struct hj212_head *head,
                struct hj212_text cp, struct sm4 *key, char *out, size_t size, size_t *out_len)
{
    int err = check_head(head);
    if (err)
        return err;
    if (size < HEAD_SIZE + CRC_AND_TAIL + 1 || cp.len + CP_MARKS > hj212_cp_max(profile->edition))
        return PW_EFULL;
    struct strbuf b;
    strbuf_init_fixed(&b, out + HEAD_SIZE, size - HEAD_SIZE);
    add_header(&b, profile, head);
    strbuf_adds(&b, "CP=&&");
    strbuf_add(&b, cp.at, cp.len);
    strbuf_adds(&b, "&&");
    if (b.failed || b.len > HJ212_SEGMENT_MAX)
        return PW_EFULL;
    size_t len = b.len;
    char edge[CRC_AND_TAIL + 1];
    snprintf(edge, sizeof edge, "##%04zu", len % 10000);
    memcpy(out, edge, HEAD_SIZE);
    snprintf(edge, sizeof edge, "%04X\r\n", sum_out(profile, out + HEAD_SIZE, len));
    if (key)
        err = encrypt(profile, key, out + HEAD_SIZE, size - HEAD_SIZE, &len);
    if (!err && len + HEAD_SIZE + CRC_AND_TAIL > size)
        err = PW_EFULL;
    if (err)
        return err;
    memcpy(out + HEAD_SIZE + len, edge, CRC_AND_TAIL);
    *out_len = HEAD_SIZE + len + CRC_AND_TAIL;
    return 0;
}

/* QN and, in 9014, the command and part that are answered. */
static void name_packet_2005(struct strbuf *b, const struct hj212_packet *to, int cn)
{
    struct hj212_text qn = hj212_packet_qn(to);
    add_field(b, "QN=", qn);
    if (cn == 9014) {
        strbuf_addf(b, "CN=%d;", to->cn);
        if (to->pnum)
            strbuf_addf(b, "PNO=%d;PNUM=%d;", to->pno, to->pnum);
    }
}

int hj212_write_answer(const struct hj212_profile *profile, const struct hj212_packet *to, int cn,
                       int result, char *out, size_t size, size_t *out_len)
{
    bool old = profile->edition == HJ212_2005;
    char cp[128];
    struct strbuf b;
    strbuf_init_fixed(&b, cp, sizeof cp);
    if (old)
        name_packet_2005(&b, to, cn);
    if (cn == 9011)
        strbuf_addf(&b, "QnRtn=%d;", result);
    if (cn == 9012)
        strbuf_addf(&b, "ExeRtn=%d;", result);
    if (b.failed || result < 0 || result > 999)
        return PW_EINVAL;
    struct hj212_head head = {.st = hj212_text_of("91"), .cn = cn};
    if (!old)
        head.qn = hj212_packet_qn(to);
    if (!old || cn != 9014) {
        head.pw = to->pw;
        head.mn = to->mn;
    }
    struct hj212_text text = {cp, b.len ? b.len - 1 : 0};
    return hj212_write(profile, &head, text, NULL, out, size, out_len);
}
