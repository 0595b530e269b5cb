#include "acq/sim/frame.h"

#include <stdbool.h>
#include <string.h>

enum {
    READ_COILS = 1,
    READ_DISCRETE = 2,
    READ_HOLDING = 3,
    READ_INPUT = 4,
    WRITE_COIL = 5,
    WRITE_REGISTER = 6,
    WRITE_COILS = 15,
    WRITE_REGISTERS = 16,
    READ_BITS_MAX = 2000,
    READ_REGISTERS_MAX = 125,
    WRITE_BITS_MAX = 1968,
    WRITE_REGISTERS_MAX = 123,
    PDU_READ = 5 /* function, address, count */
};

static uint16_t word_at(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static void put_word(uint8_t *p, unsigned word)
{
    p[0] = (uint8_t)(word >> 8);
    p[1] = (uint8_t)word;
}

static unsigned count_max(uint8_t function)
{
    switch (function) {
    case READ_COILS:
    case READ_DISCRETE:
        return READ_BITS_MAX;
    case READ_HOLDING:
    case READ_INPUT:
        return READ_REGISTERS_MAX;
    case WRITE_COILS:
        return WRITE_BITS_MAX;
    case WRITE_REGISTERS:
        return WRITE_REGISTERS_MAX;
    case WRITE_COIL:
    case WRITE_REGISTER:
        return 1;
    default:
        return 0;
    }
}

/* Length of the PDU that the function and its count ask for. */
static size_t pdu_wanted(const struct frame_request *r)
{
    if (r->function == WRITE_COILS)
        return PDU_READ + 1u + (r->count + 7u) / 8u;
    if (r->function == WRITE_REGISTERS)
        return PDU_READ + 1u + 2u * r->count;
    return PDU_READ;
}

static enum frame_verdict look_inside(const uint8_t *data, size_t pdu_len, struct frame_request *r)
{
    const uint8_t *pdu = data + FRAME_MBAP;
    unsigned max = count_max(r->function);
    r->exception = max ? EXCEPTION_VALUE : EXCEPTION_FUNCTION;
    if (!max || pdu_len < PDU_READ)
        return FRAME_UNKNOWN;
    bool single = r->function == WRITE_COIL || r->function == WRITE_REGISTER;
    r->address = word_at(pdu + 1);
    r->count = single ? 1 : word_at(pdu + 3);
    if (r->count == 0 || r->count > max || pdu_len != pdu_wanted(r))
        return FRAME_UNKNOWN;
    if (pdu_len > PDU_READ && pdu[PDU_READ] != pdu_len - PDU_READ - 1)
        return FRAME_UNKNOWN;
    r->exception = 0;
    return FRAME_REQUEST;
}

enum frame_verdict frame_look(const uint8_t *data, size_t len, struct frame_request *out)
{
    if (len < FRAME_MBAP + 1)
        return FRAME_PARTIAL;
    size_t rest = word_at(data + 4); /* unit and PDU */
    if (word_at(data + 2) != 0 || rest < 2 || rest > FRAME_MAX - 6)
        return FRAME_BROKEN;
    if (len < rest + 6)
        return FRAME_PARTIAL;
    *out = (struct frame_request){.unit = data[6], .function = data[7], .len = rest + 6};
    return look_inside(data, rest - 1, out);
}

size_t frame_exception(const uint8_t *request, uint8_t code, uint8_t out[FRAME_MAX])
{
    memcpy(out, request, FRAME_MBAP);
    put_word(out + 4, 3);
    out[7] = request[7] | 0x80;
    out[8] = code;
    return FRAME_EXCEPTION_LEN;
}

void frame_set_transaction(uint8_t *reply, uint16_t id)
{
    put_word(reply, id);
}

uint16_t frame_transaction(const uint8_t *frame)
{
    return word_at(frame);
}

void frame_set_unit(uint8_t *reply, uint8_t unit)
{
    reply[6] = unit;
}

void frame_break(uint8_t *reply)
{
    put_word(reply + 2, 0x5555);
}

size_t frame_set_wrong_count(uint8_t reply[FRAME_MAX], size_t len)
{
    uint8_t function = reply[7];
    if (function < READ_COILS || function > READ_INPUT || len < FRAME_MBAP + 3)
        return len;
    size_t step = function >= READ_HOLDING ? 2 : 1;
    size_t data = reply[8];
    size_t wrong = data > step ? data - step : data + step;
    memset(reply + FRAME_MBAP + 2 + data, 0, wrong > data ? step : 0);
    reply[8] = (uint8_t)wrong;
    put_word(reply + 4, (unsigned)wrong + 3);
    return FRAME_MBAP + 2 + wrong;
}
