#include "acq/record/backup_copy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 20 };

/* SM3 of the first `most` bytes; copies them to fd `to` unless it is -1. */
static int pass_bytes(const struct files *f, int from, int to, int64_t most, struct copied *out)
{
    uint8_t digest[SM3_SIZE];
    struct sm3 *sm3 = sm3_new();
    uint8_t *chunk = malloc(CHUNK);
    int err = chunk ? 0 : PW_ENOMEM;
    size_t got = CHUNK;
    out->bytes = 0;
    while (!err && got == CHUNK && out->bytes < most) {
        int64_t left = most - out->bytes;
        size_t want = left < CHUNK ? (size_t)left : CHUNK;
        err = f->read_at(f->ctx, from, chunk, want, out->bytes, &got);
        if (!err && to >= 0)
            err = f->write_at(f->ctx, to, chunk, got, out->bytes);
        if (!err)
            sm3_update(sm3, chunk, got);
        out->bytes += (int64_t)got;
    }
    sm3_final(sm3, digest);
    sm3_hex(digest, out->sm3);
    sm3_free(sm3);
    free(chunk);
    return err;
}

static int digest_of(const struct files *f, const char *path, int64_t most, struct copied *out)
{
    int fd = -1;
    int err = f->open(f->ctx, path, FILES_READ, &fd);
    if (err)
        return err;
    err = pass_bytes(f, fd, -1, most, out);
    f->close(f->ctx, fd);
    return err;
}

static int copy_to_part(const struct files *f, const char *from, const char *part, int64_t most,
                        struct copied *out)
{
    int source = -1;
    int target = -1;
    int err = f->open(f->ctx, from, FILES_READ, &source);
    if (!err)
        err = f->open(f->ctx, part, FILES_WRITE, &target);
    if (!err)
        err = f->truncate(f->ctx, target, 0);
    if (!err)
        err = pass_bytes(f, source, target, most, out);
    if (!err)
        err = f->sync(f->ctx, target);
    if (source >= 0)
        f->close(f->ctx, source);
    if (target >= 0)
        f->close(f->ctx, target);
    return err;
}

static bool is_there(const struct files *f, const char *from, const char *to, int64_t most,
                     struct copied *out)
{
    struct copied here;
    struct copied there;
    if (digest_of(f, to, INT64_MAX, &there) != 0 || digest_of(f, from, most, &here) != 0 ||
        here.bytes != there.bytes || strcmp(here.sm3, there.sm3) != 0)
        return false;
    *out = here;
    out->was_there = true;
    return true;
}

int copy_file(const struct files *files, const char *from, const char *to, const char *name,
              int64_t most, struct copied *out)
{
    char source[FILES_PATH_MAX];
    char path[FILES_PATH_MAX];
    char part[FILES_PATH_MAX];
    struct copied done = {0};
    int err = files_join(source, from, name);
    if (!err)
        err = files_join(path, to, name);
    if (err)
        return err;
    int n = snprintf(part, sizeof part, "%s.part", path);
    if (n <= 0 || (size_t)n >= sizeof part)
        return PW_EINVAL;
    if (!is_there(files, source, path, most, &done)) {
        err = data_dir_make_parents(files, to, path);
        if (!err)
            err = copy_to_part(files, source, part, most, &done);
        if (!err)
            err = files->rename(files->ctx, part, path);
        if (!err) {
            *strrchr(part, '/') = '\0';
            err = files->sync_dir(files->ctx, part);
        }
    }
    if (!err && out)
        *out = done;
    return err;
}
