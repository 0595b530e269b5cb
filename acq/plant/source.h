/* The files of one configuration: read, comments blanked, parsed, includes followed. A source keeps
 * its text as it was and a blanked copy of the same length, in which cJSON and locate.h work, so
 * every byte keeps its line and column. */
#ifndef ACQ_PLANT_SOURCE_H
#define ACQ_PLANT_SOURCE_H

#include "acq/core/err.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct arena;
struct report;

enum {
    SOURCE_SIZE_MAX = 8 * 1024 * 1024,
    SOURCE_TOTAL_MAX = 64 * 1024 * 1024,
    SOURCE_COUNT_MAX = 1000,
    SOURCE_DEPTH_MAX = 8, /* the main file is at depth 1 */
};

struct source {
    const char *file; /* path, as messages show it */
    const char *name; /* in the accepted text: relative to the main file where it lies below it */
    const char *text;
    size_t len;
    char *blank; /* len bytes and a newline */
    cJSON *tree; /* NULL when the text is not JSON */
    const struct source *parent;
    unsigned index; /* in the order of reading */
    unsigned depth;
    dev_t device;
    ino_t inode;
};

struct sources {
    struct arena *arena;
    struct report *report;
    struct source *items[SOURCE_COUNT_MAX];
    unsigned count;
    size_t total;
    size_t main_dir_len; /* of items[0]->file */
};

/* Starts with nothing read; texts belong to the arena, trees to the sources. */
void sources_init(struct sources *s, struct arena *arena, struct report *report);
/* The main file and everything it includes. What is wrong is reported; false if anything was. */
bool sources_read(struct sources *s, const char *path);
/* A text for the file `name`, or several introduced by SOURCE_MARK lines. */
bool sources_split(struct sources *s, const char *name, const char *text, size_t len);
/* All texts in reading order, each introduced by its mark; in the arena. */
const char *sources_join(const struct sources *s, size_t *out_len);
void sources_deinit(struct sources *s);

#define SOURCE_MARK "// file: "

/* For source.c and include.c: takes a text as the next source and parses it; NULL when it cannot
 * be taken (reported). The tree may be missing. */
struct source *sources_add(struct sources *s, const char *file, const char *name,
                           const struct source *parent, const char *text, size_t len);

/* "dir/" of path joined with name; name alone when it is absolute. In the arena. */
const char *source_sibling(struct arena *arena, const char *path, const char *name);

#endif
