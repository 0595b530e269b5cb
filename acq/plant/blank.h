/* Turns a configuration text into plain JSON of the same length: comments and a leading byte order
 * mark become spaces, line ends stay. Also refuses what cJSON would let pass: bytes that are not
 * UTF-8, control characters, \u0000, numbers that JSON does not know (01, 1., +1). */
#ifndef ACQ_PLANT_BLANK_H
#define ACQ_PLANT_BLANK_H

#include "acq/core/err.h"

#include <stddef.h>

struct blank_fault {
    size_t offset;
    const char *found; /* static text, or NULL: what stands at the offset */
    const char *expected;
};

/* PW_ESYNTAX with *fault, else 0. */
PW_MUST_CHECK int blank_comments(char *text, size_t len, struct blank_fault *fault);

#endif
