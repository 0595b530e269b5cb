/* One month's minutes in a SQLite file of their own, DATA/minutes-2026-11.db
 * (docs/journal-format.md, "Month files"; docs/adr/0010): a projection of the journal with its own
 * last applied commit. What comes stands as rows; an hour after its end an hour is packed, one row
 * a series (minute_pack.h). Revisions, and what does not fit a pack, stay rows. A file that is
 * closed is packed whole, has no log beside it and is only read. One thread at a time. */
#ifndef ACQ_RECORD_MONTH_FILE_H
#define ACQ_RECORD_MONTH_FILE_H

#include "acq/core/err.h"
#include "acq/record/mean_row.h"

#include <stdbool.h>
#include <stdint.h>

struct month_file;
struct sqlite3;

enum { MONTH_SCHEMA = 1 };

/* path: missing or empty; "": a private temporary one. first_seq: the commit that it begins with.
 * series_max: beyond so many series, what stations send is not kept. Durable when it returns, but
 * for the folder's entry. PW_EDB, PW_ENOMEM. */
PW_MUST_CHECK int month_file_create(const char *path, uint64_t first_seq, uint32_t series_max,
                                    struct month_file **out);
/* PW_ENOTFOUND, PW_ECORRUPT, PW_EVERSION, PW_EDB. */
PW_MUST_CHECK int month_file_open(const char *path, struct month_file **out);
void month_file_close(struct month_file *f); /* NULL is fine */

uint64_t month_file_seq(const struct month_file *f); /* every commit up to it is in the file */
bool month_file_is_closed(const struct month_file *f);

/* One transaction around any number of the calls below; all but commit and rollback need one.
 * PW_EDB: roll back. */
PW_MUST_CHECK int month_file_begin(struct month_file *f);
PW_MUST_CHECK int month_file_commit(struct month_file *f);
void month_file_rollback(struct month_file *f);

PW_MUST_CHECK int month_file_add(struct month_file *f, const struct mean_row *row);
/* The last applied commit is seq. */
PW_MUST_CHECK int month_file_note(struct month_file *f, uint64_t seq);
PW_MUST_CHECK int month_file_set_series_max(struct month_file *f, uint32_t series_max);
/* Packs everything, or opens it again for one more. */
PW_MUST_CHECK int month_file_set_closed(struct month_file *f, bool closed, uint64_t seq);
/* After the commit that closed it: its log is written into the file and removed. */
PW_MUST_CHECK int month_file_settle(struct month_file *f);

struct sqlite3 *month_file_handle(struct month_file *f);

#endif
