/* The part of verify about month files: each as it stands now, against the journal up to the commit
 * that it says it is at. */
#ifndef ACQ_RECORD_VERIFY_MINUTES_H
#define ACQ_RECORD_VERIFY_MINUTES_H

#include "acq/record/data_dir.h"
#include "acq/record/projection.h"

#include <stdio.h>

struct verify_minutes;

/* Holds the present state of all month files of the data directory (borrowed) and lets rebuilt make
 * its own; months that have no file yet are made up to db_seq. *out_seq: the last commit that any
 * of them is at, or db_seq. */
PW_MUST_CHECK int verify_minutes_begin(const struct files *files, const char *data_dir,
                                       struct projection *rebuilt, uint64_t db_seq,
                                       struct verify_minutes **out, uint64_t *out_seq);
/* Says what differs on out, from the first kept commit on; returns how many problems there are. */
uint64_t verify_minutes_compare(struct verify_minutes *v, uint64_t first_seq, FILE *out);
void verify_minutes_free(struct verify_minutes *v); /* NULL is fine */

#endif
