/* Which closed segment goes, and its removal in two steps: first a journal line `removed` that
 * holds the segment's row, then, once that line is durable and in SQLite, the file. A power cut in
 * between leaves a segment that is told to be removed; the next look removes its file. Recorder's
 * thread. */
#ifndef ACQ_RECORD_RETENTION_H
#define ACQ_RECORD_RETENTION_H

#include "acq/core/strbuf.h"
#include "acq/record/projection.h"

struct retention {
    const struct files *files;
    const char *data_dir; /* borrowed */
    uint32_t keep_days;   /* days with data, and days of the calendar; 0: for ever */
    int32_t looked_day;   /* when the open segment was this day's, nothing was left to do */
    bool told;            /* a line is on its way: its segment */
    int32_t told_day;
};

/* One look while open_day's segment is open and SQLite is up to date. True: members (fixed or
 * growing) holds what is to become a journal line `removed`. */
PW_MUST_CHECK bool retention_look(struct retention *r, struct projection *p, int32_t open_day,
                                  struct strbuf *members);

#endif
