/* Table `rate`: the last word on each rate of each period (derived lines of measurement `rate`). */
#ifndef ACQ_RECORD_RATE_ROW_H
#define ACQ_RECORD_RATE_ROW_H

#include "acq/record/projection.h"
#include "protocols/influx/line.h"

/* Whether a line's text, not yet parsed, is one of a rate. */
bool rate_row_is(const char *text, size_t len);
/* PW_ESYNTAX when the line lacks a field that every such line has. */
PW_MUST_CHECK int rate_row_apply(struct projection *p, uint64_t seq, const struct line *line);

#endif
