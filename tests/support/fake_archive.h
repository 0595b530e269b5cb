/* An archive in memory with real gzip members, for tests of what reads it. */
#ifndef TESTS_SUPPORT_FAKE_ARCHIVE_H
#define TESTS_SUPPORT_FAKE_ARCHIVE_H

#include "acq/deliver/source.h"

#include <stddef.h>
#include <stdint.h>

enum { FAKE_COMMITS_MAX = 2000 };

struct fake_archive {
    struct commit commits[FAKE_COMMITS_MAX + 1]; /* by sequence number */
    uint64_t first, last;
    uint64_t corrupt; /* this one cannot be read */
};

struct bytes *gzip_text(const char *text, size_t len);
/* PW_ECORRUPT when it is no gzip; caller frees *out_text, NUL-terminated. */
int gunzip(const void *data, size_t len, char **out_text, size_t *out_len);

void fake_archive_init(struct fake_archive *a);
void fake_archive_deinit(struct fake_archive *a);

/* One more commit with so many raw and derived lines, "r v=SEQ.N,w=1 1" and "d v=SEQ.N,w=1 1". bad:
 * the numbers (from 1, 0 behind the last) of raw lines that are "r v=SEQ.N,bad 1" instead. */
const struct commit *fake_archive_add(struct fake_archive *a, unsigned raw, unsigned derived,
                                      const unsigned *bad);
/* One more commit with this raw or derived text. */
const struct commit *fake_archive_add_text(struct fake_archive *a, const char *raw);
const struct commit *fake_archive_add_derived(struct fake_archive *a, const char *derived);

struct influx_source *fake_archive_source_new(struct fake_archive *a);

#endif
