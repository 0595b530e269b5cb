#include "protocols/modbus/mbap.h"

#include <string.h>

enum { LENGTH_END = 6, LENGTH_MIN = 2, LENGTH_MAX = 254, EXCEPTION_BIT = 0x80, WRITE_PDU_SIZE = 5 };

static uint16_t get_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static void put_u16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

void mbap_write_request(const struct modbus_request *r, uint8_t out[MBAP_REQUEST_SIZE])
{
    put_u16(out, r->transaction);
    put_u16(out + 2, 0);
    put_u16(out + 4, MBAP_REQUEST_SIZE - LENGTH_END);
    out[6] = r->unit;
    out[7] = r->function;
    put_u16(out + 8, r->address);
    put_u16(out + 10, r->count);
}

size_t modbus_write_pdu(const struct modbus_request *r, uint8_t out[MODBUS_PDU_MAX])
{
    bool many = r->function == MODBUS_WRITE_COILS || r->function == MODBUS_WRITE_REGISTERS;
    out[0] = r->function;
    put_u16(out + 1, r->address);
    put_u16(out + 3, r->count);
    if (!many)
        return WRITE_PDU_SIZE;
    pw_require(r->data_len <= MODBUS_WRITE_DATA_MAX);
    out[WRITE_PDU_SIZE] = r->data_len;
    memcpy(out + WRITE_PDU_SIZE + 1, r->data, r->data_len);
    return WRITE_PDU_SIZE + 1u + r->data_len;
}

size_t mbap_write_frame(const struct modbus_request *r, uint8_t out[MBAP_ADU_MAX])
{
    size_t len = modbus_write_pdu(r, out + MBAP_HEADER_SIZE);
    put_u16(out, r->transaction);
    put_u16(out + 2, 0);
    put_u16(out + 4, (uint16_t)(len + 1));
    out[6] = r->unit;
    return MBAP_HEADER_SIZE + len;
}

size_t modbus_reply_data_len(uint8_t function, uint16_t count)
{
    if (function == MODBUS_READ_COILS || function == MODBUS_READ_DISCRETE_INPUTS)
        return ((size_t)count + 7) / 8;
    return (size_t)count * 2;
}

void mbap_parser_reset(struct mbap_parser *p)
{
    p->len = 0;
}

/* The size of the unit that begins at frame: PW_EMORE while its header is not there, PW_ESYNTAX
 * when no unit can begin like this. */
static int frame_size(const uint8_t *frame, size_t len, size_t *out)
{
    if (len >= 4 && get_u16(frame + 2) != 0)
        return PW_ESYNTAX;
    if (len < LENGTH_END)
        return PW_EMORE;
    uint16_t length = get_u16(frame + 4);
    if (length < LENGTH_MIN || length > LENGTH_MAX)
        return PW_ESYNTAX;
    *out = (size_t)LENGTH_END + length;
    return 0;
}

static void set_adu(const uint8_t *frame, size_t size, struct mbap_adu *out)
{
    *out = (struct mbap_adu){.transaction = get_u16(frame),
                             .unit = frame[6],
                             .pdu = frame + MBAP_HEADER_SIZE,
                             .pdu_len = size - MBAP_HEADER_SIZE,
                             .frame = frame,
                             .frame_len = size};
}

static void keep(struct mbap_parser *p, size_t upto, const uint8_t **data, size_t *len)
{
    size_t take = upto - p->len < *len ? upto - p->len : *len;
    memcpy(p->frame + p->len, *data, take);
    p->len += take;
    *data += take;
    *len -= take;
}

static int next_kept(struct mbap_parser *p, const uint8_t **data, size_t *len, struct mbap_adu *out)
{
    if (p->len < LENGTH_END)
        keep(p, LENGTH_END, data, len);
    size_t size = 0;
    int err = frame_size(p->frame, p->len, &size);
    if (err)
        return err;
    keep(p, size, data, len);
    if (p->len < size)
        return PW_EMORE;
    p->len = 0;
    set_adu(p->frame, size, out);
    return 0;
}

int mbap_parser_next(struct mbap_parser *p, const uint8_t **data, size_t *len, struct mbap_adu *out)
{
    if (*len == 0)
        return PW_EMORE;
    if (p->len > 0)
        return next_kept(p, data, len, out);
    size_t size = 0;
    int err = frame_size(*data, *len, &size);
    if (err == PW_ESYNTAX)
        return err;
    if (err == PW_EMORE || size > *len) {
        keep(p, *len, data, len);
        return PW_EMORE;
    }
    set_adu(*data, size, out);
    *data += size;
    *len -= size;
    return 0;
}

/* A write is answered with what was written where. */
static enum modbus_check check_write(const struct modbus_request *r, const struct mbap_adu *adu,
                                     struct modbus_reply *out)
{
    if (adu->pdu_len != WRITE_PDU_SIZE)
        return MODBUS_REPLY_WRONG_LENGTH;
    if (get_u16(adu->pdu + 1) != r->address || get_u16(adu->pdu + 3) != r->count)
        return MODBUS_REPLY_WRONG_FUNCTION;
    *out = (struct modbus_reply){0};
    return MODBUS_REPLY_GOOD;
}

enum modbus_check modbus_reply_check(const struct modbus_request *r, const struct mbap_adu *adu,
                                     struct modbus_reply *out)
{
    if (adu->transaction != r->transaction)
        return MODBUS_REPLY_OTHER_TRANSACTION;
    if (adu->unit != r->unit)
        return MODBUS_REPLY_FOREIGN_UNIT;
    if (adu->pdu[0] == (r->function | EXCEPTION_BIT)) {
        if (adu->pdu_len != 2)
            return MODBUS_REPLY_WRONG_LENGTH;
        *out = (struct modbus_reply){.exception = adu->pdu[1]};
        return MODBUS_REPLY_EXCEPTION;
    }
    if (adu->pdu[0] != r->function)
        return MODBUS_REPLY_WRONG_FUNCTION;
    if (modbus_is_write(r->function))
        return check_write(r, adu, out);
    size_t data_len = modbus_reply_data_len(r->function, r->count);
    if (adu->pdu_len != 2 + data_len || adu->pdu[1] != data_len)
        return MODBUS_REPLY_WRONG_LENGTH;
    *out = (struct modbus_reply){.data = adu->pdu + 2, .data_len = data_len};
    return MODBUS_REPLY_GOOD;
}
