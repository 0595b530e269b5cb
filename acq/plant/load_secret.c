#include "acq/core/utf8.h"
#include "acq/plant/loader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SECRET_MAX = 1024 };

/* One line; the newline behind it is dropped. */
static int read_secret(const char *path, char out[SECRET_MAX + 1])
{
    char text[SECRET_MAX + 3];
    FILE *f = fopen(path, "rb");
    if (!f)
        return -errno;
    size_t len = fread(text, 1, sizeof text - 1, f);
    int err = ferror(f) ? -EIO : 0;
    fclose(f);
    if (len && text[len - 1] == '\n')
        len--;
    if (!err && (len > SECRET_MAX || memchr(text, '\0', len) || memchr(text, '\n', len) ||
                 !utf8_is_valid(text, len)))
        err = PW_ESYNTAX;
    memcpy(out, text, err ? 0 : len);
    out[err ? 0 : len] = '\0';
    return err;
}

static const char *absolute_path(struct loader *l, const char *path)
{
    char *absolute = realpath(path, NULL);
    const char *copy = arena_strdup(l->arena, absolute ? absolute : path);
    free(absolute);
    return copy;
}

const char *load_secret(struct loader *l, const struct place *at, const char *key,
                        const char **path)
{
    if (!(*path)[0] || !l->reads_secrets)
        return "";
    char secret[SECRET_MAX + 1];
    const char *file = source_sibling(l->arena, at->source->file, *path);
    int err = read_secret(file, secret);
    *path = absolute_path(l, file);
    if (!err)
        return arena_strdup(l->arena, secret);
    const struct place member = read_member(at, key);
    char found[512];
    snprintf(found, sizeof found, "%.300s (%s)", file, pw_strerror(err));
    report_error(&l->report, &member, found, "a readable file with one line of at most %d bytes",
                 SECRET_MAX);
    return "";
}

void load_path(struct loader *l, const struct place *at, const char *key, bool must_exist,
               const char **path)
{
    if (!(*path)[0] || !l->reads_secrets)
        return;
    const char *file = source_sibling(l->arena, at->source->file, *path);
    *path = absolute_path(l, file);
    if (!must_exist || access(file, R_OK) == 0)
        return;
    const struct place member = read_member(at, key);
    char found[512];
    snprintf(found, sizeof found, "%.300s (%s)", file, pw_strerror(-errno));
    report_error(&l->report, &member, found, "a readable file");
}
