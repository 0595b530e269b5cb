/* Signatures with SM2 and SM3 (GB/T 32918.2-2016, GB/T 35276-2017) over libcrypto, with the usual
 * distinguishing identifier 1234567812345678: made here, checked with
 * `openssl dgst -sm3 -verify PUBLIC.pem -sigopt distid:1234567812345678`. Blocking: reads a file.
 */
#ifndef ACQ_CORE_SM2_H
#define ACQ_CORE_SM2_H

#include "acq/core/err.h"

#include <stddef.h>

enum { SM2_TEXT_SIZE = 128 }; /* of a signature (DER) in base64, with its NUL */

struct sm2_key;

/* A private key in PEM without a pass phrase. PW_EIO, PW_ESYNTAX or PW_EINVAL (a key of another
 * kind); why says it in a few words. */
PW_MUST_CHECK int sm2_key_load(const char *path, struct sm2_key **out, char *why, size_t why_size);
/* NULL is fine. */
void sm2_key_free(struct sm2_key *key);

/* Signs len bytes. PW_ESTATE when libcrypto refuses. */
PW_MUST_CHECK int sm2_sign(const struct sm2_key *key, const void *data, size_t len,
                           char out[SM2_TEXT_SIZE]);

#endif
