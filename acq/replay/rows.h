/* The rows of a CSV input of replay (docs/replay.md): time,signal,value,quality[,at]. A row is a
 * sample of a signal of the plant, or a declaration. Rows come in the order of `at`. */
#ifndef ACQ_REPLAY_ROWS_H
#define ACQ_REPLAY_ROWS_H

#include "acq/core/csv.h"
#include "acq/core/declaration.h"
#include "acq/core/sample.h"

struct plant;

enum row_kind { ROW_SAMPLE, ROW_DECLARATION };

struct row {
    enum row_kind kind;
    int64_t time_ms; /* UTC */
    int64_t at_ms;
    uint32_t signal;      /* of a sample: index in plant->signals */
    struct sample sample; /* of a sample */
    struct declaration declaration;
    uint64_t line;
};

/* Knows the plant's signals by name; where the last row stood in time goes on over files. */
struct rows;
/* plant is borrowed. */
PW_MUST_CHECK int rows_new(const struct plant *plant, struct rows **out);
void rows_free(struct rows *r);

/* Begins a file: takes its header. PW_ESYNTAX: rows_problem(). in is borrowed until the next. */
PW_MUST_CHECK int rows_open(struct rows *r, FILE *in);
/* PW_ENOTFOUND at the file's end; PW_ESYNTAX for a bad row: rows_problem() says why, rows_line()
 * where, and the next call goes on behind it. */
PW_MUST_CHECK int rows_next(struct rows *r, struct row *out);

const char *rows_problem(const struct rows *r);
uint64_t rows_line(const struct rows *r);

#endif
