/* Inside of the feed: feed.c its life, merge.c takes commits apart, inputs.c turns lines into
 * inputs, configs.c knows the configurations that the journal told, snapshot.c reads and writes
 * states. */
#ifndef ACQ_REPLAY_FEED_PRIVATE_H
#define ACQ_REPLAY_FEED_PRIVATE_H

#include "acq/record/journal_line.h"
#include "acq/record/raw_line.h"
#include "acq/replay/feed.h"

/* The texts of configurations by digest. */
struct config_text {
    char digest[SM3_HEX_SIZE];
    char *text;
};
struct configs {
    struct config_text *items;
    size_t count;
};
void configs_deinit(struct configs *c);
/* Borrowed; NULL when it is not known. */
const char *configs_find(const struct configs *c, const char *digest);
PW_MUST_CHECK int configs_keep(struct configs *c, const char *digest, const char *text);

struct feed {
    struct feed_options options;
    const struct plant *plant; /* in effect */
    struct plant *own;         /* the same, when it was made from the journal's text */
    struct pipeline *pipeline;
    struct raw_reader *reader;
    struct sample *samples; /* room for the largest device of the plant */
    uint32_t last_device;   /* where the last look-up ended */
    struct configs configs;
    char digest[SM3_HEX_SIZE]; /* of the plant in effect, as the journal names it */
    int64_t *instants;         /* of the commit's raw lines */
    size_t instant_cap;
    struct feed_counts counts;
    int64_t offset_ms;
    bool offset_known;
    char detail[240]; /* of an error, "" when its code says all */
};

/* Makes the pipeline if there is a plant and none yet. */
PW_MUST_CHECK int feed_begin(struct feed *f, int64_t at_ms);
/* own: plant, when the feed shall free it; NULL: borrowed. On failure it stays the caller's. */
PW_MUST_CHECK int feed_use_plant(struct feed *f, const struct plant *plant, struct plant *own,
                                 int64_t at_ms);
/* Back to before the first plant. */
void feed_forget(struct feed *f);

PW_MUST_CHECK int input_raw(struct feed *f, const char *text, size_t len, int64_t at_ms);
/* A journal line; types that are no input are passed over. */
PW_MUST_CHECK int input_journal(struct feed *f, const char *text, size_t len);
/* Whether the line is of that type. */
bool input_is_type(const char *text, size_t len, const char *type);
/* A configuration by its digest; text NULL: as known. PW_ENOTFOUND: not known. */
PW_MUST_CHECK int input_config(struct feed *f, const char *digest, const char *text, int64_t at_ms);

/* Restores from a snapshot line. strict: PW_ENOTFOUND when any of it is of a version that is not
 * read; else what is not read starts anew. */
PW_MUST_CHECK int snapshot_read(struct feed *f, const struct journal_line *line, bool strict);

#endif
