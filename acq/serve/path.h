/* A request's path, taken apart: percent escapes decoded once, in the segment they stand in, so
 * that an encoded slash or dot never becomes structure. Input is hostile. */
#ifndef ACQ_SERVE_PATH_H
#define ACQ_SERVE_PATH_H

#include "acq/core/err.h"

#include <stdbool.h>
#include <stddef.h>

enum { PATH_SEGMENTS_MAX = 16, PATH_TEXT_MAX = 1024 };

struct path {
    char text[PATH_TEXT_MAX + 1]; /* the decoded segments, each with its NUL */
    const char *segments[PATH_SEGMENTS_MAX];
    size_t count;
    bool is_folder; /* ends with a slash, as "/" does */
};

/* PW_EFULL when it is longer or deeper than the bounds; PW_ESYNTAX for what names nothing: no
 * leading slash, an empty segment, "." and "..", a bad escape, a decoded slash, backslash or
 * control character, bytes that are not UTF-8. `out` points into itself: do not copy it. */
PW_MUST_CHECK int path_parse(const char *raw, struct path *out);

/* Whether the path is the pattern's: "/api/v1/devices/{id}", where a segment in braces stands for
 * any. *out_id (may be NULL) is that segment, else NULL. */
bool path_matches(const struct path *p, const char *pattern, const char **out_id);

/* Decodes text[0..len) into out (size bytes, NUL included). PW_ESYNTAX for a bad escape, PW_EFULL
 * when it does not fit. */
PW_MUST_CHECK int percent_decode(const char *text, size_t len, char *out, size_t size,
                                 size_t *out_len);

#endif
