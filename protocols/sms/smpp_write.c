#include "protocols/sms/smpp.h"

#include <string.h>

enum { INTERFACE_VERSION = 0x34, RECEIPT_WANTED = 0x01, UDHI = 0x40 };
enum { TON_INTERNATIONAL = 1, TON_ALPHANUMERIC = 5, NPI_ISDN = 1, INTERNATIONAL_DIGITS_MIN = 8 };
enum { SYSTEM_ID_MAX = 15, PASSWORD_MAX = 8, SYSTEM_TYPE_MAX = 12 };
enum { OCTETS_MAX = 140, CHARACTERS_MAX = 160 };

static void put_u8(struct strbuf *out, unsigned value)
{
    strbuf_addc(out, (char)(value & 0xff));
}

static void put_u16(struct strbuf *out, unsigned value)
{
    put_u8(out, value >> 8);
    put_u8(out, value);
}

static void put_u32(struct strbuf *out, uint32_t value)
{
    put_u16(out, value >> 16);
    put_u16(out, value & 0xffff);
}

static void put_string(struct strbuf *out, const char *text)
{
    strbuf_add(out, text, strlen(text) + 1);
}

static size_t begin(struct strbuf *out, uint32_t command, uint32_t status, uint32_t sequence)
{
    size_t start = out->len;
    put_u32(out, 0);
    put_u32(out, command);
    put_u32(out, status);
    put_u32(out, sequence);
    return start;
}

static void end(struct strbuf *out, size_t start)
{
    if (out->failed)
        return;
    uint32_t len = (uint32_t)(out->len - start);
    for (unsigned i = 0; i < 4; i++)
        out->data[start + i] = (char)(len >> (24 - 8 * i) & 0xff);
}

void smpp_write(struct strbuf *out, uint32_t command, uint32_t status, uint32_t sequence)
{
    size_t start = begin(out, command, status, sequence);
    /* The one answer with a body that must be there: an empty message_id. */
    if (command == smpp_response_to(SMPP_DELIVER_SM))
        put_u8(out, 0);
    end(out, start);
}

int smpp_write_bind(struct strbuf *out, const struct smpp_bind *bind, uint32_t sequence)
{
    if (strlen(bind->system_id) > SYSTEM_ID_MAX || strlen(bind->password) > PASSWORD_MAX ||
        strlen(bind->system_type) > SYSTEM_TYPE_MAX)
        return PW_EINVAL;
    size_t start = begin(out, SMPP_BIND_TRANSCEIVER, SMPP_OK, sequence);
    put_string(out, bind->system_id);
    put_string(out, bind->password);
    put_string(out, bind->system_type);
    put_u8(out, INTERFACE_VERSION);
    put_u16(out, 0);
    put_string(out, "");
    end(out, start);
    return 0;
}

int smpp_address_set(struct smpp_address *a, const char *text)
{
    *a = (struct smpp_address){0};
    const char *digits = *text == '+' ? text + 1 : text;
    size_t len = strlen(digits);
    if (len == 0 || len >= sizeof a->text)
        return PW_EINVAL;
    memcpy(a->text, digits, len);
    if (strspn(digits, "0123456789") != len)
        a->ton = TON_ALPHANUMERIC;
    else if (*text == '+' || len > INTERNATIONAL_DIGITS_MIN) {
        a->ton = TON_INTERNATIONAL;
        a->npi = NPI_ISDN;
    }
    return 0;
}

static void put_address(struct strbuf *out, const struct smpp_address *a)
{
    put_u8(out, a->ton);
    put_u8(out, a->npi);
    put_string(out, a->text);
}

static size_t header_len(const struct smpp_submit *s)
{
    if (s->parts <= 1 || s->how == SMPP_PARTS_SAR)
        return 0;
    return s->how == SMPP_PARTS_UDH8 ? 6 : 7;
}

static void put_header(struct strbuf *out, const struct smpp_submit *s)
{
    if (header_len(s) == 0)
        return;
    bool is_short = s->how == SMPP_PARTS_UDH8;
    put_u8(out, is_short ? 5 : 6);
    put_u8(out, is_short ? 0 : 8);
    put_u8(out, is_short ? 3 : 4);
    if (!is_short)
        put_u8(out, s->reference >> 8);
    put_u8(out, s->reference);
    put_u8(out, s->parts);
    put_u8(out, s->part);
}

static void put_sar(struct strbuf *out, const struct smpp_submit *s)
{
    if (s->parts <= 1 || s->how != SMPP_PARTS_SAR)
        return;
    put_u16(out, 0x020c);
    put_u16(out, 2);
    put_u16(out, s->reference);
    put_u16(out, 0x020e);
    put_u16(out, 1);
    put_u8(out, s->parts);
    put_u16(out, 0x020f);
    put_u16(out, 1);
    put_u8(out, s->part);
}

int smpp_write_submit(struct strbuf *out, const struct smpp_submit *s, uint32_t sequence)
{
    size_t header = header_len(s);
    if (header + s->text_len > (s->data_coding == 0 ? CHARACTERS_MAX : OCTETS_MAX))
        return PW_EINVAL;
    size_t start = begin(out, SMPP_SUBMIT_SM, SMPP_OK, sequence);
    put_string(out, ""); /* service_type */
    put_address(out, &s->from);
    put_address(out, &s->to);
    put_u8(out, header ? UDHI : 0);
    put_u16(out, 0);     /* protocol_id, priority_flag */
    put_string(out, ""); /* schedule_delivery_time */
    put_string(out, ""); /* validity_period */
    put_u8(out, RECEIPT_WANTED);
    put_u8(out, 0); /* replace_if_present_flag */
    put_u8(out, s->data_coding);
    put_u8(out, 0); /* sm_default_msg_id */
    put_u8(out, (unsigned)(header + s->text_len));
    put_header(out, s);
    strbuf_add(out, (const char *)s->text, s->text_len);
    put_sar(out, s);
    end(out, start);
    return 0;
}
