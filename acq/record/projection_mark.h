/* Table `mark`: the last word on each mark, by persons and by rules. Every word stays in the
 * journal; those by persons also in table `line`. */
#ifndef ACQ_RECORD_PROJECTION_MARK_H
#define ACQ_RECORD_PROJECTION_MARK_H

#include "acq/record/journal_line.h"
#include "acq/record/projection.h"

/* A journal line that declares: nothing when it is of no mark. */
PW_MUST_CHECK int projection_set_mark(struct projection *p, const struct stored_commit *c,
                                      const struct journal_line *line, const char *text,
                                      size_t len);
/* A line `withdraw`. */
PW_MUST_CHECK int projection_withdraw_mark(struct projection *p, const struct stored_commit *c,
                                           const struct journal_line *line);

#endif
