#include "acq/deliver/source.h"

#include "acq/record/archive.h"

#include <stdlib.h>
#include <string.h>

struct archive_source {
    struct influx_source source;
    struct archive *archive;
    char *data_dir;
};

static int open_once(struct archive_source *a)
{
    return a->archive ? 0 : archive_open(a->data_dir, &a->archive);
}

static int bounds(struct influx_source *s, uint64_t *out_first, uint64_t *out_last)
{
    struct archive_source *a = (struct archive_source *)s;
    int rc = open_once(a);
    return rc ? rc : archive_bounds(a->archive, out_first, out_last);
}

static int read_commit(struct influx_source *s, uint64_t seq, struct commit *out)
{
    struct archive_source *a = (struct archive_source *)s;
    int rc = open_once(a);
    return rc ? rc : archive_read(a->archive, seq, out);
}

static void close_source(struct influx_source *s)
{
    struct archive_source *a = (struct archive_source *)s;
    if (a->archive)
        archive_close(a->archive);
    free(a->data_dir);
    free(a);
}

struct influx_source *archive_source_new(const char *data_dir)
{
    struct archive_source *a = calloc(1, sizeof *a);
    char *copy = strdup(data_dir);
    if (!a || !copy) {
        free(a);
        free(copy);
        return NULL;
    }
    a->source = (struct influx_source){
        .bounds = bounds, .read = read_commit, .inflate = archive_inflate, .close = close_source};
    a->data_dir = copy;
    return &a->source;
}
