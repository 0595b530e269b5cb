#include "tests/support/power_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int disk_open(void *ctx, const char *path, enum files_mode mode, int *out_fd)
{
    struct power_disk *d = ctx;
    bool is_new = false;
    int err = PW_EIO;
    pthread_mutex_lock(&d->mutex);
    struct power_node *n =
        mode == FILES_READ ? power_node_of(d, path) : power_create_locked(d, path, &is_new);
    if (!n && mode == FILES_READ)
        err = PW_ENOTFOUND;
    for (int fd = 0; n && !n->folder && err && fd < POWER_FDS_MAX; fd++) {
        if (d->fds[fd])
            continue;
        d->fds[fd] = n;
        *out_fd = fd;
        err = 0;
    }
    pthread_mutex_unlock(&d->mutex);
    return err;
}

static void disk_close(void *ctx, int fd)
{
    struct power_disk *d = ctx;
    pthread_mutex_lock(&d->mutex);
    d->fds[fd] = NULL;
    pthread_mutex_unlock(&d->mutex);
}

static int disk_read_at(void *ctx, int fd, void *data, size_t len, int64_t offset, size_t *out_len)
{
    struct power_disk *d = ctx;
    *out_len = power_node_read(d, d->fds[fd], data, len, offset);
    return 0;
}

static int disk_write_at(void *ctx, int fd, const void *data, size_t len, int64_t offset)
{
    struct power_disk *d = ctx;
    power_node_write(d, d->fds[fd], data, len, offset);
    return 0;
}

static int disk_sync(void *ctx, int fd)
{
    struct power_disk *d = ctx;
    power_node_sync(d, d->fds[fd]);
    return 0;
}

static int disk_truncate(void *ctx, int fd, int64_t size)
{
    struct power_disk *d = ctx;
    power_node_truncate(d, d->fds[fd], size);
    return 0;
}

static int disk_size(void *ctx, int fd, int64_t *out)
{
    struct power_disk *d = ctx;
    *out = power_node_size(d, d->fds[fd]);
    return 0;
}

static int disk_reserve(void *ctx, int fd, int64_t size)
{
    struct power_disk *d = ctx;
    power_node_truncate(d, d->fds[fd], size);
    return 0;
}

static int disk_free_bytes(void *ctx, const char *path, int64_t *out)
{
    (void)ctx;
    (void)path;
    *out = INT64_C(1) << 40;
    return 0;
}

static int disk_lock(void *ctx, int fd)
{
    (void)ctx;
    (void)fd;
    return 0;
}

static int disk_make_dir(void *ctx, const char *path)
{
    struct power_disk *d = ctx;
    int err = 0;
    pthread_mutex_lock(&d->mutex);
    if (power_node_of(d, path))
        err = PW_EEXIST;
    else if (!power_has_parent(d, path))
        err = PW_EIO;
    if (!err) {
        power_set_name(d, path, power_add_node(d, true));
        power_count_operation(d);
    }
    pthread_mutex_unlock(&d->mutex);
    return err;
}

static int disk_sync_dir(void *ctx, const char *path)
{
    struct power_disk *d = ctx;
    pthread_mutex_lock(&d->mutex);
    power_count_operation(d);
    for (size_t i = 0; i < d->name_count; i++) {
        struct power_name *n = &d->names[i];
        if (!power_is_in(n->path, path))
            continue;
        n->nodes[0] = n->nodes[n->count - 1];
        n->count = 1;
    }
    pthread_mutex_unlock(&d->mutex);
    return 0;
}

static int disk_rename(void *ctx, const char *from, const char *to)
{
    struct power_disk *d = ctx;
    pthread_mutex_lock(&d->mutex);
    struct power_node *n = power_node_of(d, from);
    if (n) {
        power_set_name(d, to, n);
        power_set_name(d, from, NULL);
        power_count_operation(d);
    }
    pthread_mutex_unlock(&d->mutex);
    return n ? 0 : PW_ENOTFOUND;
}

static int disk_remove(void *ctx, const char *path)
{
    struct power_disk *d = ctx;
    pthread_mutex_lock(&d->mutex);
    struct power_node *n = power_node_of(d, path);
    if (n) {
        power_set_name(d, path, NULL);
        power_count_operation(d);
    }
    pthread_mutex_unlock(&d->mutex);
    return n ? 0 : PW_ENOTFOUND;
}

