/* How one member is sent in pieces when the target refuses it whole: lines in order, the refused
 * one found by halving, everything else sent. Pure: says which lines to send next and is told what
 * happened. */
#ifndef ACQ_DELIVER_SPLIT_H
#define ACQ_DELIVER_SPLIT_H

#include "acq/core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct split {
    char *text;
    size_t *starts; /* of each line, and behind the last one */
    size_t count;
    size_t place;     /* lines before it are stored or given up */
    size_t known_bad; /* a refused line stands in [place, known_bad), or 0 */
    size_t end;       /* the piece under way is [place, end) */
    size_t most;      /* lines in a piece, after a target said that more are too much */
};

/* Takes text (from malloc) of len bytes, each line with its newline, and begins at line place.
 * text is freed on failure too. */
PW_MUST_CHECK int split_init(struct split *s, char *text, size_t len, size_t place);
void split_deinit(struct split *s);

/* The next piece to send; false when no line is left. */
bool split_next(struct split *s, const char **out_text, size_t *out_len);

/* What became of the piece: stored (also in part); */
void split_stored(struct split *s);
/* refused because of a line, or as too big: true when the piece is a single line, which then counts
 * as given up: the caller puts it into quarantine. */
bool split_refused(struct split *s);
bool split_too_big(struct split *s);

#endif
