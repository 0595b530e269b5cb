/* Where a sender reads older commits from: the archive, or a test's own. bounds, read and inflate
 * run on a worker, one at a time but for inflate. */
#ifndef ACQ_DELIVER_SOURCE_H
#define ACQ_DELIVER_SOURCE_H

#include "acq/record/recorder.h"

struct influx_source {
    /* As archive_bounds(), archive_read() and archive_inflate(). */
    int (*bounds)(struct influx_source *s, uint64_t *out_first, uint64_t *out_last);
    int (*read)(struct influx_source *s, uint64_t seq, struct commit *out);
    int (*inflate)(const struct bytes *member, char **out_text, size_t *out_len);
    void (*close)(struct influx_source *s); /* frees it */
};

/* Reads DATA/archive; opened with the first use. NULL when there is no memory. */
struct influx_source *archive_source_new(const char *data_dir);

#endif
