/* The month files of a backup and of its restoring: each whole, by SQLite's own copy while it may
 * still be written, else as a file. */
#ifndef ACQ_RECORD_BACKUP_MINUTES_H
#define ACQ_RECORD_BACKUP_MINUTES_H

#include "acq/core/strbuf.h"
#include "acq/record/files.h"

#include <stdbool.h>
#include <stdio.h>

/* One SQLite file to another, beside its writer. PW_EDB. */
PW_MUST_CHECK int backup_sqlite_file(const struct files *files, const char *from, const char *part,
                                     const char *path);

/* Copies all; manifest gets ,"months":["2026-11",...] with those that were. One that cannot be
 * copied is said on out and left out: a rebuild makes it. */
PW_MUST_CHECK int backup_minutes(const struct files *files, const char *from, const char *to,
                                 struct strbuf *manifest, FILE *out);

/* Whether a text is a month's name. */
bool backup_is_month(const char *name);

#endif
