/* Between write.c and split.c. */
#ifndef PROTOCOLS_HJ212_WRITE_PRIVATE_H
#define PROTOCOLS_HJ212_WRITE_PRIVATE_H

#include "protocols/hj212/write.h"

/* Bytes before "CP=". */
size_t hj212_header_len(const struct hj212_profile *profile, const struct hj212_head *head);

#endif
