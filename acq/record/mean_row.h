/* A mean as the record tells it: one derived line of measurement minute, hour, day, month, quarter
 * or year. The lines are the truth; SQLite's rows (means.h, minutes.h) hold the same. */
#ifndef ACQ_RECORD_MEAN_ROW_H
#define ACQ_RECORD_MEAN_ROW_H

#include "acq/core/strbuf.h"
#include "protocols/influx/line.h"

#include <stdbool.h>
#include <stdint.h>

enum row_value {
    ROW_AVG,
    ROW_MIN,
    ROW_MAX,
    ROW_CORRECTED,
    ROW_CORRECTED_MIN,
    ROW_CORRECTED_MAX,
    ROW_COU,
    ROW_VALUES
};

/* Texts are borrowed; none is NULL but where it says so. */
struct mean_row {
    const char *period;
    const char *site, *outlet, *factor, *source;
    int64_t start_ms; /* UTC */
    int64_t revision;
    double value[ROW_VALUES]; /* NAN: there is none */
    char flag;                /* HJ 212's letter; '\0': the outlet is not regulated */
    bool valid;
    int64_t parts, good;
    const char *why;    /* field corrected_why; NULL: none */
    const char *reason; /* why it was told again; NULL: it was not */
    const char *more;   /* what else the line says, as members of a JSON object; NULL: nothing */
    uint64_t seq;       /* of the commit */
};

/* "avg", "min", ... as in the line. Static. */
const char *row_value_name(enum row_value v);

/* Whether a line's text, not yet parsed, is one of a mean. */
bool mean_row_is(const char *text, size_t len);
/* The same for a word: "minute", "hour", ... */
bool mean_row_is_period(const char *word);

/* more (growing) is where the row's text of that name stands. PW_ESYNTAX when the line lacks a
 * field that every mean has. */
PW_MUST_CHECK int mean_row_read(const struct line *line, struct strbuf *more, struct mean_row *out);

#endif
