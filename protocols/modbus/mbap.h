/* Modbus TCP framing (MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3): requests of
 * the four read and four write functions, replies cut out of the byte stream, and the check of a
 * reply against the request it claims to answer. No socket, no clock, no memory: everything is
 * borrowed. */
#ifndef PROTOCOLS_MODBUS_MBAP_H
#define PROTOCOLS_MODBUS_MBAP_H

#include "acq/core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MBAP_HEADER_SIZE = 7, /* transaction, protocol, length, unit */
    MBAP_ADU_MAX = 260,
    MBAP_REQUEST_SIZE = 12,
    MODBUS_REGISTERS_MAX = 125, /* of one read */
    MODBUS_BITS_MAX = 2000
};

enum modbus_function {
    MODBUS_READ_COILS = 1,
    MODBUS_READ_DISCRETE_INPUTS = 2,
    MODBUS_READ_HOLDING_REGISTERS = 3,
    MODBUS_READ_INPUT_REGISTERS = 4,
    MODBUS_WRITE_COIL = 5,
    MODBUS_WRITE_REGISTER = 6,
    MODBUS_WRITE_COILS = 15,
    MODBUS_WRITE_REGISTERS = 16
};

enum { MODBUS_WRITE_DATA_MAX = 8, MODBUS_PDU_MAX = 253 };

struct modbus_request {
    uint16_t transaction;
    uint8_t unit;
    uint8_t function;
    uint16_t address;
    uint16_t count;   /* registers, or bits of functions 1, 2 and 15; the value of 5 and 6 */
    uint8_t data_len; /* of functions 15 and 16 */
    uint8_t data[MODBUS_WRITE_DATA_MAX];
};

/* Reads only. */
void mbap_write_request(const struct modbus_request *r, uint8_t out[MBAP_REQUEST_SIZE]);
/* Of any function above; returns the length. */
size_t mbap_write_frame(const struct modbus_request *r, uint8_t out[MBAP_ADU_MAX]);
size_t modbus_write_pdu(const struct modbus_request *r, uint8_t out[MODBUS_PDU_MAX]);
static inline bool modbus_is_write(uint8_t function)
{
    return function == MODBUS_WRITE_COIL || function == MODBUS_WRITE_REGISTER ||
           function == MODBUS_WRITE_COILS || function == MODBUS_WRITE_REGISTERS;
}

/* Bytes of data in a good reply: two for each register, eight bits to a byte. */
size_t modbus_reply_data_len(uint8_t function, uint16_t count);

/* One application data unit. Points into the bytes handed to mbap_parser_next() or into the
 * parser; valid until the parser is used again. */
struct mbap_adu {
    uint16_t transaction;
    uint8_t unit;
    const uint8_t *pdu; /* function code and what follows, 1..253 bytes */
    size_t pdu_len;
    const uint8_t *frame; /* the whole unit, header included */
    size_t frame_len;
};

/* Holds the beginning of a unit whose rest has not arrived. All zero is a fresh parser. */
struct mbap_parser {
    size_t len;
    uint8_t frame[MBAP_ADU_MAX];
};

void mbap_parser_reset(struct mbap_parser *p);

/* Takes the next unit out of *data, *len and moves both behind it. 0: *out is a unit. PW_EMORE:
 * all was taken, nothing is complete. PW_ESYNTAX: framing is lost (protocol identifier not 0, or
 * length outside 2..254) and cannot be found again: close the connection, reset the parser. */
PW_MUST_CHECK int mbap_parser_next(struct mbap_parser *p, const uint8_t **data, size_t *len,
                                   struct mbap_adu *out);

enum modbus_check {
    MODBUS_REPLY_GOOD,
    MODBUS_REPLY_EXCEPTION,
    MODBUS_REPLY_OTHER_TRANSACTION, /* late, or never asked */
    MODBUS_REPLY_FOREIGN_UNIT,
    MODBUS_REPLY_WRONG_FUNCTION, /* or the answer to another write */
    MODBUS_REPLY_WRONG_LENGTH
};

struct modbus_reply {
    uint8_t exception;   /* of MODBUS_REPLY_EXCEPTION */
    const uint8_t *data; /* of MODBUS_REPLY_GOOD; borrowed from the unit; NULL of a write */
    size_t data_len;     /* exactly modbus_reply_data_len() of the request */
};

/* Whether adu answers r, strictly; *out is written for good replies and exceptions only. */
enum modbus_check modbus_reply_check(const struct modbus_request *r, const struct mbap_adu *adu,
                                     struct modbus_reply *out);

#endif
