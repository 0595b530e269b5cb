/* Modbus TCP frames as the simulator sees them: what stands at the front of a stream, and replies
 * that are wrong on purpose (libmodbus only builds right ones). Pure. */
#ifndef ACQ_SIM_FRAME_H
#define ACQ_SIM_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum {
    FRAME_MAX = 260,
    FRAME_MBAP = 7,          /* transaction 2, protocol 2, length 2, unit 1 */
    FRAME_EXCEPTION_LEN = 9, /* header, function with its top bit set, code */
    EXCEPTION_FUNCTION = 1,
    EXCEPTION_VALUE = 3,
    EXCEPTION_GATEWAY_TARGET = 11
};

enum frame_verdict {
    FRAME_PARTIAL, /* more bytes are needed */
    FRAME_BROKEN,  /* not Modbus TCP: the connection is of no more use */
    FRAME_REQUEST, /* whole, and libmodbus will read exactly these bytes */
    FRAME_UNKNOWN  /* whole, but a function or a length that libmodbus would misread:
                      to be answered with `exception` by hand */
};

struct frame_request {
    uint8_t unit;
    uint8_t function;
    uint16_t address; /* 0 where the function has none */
    uint16_t count;   /* 1 for the writes of one cell; 0 where the function has none */
    uint8_t exception;
    size_t len; /* bytes of the whole frame */
};

/* Looks at the first frame of data. *out is filled for FRAME_REQUEST and FRAME_UNKNOWN. */
enum frame_verdict frame_look(const uint8_t *data, size_t len, struct frame_request *out);

/* The exception reply to a request frame; returns its length. */
size_t frame_exception(const uint8_t *request, uint8_t code, uint8_t out[FRAME_MAX]);

/* Changes a reply in place. */
void frame_set_transaction(uint8_t *reply, uint16_t id);
uint16_t frame_transaction(const uint8_t *frame);
void frame_set_unit(uint8_t *reply, uint8_t unit);
/* Makes the header one that no Modbus TCP frame has. */
void frame_break(uint8_t *reply);
/* A reply that promises and carries one register less (one byte less of bits; one more when there
 * would be nothing left) than was asked, with lengths that agree with each other; an exception or
 * a write's echo stays as it is. Returns the new length. */
size_t frame_set_wrong_count(uint8_t reply[FRAME_MAX], size_t len);

/* RTU frames: unit, PDU, CRC-16. */
enum { FRAME_RTU_MAX = 256 };
uint16_t frame_crc(const uint8_t *data, size_t len);
/* The request at the front of data, as a Modbus TCP frame with transaction 0; *out_taken bytes of
 * data are it, or to be dropped. FRAME_PARTIAL, FRAME_REQUEST (there is a frame, for frame_look()),
 * or FRAME_BROKEN: no request begins like this, or its CRC is wrong. */
enum frame_verdict frame_from_rtu(const uint8_t *data, size_t len, uint8_t out[FRAME_MAX],
                                  size_t *out_taken, size_t *out_len);
/* The other way round; returns the length. */
size_t frame_to_rtu(const uint8_t *frame, size_t len, uint8_t out[FRAME_RTU_MAX]);

#endif
