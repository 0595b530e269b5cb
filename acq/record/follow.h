/* Keeps SQLite behind the journal while the recorder runs: applies each durable commit, and when
 * SQLite fails goes on from the journal itself with the next one. Recorder's thread. */
#ifndef ACQ_RECORD_FOLLOW_H
#define ACQ_RECORD_FOLLOW_H

#include "acq/record/projection.h"

struct follow {
    const struct files *files;
    const char *data_dir;          /* borrowed */
    struct projection *projection; /* owned by whoever made this */
    uint64_t failures;
};

/* c is durable. A failure is counted and logged, the journal does not wait for it. */
void follow_commit(struct follow *f, const struct stored_commit *c);

#endif
