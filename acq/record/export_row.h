/* The rows of an export as CSV (RFC 4180, with a header) or JSON lines. */
#ifndef ACQ_RECORD_EXPORT_ROW_H
#define ACQ_RECORD_EXPORT_ROW_H

#include "acq/record/export.h"
#include "acq/record/mean_row.h"
#include "acq/record/raw_line.h"

struct export_writer {
    FILE *out;
    enum export_format format;
    int zone_offset_min;
    struct strbuf row;
};

void export_writer_init(struct export_writer *w, const struct export_options *o, FILE *out);
void export_writer_deinit(struct export_writer *w);

/* The header of CSV; nothing for JSON lines. */
void export_write_header(struct export_writer *w, enum export_what what);

void export_flush_row(struct export_writer *w);
/* Quoted where CSV needs it. */
void export_add_csv(struct strbuf *row, const char *text);

void export_write_value(struct export_writer *w, const struct raw_line *line,
                        const struct raw_value *v, int64_t arrived_ms);
void export_write_mean(struct export_writer *w, const struct mean_row *m);
/* The members of its JSON object, without braces. */
void export_mean_members(struct strbuf *row, const struct mean_row *m, int zone_offset_min);
/* json: a journal line of type finding. PW_ESYNTAX when it is none. */
PW_MUST_CHECK int export_write_finding(struct export_writer *w, const char *json, size_t len);

#endif
