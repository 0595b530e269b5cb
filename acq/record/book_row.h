/* Table `total`: the last word of the books on each period of each input (derived lines of
 * measurement `total`). How a month or a year came about, day by day, stands in the lines. */
#ifndef ACQ_RECORD_BOOK_ROW_H
#define ACQ_RECORD_BOOK_ROW_H

#include "acq/record/projection.h"
#include "protocols/influx/line.h"

/* Whether a line's text, not yet parsed, is one of the books. */
bool book_row_is(const char *text, size_t len);
/* PW_ESYNTAX when the line lacks a field that every such line has. */
PW_MUST_CHECK int book_row_apply(struct projection *p, uint64_t seq, const struct line *line);
/* What retention told to remove: hours that begin before an instant. */
PW_MUST_CHECK int book_row_expire_hours(struct projection *p, int64_t before_ms);

#endif
