#include "protocols/modbus/rtu.h"

#include <string.h>

enum {
    HEAD_SIZE = 2, /* unit, function */
    CRC_SIZE = 2,
    WRITE_REPLY_SIZE = 8,
    EXCEPTION_BIT = 0x80,
    WRITE_COIL = 5,
    WRITE_REGISTER = 6,
    WRITE_COILS = 15,
    WRITE_REGISTERS = 16
};

/* Polynomial 0xa001, four bits at a time. */
static const uint16_t crc_table[16] = {0x0000, 0xcc01, 0xd801, 0x1400, 0xf001, 0x3c00,
                                       0x2800, 0xe401, 0xa001, 0x6c00, 0x7800, 0xb401,
                                       0x5000, 0x9c01, 0x8801, 0x4400};

uint16_t rtu_crc(const uint8_t *data, size_t len)
{
    uint16_t crc = 0xffff;
    for (size_t i = 0; i < len; i++) {
        crc = (uint16_t)(crc >> 4 ^ crc_table[(crc ^ data[i]) & 15]);
        crc = (uint16_t)(crc >> 4 ^ crc_table[(crc ^ data[i] >> 4) & 15]);
    }
    return crc;
}

bool rtu_crc_is_right(const uint8_t *data, size_t len)
{
    if (len <= CRC_SIZE)
        return false;
    uint16_t crc = rtu_crc(data, len - CRC_SIZE);
    return data[len - 2] == (crc & 0xff) && data[len - 1] == crc >> 8;
}

size_t rtu_write_frame(uint8_t unit, const uint8_t *pdu, size_t pdu_len, uint8_t out[RTU_ADU_MAX])
{
    pw_require(pdu_len >= 1 && pdu_len <= RTU_PDU_MAX);
    out[0] = unit;
    memcpy(out + 1, pdu, pdu_len);
    uint16_t crc = rtu_crc(out, pdu_len + 1);
    out[pdu_len + 1] = (uint8_t)crc;
    out[pdu_len + 2] = (uint8_t)(crc >> 8);
    return pdu_len + 3;
}

void rtu_write_request(const struct modbus_request *r, uint8_t out[RTU_REQUEST_SIZE])
{
    out[0] = r->unit;
    out[1] = r->function;
    out[2] = (uint8_t)(r->address >> 8);
    out[3] = (uint8_t)r->address;
    out[4] = (uint8_t)(r->count >> 8);
    out[5] = (uint8_t)r->count;
    uint16_t crc = rtu_crc(out, RTU_REQUEST_SIZE - CRC_SIZE);
    out[6] = (uint8_t)crc;
    out[7] = (uint8_t)(crc >> 8);
}

size_t rtu_reply_size(const struct modbus_request *r)
{
    if (modbus_is_write(r->function))
        return WRITE_REPLY_SIZE;
    return HEAD_SIZE + 1 + modbus_reply_data_len(r->function, r->count) + CRC_SIZE;
}

void rtu_parser_reset(struct rtu_parser *p)
{
    p->len = 0;
    p->lost = false;
}

static bool is_read(uint8_t function)
{
    return function >= MODBUS_READ_COILS && function <= MODBUS_READ_INPUT_REGISTERS;
}

/* The size of the reply that begins at frame; PW_EMORE while that cannot be seen yet. */
static int frame_size(const uint8_t *frame, size_t len, size_t *out)
{
    if (len < HEAD_SIZE)
        return PW_EMORE;
    uint8_t function = frame[1];
    if (function & EXCEPTION_BIT) {
        *out = RTU_EXCEPTION_SIZE;
        return 0;
    }
    if (function == WRITE_COIL || function == WRITE_REGISTER || function == WRITE_COILS ||
        function == WRITE_REGISTERS) {
        *out = WRITE_REPLY_SIZE;
        return 0;
    }
    if (!is_read(function))
        return PW_ECORRUPT;
    if (len <= HEAD_SIZE)
        return PW_EMORE;
    *out = HEAD_SIZE + 1u + frame[HEAD_SIZE] + CRC_SIZE;
    return *out <= RTU_ADU_MAX ? 0 : PW_ECORRUPT;
}

static void keep(struct rtu_parser *p, size_t upto, const uint8_t **data, size_t *len)
{
    size_t take = upto - p->len < *len ? upto - p->len : *len;
    memcpy(p->frame + p->len, *data, take);
    p->len += take;
    *data += take;
    *len -= take;
}

static int lose(struct rtu_parser *p, struct mbap_adu *out)
{
    *out = (struct mbap_adu){.frame = p->frame, .frame_len = p->len};
    p->lost = true;
    p->len = 0;
    return PW_ECORRUPT;
}

static int whole(struct rtu_parser *p, size_t size, struct mbap_adu *out)
{
    if (!rtu_crc_is_right(p->frame, size))
        return lose(p, out);
    *out = (struct mbap_adu){.unit = p->frame[0],
                             .pdu = p->frame + 1,
                             .pdu_len = size - 1 - CRC_SIZE,
                             .frame = p->frame,
                             .frame_len = size};
    p->len = 0;
    return 0;
}

int rtu_parser_next(struct rtu_parser *p, const uint8_t **data, size_t *len, struct mbap_adu *out)
{
    if (p->lost) {
        *data += *len;
        *len = 0;
    }
    while (*len > 0) {
        size_t size = p->len + 1;
        int err = frame_size(p->frame, p->len, &size);
        if (err == PW_ECORRUPT)
            return lose(p, out);
        keep(p, size, data, len);
        if (err == 0 && p->len == size)
            return whole(p, size, out);
    }
    if (frame_size(p->frame, p->len, &(size_t){0}) == PW_ECORRUPT)
        return lose(p, out);
    return PW_EMORE;
}

bool rtu_is_read_request(const uint8_t *data, size_t len)
{
    size_t size = 0;
    if (len != RTU_REQUEST_SIZE || !is_read(data[1]) || !rtu_crc_is_right(data, len))
        return false;
    return frame_size(data, len, &size) != 0 || size != len;
}
