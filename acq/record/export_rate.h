/* Rows of an export: rates (measurement `rate`). */
#ifndef ACQ_RECORD_EXPORT_RATE_H
#define ACQ_RECORD_EXPORT_RATE_H

#include "acq/record/export_row.h"

/* The column names of CSV. */
const char *export_rate_columns(void);
/* line: one of the measurement `rate`. PW_ESYNTAX when a field is missing. */
PW_MUST_CHECK int export_write_rate(struct export_writer *w, const struct line *line);

#endif
