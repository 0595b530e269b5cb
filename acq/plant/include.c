#include "acq/plant/arena.h"
#include "acq/plant/report.h"
#include "acq/plant/source.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct input {
    char *text; /* malloc */
    size_t len;
    struct stat st;
};

static int read_stream(FILE *f, struct input *out)
{
    if (fstat(fileno(f), &out->st))
        return -errno;
    if (S_ISDIR(out->st.st_mode))
        return -EISDIR;
    out->text = malloc(SOURCE_SIZE_MAX + 1);
    pw_require(out->text != NULL);
    out->len = fread(out->text, 1, SOURCE_SIZE_MAX + 1, f);
    if (ferror(f))
        return -EIO;
    return out->len > SOURCE_SIZE_MAX ? -EFBIG : 0;
}

static int read_input(const char *path, struct input *out)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return -errno;
    int err = read_stream(f, out);
    fclose(f);
    return err;
}

/* at is the include that asked, or NULL for the main file. */
static void report_unreadable(struct sources *s, const struct place *at, const char *path, int err)
{
    char found[512];
    const char *expected = err == -EFBIG ? "a file of at most 8 MiB" : "a readable file";
    snprintf(found, sizeof found, "%.300s (%s)", path, pw_strerror(err));
    if (at)
        report_error(s->report, at, found, "%s", expected);
    else
        report_file(s->report, path, pw_strerror(err), expected);
}

static bool is_same(const struct source *s, const struct stat *st)
{
    return s->device == st->st_dev && s->inode == st->st_ino;
}

/* Whether the file was read before; reports it when it is one of those that ask for it. */
static bool is_known(struct sources *s, const struct source *parent, const struct place *at,
                     const struct stat *st)
{
    for (const struct source *p = parent; p; p = p->parent) {
        if (!is_same(p, st))
            continue;
        char found[REPORT_VALUE_SIZE];
        snprintf(found, sizeof found, "%.120s, which includes this file", p->name);
        report_error(s->report, at, found, "no file that leads back to itself");
        return true;
    }
    for (unsigned i = 0; i < s->count; i++)
        if (is_same(s->items[i], st))
            return true;
    return false;
}

static const char *short_name(const struct sources *s, const char *path)
{
    if (s->count && strncmp(path, s->items[0]->file, s->main_dir_len) == 0)
        return path + s->main_dir_len;
    return path;
}

static void follow_includes(struct sources *s, const struct source *from);

static void read_one(struct sources *s, const char *path, const struct source *parent,
                     const struct place *at)
{
    struct input in = {0};
    int err = read_input(path, &in);
    if (err) {
        report_unreadable(s, at, path, err);
    } else if (!is_known(s, parent, at, &in.st)) {
        if (!parent)
            s->main_dir_len = strrchr(path, '/') ? (size_t)(strrchr(path, '/') - path) + 1 : 0;
        const char *name = parent ? short_name(s, path) : path + s->main_dir_len;
        struct source *added = sources_add(s, path, name, parent, in.text, in.len);
        if (added) {
            added->device = in.st.st_dev;
            added->inode = in.st.st_ino;
            follow_includes(s, added);
        }
    }
    free(in.text);
}

/* The directory's own name may hold what glob() takes for a pattern. */
static const char *escape_pattern(struct arena *arena, const char *path, const char *pattern)
{
    const char *full = source_sibling(arena, path, pattern);
    size_t dir_len = strlen(full) - strlen(pattern);
    char *out = arena_alloc(arena, 2 * strlen(full) + 1);
    size_t n = 0;
    for (size_t i = 0; full[i]; i++) {
        if (i < dir_len && strchr("*?[\\", full[i]))
            out[n++] = '\\';
        out[n++] = full[i];
    }
    return out;
}

static void include_pattern(struct sources *s, const struct source *from, const struct place *at)
{
    const char *pattern = at->node->valuestring;
    if (!strpbrk(pattern, "*?[")) {
        read_one(s, source_sibling(s->arena, from->file, pattern), from, at);
        return;
    }
    glob_t matches;
    int err = glob(escape_pattern(s->arena, from->file, pattern), 0, NULL, &matches);
    if (err == GLOB_NOMATCH)
        report_warning(s->report, at, NULL, "a pattern that matches at least one file");
    else if (err)
        report_error(s->report, at, NULL, "a pattern of files in readable directories");
    for (size_t i = 0; !err && i < matches.gl_pathc; i++)
        read_one(s, matches.gl_pathv[i], from, at);
    globfree(&matches);
}

/* Anything but a list of texts is refused later, with the other options. */
static void follow_includes(struct sources *s, const struct source *from)
{
    const struct place root = {from, NULL, from->tree};
    const struct place list = {from, &root,
                               cJSON_GetObjectItemCaseSensitive(from->tree, "include")};
    if (!cJSON_IsArray(list.node))
        return;
    if (from->depth == SOURCE_DEPTH_MAX) {
        report_error(s->report, &list, "an include at depth 8", "at most 7 files above each other");
        return;
    }
    const cJSON *node;
    cJSON_ArrayForEach(node, list.node)
    {
        const struct place at = {from, &list, node};
        if (cJSON_IsString(node) && node->valuestring[0] && s->count < SOURCE_COUNT_MAX)
            include_pattern(s, from, &at);
    }
}

bool sources_read(struct sources *s, const char *path)
{
    size_t errors = s->report->errors;
    read_one(s, path, NULL, NULL);
    return s->report->errors == errors;
}
