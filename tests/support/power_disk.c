#include "tests/support/power_disk.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_SIZE = 256, FDS_MAX = 64, SECTOR = 512 };

struct text {
    uint8_t *data;
    size_t len, cap;
};

struct change {
    bool cuts; /* a truncation to offset */
    int64_t offset;
    size_t len;
    uint8_t *data;
};

struct power_node {
    bool folder;
    bool locked;
    struct text now, kept;
    struct change *changes; /* since the last sync */
    size_t change_count;
};

/* A name and what it has meant since its folder was synced: the first is sure. */
struct name {
    char path[PATH_SIZE];
    struct power_node **nodes;
    size_t count;
};

struct power_disk {
    struct files files;
    pthread_mutex_t mutex;
    uint64_t random;
    struct power_node **nodes;
    size_t node_count;
    struct name *names;
    size_t name_count;
    struct power_node *fds[FDS_MAX];
    uint64_t left; /* operations until the cut; 0: not armed */
    void (*on_cut)(void *ctx);
    void *ctx;
    struct power_disk *survivor;
};

static void *must(void *p)
{
    if (!p)
        abort();
    return p;
}

static uint64_t draw(struct power_disk *d, uint64_t below)
{
    d->random ^= d->random << 13;
    d->random ^= d->random >> 7;
    d->random ^= d->random << 17;
    return d->random % below;
}

static void text_resize(struct text *t, size_t len)
{
    if (len > t->cap) {
        t->cap = len * 2;
        t->data = must(realloc(t->data, t->cap));
    }
    if (len > t->len)
        memset(t->data + t->len, 0, len - t->len);
    t->len = len;
}

static void text_write(struct text *t, const void *data, size_t len, size_t offset)
{
    if (len == 0)
        return;
    if (offset + len > t->len)
        text_resize(t, offset + len);
    memcpy(t->data + offset, data, len);
}

static void text_copy(struct text *to, const struct text *from)
{
    text_resize(to, from->len);
    if (from->len)
        memcpy(to->data, from->data, from->len);
}

/* Nodes and names */

static struct power_node *add_node(struct power_disk *d, bool folder)
{
    d->nodes = must(realloc(d->nodes, (d->node_count + 1) * sizeof *d->nodes));
    struct power_node *n = must(calloc(1, sizeof *n));
    n->folder = folder;
    d->nodes[d->node_count++] = n;
    return n;
}

static void drop_changes(struct power_node *n)
{
    for (size_t i = 0; i < n->change_count; i++)
        free(n->changes[i].data);
    n->change_count = 0;
}

static struct name *find_name(struct power_disk *d, const char *path)
{
    for (size_t i = 0; i < d->name_count; i++)
        if (strcmp(d->names[i].path, path) == 0)
            return &d->names[i];
    return NULL;
}

static struct power_node *node_of(struct power_disk *d, const char *path)
{
    const struct name *n = find_name(d, path);
    return n ? n->nodes[n->count - 1] : NULL;
}

static void set_name(struct power_disk *d, const char *path, struct power_node *node)
{
    struct name *n = find_name(d, path);
    if (!n) {
        if (strlen(path) >= PATH_SIZE)
            abort();
        d->names = must(realloc(d->names, (d->name_count + 1) * sizeof *d->names));
        n = &d->names[d->name_count++];
        memset(n, 0, sizeof *n);
        memcpy(n->path, path, strlen(path) + 1);
        n->nodes = must(calloc(1, sizeof *n->nodes));
        n->count = 1;
    }
    n->nodes = must(realloc(n->nodes, (n->count + 1) * sizeof(struct power_node *)));
    n->nodes[n->count++] = node;
}

static size_t parent_len(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash != path ? (size_t)(slash - path) : 1;
}

static bool is_in(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    return parent_len(path) == len && strncmp(path, folder, len) == 0 && strcmp(path, folder) != 0;
}

static bool has_parent(struct power_disk *d, const char *path)
{
    char parent[PATH_SIZE];
    snprintf(parent, sizeof parent, "%.*s", (int)parent_len(path), path);
    if (strcmp(parent, "/") == 0)
        return true;
    const struct power_node *n = node_of(d, parent);
    return n && n->folder;
}

/* The cut */

