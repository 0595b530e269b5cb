#include "acq/record/recompress.h"

#include "acq/core/log.h"

#include <stdio.h>
#include <string.h>

void recompress_init(struct recompress *rc, const struct files *files, const char *data_dir)
{
    *rc = (struct recompress){.files = files, .data_dir = data_dir, .fd = -1};
}

static void release(struct recompress *rc)
{
    segment_close(rc->from);
    segment_close(rc->written);
    if (rc->fd >= 0)
        rc->files->close(rc->files->ctx, rc->fd);
    member_packer_free(rc->packer);
    rc->packer = NULL;
    rc->from = NULL;
    rc->written = NULL;
    rc->fd = -1;
    rc->active = false;
}

static void give_up(struct recompress *rc)
{
    release(rc);
    (void)rc->files->remove(rc->files->ctx, rc->beside);
}

void recompress_deinit(struct recompress *rc)
{
    if (rc->active)
        give_up(rc);
}

int recompress_begin(struct recompress *rc, int32_t day)
{
    const struct files *f = rc->files;
    int err = segment_path(rc->path, rc->data_dir, day);
    if (err)
        return err;
    int n = snprintf(rc->beside, sizeof rc->beside, "%.4000s.new", rc->path);
    pw_require(n > 0 && (size_t)n < sizeof rc->beside);
    err = segment_open(f, rc->data_dir, day, &rc->from);
    if (!err && !(rc->packer = member_packer_new_best()))
        err = PW_ENOMEM;
    if (!err)
        err = f->open(f->ctx, rc->beside, FILES_WRITE, &rc->fd);
    if (!err)
        err = f->truncate(f->ctx, rc->fd, 0);
    if (err) {
        release(rc);
        return err;
    }
    rc->active = true;
    rc->day = day;
    rc->offset = 0;
    return 0;
}

static int pack_commit(struct recompress *rc, const struct stored_commit *c)
{
    const struct commit_head *head = &c->head;
    int err = 0;
    for (unsigned k = 0; !err && k < MEMBER_KINDS; k++) {
        struct bytes *member = NULL;
        if (c->stored[k] == 0)
            continue;
        err = member_pack(rc->packer, (enum member_kind)k, head, c->text[k], c->head.plain[k],
                          &member);
        if (err)
            return err;
        err = rc->files->write_at(rc->files->ctx, rc->fd, bytes_data(member), bytes_len(member),
                                  rc->offset);
        rc->offset += (int64_t)bytes_len(member);
        bytes_unref(member);
        head = NULL;
    }
    return err;
}

/* All is written: from here on it is read back. */
static int turn_around(struct recompress *rc)
{
    int err = rc->files->sync(rc->files->ctx, rc->fd);
    rc->files->close(rc->files->ctx, rc->fd);
    rc->fd = -1;
    if (!err)
        err = segment_open_file(rc->files, rc->beside, &rc->written);
    segment_seek(rc->from, 0);
    return err;
}

/* PW_ENOTFOUND: both ended, and every commit was the same. */
static int compare_next(struct recompress *rc)
{
    struct stored_commit old;
    struct stored_commit new;
    int err = segment_next(rc->from, &old);
    int other = segment_next(rc->written, &new);
    if (err || other)
        return err == other ? err : PW_ECORRUPT;
    return memcmp(old.digest, new.digest, SM3_SIZE) == 0 ? 0 : PW_ECORRUPT;
}

static int put_in_place(struct recompress *rc)
{
    char folder[FILES_PATH_MAX];
    int err = rc->files->rename(rc->files->ctx, rc->beside, rc->path);
    if (err)
        return err;
    memcpy(folder, rc->path, strlen(rc->path) + 1);
    *strrchr(folder, '/') = '\0';
    return rc->files->sync_dir(rc->files->ctx, folder);
}

static int step(struct recompress *rc)
{
    struct stored_commit c;
    if (rc->written)
        return compare_next(rc);
    int err = segment_next(rc->from, &c);
    if (err == PW_ENOTFOUND)
        return turn_around(rc);
    return err ? err : pack_commit(rc, &c);
}

enum recompress_outcome recompress_step(struct recompress *rc, int64_t *out_before,
                                        int64_t *out_after)
{
    int err = step(rc);
    if (!err)
        return RECOMPRESS_MORE;
    if (err == PW_ENOTFOUND) {
        *out_before = segment_size(rc->from);
        *out_after = rc->offset;
        err = *out_after < *out_before ? put_in_place(rc) : 0;
        if (!err && *out_after < *out_before)
            release(rc);
        else
            give_up(rc);
    }
    if (!err)
        return RECOMPRESS_DONE;
    log_warn("record", "%s cannot be compressed better: %s", rc->path, pw_strerror(err));
    if (rc->active)
        give_up(rc);
    return RECOMPRESS_FAILED;
}
