/* The halves of means_read.h: means_read.c reads the main file, means_read_minutes.c month files.
 */
#ifndef ACQ_RECORD_MEANS_READ_PRIVATE_H
#define ACQ_RECORD_MEANS_READ_PRIVATE_H

#include "acq/record/means_read.h"
#include "acq/record/minutes.h"

struct sqlite3;
struct sqlite3_stmt;

/* Where a page begins: behind that row. */
struct means_place {
    char month[MONTH_NAME_SIZE]; /* of minutes; "": the first */
    int64_t series;              /* 0: the first */
    int64_t start_ms, revision;
};

struct means_page {
    const char *data_dir;
    const struct means_query *query;
    struct means_place after;
    struct means_place last; /* that was given out */
    size_t left;
    bool more; /* left was not enough */
    int (*on_row)(void *ctx, const struct mean_row *row);
    void *ctx;
};

/* Gives a row out, or says that there is more. PW_EMORE ends the reading. */
PW_MUST_CHECK int means_page_give(struct means_page *p, const struct mean_row *row);
/* Parameters 1 to 4: site, outlet, factor, source; NULL where any will do. */
void means_page_bind_names(struct sqlite3_stmt *s, const struct means_query *q);
/* The condition on series s that goes with them. */
#define MEANS_PAGE_NAMES                                                                           \
    "(?1 IS NULL OR s.site = ?1) AND (?2 IS NULL OR s.outlet = ?2)"                                \
    " AND (?3 IS NULL OR s.factor = ?3) AND (?4 IS NULL OR s.source = ?4)"
/* PW_ENOTFOUND, PW_EDB; *out may be set then and is to be closed. */
PW_MUST_CHECK int means_page_open(const char *path, struct sqlite3 **out);

PW_MUST_CHECK int means_read_minutes(struct means_page *p);

#endif
