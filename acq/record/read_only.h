/* SQLite files opened for looking, beside whoever writes them. On a file system that is mounted
 * read-only (a copy on an evidence disk) a database without a write-ahead log is taken as it lies,
 * since SQLite could not make the files that it shares with a writer. Blocking; any thread. */
#ifndef ACQ_RECORD_READ_ONLY_H
#define ACQ_RECORD_READ_ONLY_H

#include "acq/core/err.h"

struct sqlite3;

/* Waits up to 2 s for a writer. PW_EDB: *out is then still to be closed, and says why. */
PW_MUST_CHECK int read_only_open(const char *path, struct sqlite3 **out);

#endif
