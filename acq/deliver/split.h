/* How one member is sent in pieces when the target refuses it whole: lines in order, refused ones
 * left out when the target names them, else found by halving, everything else sent. Pure: says
 * which lines to send next and is told what happened. */
#ifndef ACQ_DELIVER_SPLIT_H
#define ACQ_DELIVER_SPLIT_H

#include "acq/core/bytes.h"
#include "acq/core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct split {
    char *text;
    size_t *starts; /* of each line, and behind the last one */
    bool *named;    /* by line: refused by name, never sent again */
    size_t count;
    size_t place;     /* lines before it are stored or given up */
    size_t known_bad; /* a refused line stands in [place, known_bad), or 0 */
    size_t end;       /* the piece under way is [place, end) but for named lines */
    size_t most;      /* lines in a piece, after a target said that more are too much */
};

/* Takes text (from malloc) of len bytes, each line with its newline, and begins at line place.
 * text is freed on failure too. */
PW_MUST_CHECK int split_init(struct split *s, char *text, size_t len, size_t place);
void split_deinit(struct split *s);

/* Chooses the next piece to send; false when no line is left. */
bool split_next(struct split *s);
/* Its body: a new reference, NULL when there is no memory. */
struct bytes *split_body(const struct split *s);
/* How many lines it has. */
size_t split_lines(const struct split *s);
/* One line, borrowed; with its newline, if it has one. */
const char *split_line(const struct split *s, size_t line, size_t *out_len);

/* A line of the piece that the target named as bad, by its number in the request (from 1) or, with
 * number 0, by its text. It is left out from now on; the piece is chosen anew. False when the
 * piece has no such line; else *out_line is its place in the member, from 0. */
bool split_name(struct split *s, size_t number, const char *text, size_t *out_line);

/* What became of the piece: stored (also in part); */
void split_stored(struct split *s);
/* refused because of a line, or as too big: true when the piece is a single line, place, which then
 * counts as given up: the caller puts it into quarantine. */
bool split_refused(struct split *s, size_t *out_line);
bool split_too_big(struct split *s, size_t *out_line);

#endif
