/* What a commit turns into, row by row: the inner half of projection.h. */
#ifndef ACQ_RECORD_PROJECTION_LINES_H
#define ACQ_RECORD_PROJECTION_LINES_H

#include "acq/record/projection.h"
#include "acq/record/schema.h"

struct line_field;
struct sqlite3_stmt;

struct sqlite3_stmt *projection_statement(struct projection *p, enum schema_statement which);
/* From here on, of months' files. */
PW_MUST_CHECK int projection_set_minute_series_max(struct projection *p, uint32_t series_max);
/* Runs a bound statement and clears it. */
PW_MUST_CHECK int projection_step(struct projection *p, enum schema_statement which);

/* NULL: none, and NULL in the table. */
void projection_bind_field(struct sqlite3_stmt *s, int column, const struct line_field *f);

/* Tables member and segment, from the commit's head. */
PW_MUST_CHECK int projection_apply_members(struct projection *p, const struct stored_commit *c);
/* Tables line, finding, cursor and gap, from its J lines. */
PW_MUST_CHECK int projection_apply_lines(struct projection *p, const struct stored_commit *c);

#endif