static void tear(struct power_disk *d, struct text *t, const struct change *c)
{
    size_t offset = (size_t)c->offset;
    if (draw(d, 2)) {
        text_write(t, c->data, (size_t)draw(d, c->len + 1), offset);
        return;
    }
    for (size_t i = 0; i < c->len;) {
        size_t part = SECTOR - (offset + i) % SECTOR;
        part = part < c->len - i ? part : c->len - i;
        if (draw(d, 2))
            text_write(t, c->data + i, part, offset + i);
        i += part;
    }
}

static void lose(struct power_disk *d, struct text *t, const struct change *c)
{
    size_t end = (size_t)c->offset + c->len;
    if (!c->cuts && end > t->len && draw(d, 4) == 0)
        text_resize(t, end);
}

static void survive_change(struct power_disk *d, struct text *t, const struct change *c)
{
    uint64_t fate = draw(d, 3);
    if (c->cuts && fate != 0)
        text_resize(t, (size_t)c->offset);
    else if (!c->cuts && fate == 0)
        text_write(t, c->data, c->len, (size_t)c->offset);
    else if (!c->cuts && fate == 1)
        tear(d, t, c);
    else
        lose(d, t, c);
}

static void survive_node(struct power_disk *d, const struct power_node *n, struct text *out)
{
    size_t count = n->change_count;
    size_t *order = must(calloc(count + 1, sizeof *order));
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = count; i > 1 && draw(d, 2); i--) {
        size_t j = (size_t)draw(d, i);
        size_t swapped = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swapped;
    }
    text_copy(out, &n->kept);
    for (size_t i = 0; i < count; i++)
        survive_change(d, out, &n->changes[order[i]]);
    free(order);
}

static void settle(struct power_node *n)
{
    drop_changes(n);
    text_copy(&n->kept, &n->now);
}

static void add_survivor(struct power_disk *to, const char *path, bool folder,
                         const struct text *text)
{
    struct power_node *node = add_node(to, folder);
    text_copy(&node->now, text);
    settle(node);
    set_name(to, path, node);
    struct name *n = &to->names[to->name_count - 1];
    n->nodes[0] = node;
    n->count = 1;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct name *)a)->path, ((const struct name *)b)->path);
}

static struct power_disk *survivors(struct power_disk *d)
{
    struct power_disk *to = power_disk_new(draw(d, UINT64_MAX) | 1);
    /* Folders come before what is in them. */
    qsort(d->names, d->name_count, sizeof *d->names, by_path);
    for (size_t i = 0; i < d->name_count; i++) {
        const struct name *n = &d->names[i];
        const struct power_node *node = n->nodes[draw(d, n->count)];
        if (!node || !has_parent(to, n->path))
            continue;
        struct text text = {0};
        survive_node(d, node, &text);
        add_survivor(to, n->path, node->folder, &text);
        free(text.data);
    }
    return to;
}

static void count_operation(struct power_disk *d)
{
    if (d->left == 0 || --d->left > 0)
        return;
    d->survivor = survivors(d);
    if (d->on_cut)
        d->on_cut(d->ctx);
}

/* The file layer */

static void add_change(struct power_node *n, struct change c, const void *data)
{
    n->changes = must(realloc(n->changes, (n->change_count + 1) * sizeof *n->changes));
    if (c.len) {
        c.data = must(malloc(c.len));
        memcpy(c.data, data, c.len);
    }
    n->changes[n->change_count++] = c;
}

static struct power_node *create_locked(struct power_disk *d, const char *path, bool *out_new)
{
    struct power_node *n = node_of(d, path);
    *out_new = n == NULL;
    if (n || !has_parent(d, path))
        return n;
    n = add_node(d, false);
    set_name(d, path, n);
    count_operation(d);
    return n;
}

