/* What stands between a text and cJSON, which takes more than JSON allows: bytes that are not
 * UTF-8, control characters, \u0000 (which cuts a string), numbers that JSON does not know (01, 1.,
 * 1e400). Also turns a text with comments into plain JSON of the same length, so that positions
 * stay. */
#ifndef ACQ_CORE_JSON_SCAN_H
#define ACQ_CORE_JSON_SCAN_H

#include "acq/core/err.h"

#include <stddef.h>

struct json_fault {
    size_t offset;
    const char *found; /* static text, or NULL: what stands at the offset */
    const char *expected;
};

/* PW_ESYNTAX with *fault, else 0: nothing in the text is lax. Its grammar is cJSON's business. */
PW_MUST_CHECK int json_scan(const char *text, size_t len, struct json_fault *fault);

/* The same for a text with // and slash-star comments and perhaps a byte order mark: these become
 * spaces, line ends stay. */
PW_MUST_CHECK int json_blank_comments(char *text, size_t len, struct json_fault *fault);

#endif
