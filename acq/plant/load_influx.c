#include "acq/core/utf8.h"
#include "acq/plant/loader.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

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

static void load_secret(struct loader *l, const struct place *at, struct plant_influx *t)
{
    const char *path = source_sibling(l->arena, at->source->file, t->password_file);
    char secret[SECRET_MAX + 1];
    int err = read_secret(path, secret);
    char *absolute = realpath(path, NULL);
    if (err) {
        const struct place file = read_member(at, "password_file");
        char found[512];
        snprintf(found, sizeof found, "%.300s (%s)", path, pw_strerror(err));
        report_error(&l->report, &file, found, "a readable file with one line of at most %d bytes",
                     SECRET_MAX);
    } else {
        t->password = arena_strdup(l->arena, secret);
    }
    t->password_file = arena_strdup(l->arena, absolute ? absolute : path);
    free(absolute);
}

static const char *without_slashes(struct loader *l, const char *url)
{
    size_t len = strlen(url);
    while (len && url[len - 1] == '/')
        len--;
    return arena_copy(l->arena, url, len);
}

void load_influx(struct loader *l, const struct place *at)
{
    struct influx_draft draft = {.influx = {.password = ""}};
    read_defaults(&l->reader, IN_INFLUX, &draft);
    read_object(&l->reader, at, IN_INFLUX, &draft);
    struct plant_influx *t = &draft.influx;
    load_check_unique(l, at, &l->influx, sizeof *t, t->id);
    const char *password_file = t->password_file;
    if (password_file[0] && !t->user[0]) {
        const struct place file = read_member(at, "password_file");
        report_error(&l->report, &file, "a \"password_file\" without \"user\"", "both or neither");
    }
    if (password_file[0] && l->reads_secrets)
        load_secret(l, at, t);
    t->send_raw = draft.send != SEND_DERIVED;
    t->send_derived = draft.send != SEND_RAW;
    if (t->url && t->id && t->database) {
        t->url = without_slashes(l, t->url);
        digest_influx(t, password_file, t->digest);
    }
    vec_add(&l->influx, t, sizeof *t);
}
