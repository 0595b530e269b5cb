/* Text that grows up to a bound. A write past the bound, or out of memory, sets `failed` and keeps
 * what was there; check once at the end instead of after every call. With strbuf_init_fixed() the
 * storage is the caller's and nothing is ever allocated (the path of a sample uses that). */
#ifndef ACQ_CORE_STRBUF_H
#define ACQ_CORE_STRBUF_H

#include "acq/core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strbuf {
    char *data; /* always NUL-terminated once something was written; may be NULL when empty */
    size_t len;
    size_t cap;
    size_t max; /* bytes, NUL not counted */
    bool fixed;
    bool failed;
};

void strbuf_init(struct strbuf *b, size_t max);
void strbuf_init_fixed(struct strbuf *b, char *storage, size_t size);
void strbuf_deinit(struct strbuf *b);
/* Empties it and forgets a failure; keeps the memory. */
void strbuf_reset(struct strbuf *b);
/* Shortens to len bytes (a mark taken before). Does not forget a failure. */
void strbuf_truncate(struct strbuf *b, size_t len);
/* Makes room for n more bytes; false (and failed) when the bound forbids it. */
bool strbuf_reserve(struct strbuf *b, size_t n);

void strbuf_add(struct strbuf *b, const char *data, size_t len);
void strbuf_adds(struct strbuf *b, const char *text);
void strbuf_addc(struct strbuf *b, char c);
void strbuf_addf(struct strbuf *b, const char *format, ...) PW_PRINTF(2, 3);
void strbuf_add_int(struct strbuf *b, int64_t value);
/* num_format_double(); nothing is written for a value that is not finite. */
void strbuf_add_double(struct strbuf *b, double value);

/* The text, or "" when nothing was written. Borrowed until the next write. */
const char *strbuf_text(const struct strbuf *b);

/* JSON pieces. A string is written with its quotes; bytes that are not UTF-8 become U+FFFD. */
void strbuf_add_json_string(struct strbuf *b, const char *text);
/* A finite value as its shortest text, anything else as null. */
void strbuf_add_json_double(struct strbuf *b, double value);

#endif
