/* The questions that others ask SQLite, the projection of the journal. Read-only, blocking: at
 * start or from a worker. While SQLite catches up (DATA/plumewatch.db.tail is there) the answers
 * come from the two newest segments alone. */
#ifndef ACQ_RECORD_DB_H
#define ACQ_RECORD_DB_H

#include "acq/core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The last journal line of type `cursor` whose member "target" is this one: its members as its
 * owner gave them to recorder_add_journal(), without braces, or *out = NULL when there is none.
 * Caller frees with free(). A member must not be named type, at or n: those are the line's own. */
/* The last journal line `message` of each key, of those written since then (journal clock), oldest
 * first. json is borrowed until on_line returns. */
PW_MUST_CHECK int record_last_messages(const char *data_dir, int64_t since_at_ms,
                                       void (*on_line)(void *ctx, const char *json), void *ctx);

PW_MUST_CHECK int record_load_cursor(const char *data_dir, const char *target, char **out);

/* Whether the journal holds the full text of the configuration with that digest (64 hex digits). */
PW_MUST_CHECK int record_has_config(const char *data_dir, const char *digest, bool *out);

/* Its text; *out = NULL when it is not there. Caller frees with free(). */
PW_MUST_CHECK int record_load_config(const char *data_dir, const char *digest, char **out);

/* The digest of the configuration that the newest `config` line names; *out = NULL when there is
 * none. Caller frees with free(). */
PW_MUST_CHECK int record_last_config(const char *data_dir, char **out);

/* The findings that are open, each as its journal line's JSON members in one object, borrowed. */
PW_MUST_CHECK int record_open_findings(const char *data_dir,
                                       void (*on_finding)(void *ctx, const char *json), void *ctx);

/* The last line of that finding as one JSON object, to be freed with free(); NULL when there is no
 * such finding. */
PW_MUST_CHECK int record_load_finding(const char *data_dir, const char *id, char **out);
/* Its `evidence` lines in their order, at most max behind the first skip; each borrowed. */
PW_MUST_CHECK int record_read_evidence(const char *data_dir, const char *id, size_t skip,
                                       size_t max, void (*on_line)(void *ctx, const char *json),
                                       void *ctx);

/* Journal lines of that type, the newest first, at most so many; each borrowed. */
PW_MUST_CHECK int record_newest_lines(const char *data_dir, const char *type, uint32_t max,
                                      void (*on_line)(void *ctx, const char *json), void *ctx);

/* Likewise, but those from at_ms on (journal clock), the oldest first. */
PW_MUST_CHECK int record_lines_since(const char *data_dir, const char *type, int64_t at_ms,
                                     void (*on_line)(void *ctx, const char *json), void *ctx);

#endif
