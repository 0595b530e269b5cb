/* The rows of an export as CSV (RFC 4180, with a header) or JSON lines. */
#ifndef ACQ_RECORD_EXPORT_ROW_H
#define ACQ_RECORD_EXPORT_ROW_H

#include "acq/record/export.h"
#include "acq/record/raw_line.h"
#include "protocols/influx/line.h"

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
/* line: a derived line of a minute, an hour or a day. PW_ESYNTAX when a field is missing. */
PW_MUST_CHECK int export_write_mean(struct export_writer *w, const struct line *line);
/* json: a journal line of type finding. PW_ESYNTAX when it is none. */
PW_MUST_CHECK int export_write_finding(struct export_writer *w, const char *json, size_t len);

#endif
