#include "acq/app/args.h"

#include "acq/app/app.h"
#include "acq/core/civil.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONS_MAX = 24 };

int args_refuse(const char *subcommand, const char *usage, const char *format, ...)
{
    fprintf(stderr, "plumewatch %s: ", subcommand);
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nusage: plumewatch %s\n", usage);
    return APP_USAGE;
}

static const struct arg_option *find_option(const struct arg_option *options, size_t count,
                                            const char *word, size_t len)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(options[i].name) == len && memcmp(options[i].name, word, len) == 0)
            return &options[i];
    return NULL;
}

/* Takes the option at argv[*i], and its value, which may be the next word. */
static int take_option(int argc, char **argv, int *i, const struct arg_option *options,
                       size_t count, const char *usage, bool *given)
{
    const char *word = argv[*i];
    const char *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - word) : strlen(word);
    const struct arg_option *option = find_option(options, count, word, len);
    if (!option)
        return args_refuse(argv[0], usage, "unknown option %s", word);
    if (given[option - options])
        return args_refuse(argv[0], usage, "%s is given twice", option->name);
    given[option - options] = true;
    if (!option->value) {
        if (equals)
            return args_refuse(argv[0], usage, "%s takes no value", option->name);
        *option->flag = true;
        return 0;
    }
    const char *value = equals ? equals + 1 : *i + 1 < argc ? argv[++*i] : NULL;
    if (!value || !*value)
        return args_refuse(argv[0], usage, "%s needs a value", option->name);
    *option->value = value;
    return 0;
}

int args_parse(int argc, char **argv, const struct arg_option *options, size_t count,
               const char *usage, const char **words, size_t word_max, size_t *word_count)
{
    bool given[OPTIONS_MAX] = {false};
    size_t taken = 0;
    pw_require(count <= OPTIONS_MAX);
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) == 0) {
            int err = take_option(argc, argv, &i, options, count, usage, given);
            if (err)
                return err;
        } else if (taken < word_max) {
            words[taken++] = argv[i];
        } else {
            return args_refuse(argv[0], usage, "unexpected argument %s", argv[i]);
        }
    }
    for (size_t i = 0; i < count; i++)
        if (options[i].required && !given[i])
            return args_refuse(argv[0], usage, "%s is missing", options[i].name);
    if (word_count)
        *word_count = taken;
    return 0;
}

int args_number(const char *name, const char *text, int64_t least, int64_t most, const char *usage,
                int64_t *out)
{
    if (!text)
        return 0;
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || end == text || *end != '\0' || value < least || value > most) {
        fprintf(stderr,
                "plumewatch: %s: found %s, expected a whole number in %" PRId64 "..%" PRId64
                "\nusage: plumewatch %s\n",
                name, text, least, most, usage);
        return APP_USAGE;
    }
    *out = value;
    return 0;
}

int args_instant(const char *name, const char *text, const char *usage, int64_t *out)
{
    if (!text || civil_parse(text, out) == 0)
        return 0;
    fprintf(stderr,
            "plumewatch: %s: found %s, expected ISO 8601 with offset or epoch milliseconds\n"
            "usage: plumewatch %s\n",
            name, text, usage);
    return APP_USAGE;
}
