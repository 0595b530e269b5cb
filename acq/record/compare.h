/* Two projections, row by row: what SQLite holds and what the journal says it must hold. */
#ifndef ACQ_RECORD_COMPARE_H
#define ACQ_RECORD_COMPARE_H

#include "acq/core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sqlite3;

/* Holds the database's present state in a read transaction; its last applied commit. PW_EDB when it
 * is no projection. */
PW_MUST_CHECK int compare_begin(struct sqlite3 *db, uint64_t *out_seq);

struct schema_table;

/* Tables of any two files of one kind; at most one difference is told per table. */
void compare_listed(struct sqlite3 *db, struct sqlite3 *rebuilt, const struct schema_table *tables,
                    size_t count, uint64_t first_seq,
                    void (*on_difference)(void *ctx, const char *table, const char *what),
                    void *ctx);

/* Every table from commit first_seq on; at most one difference is told per table. */
PW_MUST_CHECK int
compare_projections(struct sqlite3 *db, struct sqlite3 *rebuilt, uint64_t first_seq,
                    void (*on_difference)(void *ctx, const char *table, const char *what),
                    void *ctx);

/* The segments that db lists and that are not among days; rule is NULL unless retention removed it.
 */
PW_MUST_CHECK int compare_segments(struct sqlite3 *db, const int32_t *days, size_t count,
                                   void (*on_missing)(void *ctx, const char *day, uint64_t first,
                                                      uint64_t last, const char *rule),
                                   void *ctx);

/* Whether a segment was removed by a rule that ended with commit first_seq - 1 of digest prev. */
PW_MUST_CHECK int compare_removed_before(struct sqlite3 *db, uint64_t first_seq, const char *prev,
                                         bool *out);

#endif
