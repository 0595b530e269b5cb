/* Evidence of an event, kept at full rate: what the signals of a bypass or a flare said from 10
 * minutes before a finding's start to 10 minutes after its end, as journal lines of type `evidence`
 * (docs/journal-format.md) while it goes on. The last 10 minutes of those signals are always held.
 * Bounded: what does not fit is left out and said. Loop thread. */
#ifndef ACQ_APP_FREEZE_H
#define ACQ_APP_FREEZE_H

#include "acq/core/err.h"
#include "acq/core/sample.h"

#include <stdbool.h>
#include <stdint.h>

struct plant;
struct strbuf;
struct freeze;

enum {
    FREEZE_BEFORE_MS = 600000,
    FREEZE_AFTER_MS = 600000,
    FREEZE_EVERY_MS = 60000,
    FREEZE_AT_ONCE_MAX = 32,  /* findings */
    FREEZE_ROWS_MAX = 500000, /* held for all signals together */
    FREEZE_PART_ROWS = 4000,  /* in a line */
    FREEZE_PARTS_MAX = 1500,  /* of a finding; behind it nothing more is written of that one */
};

/* on_line gets the members of a journal line. plant is borrowed until freeze_reload(). */
PW_MUST_CHECK int freeze_new(const struct plant *plant,
                             void (*on_line)(void *ctx, const struct strbuf *members), void *ctx,
                             struct freeze **out);
void freeze_free(struct freeze *f);
/* The signals are those of another plant now; what was held of the old one is gone. */
PW_MUST_CHECK int freeze_reload(struct freeze *f, const struct plant *plant);

void freeze_take(struct freeze *f, const struct reading *r);
/* Whether findings of that kind about that object are such events. */
bool freeze_wants(const struct freeze *f, const char *kind, const char *object);
/* A finding is open: from_ms is where its evidence begins (UTC). Again for the same id: nothing. */
void freeze_begin(struct freeze *f, const char *id, const char *object, int64_t from_ms);
void freeze_end(struct freeze *f, const char *id, int64_t end_ms);
/* Writes what is due; once a second. */
void freeze_second(struct freeze *f, int64_t now_ms);
/* Writes what there is (a stop). */
void freeze_flush(struct freeze *f, int64_t now_ms);
/* Findings whose evidence was not kept, as too many were open at once. */
uint64_t freeze_refused(const struct freeze *f);

#endif
