#define ZLIB_CONST /* zlib only reads its input */
#include "acq/record/format.h"

#include "acq/record/le.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* RFC 1952: ID1 ID2 CM=deflate FLG=FEXTRA MTIME=0 XFL=0 OS=unknown. */
static const uint8_t gzip_head[10] = {0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255};

enum {
    PZ_AT = 12,
    PZ_SIZE = 10,
    PZ_END = PZ_AT + 4 + PZ_SIZE,
    PZ_CRC_AT = PZ_AT + 4 + 6,
    PW_AT = PZ_END,
    FIRST_END = PW_AT + 4 + FORMAT_HEAD_SIZE,
    TRAILER_SIZE = 8,
    /* Fast: the archive is written once a second and recompression later is possible. */
    LEVEL = 2,
    /* At night. The two levels above it gain less than a hundredth and take half as long again. */
    BEST_LEVEL = 10,
};

static const char kind_letters[MEMBER_KINDS] = {'R', 'D', 'J'};

void commit_head_encode(const struct commit_head *h, uint8_t out[FORMAT_HEAD_SIZE])
{
    unsigned present = 0;
    for (size_t k = 0; k < MEMBER_KINDS; k++) {
        present |= h->lines[k] > 0 ? 1u << k : 0;
        le_put32(out + 28 + 8 * k, h->plain[k]);
        le_put32(out + 32 + 8 * k, h->lines[k]);
    }
    le_put16(out, FORMAT_VERSION);
    le_put16(out + 2, (uint16_t)present);
    le_put64(out + 4, h->seq);
    le_put64(out + 12, (uint64_t)h->time_ms);
    le_put64(out + 20, (uint64_t)h->at_ms);
    le_put64(out + 52, (uint64_t)h->time_min_ms);
    le_put64(out + 60, (uint64_t)h->time_max_ms);
    memcpy(out + 68, h->prev, SM3_SIZE);
}

static bool head_is_consistent(const struct commit_head *h, unsigned present)
{
    unsigned seen = 0;
    for (unsigned k = 0; k < MEMBER_KINDS; k++) {
        if (h->plain[k] > FORMAT_MEMBER_MAX || h->lines[k] > h->plain[k])
            return false;
        if ((h->lines[k] > 0) != (h->plain[k] > 0))
            return false;
        seen |= h->lines[k] > 0 ? 1u << k : 0;
    }
    if (!commit_head_has_time(h) && (h->time_min_ms != 0 || h->time_max_ms != 0))
        return false;
    return seen == present && present != 0 && h->seq > 0 && h->seq <= INT64_MAX &&
           h->time_min_ms <= h->time_max_ms;
}

int commit_head_decode(const uint8_t in[FORMAT_HEAD_SIZE], struct commit_head *out)
{
    uint16_t version = le_get16(in);
    if (version > FORMAT_VERSION)
        return PW_EVERSION;
    if (version == 0)
        return PW_ECORRUPT;
    struct commit_head h = {
        .seq = le_get64(in + 4),
        .time_ms = (int64_t)le_get64(in + 12),
        .at_ms = (int64_t)le_get64(in + 20),
        .time_min_ms = (int64_t)le_get64(in + 52),
        .time_max_ms = (int64_t)le_get64(in + 60),
    };
    for (size_t k = 0; k < MEMBER_KINDS; k++) {
        h.plain[k] = le_get32(in + 28 + 8 * k);
        h.lines[k] = le_get32(in + 32 + 8 * k);
    }
    memcpy(h.prev, in + 68, SM3_SIZE);
    if (!head_is_consistent(&h, le_get16(in + 2)))
        return PW_ECORRUPT;
    *out = h;
    return 0;
}

void commit_digest(struct sm3 *sm3, const struct commit_head *h,
                   const char *const text[MEMBER_KINDS], uint8_t out[SM3_SIZE])
{
    uint8_t bytes[FORMAT_HEAD_SIZE];
    commit_head_encode(h, bytes);
    sm3_update(sm3, bytes, sizeof bytes);
    for (unsigned k = 0; k < MEMBER_KINDS; k++)
        if (h->plain[k] > 0)
            sm3_update(sm3, text[k], h->plain[k]);
    sm3_final(sm3, out);
}

