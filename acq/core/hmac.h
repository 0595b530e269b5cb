/* HMAC-SHA256 (RFC 2104, FIPS 180-4), as HTTP APIs sign with. */
#ifndef ACQ_CORE_HMAC_H
#define ACQ_CORE_HMAC_H

#include <stddef.h>

enum { HMAC_SHA256_HEX_SIZE = 65 };

/* Lower-case hex, NUL-terminated; returns out. */
const char *hmac_sha256_hex(const char *key, const void *data, size_t len,
                            char out[HMAC_SHA256_HEX_SIZE]);

#endif
