#include "protocols/sms/smpp.h"

#include "protocols/sms/text.h"

#include <string.h>

enum { TLV_PAYLOAD = 0x0424, TLV_RECEIPTED_ID = 0x001e, TLV_MESSAGE_STATE = 0x0427 };
enum { ESM_TYPE = 0x3c, ESM_RECEIPT = 0x04, ESM_UDHI = 0x40 };
enum { CODING_LATIN1 = 3, CODING_UCS2 = 8 };

/* What is left of a body; `broken` once something was wanted that was not there. */
struct cursor {
    const uint8_t *at;
    size_t left;
    bool broken;
};

static uint32_t u32_at(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static const uint8_t *take(struct cursor *c, size_t len)
{
    if (c->broken || len > c->left) {
        c->broken = true;
        return NULL;
    }
    const uint8_t *p = c->at;
    c->at += len;
    c->left -= len;
    return p;
}

static uint8_t take_u8(struct cursor *c)
{
    const uint8_t *p = take(c, 1);
    return p ? *p : 0;
}

static unsigned take_u16(struct cursor *c)
{
    const uint8_t *p = take(c, 2);
    return p ? (unsigned)(p[0] << 8 | p[1]) : 0;
}

/* A string with its NUL; what is longer than out is cut. */
static void take_string(struct cursor *c, char *out, size_t size)
{
    const uint8_t *nul = c->left ? memchr(c->at, 0, c->left) : NULL;
    size_t len = nul ? (size_t)(nul - c->at) : 0;
    const uint8_t *p = nul ? take(c, len + 1) : take(c, SIZE_MAX);
    size_t kept = len < size - 1 ? len : size - 1;
    if (p)
        memcpy(out, p, kept);
    out[p ? kept : 0] = '\0';
}

int smpp_next(const uint8_t *data, size_t len, struct smpp_pdu *out, size_t *used)
{
    if (len < 4)
        return PW_EMORE;
    uint32_t size = u32_at(data);
    if (size < SMPP_HEADER_SIZE || size > SMPP_PDU_MAX)
        return PW_ESYNTAX;
    if (len < size)
        return PW_EMORE;
    *out = (struct smpp_pdu){.command = u32_at(data + 4),
                             .status = u32_at(data + 8),
                             .sequence = u32_at(data + 12),
                             .body = data + SMPP_HEADER_SIZE,
                             .body_len = size - SMPP_HEADER_SIZE};
    *used = size;
    return 0;
}

void smpp_read_id(const struct smpp_pdu *pdu, char out[SMPP_ID_SIZE])
{
    struct cursor c = {pdu->body, pdu->body_len, false};
    take_string(&c, out, SMPP_ID_SIZE);
}

static void take_address(struct cursor *c, struct smpp_address *a)
{
    a->ton = take_u8(c);
    a->npi = take_u8(c);
    take_string(c, a->text, sizeof a->text);
}

static void skip_string(struct cursor *c)
{
    char nobody_asks[1];
    take_string(c, nobody_asks, sizeof nobody_asks);
}

static void take_tlv(struct cursor *c, struct smpp_deliver *out)
{
    unsigned tag = take_u16(c);
    unsigned len = take_u16(c);
    const uint8_t *value = take(c, len);
    if (!value)
        return;
    struct cursor inside = {value, len, false};
    if (tag == TLV_PAYLOAD && out->text_len == 0) {
        out->text = value;
        out->text_len = len;
    } else if (tag == TLV_MESSAGE_STATE && len == 1) {
        out->message_state = *value;
    } else if (tag == TLV_RECEIPTED_ID) {
        take_string(&inside, out->receipted_id, sizeof out->receipted_id);
    }
}

/* The header in front of the text: its first octet is its length. */
static void drop_header(struct smpp_deliver *out)
{
    if (!(out->esm_class & ESM_UDHI) || out->text_len == 0)
        return;
    size_t header = 1u + out->text[0];
    header = header < out->text_len ? header : out->text_len;
    out->text += header;
    out->text_len -= header;
}

int smpp_read_deliver(const struct smpp_pdu *pdu, struct smpp_deliver *out)
{
    struct cursor c = {pdu->body, pdu->body_len, false};
    *out = (struct smpp_deliver){0};
    skip_string(&c); /* service_type */
    take_address(&c, &out->from);
    take_address(&c, &out->to);
    out->esm_class = take_u8(&c);
    (void)take_u16(&c); /* protocol_id, priority_flag */
    skip_string(&c);    /* schedule_delivery_time */
    skip_string(&c);    /* validity_period */
    (void)take_u16(&c); /* registered_delivery, replace_if_present_flag */
    out->data_coding = take_u8(&c);
    (void)take_u8(&c); /* sm_default_msg_id */
    out->text_len = take_u8(&c);
    out->text = take(&c, out->text_len);
    if (c.broken)
        return PW_ESYNTAX;
    while (c.left > 0 && !c.broken)
        take_tlv(&c, out);
    drop_header(out);
    return 0;
}

bool smpp_is_receipt(const struct smpp_deliver *d)
{
    return (d->esm_class & ESM_TYPE) == ESM_RECEIPT;
}

void smpp_deliver_text(const struct smpp_deliver *d, struct strbuf *out)
{
    if (d->data_coding == CODING_UCS2) {
        sms_ucs2_decode(d->text, d->text_len, out);
        return;
    }
    if (d->data_coding != CODING_LATIN1) {
        sms_gsm7_decode(d->text, d->text_len, out);
        return;
    }
    for (size_t i = 0; i < d->text_len; i++)
        sms_ucs2_decode((const uint8_t[]){0, d->text[i]}, 2, out);
}

enum smpp_action smpp_action_of(uint32_t status)
{
    static const struct {
        uint8_t status;
        uint8_t action;
    } known[] = {
        {0x00, SMPP_ACCEPTED},        {0x58, SMPP_SLOW_DOWN},       {0x14, SMPP_SLOW_DOWN},
        {0x08, SMPP_TRY_AGAIN},       {0x64, SMPP_TRY_AGAIN},       {0x45, SMPP_TRY_AGAIN},
        {0xff, SMPP_TRY_AGAIN},       {0xfe, SMPP_TRY_AGAIN},       {0x04, SMPP_BIND_AGAIN},
        {0x05, SMPP_BIND_AGAIN},      {0x0d, SMPP_REFUSED_LOGIN},   {0x0e, SMPP_REFUSED_LOGIN},
        {0x0f, SMPP_REFUSED_LOGIN},   {0x53, SMPP_REFUSED_LOGIN},   {0x0b, SMPP_BAD_RECIPIENT},
        {0x50, SMPP_BAD_RECIPIENT},   {0x51, SMPP_BAD_RECIPIENT},   {0x65, SMPP_BAD_RECIPIENT},
        {0x66, SMPP_BAD_RECIPIENT},   {0x01, SMPP_GIVE_MESSAGE_UP}, {0x02, SMPP_GIVE_MESSAGE_UP},
        {0x03, SMPP_GIVE_MESSAGE_UP}, {0x06, SMPP_GIVE_MESSAGE_UP}, {0x07, SMPP_GIVE_MESSAGE_UP},
        {0x0a, SMPP_GIVE_MESSAGE_UP}, {0x15, SMPP_GIVE_MESSAGE_UP}, {0x43, SMPP_GIVE_MESSAGE_UP},
        {0x48, SMPP_GIVE_MESSAGE_UP}, {0x49, SMPP_GIVE_MESSAGE_UP}, {0x61, SMPP_GIVE_MESSAGE_UP},
        {0x62, SMPP_GIVE_MESSAGE_UP}, {0x63, SMPP_GIVE_MESSAGE_UP}, {0xc0, SMPP_GIVE_MESSAGE_UP},
        {0xc1, SMPP_GIVE_MESSAGE_UP}, {0xc2, SMPP_GIVE_MESSAGE_UP}, {0xc3, SMPP_GIVE_MESSAGE_UP},
        {0xc4, SMPP_GIVE_MESSAGE_UP}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].status == status)
            return (enum smpp_action)known[i].action;
    return SMPP_TRY_AGAIN;
}