static int disk_open(void *ctx, const char *path, enum files_mode mode, int *out_fd)
{
    struct power_disk *d = ctx;
    bool is_new = false;
    int err = PW_EIO;
    pthread_mutex_lock(&d->mutex);
    struct power_node *n = mode == FILES_READ ? node_of(d, path) : create_locked(d, path, &is_new);
    if (!n && mode == FILES_READ)
        err = PW_ENOTFOUND;
    for (int fd = 0; n && !n->folder && err && fd < FDS_MAX; fd++) {
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
    if (node_of(d, path))
        err = PW_EEXIST;
    else if (!has_parent(d, path))
        err = PW_EIO;
    if (!err) {
        set_name(d, path, add_node(d, true));
        count_operation(d);
    }
    pthread_mutex_unlock(&d->mutex);
    return err;
}

static int disk_sync_dir(void *ctx, const char *path)
{
    struct power_disk *d = ctx;
    pthread_mutex_lock(&d->mutex);
    count_operation(d);
    for (size_t i = 0; i < d->name_count; i++) {
        struct name *n = &d->names[i];
        if (!is_in(n->path, path))
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
    struct power_node *n = node_of(d, from);
    if (n) {
        set_name(d, to, n);
        set_name(d, from, NULL);
        count_operation(d);
    }
    pthread_mutex_unlock(&d->mutex);
    return n ? 0 : PW_ENOTFOUND;
}

static int disk_remove(void *ctx, const char *path)
{
    struct power_disk *d = ctx;
    pthread_mutex_lock(&d->mutex);
    struct power_node *n = node_of(d, path);
    if (n) {
        set_name(d, path, NULL);
        count_operation(d);
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
        if (is_in(d->names[i].path, path) && d->names[i].nodes[d->names[i].count - 1])
            on_name(arg, strrchr(d->names[i].path, '/') + 1);
    return 0;
}

/* Public */

struct power_disk *power_disk_new(uint64_t seed)
{
    struct power_disk *d = must(calloc(1, sizeof *d));
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
        drop_changes(d->nodes[i]);
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
        const struct name *n = &d->names[i];
        const struct power_node *node = n->nodes[n->count - 1];
        if (node)
            add_survivor(to, n->path, node->folder, &node->now);
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
        count_operation(d);
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
    qsort(d->names, d->name_count, sizeof *d->names, by_path);
    for (size_t i = 0; i < d->name_count; i++) {
        const struct name *n = &d->names[i];
        const struct power_node *node = n->nodes[n->count - 1];
        if (!node || strncmp(n->path, root, len) != 0)
            continue;
        snprintf(path, sizeof path, "%s%s", to, n->path + len);
        if (node->folder) {
            (void)!mkdir(path, 0750);
            continue;
        }
        FILE *f = must(fopen(path, "wb"));
        const struct text *t = &node->now;
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

struct power_node *power_disk_find(struct power_disk *d, const char *path)
{
    pthread_mutex_lock(&d->mutex);
    struct power_node *n = node_of(d, path);
    pthread_mutex_unlock(&d->mutex);
    return n;
}

struct power_node *power_disk_create(struct power_disk *d, const char *path, bool *out_new)
{
    pthread_mutex_lock(&d->mutex);
    struct power_node *n = create_locked(d, path, out_new);
    pthread_mutex_unlock(&d->mutex);
    return n;
}

struct power_node *power_disk_scratch(struct power_disk *d)
{
    pthread_mutex_lock(&d->mutex);
    struct power_node *n = add_node(d, false);
    pthread_mutex_unlock(&d->mutex);
    return n;
}

size_t power_node_read(struct power_disk *d, struct power_node *n, void *data, size_t len,
                       int64_t offset)
{
    size_t got = 0;
    pthread_mutex_lock(&d->mutex);
    if ((uint64_t)offset < n->now.len) {
        got = n->now.len - (size_t)offset;
        got = got < len ? got : len;
        memcpy(data, n->now.data + offset, got);
    }
    pthread_mutex_unlock(&d->mutex);
    return got;
}

void power_node_write(struct power_disk *d, struct power_node *n, const void *data, size_t len,
                      int64_t offset)
{
    pthread_mutex_lock(&d->mutex);
    text_write(&n->now, data, len, (size_t)offset);
    add_change(n, (struct change){.offset = offset, .len = len}, data);
    count_operation(d);
    pthread_mutex_unlock(&d->mutex);
}

void power_node_truncate(struct power_disk *d, struct power_node *n, int64_t size)
{
    pthread_mutex_lock(&d->mutex);
    text_resize(&n->now, (size_t)size);
    add_change(n, (struct change){.cuts = true, .offset = size}, NULL);
    count_operation(d);
    pthread_mutex_unlock(&d->mutex);
}

void power_node_sync(struct power_disk *d, struct power_node *n)
{
    pthread_mutex_lock(&d->mutex);
    count_operation(d);
    settle(n);
    pthread_mutex_unlock(&d->mutex);
}

int64_t power_node_size(struct power_disk *d, struct power_node *n)
{
    pthread_mutex_lock(&d->mutex);
    int64_t size = (int64_t)n->now.len;
    pthread_mutex_unlock(&d->mutex);
    return size;
}
