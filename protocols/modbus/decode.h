/* From registers and bits to values. A decoder is the plan for one value, made once when the
 * configuration is loaded, so that a reply costs some nanoseconds a value. A value is never made
 * up: NaN, infinity and what lies outside the valid range carry their quality, and the registers
 * as received stay beside the value. Pure; any thread. */
#ifndef PROTOCOLS_MODBUS_DECODE_H
#define PROTOCOLS_MODBUS_DECODE_H

#include "acq/core/err.h"
#include "acq/core/sample.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum modbus_type {
    MODBUS_COIL, /* one bit of a reply to function 1 or 2 */
    MODBUS_BIT,  /* one bit of a register */
    MODBUS_INT16,
    MODBUS_UINT16,
    MODBUS_INT32,
    MODBUS_UINT32,
    MODBUS_INT64,
    MODBUS_UINT64,
    MODBUS_FLOAT32,
    MODBUS_FLOAT64,
    MODBUS_BCD16, /* four decimal digits */
    MODBUS_BCD32, /* eight */
    MODBUS_STRING /* bytes of text: modbus_text() */
};

enum {
    MODBUS_STRING_WORDS_MAX = 32,
    MODBUS_TEXT_SIZE = 2 * MODBUS_STRING_WORDS_MAX + 1,
    MODBUS_CODES_MAX = 8
};

/* How the bytes A (most significant) to D stand on the wire; 64 bits likewise: CDAB has the least
 * significant word first, BADC the bytes of each word exchanged, DCBA both. Of a single register
 * BADC and DCBA exchange the two bytes. */
enum modbus_order { MODBUS_ABCD, MODBUS_CDAB, MODBUS_BADC, MODBUS_DCBA };

struct modbus_decode_spec {
    enum modbus_type type;
    enum modbus_order order;
    uint8_t bit;    /* of MODBUS_BIT: 0 (least significant)..15 */
    uint16_t place; /* from the reply's first register, or bit of MODBUS_COIL */
    uint8_t words;  /* of MODBUS_STRING: 1..MODBUS_STRING_WORDS_MAX */
    /* What the maker writes instead of a value, as the type reads it before scaling; BCD: as plain
     * binary, so that FFFF can be one. Borrowed as long as the decoder lives. */
    const double *codes;
    uint8_t code_count;
    double scale; /* value = raw * scale + offset */
    double offset;
    bool has_range;
    double range_min; /* of the value, after scaling */
    double range_max;
};

struct modbus_decoder {
    uint8_t type;
    uint8_t words;
    uint8_t swap;    /* 1: exchange the bytes of each word */
    uint8_t reverse; /* 1: least significant word first */
    uint8_t bit;
    uint8_t code_count;
    bool plain;     /* an unscaled 16-bit register */
    bool normalise; /* to 9 significant digits: num_normalise_9() */
    uint16_t place;
    uint16_t end; /* bytes of data that must be there */
    double scale, offset;
    double min, max;
    const double *codes;
};

/* PW_EINVAL when the numbers are not finite, the bit or the place is out of its range. */
PW_MUST_CHECK int modbus_decoder_init(struct modbus_decoder *d,
                                      const struct modbus_decode_spec *spec);

/* Another place, for the same value in the reply to another request. */
void modbus_decoder_move(struct modbus_decoder *d, uint16_t place);

/* Decodes count values from the data of one good reply: value i into samples[targets[i]]. The data
 * must reach as far as every decoder's end: checked against the request before. */
void modbus_decode(const struct modbus_decoder *d, const uint32_t *targets, size_t count,
                   const uint8_t *data, size_t data_len, struct sample *samples);

/* The text of a MODBUS_STRING decoder: up to the first NUL, without spaces around it, valid UTF-8,
 * what cannot be printed as '?'. Returns its length; 0: there is none. The sample of such a decoder
 * has no number: QUALITY_NOT_A_NUMBER. */
size_t modbus_text(const struct modbus_decoder *d, const uint8_t *data, size_t data_len,
                   char out[MODBUS_TEXT_SIZE]);

/* A sample that says why there is no value. */
void modbus_no_value(quality why, struct sample *out);

#endif
