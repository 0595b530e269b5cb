/* Tables between crc.c and crc_table.c. */
#ifndef PROTOCOLS_HJ212_CRC_PRIVATE_H
#define PROTOCOLS_HJ212_CRC_PRIVATE_H

#include "protocols/hj212/crc.h"

/* Each byte through eight steps of the reflected polynomial 0xA001. */
extern const uint16_t hj212_crc_table[256];
/* The high byte of that, once, twice, ... eight times. */
extern const uint8_t hj212_crc_steps[8][256];

#endif
