/* One segment of the archive, read commit by commit: DATA/archive/YYYY/MM/DD.gz, a sequence of gzip
 * members. A segment is named by a day: days since 1970-01-01 UTC. One reader per thread. */
#ifndef ACQ_RECORD_SEGMENT_H
#define ACQ_RECORD_SEGMENT_H

#include "acq/record/files.h"
#include "acq/record/format.h"

enum { SEGMENT_NAME_SIZE = 16 };

int32_t segment_day_of(int64_t time_ms);
/* "2026-11-24"; returns out. */
const char *segment_name(int32_t day, char out[SEGMENT_NAME_SIZE]);
/* "DATA/archive/2026/11/24.gz" */
PW_MUST_CHECK int segment_path(char out[FILES_PATH_MAX], const char *data_dir, int32_t day);

struct segment_list {
    int32_t *days; /* rising */
    size_t count;
};
/* What is there; names that are not ours are passed over. Caller frees with segment_list_deinit().
 */
PW_MUST_CHECK int segment_list_read(const struct files *files, const char *data_dir,
                                    struct segment_list *out);
void segment_list_deinit(struct segment_list *list);

/* A commit as it stands in a segment. */
struct stored_commit {
    struct commit_head head;
    int32_t day;
    int64_t offset;                 /* of its first member */
    uint32_t stored[MEMBER_KINDS];  /* bytes; 0: there is no such member */
    uint8_t digest[SM3_SIZE];       /* not set by segment_next_head() */
    const char *text[MEMBER_KINDS]; /* head.plain bytes; borrowed until the next call */
};

int64_t stored_commit_end(const struct stored_commit *c);

struct segment;
/* PW_ENOTFOUND when there is no such segment. */
PW_MUST_CHECK int segment_open(const struct files *files, const char *data_dir, int32_t day,
                               struct segment **out);
/* A segment anywhere, by its path; its day is 0. */
PW_MUST_CHECK int segment_open_file(const struct files *files, const char *path,
                                    struct segment **out);
void segment_close(struct segment *s);

/* Size when opened or last asked anew; a running server appends. */
int64_t segment_size(const struct segment *s);
PW_MUST_CHECK int segment_refresh(struct segment *s);
int64_t segment_offset(const struct segment *s);
void segment_seek(struct segment *s, int64_t offset);

/* The commit at the offset, fully checked but for its place in the chain; the offset moves behind
 * it. PW_ENOTFOUND at the end; PW_ETORN when the file ends inside it; PW_ECORRUPT, PW_EVERSION,
 * PW_EIO. After a failure the offset stands where it stood and segment_problem() says what is
 * wrong. */
PW_MUST_CHECK int segment_next(struct segment *s, struct stored_commit *out);
/* The same from the members' headers alone. */
PW_MUST_CHECK int segment_next_head(struct segment *s, struct stored_commit *out);
const char *segment_problem(const struct segment *s);

/* Moves behind damage to the next commit that is whole and valid and whose sequence number is above
 * after_seq; PW_ENOTFOUND (offset unchanged) when there is none. */
PW_MUST_CHECK int segment_resync(struct segment *s, uint64_t after_seq);

/* The stored members of c, each a new reference; checks their check sums. */
PW_MUST_CHECK int segment_load(struct segment *s, const struct stored_commit *c,
                               struct bytes *out[MEMBER_KINDS]);

#endif
