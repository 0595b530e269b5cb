/* InfluxDB line protocol, the subset that five servers and parsers take and give back the same
 * (docs/line-protocol.md; vectors in tests/cases/line-protocol/). No socket, no clock.
 *
 * Writing: names are escaped, policy applied (backslash outside strings becomes '/', controls
 * become a space, bytes of a value that are not UTF-8 become U+FFFD, a value beyond its bound is
 * cut between two characters, an empty tag value leaves the tag out). A name that policy cannot
 * save (see below) leaves out its tag or field, that of a measurement the whole line. A line
 * without a field is not written. */
#ifndef PROTOCOLS_INFLUX_LINE_H
#define PROTOCOLS_INFLUX_LINE_H

#include "acq/core/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINE_NAME_MAX = 100, LINE_TAG_VALUE_MAX = 256, LINE_STRING_MAX = 4096 };

/* Whether a name may be used: not empty, at most LINE_NAME_MAX bytes of valid UTF-8, no control, no
 * backslash, not beginning with '#' or '_'; a tag or field key is not "time", "_field",
 * "_measurement". The configuration refuses what these refuse. */
bool line_measurement_is_valid(const char *name);
bool line_key_is_valid(const char *key);

/* A line is written in this order: begin, tags sorted by key, fields, end. The head (measurement
 * and tags) may be prepared once and added as text. */
struct line_writer {
    struct strbuf *out;
    size_t start;
    unsigned fields;
    bool refused; /* the measurement's name cannot be written: line_end() takes the line back */
};

void line_begin(struct line_writer *w, struct strbuf *out, const char *measurement);
void line_begin_head(struct line_writer *w, struct strbuf *out, const char *head, size_t len);
void line_tag(struct line_writer *w, const char *key, const char *value);
/* A float field; nothing when value is not finite. */
void line_float(struct line_writer *w, const char *key, double value);
void line_int(struct line_writer *w, const char *key, int64_t value);
void line_bool(struct line_writer *w, const char *key, bool value);
void line_string(struct line_writer *w, const char *key, const char *value);
/* The same with a key that was escaped before by line_escape_key(). */
void line_float_escaped(struct line_writer *w, const char *key, size_t len, double value);
/* Writes the timestamp (ms); no newline. Without a field, with a time that nanoseconds in 64 bits
 * cannot hold, or when out is full the line is taken back and false told. */
bool line_end(struct line_writer *w, int64_t time_ms);

void line_escape_measurement(struct strbuf *out, const char *name);
void line_escape_key(struct strbuf *out, const char *key);
void line_escape_tag_value(struct strbuf *out, const char *value);

/* Reading, strict, for export, replay and the tests: one line without its newline. */
enum line_field_type { LINE_FLOAT, LINE_INT, LINE_BOOL, LINE_STRING };

struct line_field {
    const char *key; /* unescaped, NUL-terminated, in the parser's storage */
    enum line_field_type type;
    double number;    /* of LINE_FLOAT */
    int64_t integer;  /* of LINE_INT and LINE_BOOL */
    const char *text; /* of LINE_STRING */
};

struct line_tag {
    const char *key;
    const char *value;
};

struct line {
    const char *measurement;
    struct line_tag *tags;
    size_t tag_count;
    struct line_field *fields;
    size_t field_count;
    int64_t time_ms;
};

struct line_parser; /* owns the storage of the last parsed line; grows, is reused */
struct line_parser *line_parser_new(void);
void line_parser_free(struct line_parser *p);
/* *out is borrowed until the next call. PW_ESYNTAX with *out_offset (may be NULL) at the bad byte.
 */
PW_MUST_CHECK int line_parse(struct line_parser *p, const char *text, size_t len, struct line *out,
                             size_t *out_offset);
/* "" and NULL when the line has no such tag, or no such field of that type. */
const char *line_find_tag(const struct line *line, const char *key);
const struct line_field *line_find_field(const struct line *line, const char *key,
                                         enum line_field_type type);

#endif
