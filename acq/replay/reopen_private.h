/* Inside of reopening: reopen.c computes and compares, reopen_read.c takes a day's lines out of the
 * archive. */
#ifndef ACQ_REPLAY_REOPEN_PRIVATE_H
#define ACQ_REPLAY_REOPEN_PRIVATE_H

#include "acq/core/sm3.h"
#include "acq/record/raw_line.h"
#include "acq/record/segment.h"
#include "acq/replay/reopen.h"
#include "protocols/influx/line.h"

#include <stdatomic.h>

enum { REOPEN_MINUTES = 1440, REOPEN_HOURS = 24, REOPEN_DAYS = 31 };

struct reopen_sample {
    int64_t time_ms;
    uint32_t signal; /* plant->signals */
    uint32_t order;  /* as they came */
    struct sample sample;
};

/* A mean as its line has it; valid once `known`. */
struct told {
    bool known;
    struct mean mean;
};

struct reopen_day {
    struct reopen_sample *samples;
    size_t count, cap;
    struct told minutes[REOPEN_MINUTES], hours[REOPEN_HOURS], day, month;
    struct told days[REOPEN_DAYS]; /* of the month */
};

struct reopener {
    const char *data_dir;
    const char *const *paths;
    size_t path_count;
    char *(*find_config)(void *ctx, const char *digest);
    void *ctx;
    char digest[SM3_HEX_SIZE]; /* of plant */
    struct plant *plant;
    struct raw_reader *raw;
    struct line_parser *lines;
    struct reopen_day *day;
    atomic_bool cancelled;
};

/* What is looked for. */
struct reopen_window {
    const struct plant *plant;
    uint32_t input;
    int64_t from_ms, to_ms;         /* of samples */
    int64_t day_ms;                 /* of what was told */
    int64_t month_ms, month_end_ms; /* likewise */
    uint64_t through;
};

/* The digest of the last configuration that the journal tells of before to_ms and not before
 * from_ms; *out = "" when there is none. */
PW_MUST_CHECK int reopen_find_digest(struct reopener *r, int64_t from_ms, int64_t to_ms,
                                     uint64_t through, char out[SM3_HEX_SIZE]);
/* Fills r->day. */
PW_MUST_CHECK int reopen_read(struct reopener *r, const struct reopen_window *w);

/* What reopen_compute() does once a day's samples, in any order, and what was told of it are known.
 * Reorders them, and forgets those that are not the input's. out->means has room. */
PW_MUST_CHECK int reopen_compute_from(const struct plant *plant, uint32_t input,
                                      const struct reopen_request *q,
                                      const struct declarations *declared, struct reopen_day *day,
                                      struct reopen_result *out);

#endif
