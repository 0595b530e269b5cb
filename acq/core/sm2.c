#include "acq/core/sm2.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIGNATURE_MAX = 80, FILE_MAX = 16384 };

struct sm2_key {
    EVP_PKEY *pkey;
};

static int no_pass_phrase(char *out, int size, int writing, void *ctx)
{
    (void)out;
    (void)size;
    (void)writing;
    (void)ctx;
    return -1;
}

static int read_file(const char *path, char text[FILE_MAX], size_t *out_len)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return -errno;
    *out_len = fread(text, 1, FILE_MAX, f);
    int err = ferror(f) ? PW_EIO : 0;
    fclose(f);
    return err;
}

static EVP_PKEY *parse(const char *text, size_t len)
{
    BIO *bio = BIO_new_mem_buf(text, (int)len);
    EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, NULL) : NULL;
    BIO_free(bio);
    ERR_clear_error();
    return pkey;
}

int sm2_key_load(const char *path, struct sm2_key **out, char *why, size_t why_size)
{
    char text[FILE_MAX];
    size_t len = 0;
    int err = read_file(path, text, &len);
    if (err) {
        snprintf(why, why_size, "%s", pw_strerror(err));
        return PW_EIO;
    }
    EVP_PKEY *pkey = parse(text, len);
    OPENSSL_cleanse(text, sizeof text);
    bool right = pkey && EVP_PKEY_is_a(pkey, "SM2");
    struct sm2_key *key = right ? calloc(1, sizeof *key) : NULL;
    if (!key) {
        snprintf(why, why_size, "%s",
                 !pkey   ? "no private key, or one with a pass phrase"
                 : right ? "no memory"
                         : "a key of another kind");
        EVP_PKEY_free(pkey);
        return !pkey ? PW_ESYNTAX : right ? PW_ENOMEM : PW_EINVAL;
    }
    key->pkey = pkey;
    *out = key;
    return 0;
}

void sm2_key_free(struct sm2_key *key)
{
    if (!key)
        return;
    EVP_PKEY_free(key->pkey);
    free(key);
}

static bool sign(EVP_MD_CTX *digest, EVP_PKEY_CTX *ctx, const struct sm2_key *key, const void *data,
                 size_t len, unsigned char *out, size_t *out_len)
{
    static const char id[] = "1234567812345678";
    if (!digest || !ctx || EVP_PKEY_CTX_set1_id(ctx, id, sizeof id - 1) <= 0)
        return false;
    EVP_MD_CTX_set_pkey_ctx(digest, ctx);
    return EVP_DigestSignInit(digest, NULL, EVP_sm3(), NULL, key->pkey) == 1 &&
           EVP_DigestSign(digest, out, out_len, data, len) == 1;
}

int sm2_sign(const struct sm2_key *key, const void *data, size_t len, char out[SM2_TEXT_SIZE])
{
    unsigned char signature[SIGNATURE_MAX];
    size_t signature_len = sizeof signature;
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key->pkey, NULL);
    bool good = sign(digest, ctx, key, data, len, signature, &signature_len);
    EVP_MD_CTX_free(digest);
    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();
    if (!good)
        return PW_ESTATE;
    EVP_EncodeBlock((unsigned char *)out, signature, (int)signature_len);
    return 0;
}
