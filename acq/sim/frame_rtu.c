#include "acq/sim/frame.h"

#include <string.h>

enum {
    CRC_SIZE = 2,
    FIXED_SIZE = 8, /* of functions 1 to 6 */
    WRITE_HEAD = 7, /* of 15 and 16, the byte count included */
    REST_LEAST = 4, /* unit, function, CRC */
    WRITE_COILS = 15,
    WRITE_REGISTERS = 16
};

/* As the standard describes it, bit by bit. */
uint16_t frame_crc(const uint8_t *data, size_t len)
{
    unsigned crc = 0xffff;
    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
    }
    return (uint16_t)crc;
}

/* 0: not to be seen yet. A function that is not known ends where the bytes end. */
static size_t request_size(const uint8_t *data, size_t len)
{
    if (len < 2)
        return 0;
    if (data[1] >= 1 && data[1] <= 6)
        return FIXED_SIZE;
    if (data[1] == WRITE_COILS || data[1] == WRITE_REGISTERS)
        return len < WRITE_HEAD ? 0 : WRITE_HEAD + (size_t)data[6] + CRC_SIZE;
    return len < REST_LEAST ? 0 : len;
}

enum frame_verdict frame_from_rtu(const uint8_t *data, size_t len, uint8_t out[FRAME_MAX],
                                  size_t *out_taken, size_t *out_len)
{
    size_t size = request_size(data, len);
    if (size == 0 || (size > len && size <= FRAME_RTU_MAX))
        return FRAME_PARTIAL;
    *out_taken = len;
    if (size > FRAME_RTU_MAX)
        return FRAME_BROKEN;
    uint16_t crc = frame_crc(data, size - CRC_SIZE);
    if (data[size - 2] != (crc & 0xff) || data[size - 1] != crc >> 8)
        return FRAME_BROKEN;
    memset(out, 0, FRAME_MBAP);
    out[5] = (uint8_t)(size - CRC_SIZE);
    memcpy(out + FRAME_MBAP - 1, data, size - CRC_SIZE);
    *out_taken = size;
    *out_len = FRAME_MBAP - 1 + size - CRC_SIZE;
    return FRAME_REQUEST;
}

size_t frame_to_rtu(const uint8_t *frame, size_t len, uint8_t out[FRAME_RTU_MAX])
{
    size_t body = len - (FRAME_MBAP - 1);
    memcpy(out, frame + FRAME_MBAP - 1, body);
    uint16_t crc = frame_crc(out, body);
    out[body] = (uint8_t)crc;
    out[body + 1] = (uint8_t)(crc >> 8);
    return body + CRC_SIZE;
}