static int disk_list(void *ctx, const char *path, void (*on_name)(void *arg, const char *name),
                     void *arg)
{
    struct power_disk *d = ctx;
    const struct power_node *folder = power_disk_find(d, path);
    if (!folder || !folder->folder)
        return PW_ENOTFOUND;
    for (size_t i = 0; i < d->name_count; i++)
        if (power_is_in(d->names[i].path, path) && d->names[i].nodes[d->names[i].count - 1])
            on_name(arg, strrchr(d->names[i].path, '/') + 1);
    return 0;
}

struct power_disk *power_disk_new(uint64_t seed)
{
    struct power_disk *d = power_must(calloc(1, sizeof *d));
    pthread_mutex_init(&d->mutex, NULL);
    d->random = seed ? seed : 1;
    d->files = (struct files){
        .ctx = d,
        .open = disk_open,
        .close = disk_close,
        .read_at = disk_read_at,
        .write_at = disk_write_at,
        .sync = disk_sync,
        .truncate = disk_truncate,
        .size = disk_size,
        .reserve = disk_reserve,
        .free_bytes = disk_free_bytes,
        .lock = disk_lock,
        .make_dir = disk_make_dir,
        .sync_dir = disk_sync_dir,
        .rename = disk_rename,
        .remove = disk_remove,
        .list = disk_list,
    };
    return d;
}

void power_disk_free(struct power_disk *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->node_count; i++) {
        power_drop_changes(d->nodes[i]);
        free(d->nodes[i]->changes);
        free(d->nodes[i]->now.data);
        free(d->nodes[i]->kept.data);
        free(d->nodes[i]);
    }
    for (size_t i = 0; i < d->name_count; i++)
        free(d->names[i].nodes);
    free(d->nodes);
    free(d->names);
    pthread_mutex_destroy(&d->mutex);
    power_disk_free(d->survivor);
    free(d);
}

struct power_disk *power_disk_clone(const struct power_disk *d, uint64_t seed)
{
    struct power_disk *to = power_disk_new(seed);
    for (size_t i = 0; i < d->name_count; i++) {
        const struct power_name *n = &d->names[i];
        const struct power_node *node = n->nodes[n->count - 1];
        if (node)
            power_add_survivor(to, n->path, node->folder, &node->now);
    }
    return to;
}

const struct files *power_disk_files(struct power_disk *d)
{
    return &d->files;
}

void power_disk_arm(struct power_disk *d, uint64_t after, void (*on_cut)(void *ctx), void *ctx)
{
    pthread_mutex_lock(&d->mutex);
    d->left = after;
    d->on_cut = on_cut;
    d->ctx = ctx;
    pthread_mutex_unlock(&d->mutex);
}

struct power_disk *power_disk_take_survivor(struct power_disk *d)
{
    pthread_mutex_lock(&d->mutex);
    if (!d->survivor) {
        d->left = 1;
        power_count_operation(d);
    }
    struct power_disk *s = d->survivor;
    d->survivor = NULL;
    pthread_mutex_unlock(&d->mutex);
    return s;
}

void power_disk_export(struct power_disk *d, const char *root, const char *to)
{
    char path[1024];
    size_t len = strlen(root);
    qsort(d->names, d->name_count, sizeof *d->names, power_by_path);
    for (size_t i = 0; i < d->name_count; i++) {
        const struct power_name *n = &d->names[i];
        const struct power_node *node = n->nodes[n->count - 1];
        if (!node || strncmp(n->path, root, len) != 0)
            continue;
        snprintf(path, sizeof path, "%s%s", to, n->path + len);
        if (node->folder) {
            (void)!mkdir(path, 0750);
            continue;
        }
        FILE *f = power_must(fopen(path, "wb"));
        const struct power_text *t = &node->now;
        if ((t->len && fwrite(t->data, 1, t->len, f) != t->len) || fclose(f) != 0)
            abort();
    }
}

uint64_t power_disk_bytes_below(struct power_disk *d, const char *prefix)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < d->name_count; i++) {
        const struct power_node *n = d->names[i].nodes[d->names[i].count - 1];
        if (n && strncmp(d->names[i].path, prefix, strlen(prefix)) == 0)
            bytes += n->now.len;
    }
    return bytes;
}
