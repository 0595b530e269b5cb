/* Keeps SQLite behind the journal while the recorder runs: applies each durable commit, and when
 * SQLite fails goes on from the journal itself with the next one. Recorder's thread. */
#ifndef ACQ_RECORD_FOLLOW_H
#define ACQ_RECORD_FOLLOW_H

#include "acq/record/projection.h"

struct follow {
    const struct files *files;
    const char *data_dir;          /* borrowed */
    struct projection *projection; /* owned by whoever made this */
    bool behind;                   /* since the start; DATA/plumewatch.db.tail is there */
    uint64_t failures;
};

/* Applies some more of what is missing; true while commits up to last_seq are. */
bool follow_more(struct follow *f, uint64_t last_seq);

/* c is durable. A failure is counted and logged, the journal does not wait for it. */
void follow_commit(struct follow *f, const struct stored_commit *c);

#endif
