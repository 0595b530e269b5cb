/* Arguments of a subcommand: --name VALUE, --name=VALUE, --flag, and words. Anything else is told
 * on stderr with the usage line ("run --config FILE ...": the subcommand and what it takes). */
#ifndef ACQ_APP_ARGS_H
#define ACQ_APP_ARGS_H

#include "acq/core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arg_option {
    const char *name;   /* with its dashes */
    const char **value; /* where the value goes; NULL for a flag */
    bool *flag;         /* set for a flag */
    bool required;
};

/* argv[0] is the subcommand. Words are not taken unless words is given (at most word_max, counted
 * in *word_count). Returns 0 or APP_USAGE, having said why. */
PW_MUST_CHECK int args_parse(int argc, char **argv, const struct arg_option *options, size_t count,
                             const char *usage, const char **words, size_t word_max,
                             size_t *word_count);

/* A whole number in least..most, or APP_USAGE having said why; *out keeps its value when text is
 * NULL (the option was not given). */
PW_MUST_CHECK int args_number(const char *name, const char *text, int64_t least, int64_t most,
                              const char *usage, int64_t *out);

/* An instant (ISO 8601 with offset or epoch milliseconds); as args_number() otherwise. */
PW_MUST_CHECK int args_instant(const char *name, const char *text, const char *usage, int64_t *out);

/* "plumewatch SUBCOMMAND: WHAT" and the usage on stderr; returns APP_USAGE. */
int args_refuse(const char *subcommand, const char *usage, const char *format, ...) PW_PRINTF(3, 4);

#endif
