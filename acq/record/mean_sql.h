/* The columns of a mean, the same in the main file and in month files. */
#ifndef ACQ_RECORD_MEAN_SQL_H
#define ACQ_RECORD_MEAN_SQL_H

#include "acq/record/mean_row.h"

struct sqlite3;
struct sqlite3_stmt;

#define MEAN_SQL_NAMES                                                                             \
    "start_ms, revision, seq, avg, min, max, corrected, corrected_min, corrected_max, cou,"        \
    " flag, valid, parts, good, why, reason, more"
#define MEAN_SQL_DEFINITIONS                                                                       \
    "start_ms INTEGER NOT NULL, revision INTEGER NOT NULL, seq INTEGER NOT NULL,"                  \
    " avg REAL, min REAL, max REAL, corrected REAL, corrected_min REAL, corrected_max REAL,"       \
    " cou REAL, flag TEXT, valid INTEGER NOT NULL, parts INTEGER NOT NULL,"                        \
    " good INTEGER NOT NULL, why TEXT, reason TEXT, more TEXT"
/* As many marks as names, and the definition of the table that gives series their numbers. */
#define MEAN_SQL_MARKS "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
#define MEAN_SQL_SERIES                                                                            \
    "CREATE TABLE series(id INTEGER PRIMARY KEY, site TEXT NOT NULL, outlet TEXT NOT NULL,"        \
    " factor TEXT NOT NULL, source TEXT NOT NULL, UNIQUE(outlet, factor, source, site));"
#define MEAN_SQL_SERIES_FIND                                                                       \
    "SELECT id FROM series WHERE outlet = ?1 AND factor = ?2 AND source = ?3 AND site = ?4"
#define MEAN_SQL_SERIES_ADD                                                                        \
    "INSERT INTO series(outlet, factor, source, site) VALUES(?1, ?2, ?3, ?4)"

/* Columns start_ms to more, the first of them parameter `first`; texts stay borrowed. */
void mean_sql_bind(struct sqlite3_stmt *s, int first, const struct mean_row *row);
/* The same columns of a result into row; texts are borrowed until the next step. */
void mean_sql_read(struct sqlite3_stmt *s, int first, struct mean_row *row);
/* Parameters 1 to 4 of the two statements about series. */
void mean_sql_bind_series(struct sqlite3_stmt *s, const struct mean_row *row);

#endif
