/* Loads and checks a configuration. Every error of one run is collected, each with file, line, JSON
 * pointer, what was found and what was expected; nothing is started or changed. Blocking (reads
 * files): call it before the loop or from a worker. */
#ifndef ACQ_PLANT_LOAD_H
#define ACQ_PLANT_LOAD_H

#include "acq/core/err.h"

#include <stdbool.h>
#include <stddef.h>

struct plant;

struct plant_problem {
    char *file;
    unsigned line; /* 1-based; 0 when the file itself cannot be read */
    char *pointer; /* JSON pointer, "" for the whole document */
    char *found;
    char *expected;
    bool warning; /* worth a look, but no reason to refuse the configuration */
};

struct plant_problems {
    struct plant_problem *items;
    size_t count;
    size_t dropped; /* beyond PLANT_PROBLEMS_MAX */
};

enum { PLANT_PROBLEMS_MAX = 1000 };

/* On success *out is a plant (caller: plant_free()) and problems holds warnings only if any. On
 * failure PW_ESYNTAX or PW_EINVAL, and at least one problem. problems is initialised here; caller
 * frees with plant_problems_deinit() either way. */
PW_MUST_CHECK int plant_load(const char *path, struct plant **out, struct plant_problems *problems);

/* The same from a text that stands for the file `name` (replay of the journal's accepted text,
 * which may hold several files: plant->text); includes are not followed and secrets are not read.
 */
PW_MUST_CHECK int plant_load_text(const char *name, const char *text, size_t len,
                                  struct plant **out, struct plant_problems *problems);

/* "FILE:LINE: /pointer: found X, expected Y" into out, NUL-terminated, cut at size. The whole
 * document is written as "/", and a warning ends in " (warning)". */
void plant_problem_format(const struct plant_problem *p, char *out, size_t size);
void plant_problems_deinit(struct plant_problems *problems);

#endif
