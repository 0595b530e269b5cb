/* `plumewatch export`: what is recorded, as CSV or JSON lines, beside a running or stopped server.
 * Streams: never more than one commit in memory. */
#ifndef ACQ_RECORD_EXPORT_H
#define ACQ_RECORD_EXPORT_H

#include "acq/core/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum export_what {
    EXPORT_RAW,      /* one row per signal value: time,at,device,signal,value,quality,reason */
    EXPORT_FINDINGS, /* the last line of each finding that overlaps the range */
    EXPORT_MEANS,    /* the means that begin in the range, out of SQLite (means_read.h) */
    EXPORT_TOLD,     /* the same as they were told, out of the journal: minutes with all digits */
    EXPORT_MARKS,    /* the last word on each mark that overlaps the range */
    EXPORT_TOTALS,   /* the books whose stamp lies in the range, as they were told */
    EXPORT_RATES,    /* likewise rates */
    EXPORT_PACKETS,  /* what HJ 212 stations sent, as the journal has it; JSON lines only */
};
enum export_format { EXPORT_CSV, EXPORT_JSONL };

struct export_options {
    const char *data_dir;
    enum export_what what;
    int64_t from_ms; /* data time, in it */
    int64_t to_ms;   /* not in it */
    enum export_format format;
    int zone_offset_min; /* of the times that are written */
    /* Of means: NULL is any. */
    const char *period, *outlet, *factor, *source;
    bool last_only; /* of EXPORT_MEANS: the last revision of each */
};

/* PW_ECORRUPT when a part could not be read (the rest was written); PW_EIO when out fails. */
PW_MUST_CHECK int record_export(const struct export_options *options, FILE *out);

#endif
