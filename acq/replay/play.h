/* `plumewatch replay`: plays recorded inputs into a pipeline of its own, with a virtual clock. An
 * input is a CSV file, a segment of an archive (DD.gz), or a data directory, whose segments are
 * played in order. What is said goes to the sink, at once and in order. Blocking; one thread.
 *
 * Where CSV ends, every signal that spoke falls silent (a sample without a value), so that no delay
 * runs out on nothing; then time goes on to 60 s behind the next full minute, so that the last
 * minute (hour, day) that the data completes is told. A journal ends where it ends. */
#ifndef ACQ_REPLAY_PLAY_H
#define ACQ_REPLAY_PLAY_H

#include "acq/core/err.h"
#include "acq/core/machine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct play_options {
    const struct plant *plant; /* borrowed; NULL: the configurations in the archive */
    const char *const *inputs; /* paths, in order; all CSV, or all of archives */
    size_t input_count;
    bool skip_bad; /* bad rows, lines and commits are counted and passed over */
    struct machine_sink sink;
    /* Each sample before the pipeline takes it, behind the ticks before it; may be NULL. */
    void (*on_sample)(void *ctx, uint32_t signal, const struct sample *s, int64_t time_ms,
                      int64_t at_ms);
    void *ctx;
};

struct play_counts {
    uint64_t samples;
    uint64_t bad;     /* rows, lines and commits that were passed over */
    uint64_t orphans; /* raw lines of what the configuration does not have */
    uint64_t late;    /* samples for minutes that had been told; of archives: days that the live
                         server computed again and this did not */
};

struct play;
struct pipeline;
PW_MUST_CHECK int play_new(const struct play_options *options, struct play **out);
void play_free(struct play *p);

/* Plays everything. PW_ESYNTAX, PW_ECORRUPT: the first bad place, unless they are skipped;
 * PW_EINVAL: inputs of two kinds, or CSV without a plant; PW_ENOTFOUND, PW_EIO: a file. why (size
 * bytes) says "FILE:LINE: what". Call once. */
PW_MUST_CHECK int play_run(struct play *p, char *why, size_t size);

/* The plant in effect: what indexes in the output refer to. NULL before the first. */
const struct plant *play_plant(const struct play *p);
/* What is played into; NULL before the first input. Borrowed. */
const struct pipeline *play_pipeline(const struct play *p);
struct play_counts play_get_counts(const struct play *p);

#endif
