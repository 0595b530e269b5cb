/* Means of the record for the API. Whoever starts the server says how they are read: SQLite's home
 * is elsewhere. Called on the HTTP thread; a page takes some milliseconds. */
#ifndef ACQ_SERVE_MEANS_H
#define ACQ_SERVE_MEANS_H

#include "acq/core/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SERVE_CURSOR_SIZE = 96 };

struct serve_means_query {
    const char *period;
    const char *site, *outlet, *factor, *source; /* "": any */
    bool station_else_own;                       /* of two sources of one period the station's */
    bool all_revisions;
    int64_t from_ms, to_ms; /* of the start; to_ms is not in it */
    int zone_offset_min;    /* of the times that are written */
    size_t limit;
    const char *cursor; /* "": from the beginning */
};

struct serve_means {
    /* Appends the rows as JSON objects with commas between them; next is "" behind the last page.
     * PW_ENOTFOUND: no such period; PW_ESYNTAX: not such a cursor. */
    int (*read)(void *ctx, const struct serve_means_query *q, struct strbuf *rows,
                char next[SERVE_CURSOR_SIZE]);
    void *ctx;
};

#endif