static int kind_of_letter(uint8_t letter, enum member_kind *out)
{
    for (unsigned k = 0; k < MEMBER_KINDS; k++)
        if (letter == (uint8_t)kind_letters[k]) {
            *out = (enum member_kind)k;
            return 0;
        }
    return PW_ECORRUPT;
}

static int parse_first(const uint8_t *data, size_t len, struct member_header *h)
{
    if (len < FIRST_END)
        return PW_EMORE;
    if (data[PW_AT] != 'P' || data[PW_AT + 1] != 'W' ||
        le_get16(data + PW_AT + 2) != FORMAT_HEAD_SIZE)
        return PW_ECORRUPT;
    return commit_head_decode(data + PW_AT + 4, &h->head);
}

int member_header_parse(const uint8_t *data, size_t len, struct member_header *out)
{
    size_t fixed = len < sizeof gzip_head ? len : sizeof gzip_head;
    if (memcmp(data, gzip_head, fixed) != 0)
        return PW_ECORRUPT;
    if (len < PZ_END)
        return PW_EMORE;
    struct member_header h = {.header_len = 12u + le_get16(data + 10)};
    if (data[PZ_AT] != 'P' || data[PZ_AT + 1] != 'Z' || le_get16(data + PZ_AT + 2) != PZ_SIZE)
        return PW_ECORRUPT;
    if (data[PZ_AT + 5] > FORMAT_VERSION)
        return PW_EVERSION;
    h.first = h.header_len == FIRST_END;
    if (!h.first && h.header_len != PZ_END)
        return PW_ECORRUPT;
    int err = kind_of_letter(data[PZ_AT + 4], &h.kind);
    h.size = le_get32(data + PZ_AT + 6);
    if (err || data[PZ_AT + 5] == 0 || h.size > FORMAT_MEMBER_MAX ||
        h.size < h.header_len + 2 + TRAILER_SIZE)
        return PW_ECORRUPT;
    if (h.first && (err = parse_first(data, len, &h)) != 0)
        return err;
    *out = h;
    return 0;
}

static uint32_t stored_crc(const uint8_t *data, size_t len)
{
    static const uint8_t zeros[4];
    uLong crc = crc32(0, data, PZ_CRC_AT);
    crc = crc32(crc, zeros, sizeof zeros);
    crc = crc32(crc, data + PZ_CRC_AT + 4, (uInt)(len - PZ_CRC_AT - 4));
    return (uint32_t)crc;
}

static int inflate_all(const uint8_t *data, size_t len, char *out, size_t plain_len)
{
    z_stream z = {0};
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
        return PW_ENOMEM;
    z.next_in = data;
    z.avail_in = (uInt)len;
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)plain_len;
    int rc = inflate(&z, Z_FINISH);
    bool whole = rc == Z_STREAM_END && z.avail_in == 0 && z.avail_out == 0;
    inflateEnd(&z);
    return whole ? 0 : PW_ECORRUPT;
}

int member_check(const uint8_t *data, size_t len)
{
    if (len < PZ_END + 2 + TRAILER_SIZE || len > FORMAT_MEMBER_MAX)
        return PW_ECORRUPT;
    return stored_crc(data, len) == le_get32(data + PZ_CRC_AT) ? 0 : PW_ECORRUPT;
}

int member_unpack(const uint8_t *data, size_t len, const struct member_header *h, char *out,
                  size_t plain_len)
{
    if (len != h->size || plain_len == 0 || plain_len > FORMAT_MEMBER_MAX)
        return PW_ECORRUPT;
    if (member_check(data, len) != 0)
        return PW_ECORRUPT;
    const uint8_t *trailer = data + len - TRAILER_SIZE;
    if (le_get32(trailer + 4) != plain_len)
        return PW_ECORRUPT;
    int err = inflate_all(data + h->header_len, len - h->header_len - TRAILER_SIZE, out, plain_len);
    if (err)
        return err;
    uLong crc = crc32(0, (const Bytef *)out, (uInt)plain_len);
    return crc == le_get32(trailer) && out[plain_len - 1] == '\n' ? 0 : PW_ECORRUPT;
}

