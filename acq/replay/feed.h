/* Plays the journal into a pipeline: the inputs of each commit in the order in which the loop
 * thread took them (docs/journal-format.md: order line, `n`). What the pipeline then says is what
 * it said live. Used by a start, for the tail behind the last snapshot, and by `plumewatch replay`.
 * No clock, no loop; one thread.
 *
 * A journal that is taken up in its middle has no plant until it tells of one: its first `config`
 * line, or a snapshot line, from which states and declarations are taken too. */
#ifndef ACQ_REPLAY_FEED_H
#define ACQ_REPLAY_FEED_H

#include "acq/pipeline/pipeline.h"
#include "acq/record/recorder.h"
#include "acq/replay/reopen.h"

struct feed;

struct feed_options {
    /* The plant throughout, whatever configurations the journal tells of; borrowed. NULL: the
     * journal's own; inputs before its first are counted as orphans. */
    const struct plant *plant;
    /* An accepted configuration that is only named by its digest (64 hex digits) and whose text was
     * not in what was fed: its text, to be freed with free(), or NULL when it is not known. May be
     * NULL. */
    char *(*find_config)(void *ctx, const char *digest);
    struct machine_sink sink;
    /* Each reading before the pipeline takes it, behind the ticks before it; may be NULL. */
    void (*on_reading)(void *ctx, const struct reading *r);
    bool skip_bad; /* a line that cannot be read is counted and passed over */
    /* Late data: a day computed again, as reopen_compute(). NULL: lines `reopen` are counted and
     * nothing is told again. */
    int (*reopen)(void *ctx, const struct reopen_request *q, const struct declarations *declared,
                  struct reopen_result *out);
    void *ctx; /* of find_config, on_reading and reopen */
};

struct feed_counts {
    uint64_t commits, readings, samples;
    uint64_t orphans; /* raw lines of a device or signal that the plant does not have */
    uint64_t bad_lines;
    uint64_t reopened;     /* lines `reopen` that were followed */
    uint64_t not_reopened; /* and that were not */
    int64_t last_at_ms;    /* of the last input */
};

PW_MUST_CHECK int feed_new(const struct feed_options *options, struct feed **out);
void feed_free(struct feed *f);

/* The pipeline that is fed; NULL before the first input under a plant. Borrowed. */
struct pipeline *feed_pipeline(struct feed *f);
/* The plant in effect, NULL before the first. Borrowed. */
const struct plant *feed_plant(const struct feed *f);
/* The caller takes the pipeline over; the feed forgets it. Its plant is the caller's `plant`, or,
 * when the journal brought another, still the feed's: free the feed after a reload. */
struct pipeline *feed_take_pipeline(struct feed *f);

/* Takes one commit. PW_ECORRUPT or PW_ESYNTAX: a member or line is damaged; where it is, is in
 * why (size bytes). */
PW_MUST_CHECK int feed_commit(struct feed *f, const struct commit *c, char *why, size_t size);

/* The same with the members' text at hand. */
struct feed_text {
    uint64_t seq;
    const char *raw, *journal;
    size_t raw_len, journal_len;
    size_t raw_lines;
};
PW_MUST_CHECK int feed_take_text(struct feed *f, const struct feed_text *t, char *why, size_t size);

/* Looks for a snapshot line in c; if there is one, makes the pipeline from it and takes what
 * follows it in the commit. PW_ENOTFOUND: there is none, or it is of a version that is not read;
 * then nothing has changed. Needs a feed that has no pipeline yet. */
PW_MUST_CHECK int feed_from_snapshot(struct feed *f, const struct commit *c, char *why,
                                     size_t size);

/* The text of a configuration that the journal told or find_config knows; caller frees. NULL. */
char *feed_find_config(const struct feed *f, const char *digest);

struct feed_counts feed_get_counts(const struct feed *f);

/* The members of a `snapshot` journal line, written by the live server. */
struct strbuf;
void snapshot_write_members(const struct pipeline *p, const char *config_digest,
                            struct strbuf *out);

#endif
