/* `plumewatch verify`: whether the record is what was written. Reads beside a running server. */
#ifndef ACQ_RECORD_VERIFY_H
#define ACQ_RECORD_VERIFY_H

#include "acq/core/err.h"

#include <stdio.h>

/* Walks the kept segments (check sums, sequence, chain), names removed ones, makes the projection
 * anew and compares it with SQLite row by row, and with anchor "SEQ:DIGEST" proves that the commits
 * up to SEQ are those that were anchored (NULL: says that nothing was proven). Writes sentences to
 * out. 0 when all is well; PW_ECORRUPT when something is not; PW_EINVAL for a malformed anchor;
 * other codes when the directory cannot be read. */
PW_MUST_CHECK int record_verify(const char *data_dir, const char *anchor, FILE *out);

#endif
