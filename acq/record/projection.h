/* SQLite as a projection of the journal: DATA/plumewatch.db. Every row follows from the commits
 * alone, and one function makes them all, live, at start and in a rebuild; so a lost database is
 * made anew equal row for row. Not thread-safe: one thread at a time. */
#ifndef ACQ_RECORD_PROJECTION_H
#define ACQ_RECORD_PROJECTION_H

#include "acq/record/data_dir.h"
#include "acq/record/segment.h"

#include <stdbool.h>

struct projection;
struct minutes;

enum { PROJECTION_SCHEMA = 5 };

/* A range of a segment that is not what was written and was accepted as lost. */
struct journal_gap {
    int32_t day;
    int64_t from_offset, to_offset;
    uint64_t after_seq; /* last good commit before it */
    uint64_t next_seq;  /* first good one behind it in the segment; 0: none */
};

/* A new database; path is missing or an empty file ("" is a private temporary one). Until
 * projection_seal() it is written without care for a crash. */
PW_MUST_CHECK int projection_create(const char *path, const char *plant, struct projection **out);
/* Makes a created one durable. */
PW_MUST_CHECK int projection_seal(struct projection *p);
/* An existing one: PW_ENOTFOUND when it is missing, PW_ECORRUPT, PW_EVERSION, PW_EFOREIGN, PW_EDB.
 */
PW_MUST_CHECK int projection_open(const char *path, const char *plant, struct projection **out,
                                  const struct why *why);
void projection_close(struct projection *p);

/* Minutes go to these month files from now on (minutes.h), which belong to p; those that it knows
 * of and that are missing are begun anew. NULL: they go nowhere. */
PW_MUST_CHECK int projection_attach(struct projection *p, struct minutes *minutes);
struct minutes *projection_minutes(struct projection *p);

/* Last applied commit; 0 in an empty one. */
uint64_t projection_seq(const struct projection *p);
/* The same of whichever file is furthest behind: what comes after it is to be applied. */
uint64_t projection_least_seq(const struct projection *p);
/* The main file takes no commit behind seq, whatever is applied (verify). */
void projection_limit(struct projection *p, uint64_t seq);

/* Applies a commit behind the least one, in a transaction of its own unless one is open: to each
 * file that lacks it. On failure (PW_EDB) nothing is changed. */
PW_MUST_CHECK int projection_apply(struct projection *p, const struct stored_commit *c);

PW_MUST_CHECK int projection_begin(struct projection *p);
PW_MUST_CHECK int projection_commit(struct projection *p);
void projection_rollback(struct projection *p);

/* Makes durable what was applied; a running one is otherwise only as durable as the journal.
 * PW_EBUSY while somebody reads, PW_EDB. */
PW_MUST_CHECK int projection_checkpoint(struct projection *p);

/* Whether the last applied commit has this digest. */
bool projection_head_is(struct projection *p, const uint8_t digest[SM3_SIZE]);

PW_MUST_CHECK int projection_add_gap(struct projection *p, const struct journal_gap *gap);
bool projection_has_gap(struct projection *p, int32_t day, int64_t from_offset);
/* The accepted gaps that no journal line tells of yet. */
PW_MUST_CHECK int projection_untold_gaps(struct projection *p,
                                         void (*on_gap)(void *ctx, const struct journal_gap *gap),
                                         void *ctx);

struct sqlite3 *projection_handle(struct projection *p);

#endif
