/* The month files of a data directory together (month_file.h). Each is a projection by itself: what
 * it lacks after a cut of the power is applied to it again, and passed by where it is there
 * already. Told of every commit in order, in the transaction of the main file. One thread at a
 * time. */
#ifndef ACQ_RECORD_MINUTES_H
#define ACQ_RECORD_MINUTES_H

#include "acq/record/files.h"
#include "acq/record/mean_row.h"

struct minutes;
struct sqlite3;

enum { MONTH_NAME_SIZE = 16, MINUTE_SERIES_MAX = 20000 };

/* "2026-11" of the UTC month that an instant lies in; returns out. */
const char *month_name(int64_t time_ms, char out[MONTH_NAME_SIZE]);
/* "DATA/minutes-NAME.db" with suffix behind it; PW_EINVAL. */
PW_MUST_CHECK int month_path(char out[FILES_PATH_MAX], const char *data_dir, const char *name,
                             const char *suffix);
/* Calls with the name of each month that has such a file, in no order. */
PW_MUST_CHECK int month_list(const struct files *files, const char *data_dir, const char *suffix,
                             void (*on_month)(void *ctx, const char *name), void *ctx);

/* Whether a minute told in a commit of that time is kept: neither far ahead nor older than what is
 * still revised. */
bool minutes_take(int64_t commit_ms, int64_t start_ms);

/* The files that are there; a damaged one is moved aside and made anew by minutes_expect(). suffix:
 * "", or ".new" for a rebuild. data_dir NULL: private temporary files (verify). Borrowed: files,
 * data_dir. */
PW_MUST_CHECK int minutes_open(const struct files *files, const char *data_dir, const char *suffix,
                               struct minutes **out);
void minutes_close(struct minutes *m); /* NULL is fine */

/* There must be a file of that month, begun by that commit: it is made when it is missing. */
PW_MUST_CHECK int minutes_expect(struct minutes *m, const char *name, uint64_t first_seq);
/* Files that know commits behind the journal's last are moved aside and begun anew. */
PW_MUST_CHECK int minutes_check_end(struct minutes *m, uint64_t last_seq);
/* Private ones only: the month's file is as it is after commit seq, whatever comes. name NULL:
 * those of all months that are not there yet. */
PW_MUST_CHECK int minutes_limit(struct minutes *m, const char *name, uint64_t seq);

/* Commits up to it need not be applied again; UINT64_MAX: none needs to. */
uint64_t minutes_seq(const struct minutes *m);

void minutes_begin(struct minutes *m);
PW_MUST_CHECK int minutes_commit(struct minutes *m);
void minutes_rollback(struct minutes *m);

/* In a transaction. row->seq is the commit's. */
PW_MUST_CHECK int minutes_add(struct minutes *m, const struct mean_row *row);
/* The same for files that are made from here on, outside a transaction. */
void minutes_assume_series_max(struct minutes *m, uint32_t series_max);
PW_MUST_CHECK int minutes_set_series_max(struct minutes *m, uint32_t series_max);
/* Retention: the file goes with the commit of the transaction. */
void minutes_expire(struct minutes *m, const char *name);
/* The commit's rows were added. */
PW_MUST_CHECK int minutes_pass(struct minutes *m, uint64_t seq, int64_t commit_ms);

/* Each month's file, borrowed; NULL where it is closed and not private. */
void minutes_each(struct minutes *m,
                  void (*on_month)(void *ctx, const char *name, struct sqlite3 *db), void *ctx);

#endif
