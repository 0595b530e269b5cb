/* How the journal clock maps to UTC along the journal: the lines `start` and `clock` carry
 * offset_ms, and each holds from its place on. Read once from SQLite. */
#ifndef ACQ_RECORD_OFFSETS_H
#define ACQ_RECORD_OFFSETS_H

#include "acq/core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sqlite3;

struct offset_entry {
    uint64_t seq;
    int64_t n; /* from this raw line of the commit on */
    int64_t offset_ms;
};

struct offsets {
    struct offset_entry *items; /* in journal order */
    size_t count;
    size_t next; /* look-ups go forward: items before this were passed */
};

PW_MUST_CHECK int offsets_load(struct sqlite3 *db, struct offsets *out);
void offsets_deinit(struct offsets *o);

/* UTC of an instant of raw line n in commit seq; places must not go back. false: not known. */
bool offsets_to_utc(struct offsets *o, uint64_t seq, int64_t n, int64_t at_ms, int64_t *out);

#endif
