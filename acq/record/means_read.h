/* Means out of SQLite, beside a running server or without one: for the export and the API.
 * Blocking, read-only; any thread, each call for itself. By series (site, outlet, factor, source,
 * in the order in which they first came) and time; minutes by month first. Minutes that were packed
 * have seven significant digits of their hour (minute_pack.h). */
#ifndef ACQ_RECORD_MEANS_READ_H
#define ACQ_RECORD_MEANS_READ_H

#include "acq/record/mean_row.h"

#include <stddef.h>

enum { MEANS_CURSOR_SIZE = 96 };

struct means_query {
    const char *period;                          /* "minute", "hour", ... */
    const char *site, *outlet, *factor, *source; /* NULL or "": any */
    int64_t from_ms;                             /* of the start, in it */
    int64_t to_ms;                               /* not in it */
    bool all_revisions;                          /* else the last of each period */
    /* Of two sources of one period (of minutes: of one month) the station's. */
    bool station_else_own;
};

/* At most limit rows behind cursor ("" or NULL: from the beginning), each borrowed until on_row
 * returns; a nonzero return ends it with that code. next is "" when there are no more, else where
 * to go on. While the record grows a cursor stays good. PW_ENOTFOUND: no period of that name, or
 * there is no database; PW_ESYNTAX: not such a cursor; PW_EDB; PW_ECORRUPT: a pack is damaged. */
PW_MUST_CHECK int means_read(const char *data_dir, const struct means_query *query,
                             const char *cursor, size_t limit,
                             int (*on_row)(void *ctx, const struct mean_row *row), void *ctx,
                             char next[MEANS_CURSOR_SIZE]);

#endif
