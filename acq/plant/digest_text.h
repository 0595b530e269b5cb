/* The canonical text that a digest is made over: "key=value" lines in a fixed order. */
#ifndef ACQ_PLANT_DIGEST_TEXT_H
#define ACQ_PLANT_DIGEST_TEXT_H

#include "acq/core/err.h"
#include "acq/core/sm3.h"
#include "acq/core/strbuf.h"

enum { CANONICAL_MAX = 16 * 1024 * 1024 };

static inline void add_text(struct strbuf *b, const char *key, const char *value)
{
    strbuf_addf(b, "%s=", key);
    strbuf_add_json_string(b, value);
    strbuf_addc(b, '\n');
}

static inline void add_int(struct strbuf *b, const char *key, int64_t value)
{
    strbuf_addf(b, "%s=%lld\n", key, (long long)value);
}

static inline void add_double(struct strbuf *b, const char *key, double value)
{
    strbuf_addf(b, "%s=", key);
    strbuf_add_double(b, value);
    strbuf_addc(b, '\n');
}

static inline void add_digest(struct strbuf *b, const char *key, const uint8_t digest[SM3_SIZE])
{
    char hex[SM3_HEX_SIZE];
    strbuf_addf(b, "%s=%s\n", key, sm3_hex(digest, hex));
}

static inline void finish(struct strbuf *b, uint8_t out[SM3_SIZE])
{
    pw_require(!b->failed);
    sm3_once(strbuf_text(b), b->len, out);
    strbuf_deinit(b);
}

#endif
