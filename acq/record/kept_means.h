/* What a rebuild must not lose: means whose lines retention removed from the journal. */
#ifndef ACQ_RECORD_KEPT_MEANS_H
#define ACQ_RECORD_KEPT_MEANS_H

#include "acq/record/data_dir.h"
#include "acq/record/projection.h"

/* The first commit of the segments that p knows and that are still there; 0: none. */
uint64_t kept_means_first_seq(struct projection *p);

/* Copies from the database at old_path (may be missing or unreadable: then nothing) what commits
 * before p's first one told. Outside a transaction. */
void kept_means_copy(struct projection *p, const char *old_path);

/* Removes what a rebuild that did not come to its end left: minutes-*.db.new. */
PW_MUST_CHECK int kept_means_clear(const struct data_dir *d);
/* Month files made anew take the place of the old ones, but where an old one begins before
 * first_seq: it holds what the journal no longer does, and stays. */
PW_MUST_CHECK int kept_means_swap(const struct data_dir *d, uint64_t first_seq);

#endif
