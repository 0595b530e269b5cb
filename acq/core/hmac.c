#include "acq/core/hmac.h"

#include "acq/core/err.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

const char *hmac_sha256_hex(const char *key, const void *data, size_t len,
                            char out[HMAC_SHA256_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned mac_len = 0;
    pw_require(HMAC(EVP_sha256(), key, (int)strlen(key), data, len, mac, &mac_len) != NULL);
    pw_require(2 * mac_len + 1 == HMAC_SHA256_HEX_SIZE);
    for (size_t i = 0; i < mac_len; i++) {
        out[2 * i] = digits[mac[i] >> 4];
        out[2 * i + 1] = digits[mac[i] & 0xf];
    }
    out[HMAC_SHA256_HEX_SIZE - 1] = '\0';
    return out;
}
