/* Modbus RTU framing (MODBUS over Serial Line V1.02, 2.5.1): unit, PDU, CRC-16 with its low byte
 * first. Frames carry no length and no transaction: where one ends follows from its function and
 * byte count, and after a frame that cannot be right only silence tells where the next begins. No
 * port, no clock, no memory: the caller measures the silence. */
#ifndef PROTOCOLS_MODBUS_RTU_H
#define PROTOCOLS_MODBUS_RTU_H

#include "protocols/modbus/mbap.h"

#include <stdbool.h>

enum {
    RTU_ADU_MAX = 256,
    RTU_REQUEST_SIZE = 8,
    RTU_EXCEPTION_SIZE = 5,
    RTU_PDU_MAX = RTU_ADU_MAX - 3
};

uint16_t rtu_crc(const uint8_t *data, size_t len);
/* Whether data ends in the CRC of what stands before it. */
bool rtu_crc_is_right(const uint8_t *data, size_t len);

/* unit, pdu and CRC; pdu has 1..RTU_PDU_MAX bytes. Returns the length. */
size_t rtu_write_frame(uint8_t unit, const uint8_t *pdu, size_t pdu_len, uint8_t out[RTU_ADU_MAX]);
void rtu_write_request(const struct modbus_request *r, uint8_t out[RTU_REQUEST_SIZE]);

/* Bytes of a good reply. */
size_t rtu_reply_size(const struct modbus_request *r);

/* Holds the beginning of a frame whose rest has not arrived. All zero is a fresh parser. */
struct rtu_parser {
    size_t len;
    bool lost; /* takes and drops all bytes until it is reset */
    uint8_t frame[RTU_ADU_MAX];
};

/* To be called when the line was silent. */
void rtu_parser_reset(struct rtu_parser *p);

/* Takes the next reply out of *data, *len and moves both behind it. 0: *out is a frame whose CRC is
 * right, its transaction 0, valid until the parser is used again. PW_EMORE: all was taken, nothing
 * is complete. PW_ECORRUPT: the CRC is wrong or no reply can begin like this; out->frame shows the
 * bytes, and the parser is lost. modbus_reply_check() takes the frame, with a request whose
 * transaction is 0. */
PW_MUST_CHECK int rtu_parser_next(struct rtu_parser *p, const uint8_t **data, size_t *len,
                                  struct mbap_adu *out);

/* Whether these bytes are a read request and cannot be a reply: another master speaks. */
bool rtu_is_read_request(const uint8_t *data, size_t len);

#endif
