/* Whole frames, strictly as the edition prints them: field order, Flag, where QN stands in an
 * answer, and never more than 1024 bytes of segment or 950 (2005: 960) of CP. */
#ifndef PROTOCOLS_HJ212_WRITE_H
#define PROTOCOLS_HJ212_WRITE_H

#include "acq/core/err.h"
#include "acq/core/sm4.h"
#include "protocols/hj212/cp.h"
#include "protocols/hj212/packet.h"
#include "protocols/hj212/profile.h"
#include "protocols/hj212/value.h"

#include <stdbool.h>
#include <stddef.h>

/* Room for any frame; the cipher's literal form is the reason for its size. */
enum { HJ212_FRAME_SIZE = 5 * HJ212_SEGMENT_MAX + HJ212_OVERHEAD };

struct hj212_head {
    struct hj212_text qn; /* 17 digits, or empty for none */
    struct hj212_text st;
    struct hj212_text pw; /* empty for none, as mn */
    struct hj212_text mn;
    int cn;
    bool request; /* from host to field: carries its own Flag in 2005 */
    bool answer_wanted;
    bool backfill; /* RF=1 where the profile has it */
    int pnum, pno; /* 0: not split */
};

/* One frame with CR LF in out[0..size). key: encrypts when not NULL (hj212_must_encrypt() says
 * when). PW_EFULL past a limit, PW_EINVAL for a header field that cannot stand there or a cp that
 * failed. */
PW_MUST_CHECK int hj212_write(const struct hj212_profile *profile, const struct hj212_head *head,
                              struct hj212_text cp, struct sm4 *key, char *out, size_t size,
                              size_t *out_len);
bool hj212_must_encrypt(const struct hj212_profile *profile, int cn);
/* The same for a packet from host to field: only 1014, where the profile says so. */
bool hj212_must_encrypt_down(const struct hj212_profile *profile, int cn);

/* The answer to a packet: 9011 and 9012 with their result, 9013, 9014 without (result is ignored).
 * 2005 puts the QN into CP and names the packet's command and part in 9014. */
PW_MUST_CHECK int hj212_write_answer(const struct hj212_profile *profile,
                                     const struct hj212_packet *to, int cn, int result, char *out,
                                     size_t size, size_t *out_len);

/* A message in as many parts as the limits ask for: cut between groups, DataTime in each, in 2017
 * and 2025 a QN for each. All is borrowed until the last part was written. */
struct hj212_split {
    const struct hj212_profile *profile;
    const struct hj212_cp *cp;
    struct hj212_head head;
    size_t next; /* group */
    int count;   /* parts */
    int written;
};

/* PW_EFULL: one group alone is too long, or there are more parts than PNUM has digits for. */
PW_MUST_CHECK int hj212_split_begin(struct hj212_split *s, const struct hj212_profile *profile,
                                    const struct hj212_head *head, const struct hj212_cp *cp);
/* The next part; PW_ENOTFOUND behind the last one. The QN is taken from qn at now_ms; 2005 keeps
 * that of the head. */
PW_MUST_CHECK int hj212_split_next(struct hj212_split *s, struct hj212_qn *qn, int64_t now_ms,
                                   struct sm4 *key, char *out, size_t size, size_t *out_len);

#endif
