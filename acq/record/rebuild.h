/* `plumewatch rebuild`: SQLite made anew from the journal. */
#ifndef ACQ_RECORD_REBUILD_H
#define ACQ_RECORD_REBUILD_H

#include "acq/core/err.h"

#include <stdbool.h>
#include <stdio.h>

/* Takes the directory's lock, makes DATA/plumewatch.db.new and puts it in the place of the old
 * database, which becomes DATA/plumewatch.db.bak. Damage in the journal is refused, or with
 * accept_gap recorded: the next start writes a journal line `gap` and goes on from the last valid
 * commit, and verify keeps naming the broken one. Says on out what it did or what is wrong. */
PW_MUST_CHECK int record_rebuild(const char *data_dir, bool accept_gap, FILE *out);

#endif
