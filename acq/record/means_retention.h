/* Which rows of SQLite go: told by a journal line `expired`, removed when that line is applied, so
 * that a rebuild removes the same. Recorder's thread. */
#ifndef ACQ_RECORD_MEANS_RETENTION_H
#define ACQ_RECORD_MEANS_RETENTION_H

#include "acq/core/strbuf.h"
#include "acq/record/projection.h"

/* Days that rows are kept; 0: for ever. */
struct means_keep {
    uint32_t minute_days;
    uint32_t hour_days;
    uint32_t event_days; /* findings that are closed, and journal lines */
};

struct means_retention {
    struct means_keep keep;
    char told[256];     /* the last line's members: it may be on its way */
    int32_t looked_day; /* when the open segment was this day's, nothing was left to do */
};

/* One look while open_day's segment is open and SQLite is up to date. Old is what is so by the
 * calendar while the record has as many days with data: a clock that jumps ahead removes nothing.
 * True: members holds what is to become a journal line `expired`. */
PW_MUST_CHECK bool means_retention_look(struct means_retention *r, struct projection *p,
                                        int32_t open_day, struct strbuf *members);

#endif
