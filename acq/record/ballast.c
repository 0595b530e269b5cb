#include "acq/record/ballast.h"

#include "acq/core/log.h"

#include <inttypes.h>

/* For the last commits of a stop: what waits, a snapshot, the stop line. */
enum { STOP_BYTES = 4 << 20 };

static int open_ballast(const struct ballast *b, enum files_mode mode, int *out_fd)
{
    char path[FILES_PATH_MAX];
    int err = files_join(path, b->data_dir, "ballast");
    return err ? err : b->files->open(b->files->ctx, path, mode, out_fd);
}

void ballast_init(struct ballast *b, const struct files *files, const char *data_dir,
                  int64_t full_bytes)
{
    *b = (struct ballast){.files = files, .data_dir = data_dir, .full_bytes = full_bytes};
    int fd = -1;
    if (open_ballast(b, FILES_READ, &fd) != 0)
        return;
    if (files->size(files->ctx, fd, &b->held_bytes) != 0)
        b->held_bytes = 0;
    files->close(files->ctx, fd);
}

static int resize(struct ballast *b, int64_t size)
{
    const struct files *f = b->files;
    int fd = -1;
    int err = open_ballast(b, FILES_WRITE, &fd);
    if (err)
        return err;
    err = size > b->held_bytes ? f->reserve(f->ctx, fd, size) : f->truncate(f->ctx, fd, size);
    if (!err)
        err = f->sync(f->ctx, fd);
    else if (size > b->held_bytes)
        (void)f->truncate(f->ctx, fd, b->held_bytes);
    f->close(f->ctx, fd);
    if (!err)
        b->held_bytes = size;
    return err;
}

bool ballast_give_up(struct ballast *b, bool all)
{
    int64_t keep = all ? 0 : b->full_bytes / 2 < STOP_BYTES ? b->full_bytes / 2 : STOP_BYTES;
    if (b->held_bytes <= keep)
        return false;
    int64_t before = b->held_bytes;
    if (resize(b, keep) != 0)
        return false;
    log_warn("record", "the disk is full: %" PRId64 " bytes of ballast were given up",
             before - keep);
    return true;
}

void ballast_make_room(struct ballast *b)
{
    int64_t room = 0;
    if (b->held_bytes > 0 && b->files->free_bytes(b->files->ctx, b->data_dir, &room) == 0 &&
        room < STOP_BYTES)
        (void)ballast_give_up(b, false);
}

bool ballast_restore(struct ballast *b)
{
    int64_t room = 0;
    if (b->held_bytes >= b->full_bytes)
        return b->held_bytes == b->full_bytes || resize(b, b->full_bytes) == 0;
    if (b->files->free_bytes(b->files->ctx, b->data_dir, &room) != 0 ||
        room < 2 * (b->full_bytes - b->held_bytes))
        return false;
    return resize(b, b->full_bytes) == 0;
}
