/* The encryption of HJ 212-2025 (6.4): SM4-ECB without padding over the text between "CP=&&" and
 * "&&" in groups of 16 bytes; a tail shorter than that stays in clear, and the sum is that of the
 * plain text. */
#ifndef PROTOCOLS_HJ212_CRYPT_H
#define PROTOCOLS_HJ212_CRYPT_H

#include "acq/core/err.h"
#include "acq/core/sm4.h"
#include "protocols/hj212/frame.h"
#include "protocols/hj212/text.h"

#include <stddef.h>

/* The plain segment of a frame in plain[0..size), which must hold the frame's segment. PW_ESYNTAX
 * when it has no CP. Whether the key was right shows in the sum. */
PW_MUST_CHECK int hj212_decrypt(struct sm4 *key, const struct hj212_frame *frame, char *plain,
                                size_t size, struct hj212_text *out);

/* Encrypts the CP of segment[0..len) in place. PW_ESYNTAX when it has none. */
PW_MUST_CHECK int hj212_encrypt(struct sm4 *key, char *segment, size_t len);
/* Turns the cipher bytes of segment[0..len) into "{0xE4,...}". PW_EFULL when size is too small, or
 * PW_ESYNTAX; the new length in *out_len. */
PW_MUST_CHECK int hj212_cipher_to_literal(char *segment, size_t len, size_t size, size_t *out_len);

/* The key of 16 characters that 1014 carries, or 32 hex digits. PW_ESYNTAX for any other length. */
PW_MUST_CHECK int hj212_key_parse(struct hj212_text t, uint8_t out[SM4_KEY_SIZE]);

#endif
