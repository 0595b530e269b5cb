/* SM4 (GB/T 32907-2016) in ECB mode over libcrypto, for whole blocks and without padding: what HJ
 * 212 encrypts with. Making one or changing its key may take memory; ciphering never does. */
#ifndef ACQ_CORE_SM4_H
#define ACQ_CORE_SM4_H

#include <stddef.h>
#include <stdint.h>

enum { SM4_KEY_SIZE = 16, SM4_BLOCK_SIZE = 16 };

struct sm4;

/* Our fault if libcrypto has no SM4: stops the process. */
struct sm4 *sm4_new(const uint8_t key[SM4_KEY_SIZE]);
/* Overwrites the key. s may be NULL. */
void sm4_free(struct sm4 *s);
void sm4_set_key(struct sm4 *s, const uint8_t key[SM4_KEY_SIZE]);

/* len is a multiple of SM4_BLOCK_SIZE; out may be in, else they do not overlap. */
void sm4_ecb_encrypt(struct sm4 *s, const void *in, size_t len, void *out);
void sm4_ecb_decrypt(struct sm4 *s, const void *in, size_t len, void *out);

#endif
