#include "acq/collect/hj212_keys.h"

#include "acq/core/sm3.h"
#include "protocols/hj212/crypt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MINUTE_MS = 60000, HEX_SIZE = 2 * SM4_KEY_SIZE + 1 };

static uint64_t digest_of(const uint8_t key[SM4_KEY_SIZE])
{
    uint8_t digest[SM3_SIZE];
    uint64_t out = 0;
    sm3_once(key, SM4_KEY_SIZE, digest);
    for (int i = 0; i < 8; i++)
        out = out << 8 | digest[i];
    return out;
}

static void drop_ciphers(struct hj212_keys *k)
{
    sm4_free(k->first);
    sm4_free(k->second);
    k->first = k->second = NULL;
}

static void make_ciphers(struct hj212_keys *k)
{
    drop_ciphers(k);
    if (!k->used)
        return;
    k->first = sm4_new(k->key);
    if (k->has_next)
        k->second = sm4_new(k->next);
    else if (k->old_until_ms)
        k->second = sm4_new(k->old);
}

void hj212_keys_deinit(struct hj212_keys *k)
{
    drop_ciphers(k);
    explicit_bzero(k, sizeof *k);
}

void hj212_keys_set(struct hj212_keys *k, const char *configured)
{
    uint8_t key[SM4_KEY_SIZE];
    if (hj212_key_parse(hj212_text_of(configured), key) != 0) {
        hj212_keys_deinit(k);
        return;
    }
    uint64_t base = digest_of(key);
    if (!k->used || k->base != base) {
        hj212_keys_deinit(k);
        k->used = true;
        k->base = base;
        memcpy(k->key, key, sizeof key);
        make_ciphers(k);
    }
    explicit_bzero(key, sizeof key);
}

void hj212_keys_copy(struct hj212_keys *k, const struct hj212_keys *from)
{
    if (!k->used || !from->used || k->base != from->base)
        return;
    drop_ciphers(k);
    *k = *from;
    k->first = k->second = NULL;
    make_ciphers(k);
}

void hj212_keys_bind(const struct hj212_keys *k, struct hj212_peer *peer)
{
    peer->key = k->first;
    peer->old_key = k->second;
}

/* Bytes of 62 times 4 or more are thrown away, so that each character is as likely as another. */
static int make_text(char out[HJ212_NEW_KEY_SIZE])
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    enum { COUNT = sizeof letters - 1 };
    size_t len = 0;
    while (len < SM4_KEY_SIZE) {
        uint8_t bytes[SM4_KEY_SIZE];
        if (getentropy(bytes, sizeof bytes) != 0)
            return PW_EIO;
        for (size_t i = 0; i < sizeof bytes && len < SM4_KEY_SIZE; i++)
            if (bytes[i] < COUNT * 4)
                out[len++] = letters[bytes[i] % COUNT];
        explicit_bzero(bytes, sizeof bytes);
    }
    out[len] = '\0';
    return 0;
}

int hj212_keys_offer(struct hj212_keys *k, char out[HJ212_NEW_KEY_SIZE])
{
    if (!k->has_next) {
        char text[HJ212_NEW_KEY_SIZE];
        int err = make_text(text);
        if (err)
            return err;
        memcpy(k->next, text, SM4_KEY_SIZE);
        k->has_next = true;
        make_ciphers(k);
        explicit_bzero(text, sizeof text);
    }
    memcpy(out, k->next, SM4_KEY_SIZE);
    out[SM4_KEY_SIZE] = '\0';
    return 0;
}

enum hj212_key_event hj212_keys_confirm(struct hj212_keys *k, int64_t utc_ms, uint32_t grace_min)
{
    if (!k->has_next)
        return HJ212_KEY_NOTHING;
    memcpy(k->old, k->key, SM4_KEY_SIZE);
    memcpy(k->key, k->next, SM4_KEY_SIZE);
    explicit_bzero(k->next, SM4_KEY_SIZE);
    k->has_next = false;
    k->since_ms = utc_ms;
    k->old_until_ms = grace_min ? utc_ms + (int64_t)grace_min * MINUTE_MS : 0;
    make_ciphers(k);
    return HJ212_KEY_IN_FORCE;
}

enum hj212_key_event hj212_keys_decline(struct hj212_keys *k)
{
    if (!k->has_next)
        return HJ212_KEY_NOTHING;
    explicit_bzero(k->next, SM4_KEY_SIZE);
    k->has_next = false;
    make_ciphers(k);
    return HJ212_KEY_DECLINED;
}

void hj212_keys_tick(struct hj212_keys *k, int64_t utc_ms)
{
    if (!k->old_until_ms || utc_ms < k->old_until_ms)
        return;
    k->old_until_ms = 0;
    explicit_bzero(k->old, SM4_KEY_SIZE);
    make_ciphers(k);
}

static const char *hex_of(const uint8_t *key, char out[HEX_SIZE])
{
    for (int i = 0; i < SM4_KEY_SIZE; i++)
        snprintf(out + (size_t)2 * (size_t)i, 3, "%02x", key[i]);
    return out;
}

void hj212_keys_write(const struct hj212_keys *k, const char *mn, struct strbuf *out)
{
    char key[HEX_SIZE];
    char old[HEX_SIZE];
    char next[HEX_SIZE];
    if (!k->used || (!k->has_next && !k->since_ms))
        return;
    strbuf_addf(out, "%s %016" PRIx64 " %s %" PRId64 " %s %" PRId64 " %s\n", mn, k->base,
                hex_of(k->key, key), k->since_ms, k->old_until_ms ? hex_of(k->old, old) : "-",
                k->old_until_ms, k->has_next ? hex_of(k->next, next) : "-");
    explicit_bzero(key, sizeof key);
    explicit_bzero(old, sizeof old);
    explicit_bzero(next, sizeof next);
}

/* "-" or a key. */
static bool read_key(const char *text, uint8_t out[SM4_KEY_SIZE])
{
    return strcmp(text, "-") == 0 ||
           (strlen(text) == HEX_SIZE - 1 && hj212_key_parse(hj212_text_of(text), out) == 0);
}

int hj212_keys_read(struct hj212_keys *k, const char *line)
{
    struct hj212_keys got = {.used = true};
    char key[HEX_SIZE];
    char old[HEX_SIZE];
    char next[HEX_SIZE];
    int n = sscanf(line, "%16" SCNx64 " %32s %" SCNd64 " %32s %" SCNd64 " %32s", &got.base, key,
                   &got.since_ms, old, &got.old_until_ms, next);
    if (n != 6 || strcmp(key, "-") == 0 || !read_key(key, got.key) || !read_key(old, got.old) ||
        !read_key(next, got.next))
        return PW_ESYNTAX;
    if (!k->used || got.base != k->base)
        return PW_ENOTFOUND;
    got.has_next = strcmp(next, "-") != 0;
    got.old_until_ms = strcmp(old, "-") != 0 ? got.old_until_ms : 0;
    hj212_keys_copy(k, &got);
    explicit_bzero(&got, sizeof got);
    return 0;
}
