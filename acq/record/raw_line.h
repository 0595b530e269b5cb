/* A device's cycle as one raw line (line protocol, protocols/influx/line.h) and back:
 *     raw_TEMPLATE,device=ID so2=12.5,nox_why="timeout",t_why="no-value",t_raw="7FC00000" 1795...
 * `SIGNAL` float; `SIGNAL_why` the quality word of what is not good; `SIGNAL_raw` the registers in
 * hex where there is no value but registers came; `SIGNAL_text` what is said in words; `at`
 * (integer, UTC ms) when the line arrived later than the device's period after its time. */
#ifndef ACQ_RECORD_RAW_LINE_H
#define ACQ_RECORD_RAW_LINE_H

#include "acq/core/sample.h"
#include "acq/core/strbuf.h"

#include <stdbool.h>

struct plant;

/* Heads and keys escaped once; immutable afterwards. Borrows nothing from the plant. */
struct raw_encoder;
PW_MUST_CHECK int raw_encoder_new(const struct plant *plant, struct raw_encoder **out);
void raw_encoder_free(struct raw_encoder *e);
/* Appends the line without a newline; allocates nothing when out is fixed. arrived_ms: UTC of
 * r->at_ms. PW_EFULL: out is too small and unchanged. */
PW_MUST_CHECK int raw_encoder_write(const struct raw_encoder *e, const struct reading *r,
                                    int64_t arrived_ms, struct strbuf *out);

struct raw_value {
    const char *signal;
    struct sample sample;
    const char *text; /* NULL when there is none */
    bool has_why;     /* of a line: a reason is said, so that a text stands for a missing number */
};

/* Values beside the device's signals in a line of their own, likewise: each under its name, which
 * is of letters and digits. */
PW_MUST_CHECK int raw_encoder_write_extras(const struct raw_encoder *e, uint32_t device,
                                           const struct raw_value *values, size_t count,
                                           int64_t time_ms, int64_t arrived_ms, struct strbuf *out);

struct raw_line {
    const char *measurement;
    const char *device;
    int64_t time_ms;
    bool has_arrived;
    int64_t arrived_ms; /* UTC, of the field `at` */
    const struct raw_value *values;
    size_t count;
};

struct raw_reader;
struct raw_reader *raw_reader_new(void); /* NULL: no memory */
void raw_reader_free(struct raw_reader *r);
/* *out is borrowed until the next call. PW_ESYNTAX for what raw_encoder_write() does not write. */
PW_MUST_CHECK int raw_line_read(struct raw_reader *r, const char *text, size_t len,
                                struct raw_line *out);

#endif
