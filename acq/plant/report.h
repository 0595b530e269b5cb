/* Collects what is wrong with a configuration. A place is a value in a source together with the
 * values around it, kept on the stack while the tree is walked; its pointer and line are worked out
 * only when something is reported there. */
#ifndef ACQ_PLANT_REPORT_H
#define ACQ_PLANT_REPORT_H

#include "acq/core/err.h"
#include "acq/plant/load.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

struct source;

struct place {
    const struct source *source;
    const struct place *parent; /* NULL for the whole document */
    const cJSON *node;
};

struct report {
    struct report_entry *entries;
    size_t count;
    size_t dropped;
    size_t errors; /* not counting warnings */
};

/* found: NULL describes the value itself. expected is a printf format. */
void report_error(struct report *r, const struct place *at, const char *found, const char *expected,
                  ...) PW_PRINTF(4, 5);
void report_warning(struct report *r, const struct place *at, const char *found,
                    const char *expected, ...) PW_PRINTF(4, 5);
/* A place in a text that is no tree yet. found: NULL describes the byte there. */
void report_text(struct report *r, const struct source *source, size_t offset, const char *found,
                 const char *expected);
/* A file that cannot be read at all. */
void report_file(struct report *r, const char *file, const char *found, const char *expected);

enum { REPORT_VALUE_SIZE = 160 };
/* A value in a few words: 70000, "plc-2", "an object with 3 members". */
void report_describe(const cJSON *node, char out[REPORT_VALUE_SIZE]);
/* A text in quotes, escaped and cut. */
void report_quote(const char *text, char out[REPORT_VALUE_SIZE]);

/* Gives everything, ordered by file (in reading order) and line, and empties the report. */
void report_take(struct report *r, struct plant_problems *out);

#endif
