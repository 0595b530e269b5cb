/* Copies of a record's files, so that a test can damage and restore them. */
#ifndef TESTS_UNIT_RECORD_FILES_H
#define TESTS_UNIT_RECORD_FILES_H

#include "acq/record/segment.h"
#include "acq/record/verify.h"

struct record_file {
    char path[700];
    char *data;
    size_t len;
};

static inline void record_file_write(const char *path, const char *data, size_t len)
{
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(data, 1, len, f) != len || fclose(f) != 0)
        abort();
}

static inline void record_file_load(struct record_file *f, const char *dir, const char *name)
{
    snprintf(f->path, sizeof f->path, "%s/%s", dir, name);
    f->data = support_read_file(f->path, &f->len);
    if (!f->data)
        abort();
}

static inline void record_file_restore(const struct record_file *f)
{
    record_file_write(f->path, f->data, f->len);
}

/* Runs verify; its words in *out (free()). */
static inline int record_verify_text(const char *data_dir, const char *anchor, char **out)
{
    size_t len = 0;
    FILE *f = open_memstream(out, &len);
    if (!f)
        abort();
    int err = record_verify(data_dir, anchor, f);
    fclose(f);
    return err;
}

static inline int record_verify_quietly(const char *data_dir)
{
    char *text = NULL;
    int err = record_verify_text(data_dir, NULL, &text);
    free(text);
    return err;
}

#endif
