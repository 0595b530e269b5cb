#include "acq/core/sm3.h"

#include "acq/core/err.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct sm3 {
    EVP_MD_CTX *ctx;
};

static void begin(struct sm3 *s)
{
    pw_require(EVP_DigestInit_ex(s->ctx, EVP_sm3(), NULL) == 1);
}

struct sm3 *sm3_new(void)
{
    struct sm3 *s = malloc(sizeof *s);
    pw_require(s != NULL);
    s->ctx = EVP_MD_CTX_new();
    pw_require(s->ctx != NULL);
    begin(s);
    return s;
}

void sm3_free(struct sm3 *s)
{
    if (!s)
        return;
    EVP_MD_CTX_free(s->ctx);
    free(s);
}

void sm3_update(struct sm3 *s, const void *data, size_t len)
{
    pw_require(EVP_DigestUpdate(s->ctx, data, len) == 1);
}

void sm3_final(struct sm3 *s, uint8_t out[SM3_SIZE])
{
    unsigned len = 0;
    pw_require(EVP_DigestFinal_ex(s->ctx, out, &len) == 1 && len == SM3_SIZE);
    begin(s);
}

void sm3_once(const void *data, size_t len, uint8_t out[SM3_SIZE])
{
    struct sm3 *s = sm3_new();
    sm3_update(s, data, len);
    sm3_final(s, out);
    sm3_free(s);
}

const char *sm3_hex(const uint8_t digest[SM3_SIZE], char out[SM3_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < SM3_SIZE; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[SM3_HEX_SIZE - 1] = '\0';
    return out;
}
