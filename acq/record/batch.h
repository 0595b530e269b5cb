/* The lines that one commit will hold, while they gather. Two of these change hands between the
 * loop thread (fills) and the recorder's thread (writes); at any time one thread owns it. */
#ifndef ACQ_RECORD_BATCH_H
#define ACQ_RECORD_BATCH_H

#include "acq/core/strbuf.h"
#include "acq/record/journal.h"

struct batch {
    struct strbuf raw, derived, journal;
    struct strbuf order; /* the order line of the raw lines, open until batch_finish() */
    uint32_t lines[MEMBER_KINDS];
    size_t max_bytes;
    int64_t last_raw_at_ms;
    bool has_time;
    int64_t time_min_ms, time_max_ms;
    /* Set by the recorder. */
    uint64_t seq;
    int32_t day;
    bool roll; /* the open segment is closed before this */
    bool urgent;
    int64_t oldest_mono_ms; /* when the first line came */
    int64_t time_ms, at_ms;
    /* Lines that were refused while this one was full. */
    uint64_t lost_lines;
    int64_t lost_from_ms, lost_to_ms;
};

/* Memory for usual commits is taken here; PW_ENOMEM. */
PW_MUST_CHECK int batch_init(struct batch *b, size_t max_bytes, size_t usual_bytes);
void batch_deinit(struct batch *b);
void batch_reset(struct batch *b);

bool batch_is_empty(const struct batch *b);
/* Bytes that count against the bound. */
size_t batch_bytes(const struct batch *b);

/* Each PW_EFULL with the batch unchanged when the line does not fit. Journal lines may exceed the
 * bound by 64 KiB. */
PW_MUST_CHECK int batch_add_raw(struct batch *b, const char *line, size_t len, int64_t time_ms,
                                int64_t at_ms);
PW_MUST_CHECK int batch_add_derived(struct batch *b, const char *line, size_t len, int64_t time_ms);
PW_MUST_CHECK int batch_add_journal(struct batch *b, const char *type, int64_t at_ms,
                                    const char *members);
void batch_count_lost(struct batch *b, int64_t at_ms);

/* Completes the J lines (order first, loss last) and describes the commit; texts borrowed until the
 * batch is reset. PW_ENOMEM: try again. */
PW_MUST_CHECK int batch_finish(struct batch *b, struct commit_text *out);

#endif
