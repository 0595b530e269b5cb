/* Walks the journal in order and checks that each commit is the one its successor was chained to.
 * Serves start, rebuild, verify and export. */
#ifndef ACQ_RECORD_WALK_H
#define ACQ_RECORD_WALK_H

#include "acq/record/projection.h"
#include "acq/record/segment.h"

struct walk_damage {
    struct journal_gap gap;
    int err;   /* PW_ETORN, PW_ECORRUPT, PW_EVERSION */
    bool tail; /* nothing valid stands behind it in the newest segment */
    char what[200];
};

struct walk_visitor {
    /* Borrowed until it returns; nonzero stops the walk with that code. */
    int (*on_commit)(void *ctx, const struct stored_commit *c);
    /* 0: go on behind it. An empty range is a break of the chain between two sound commits. */
    int (*on_damage)(void *ctx, const struct walk_damage *d);
    void *ctx;
};

struct walk {
    const struct files *files;
    const char *data_dir;
    bool linked; /* seq and digest are those of the commit before: check them */
    uint64_t seq;
    uint8_t digest[SM3_SIZE];
};

/* One segment from an offset on. newest: a damaged end is a tail, not a hole. */
PW_MUST_CHECK int walk_segment(struct walk *w, int32_t day, int64_t from_offset, bool newest,
                               const struct walk_visitor *v);
/* The same of a segment that stands anywhere, whole and by itself: its end may be torn. */
PW_MUST_CHECK int walk_file(struct walk *w, const char *path, const struct walk_visitor *v);
/* All of list from segment first on. */
PW_MUST_CHECK int walk_list(struct walk *w, const struct segment_list *list, size_t first,
                            const struct walk_visitor *v);
/* The same, beginning at an offset in segment first. */
PW_MUST_CHECK int walk_list_from(struct walk *w, const struct segment_list *list, size_t first,
                                 int64_t offset, const struct walk_visitor *v);

/* Index in list of the segment that holds commit seq, judged by first commits; 0 when in doubt. */
PW_MUST_CHECK int walk_find(const struct files *files, const char *data_dir,
                            const struct segment_list *list, uint64_t seq, size_t *out);

/* Where in that segment to begin for commit seq: found by headers alone, and never behind damage.
 */
PW_MUST_CHECK int walk_find_offset(const struct files *files, const char *data_dir, int32_t day,
                                   uint64_t seq, int64_t *out);

/* The sentence about damage that needs a person: file, offset, sequence, cure. Returns err. */
int walk_say_damage(const struct why *why, int err, const char *data_dir,
                    const struct walk_damage *d);

#endif
