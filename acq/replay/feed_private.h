/* Inside of the feed: feed.c takes commits apart, inputs.c turns lines into inputs, snapshot.c
 * reads and writes states. */
#ifndef ACQ_REPLAY_FEED_PRIVATE_H
#define ACQ_REPLAY_FEED_PRIVATE_H

#include "acq/record/raw_line.h"
#include "acq/replay/feed.h"

struct feed {
    struct feed_options options;
    const struct plant *plant; /* in effect */
    struct plant *own;         /* the same, when it was made from the journal's text */
    struct pipeline *pipeline;
    struct raw_reader *reader;
    struct sample *samples; /* room for the largest device of the plant */
    uint32_t last_device;   /* where the last look-up ended */
    int64_t *instants;
    size_t instant_cap;
    struct feed_counts counts;
    int64_t offset_ms;
};

/* The text of one J member, line by line. */
struct lines {
    const char *at;
    size_t left;
};
/* The next line without its newline; false at the end. */
bool lines_next(struct lines *l, const char **out, size_t *out_len);

PW_MUST_CHECK int feed_use_plant(struct feed *f, const struct plant *plant, struct plant *own,
                                 int64_t at_ms);
PW_MUST_CHECK int input_raw(struct feed *f, const char *text, size_t len, int64_t at_ms);
/* A journal line; types that are no input are passed over. */
PW_MUST_CHECK int input_journal(struct feed *f, const char *text, size_t len);

/* Restores from a snapshot line. PW_ENOTFOUND: not of a version that is read. */
PW_MUST_CHECK int snapshot_read(struct feed *f, const char *text, size_t len);

#endif
