/* The bytes of the journal (docs/journal-format.md): gzip members, the header of a commit, its
 * digest. No file, no clock. What is parsed here comes from a disk and is checked, never trusted.
 */
#ifndef ACQ_RECORD_FORMAT_H
#define ACQ_RECORD_FORMAT_H

#include "acq/core/err.h"
#include "acq/core/sm3.h"
#include "acq/record/recorder.h"

enum {
    FORMAT_VERSION = 1,
    FORMAT_HEAD_SIZE = 100,         /* of the subfield PW */
    FORMAT_MEMBER_HEADER_MAX = 130, /* gzip header with both subfields */
    FORMAT_MEMBER_MAX = 64 << 20,   /* stored and uncompressed bytes of one member */
};

/* The subfield PW of a commit's first member: what the chain covers besides the lines. */
struct commit_head {
    uint64_t seq;
    int64_t time_ms;              /* UTC when gathering ended */
    int64_t at_ms;                /* journal clock of its newest line */
    uint32_t plain[MEMBER_KINDS]; /* uncompressed bytes; 0: there is no such member */
    uint32_t lines[MEMBER_KINDS];
    int64_t time_min_ms; /* least and greatest data time of R and D; 0, 0 when they are empty */
    int64_t time_max_ms;
    uint8_t prev[SM3_SIZE]; /* digest of the commit before, zeros before the first */
};

static inline bool commit_head_has_time(const struct commit_head *h)
{
    return h->lines[MEMBER_R] > 0 || h->lines[MEMBER_D] > 0;
}

void commit_head_encode(const struct commit_head *h, uint8_t out[FORMAT_HEAD_SIZE]);
/* PW_EVERSION for a newer version, PW_ECORRUPT for fields that contradict each other. */
PW_MUST_CHECK int commit_head_decode(const uint8_t in[FORMAT_HEAD_SIZE], struct commit_head *out);

/* SM3 over the subfield PW and the uncompressed lines, in the order R, D, J. */
void commit_digest(struct sm3 *sm3, const struct commit_head *h,
                   const char *const text[MEMBER_KINDS], uint8_t out[SM3_SIZE]);

struct member_header {
    enum member_kind kind;
    uint32_t size;       /* of the whole member */
    uint32_t header_len; /* where the deflate stream begins */
    bool first;          /* carries the commit's head */
    struct commit_head head;
};

/* Reads the header from the first len bytes of a member (FORMAT_MEMBER_HEADER_MAX are always
 * enough). PW_EMORE: good so far, but len ends inside it. */
PW_MUST_CHECK int member_header_parse(const uint8_t *data, size_t len, struct member_header *out);

/* A whole member: its check sum over the stored bytes, then its lines into out[plain_len]. Anything
 * that is not exactly what was written is PW_ECORRUPT. */
PW_MUST_CHECK int member_unpack(const uint8_t *data, size_t len, const struct member_header *h,
                                char *out, size_t plain_len);

/* The check sum over the stored bytes alone: nothing is inflated. */
PW_MUST_CHECK int member_check(const uint8_t *data, size_t len);

/* Uncompressed length as the gzip trailer has it; len >= 18. */
uint32_t member_plain_len(const uint8_t *data, size_t len);

/* Compresses; keeps the compressor's state and a scratch buffer between calls. */
struct member_packer;
struct member_packer *member_packer_new(void); /* fast, zlib's; NULL: no memory */
/* As small as can be: a fifth smaller at a tenth of the speed, libdeflate's. */
struct member_packer *member_packer_new_best(void);
void member_packer_free(struct member_packer *p);
/* head only for the first member of a commit, else NULL. */
PW_MUST_CHECK int member_pack(struct member_packer *p, enum member_kind kind,
                              const struct commit_head *head, const char *text, size_t len,
                              struct bytes **out);

#endif
