/* The journal's writing end: packs a commit, appends it to its day's segment, syncs. One thread. */
#ifndef ACQ_RECORD_JOURNAL_H
#define ACQ_RECORD_JOURNAL_H

#include "acq/record/segment.h"

#include <stdbool.h>

/* Sums over the commits of one segment, for its closing line. */
struct segment_totals {
    uint64_t first_seq, commits;
    uint64_t lines[MEMBER_KINDS];
    uint64_t plain_bytes;
    bool has_time;
    int64_t time_min_ms, time_max_ms;
};

/* Where the journal ends. All zero: it is empty. */
struct journal_end {
    bool has_segment;
    bool closed; /* that segment has its closing commit: it is never written again */
    int32_t day;
    int64_t offset;
    uint64_t seq;
    uint8_t head[SM3_SIZE];
    int64_t at_ms;
    struct segment_totals totals;
};

/* Moves the end behind c. After one that was read by its headers alone, head is not known and
 * closed is false. */
void journal_end_pass(struct journal_end *end, const struct stored_commit *c);

/* The day that a commit begun at time_ms belongs to: that of the open segment until a later one
 * begins; *out_roll: the open segment is closed first, by a commit of its own. */
int32_t journal_end_day(const struct journal_end *end, int64_t time_ms, bool *out_roll);

struct journal {
    const struct files *files;
    const char *data_dir; /* borrowed */
    struct journal_end end;
    int fd; /* of segment fd_day, or -1 */
    int32_t fd_day;
    bool dirty; /* a failed write may have left bytes behind the end */
    struct member_packer *packer;
    struct sm3 *sm3;
};

PW_MUST_CHECK int journal_init(struct journal *j, const struct files *files, const char *data_dir,
                               const struct journal_end *end);
void journal_deinit(struct journal *j);

/* What goes into a commit. */
struct commit_text {
    const char *text[MEMBER_KINDS];
    uint32_t len[MEMBER_KINDS];
    uint32_t lines[MEMBER_KINDS];
    int64_t time_ms, at_ms;
    int64_t time_min_ms, time_max_ms; /* 0, 0 without R and D lines */
};

struct packed_commit {
    struct stored_commit stored; /* texts borrowed from the commit_text */
    struct bytes *member[MEMBER_KINDS];
};

/* The commit behind the present end, in memory. */
PW_MUST_CHECK int journal_pack(struct journal *j, const struct commit_text *in,
                               struct packed_commit *out);
void packed_commit_deinit(struct packed_commit *p);

/* Appends and syncs: 0 means durable. After PW_EIO nothing counts as written and the same packed
 * commit may be tried again. */
PW_MUST_CHECK int journal_append(struct journal *j, int32_t day, struct packed_commit *p);

/* The closing line {"type":"segment",...} of the open segment. */
struct strbuf;
void journal_write_closing(const struct journal *j, struct strbuf *out);

#endif