uint32_t member_plain_len(const uint8_t *data, size_t len)
{
    return le_get32(data + len - 4);
}

struct member_packer {
    z_stream z;
    struct libdeflate_compressor *best; /* instead of z; else NULL */
    uint8_t *scratch;
    size_t cap;
};

struct member_packer *member_packer_new_best(void)
{
    struct member_packer *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->best = libdeflate_alloc_compressor(BEST_LEVEL);
    if (!p->best) {
        free(p);
        return NULL;
    }
    return p;
}

struct member_packer *member_packer_new(void)
{
    struct member_packer *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    if (deflateInit2(&p->z, LEVEL, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(p);
        return NULL;
    }
    return p;
}

void member_packer_free(struct member_packer *p)
{
    if (!p)
        return;
    if (p->best)
        libdeflate_free_compressor(p->best);
    else
        deflateEnd(&p->z);
    free(p->scratch);
    free(p);
}

static size_t deflate_bound(struct member_packer *p, size_t plain_len)
{
    return p->best ? libdeflate_deflate_compress_bound(p->best, plain_len)
                   : deflateBound(&p->z, (uLong)plain_len);
}

static int reserve_scratch(struct member_packer *p, size_t plain_len)
{
    size_t need = FIRST_END + deflate_bound(p, plain_len) + TRAILER_SIZE;
    if (need <= p->cap)
        return 0;
    uint8_t *more = realloc(p->scratch, need);
    if (!more)
        return PW_ENOMEM;
    p->scratch = more;
    p->cap = need;
    return 0;
}

static size_t put_header(uint8_t *out, enum member_kind kind, const struct commit_head *head)
{
    size_t len = head ? FIRST_END : PZ_END;
    memcpy(out, gzip_head, sizeof gzip_head);
    le_put16(out + 10, (uint16_t)(len - 12));
    out[PZ_AT] = 'P';
    out[PZ_AT + 1] = 'Z';
    le_put16(out + PZ_AT + 2, PZ_SIZE);
    out[PZ_AT + 4] = (uint8_t)kind_letters[kind];
    out[PZ_AT + 5] = FORMAT_VERSION;
    memset(out + PZ_AT + 6, 0, 8);
    if (head) {
        out[PW_AT] = 'P';
        out[PW_AT + 1] = 'W';
        le_put16(out + PW_AT + 2, FORMAT_HEAD_SIZE);
        commit_head_encode(head, out + PW_AT + 4);
    }
    return len;
}

static size_t deflate_best(struct member_packer *p, size_t at, const char *text, size_t len)
{
    size_t size = libdeflate_deflate_compress(p->best, text, len, p->scratch + at,
                                              p->cap - at - TRAILER_SIZE);
    pw_require(size > 0);
    return size;
}

static size_t deflate_all(struct member_packer *p, size_t at, const char *text, size_t len)
{
    if (p->best)
        return deflate_best(p, at, text, len);
    pw_require(deflateReset(&p->z) == Z_OK);
    p->z.next_in = (const Bytef *)text;
    p->z.avail_in = (uInt)len;
    p->z.next_out = p->scratch + at;
    p->z.avail_out = (uInt)(p->cap - at - TRAILER_SIZE);
    pw_require(deflate(&p->z, Z_FINISH) == Z_STREAM_END);
    return (size_t)p->z.total_out;
}

int member_pack(struct member_packer *p, enum member_kind kind, const struct commit_head *head,
                const char *text, size_t len, struct bytes **out)
{
    if (len == 0 || len > FORMAT_MEMBER_MAX)
        return PW_EINVAL;
    int err = reserve_scratch(p, len);
    if (err)
        return err;
    size_t end = put_header(p->scratch, kind, head);
    end += deflate_all(p, end, text, len);
    le_put32(p->scratch + end, (uint32_t)crc32(0, (const Bytef *)text, (uInt)len));
    le_put32(p->scratch + end + 4, (uint32_t)len);
    end += TRAILER_SIZE;
    le_put32(p->scratch + PZ_AT + 6, (uint32_t)end);
    le_put32(p->scratch + PZ_CRC_AT, stored_crc(p->scratch, end));
    *out = bytes_new(p->scratch, end);
    return *out ? 0 : PW_ENOMEM;
}
