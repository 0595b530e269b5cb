/* The means of the journal's derived lines in SQLite: hours, days and longer in the main file
 * (table mean, every revision a row), minutes in month files (minutes.h). The inner half of
 * projection.h. */
#ifndef ACQ_RECORD_MEANS_H
#define ACQ_RECORD_MEANS_H

#include "acq/record/minutes.h"
#include "acq/record/projection.h"

struct means;

/* PW_ENOMEM. */
PW_MUST_CHECK int means_new(struct means **out);
void means_free(struct means *m); /* NULL is fine */

/* One commit's D lines, in the transactions of both. in_main: the main file has not seen the commit
 * yet. minutes may be NULL. A line that is no mean is passed by. */
PW_MUST_CHECK int means_apply(struct means *m, struct projection *p, bool in_main,
                              struct minutes *minutes, const struct stored_commit *c);

/* What retention told to remove: hours that begin before an instant; a month's minutes. */
PW_MUST_CHECK int means_expire_hours(struct projection *p, int64_t before_ms);
PW_MUST_CHECK int means_expire_month(struct projection *p, const char *name, int64_t now_ms);

#endif
