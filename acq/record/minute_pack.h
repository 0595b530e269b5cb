/* The 60 minutes of an hour of one series in one text of bytes (docs/journal-format.md, "Month
 * files"). Values keep seven significant digits of the hour's largest, or all of theirs when these
 * are few; everything else is kept as it is. The journal and the time-series databases have all
 * digits. Pure. */
#ifndef ACQ_RECORD_MINUTE_PACK_H
#define ACQ_RECORD_MINUTE_PACK_H

#include "acq/core/err.h"
#include "acq/core/strbuf.h"
#include "acq/record/mean_row.h"

enum { PACK_MINUTES = 60 };

struct packed_minute {
    double value[ROW_VALUES]; /* NAN: there is none */
    char flag;
    uint8_t why; /* 0: none; 1: "o2-high" */
    bool valid;
    uint32_t parts, good;
    uint32_t gaps, longest_gap_s;
};

struct minute_pack {
    bool has[PACK_MINUTES];
    struct packed_minute minutes[PACK_MINUTES];
};

/* Appends to out (growing): at most some 4 KiB. */
void minute_pack_write(const struct minute_pack *p, struct strbuf *out);
/* PW_ECORRUPT: not such a text. */
PW_MUST_CHECK int minute_pack_read(const void *data, size_t len, struct minute_pack *out);

#endif
