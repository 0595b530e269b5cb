/* Rows of an export: the books (measurement `total`) and marks. */
#ifndef ACQ_RECORD_EXPORT_BOOK_H
#define ACQ_RECORD_EXPORT_BOOK_H

#include "acq/record/export_row.h"

/* The column names of CSV. */
const char *export_total_columns(void);
const char *export_mark_columns(void);

/* line: one of the measurement `total`. PW_ESYNTAX when a field is missing. */
PW_MUST_CHECK int export_write_total(struct export_writer *w, const struct line *line);
/* json: a journal line that declares a mark; withdrawn_ms 0: it stands. PW_ESYNTAX. */
PW_MUST_CHECK int export_write_mark(struct export_writer *w, const char *json, size_t len,
                                    int64_t withdrawn_ms);

#endif
