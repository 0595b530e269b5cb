/* The generated tables, between factor.c and factor_table.c. An index holds row numbers from 1,
 * open addressing; 0 is a free slot. */
#ifndef PROTOCOLS_HJ212_FACTOR_PRIVATE_H
#define PROTOCOLS_HJ212_FACTOR_PRIVATE_H

#include "protocols/hj212/factor.h"

enum { HJ212_INDEX_2005_BITS = 8, HJ212_INDEX_2017_BITS = 10 };

extern const struct hj212_factor hj212_factors_2005[];
extern const size_t hj212_factors_2005_count;
extern const uint16_t hj212_factor_index_2005[256];
extern const struct hj212_factor hj212_factors_2017[];
extern const size_t hj212_factors_2017_count;
extern const uint16_t hj212_factor_index_2017[1024];
extern const struct hj212_factor hj212_factors_2025[];
extern const size_t hj212_factors_2025_count;

#endif
