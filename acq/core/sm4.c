#include "acq/core/sm4.h"

#include "acq/core/err.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>

struct sm4 {
    EVP_CIPHER_CTX *encrypt;
    EVP_CIPHER_CTX *decrypt;
};

struct sm4 *sm4_new(const uint8_t key[SM4_KEY_SIZE])
{
    struct sm4 *s = malloc(sizeof *s);
    pw_require(s != NULL);
    s->encrypt = EVP_CIPHER_CTX_new();
    s->decrypt = EVP_CIPHER_CTX_new();
    pw_require(s->encrypt != NULL && s->decrypt != NULL);
    sm4_set_key(s, key);
    return s;
}

void sm4_free(struct sm4 *s)
{
    if (!s)
        return;
    EVP_CIPHER_CTX_free(s->encrypt);
    EVP_CIPHER_CTX_free(s->decrypt);
    free(s);
}

void sm4_set_key(struct sm4 *s, const uint8_t key[SM4_KEY_SIZE])
{
    pw_require(EVP_EncryptInit_ex(s->encrypt, EVP_sm4_ecb(), NULL, key, NULL) == 1);
    pw_require(EVP_DecryptInit_ex(s->decrypt, EVP_sm4_ecb(), NULL, key, NULL) == 1);
    EVP_CIPHER_CTX_set_padding(s->encrypt, 0);
    EVP_CIPHER_CTX_set_padding(s->decrypt, 0);
}

static void cipher(EVP_CIPHER_CTX *ctx, const void *in, size_t len, void *out)
{
    int done = 0;
    pw_require(len % SM4_BLOCK_SIZE == 0 && len <= INT_MAX);
    pw_require(EVP_CipherUpdate(ctx, out, &done, in, (int)len) == 1 && (size_t)done == len);
}

void sm4_ecb_encrypt(struct sm4 *s, const void *in, size_t len, void *out)
{
    cipher(s->encrypt, in, len, out);
}

void sm4_ecb_decrypt(struct sm4 *s, const void *in, size_t len, void *out)
{
    cipher(s->decrypt, in, len, out);
}
