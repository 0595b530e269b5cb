/* Reading the archive beside a running or stopped server: commits by sequence number, in order.
 * Read-only; any thread, one reader per thread. */
#ifndef ACQ_RECORD_ARCHIVE_H
#define ACQ_RECORD_ARCHIVE_H

#include "acq/record/recorder.h"

struct archive;

PW_MUST_CHECK int archive_open(const char *data_dir, struct archive **out);
void archive_close(struct archive *a);

/* Bounds of what is kept; 0, 0 when empty. Re-reads the directory. */
PW_MUST_CHECK int archive_bounds(struct archive *a, uint64_t *out_first, uint64_t *out_last);

/* The members of commit seq as archived; the caller gives each reference back with bytes_unref().
 * PW_ENOTFOUND outside the bounds, PW_ECORRUPT when a member is damaged. Sequential reading is
 * cheap; a far jump walks the headers of one segment once and keeps its index. */
PW_MUST_CHECK int archive_read(struct archive *a, uint64_t seq, struct commit *out);

/* Inflates one member; caller frees *out_text with free(). NUL behind the last byte. */
PW_MUST_CHECK int archive_inflate(const struct bytes *member, char **out_text, size_t *out_len);

#endif
