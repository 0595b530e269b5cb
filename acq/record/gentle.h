/* The system's file layer for whoever reads the whole record beside a running server: a bound on
 * bytes read a second, and the page cache is not filled with what is read once. */
#ifndef ACQ_RECORD_GENTLE_H
#define ACQ_RECORD_GENTLE_H

#include "acq/record/files.h"

struct gentle {
    struct files files; /* hand out &g->files */
    int64_t bytes_s;    /* 0: no bound */
    int64_t since_us;
    int64_t bytes;
};

enum { GENTLE_BYTES_S = 64 << 20 };

/* Also makes this process nice: it is one that only reads. */
void gentle_init(struct gentle *g, int64_t bytes_s);

#endif
