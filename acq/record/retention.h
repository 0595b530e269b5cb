/* Which closed segment goes, and its removal in three steps: first the lines `carried` (carry.h),
 * then a journal line `removed` that holds the segment's row, then, once that line is durable in
 * both journal and SQLite, the file. A power cut in between leaves a segment of which the next look
 * carries the rest, or that is told to be removed and whose file it removes. Recorder's thread. */
#ifndef ACQ_RECORD_RETENTION_H
#define ACQ_RECORD_RETENTION_H

#include "acq/core/strbuf.h"
#include "acq/record/projection.h"

enum { RETENTION_MARK = 256 };

struct retention {
    const struct files *files;
    const char *data_dir; /* borrowed */
    uint32_t keep_days;   /* days with data, and days of the calendar; 0: for ever */
    int64_t now_ms;       /* UTC; set before a look */
    int32_t looked_day;   /* when the open segment was this day's, nothing was left to do */
    bool told;            /* a line is on its way: its segment */
    int32_t told_day;
    char carried[RETENTION_MARK]; /* how the lines begin that are on their way; "": none */
    unsigned waited;              /* looks since then */
};

/* One look while open_day's segment is open and SQLite is up to date. Returns a type of journal
 * lines, and in members (growing) their members, a newline behind each; or NULL: nothing to do. */
const char *retention_look(struct retention *r, struct projection *p, int32_t open_day,
                           struct strbuf *members);

#endif
