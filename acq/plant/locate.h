/* Where a value stands in a text that cJSON has accepted. Run only when there is something to
 * report, so parsing pays nothing for it. */
#ifndef ACQ_PLANT_LOCATE_H
#define ACQ_PLANT_LOCATE_H

#include <stddef.h>

struct position {
    unsigned line;   /* 1-based */
    unsigned column; /* 1-based, in bytes */
};

/* steps[i] is the place of the next member or element among its siblings, 0-based: unlike keys it
 * also tells the second of two equal ones. The result is the member's key, or the element's first
 * byte. With a path that does not exist: the last place that does. */
struct position locate_path(const char *text, size_t len, const size_t *steps, size_t count);

/* Line and column of a byte. */
struct position locate_offset(const char *text, size_t len, size_t offset);

#endif
