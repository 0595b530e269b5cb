/* CSV as RFC 4180 has it, record by record: fields separated by commas, quoted where they hold
 * commas, quotes (doubled) or line ends; CRLF or LF; a byte order mark at the beginning and empty
 * lines are passed over. What is read is bounded and checked, not trusted. One thread. */
#ifndef ACQ_CORE_CSV_H
#define ACQ_CORE_CSV_H

#include "acq/core/err.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { CSV_FIELDS_MAX = 256, CSV_RECORD_MAX = 1 << 20 };

struct csv_field {
    const char *text; /* unquoted, NUL behind it; a NUL inside is refused */
    size_t len;
};

/* Borrowed until the next call. */
struct csv_record {
    struct csv_field fields[CSV_FIELDS_MAX];
    size_t count;
    uint64_t line; /* where it begins, from 1 */
};

struct csv_reader;
/* in is borrowed. */
PW_MUST_CHECK int csv_new(FILE *in, struct csv_reader **out);
void csv_free(struct csv_reader *c);

/* PW_ENOTFOUND at the end; PW_ESYNTAX for a bad record: csv_problem() says what is wrong,
 * out->line where it begins, and the next call goes on behind it. PW_EIO, PW_ENOMEM. */
PW_MUST_CHECK int csv_next(struct csv_reader *c, struct csv_record *out);
/* Static. */
const char *csv_problem(const struct csv_reader *c);

#endif
