/* From a value to the registers that mean it: the inverse of decode.h, for writes. Nothing is
 * rounded away: a value that the registers cannot hold is refused. Pure; any thread. */
#ifndef PROTOCOLS_MODBUS_ENCODE_H
#define PROTOCOLS_MODBUS_ENCODE_H

#include "protocols/modbus/decode.h"

enum { MODBUS_ENCODED_MAX = 8 };

/* Writes the bytes as they stand on the wire; *out_len 2, 4 or 8. Of a coil one byte, 0 or 1.
 * PW_EINVAL for a value outside the type or the spec's range, between two counts, and for
 * MODBUS_BIT and MODBUS_STRING. */
PW_MUST_CHECK int modbus_encode(const struct modbus_decode_spec *spec, double value,
                                uint8_t out[MODBUS_ENCODED_MAX], size_t *out_len);

#endif
