/* One line of a J member, as the projection needs it. Lines are our own, but come from a disk. */
#ifndef ACQ_RECORD_JOURNAL_LINE_H
#define ACQ_RECORD_JOURNAL_LINE_H

#include "acq/core/err.h"
#include "acq/core/strbuf.h"

#include <cjson/cJSON.h>

struct journal_line {
    cJSON *tree;
    const char *type; /* in the tree */
    int64_t at_ms;
    int64_t n; /* raw lines of the commit before this one */
};

/* One line without its newline. PW_ESYNTAX unless it is an object with a string `type` and numbers
 * `at` and `n` >= 0; of a doubled key the first counts. Free with journal_line_deinit(). */
PW_MUST_CHECK int journal_line_parse(const char *text, size_t len, struct journal_line *out);
void journal_line_deinit(struct journal_line *line);

/* Writes {"type":TYPE,"at":AT,"n":N,MEMBERS} and a newline. */
void journal_line_write(struct strbuf *out, const char *type, int64_t at_ms, uint32_t n,
                        const char *members);

/* What a line begins with, without reading the rest of it. */
struct journal_head {
    const char *type; /* inside text, type_len bytes, escapes as they stand */
    size_t type_len;
    int64_t at_ms;
    int64_t n;
};
/* PW_ESYNTAX when the line does not begin as journal_line_write() begins one. */
PW_MUST_CHECK int journal_line_head(const char *text, size_t len, struct journal_head *out);

/* The members behind `n` as their owner wrote them, inside text; PW_ESYNTAX when the line does not
 * begin as journal_line_write() begins one. */
PW_MUST_CHECK int journal_line_members(const char *text, size_t len, const char **out,
                                       size_t *out_len);

/* Instants of a commit's raw lines from its order line {"type":"order","at":A,"n":0,"d":[...]}:
 * count of them into out. PW_ESYNTAX when it is no order line; PW_ECORRUPT when it tells of another
 * number of lines. */
PW_MUST_CHECK int journal_line_order(const char *text, size_t len, int64_t *out, size_t count);

/* The same instants, taken one by one as the lines come. */
void order_line_add(struct strbuf *out, int64_t at_ms, int64_t before_ms);
void order_line_end(struct strbuf *out);

#endif
