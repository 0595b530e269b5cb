/* The check sum of HJ 212, and which of three sums a peer really sends. The standard's sum is not
 * Modbus: it throws the low byte away before each byte, so that 256 values exist (HJ 212-2017
 * Appendix A). Some field machines send Modbus CRC-16 instead, often with its bytes swapped. */
#ifndef PROTOCOLS_HJ212_CRC_H
#define PROTOCOLS_HJ212_CRC_H

#include "acq/core/err.h"

#include <stddef.h>
#include <stdint.h>

uint16_t hj212_crc(const void *data, size_t len);
uint16_t hj212_crc_modbus(const void *data, size_t len);

enum hj212_crc_variant {
    HJ212_CRC_UNKNOWN, /* of a state: none is locked; of a setting: find out */
    HJ212_CRC_STANDARD,
    HJ212_CRC_MODBUS,
    HJ212_CRC_MODBUS_SWAPPED
};

/* "auto", "standard", "modbus", "modbus-swapped". */
const char *hj212_crc_variant_name(enum hj212_crc_variant v);
PW_MUST_CHECK int hj212_crc_variant_parse(const char *name, enum hj212_crc_variant *out);

enum { HJ212_CRC_LOCK_HITS = 3, HJ212_CRC_STATE_SIZE = 24 };

/* What is known of one peer. All zero is a peer never met. */
struct hj212_crc_state {
    enum hj212_crc_variant locked;
    enum hj212_crc_variant last; /* of the last good frame */
    unsigned hits;               /* good frames in a row with `last`, at most HJ212_CRC_LOCK_HITS */
};

/* Which variant makes `received` the sum of data. With a fixed setting or a locked state only that
 * one is tried, else standard, Modbus swapped, Modbus. PW_ECORRUPT when none does. Learns nothing:
 * call hj212_crc_hit() once the frame has proved good. */
PW_MUST_CHECK int hj212_crc_judge(const struct hj212_crc_state *s, enum hj212_crc_variant setting,
                                  const void *data, size_t len, uint16_t received,
                                  enum hj212_crc_variant *out);
/* A good frame with v; the third in a row locks. */
void hj212_crc_hit(struct hj212_crc_state *s, enum hj212_crc_variant v);

/* "modbus-swapped locked", "standard 2", "auto 0": what is kept over a restart. Returns out. */
const char *hj212_crc_state_format(const struct hj212_crc_state *s, char out[HJ212_CRC_STATE_SIZE]);
PW_MUST_CHECK int hj212_crc_state_parse(const char *text, struct hj212_crc_state *out);

#endif
