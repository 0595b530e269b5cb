/* What is kept of a segment that retention removes: its findings and the journal lines that outlive
 * the readings are written again as lines `carried`, before the line `removed`. So what SQLite
 * holds of them follows from the segments that are kept (docs/adr/0014). Recorder's thread. */
#ifndef ACQ_RECORD_CARRY_H
#define ACQ_RECORD_CARRY_H

#include "acq/core/err.h"
#include "acq/core/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

struct sqlite3;

enum { CARRY_BYTES = 48 << 10 }; /* about what one call gives; a line may be longer */

/* Whether lines of that type outlive the readings: all but those that tell of a segment or of
 * readings that are gone. */
bool carry_is_wanted(const char *type);

/* Some more of what the commits first_seq to last_seq of a segment hold: the members of lines
 * `carried`, a newline behind each. Nothing is left when out stays empty. Until those lines are in
 * SQLite the same ones come again. PW_EDB, PW_ENOMEM. */
PW_MUST_CHECK int carry_more(struct sqlite3 *db, uint64_t first_seq, uint64_t last_seq,
                             struct strbuf *out);

#endif
