/* SM3 (GB/T 32905-2016) over libcrypto: the journal's chain and the digests of configurations. */
#ifndef ACQ_CORE_SM3_H
#define ACQ_CORE_SM3_H

#include <stddef.h>
#include <stdint.h>

enum { SM3_SIZE = 32, SM3_HEX_SIZE = 65 };

struct sm3;

/* Our fault if libcrypto has no SM3: stops the process. */
struct sm3 *sm3_new(void);
void sm3_free(struct sm3 *s);
void sm3_update(struct sm3 *s, const void *data, size_t len);
/* Gives the digest and begins anew. */
void sm3_final(struct sm3 *s, uint8_t out[SM3_SIZE]);

void sm3_once(const void *data, size_t len, uint8_t out[SM3_SIZE]);
/* 64 lower-case hex digits and NUL; returns out. */
const char *sm3_hex(const uint8_t digest[SM3_SIZE], char out[SM3_HEX_SIZE]);

#endif
