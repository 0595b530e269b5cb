#include "tests/support/power_private.h"

#include <stdlib.h>
#include <string.h>

static void add_change(struct power_node *n, struct power_change c, const void *data)
{
    n->changes = power_must(realloc(n->changes, (n->change_count + 1) * sizeof *n->changes));
    if (c.len) {
        c.data = power_must(malloc(c.len));
        memcpy(c.data, data, c.len);
    }
    n->changes[n->change_count++] = c;
}

struct power_node *power_create_locked(struct power_disk *d, const char *path, bool *out_new)
{
    struct power_node *n = power_node_of(d, path);
    *out_new = n == NULL;
    if (n || !power_has_parent(d, path))
        return n;
    n = power_add_node(d, false);
    power_set_name(d, path, n);
    power_count_operation(d);
    return n;
}

struct power_node *power_disk_find(struct power_disk *d, const char *path)
{
    pthread_mutex_lock(&d->mutex);
    struct power_node *n = power_node_of(d, path);
    pthread_mutex_unlock(&d->mutex);
    return n;
}

struct power_node *power_disk_create(struct power_disk *d, const char *path, bool *out_new)
{
    pthread_mutex_lock(&d->mutex);
    struct power_node *n = power_create_locked(d, path, out_new);
    pthread_mutex_unlock(&d->mutex);
    return n;
}

struct power_node *power_disk_scratch(struct power_disk *d)
{
    pthread_mutex_lock(&d->mutex);
    struct power_node *n = power_add_node(d, false);
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
    power_text_write(&n->now, data, len, (size_t)offset);
    add_change(n, (struct power_change){.offset = offset, .len = len}, data);
    power_count_operation(d);
    pthread_mutex_unlock(&d->mutex);
}

void power_node_truncate(struct power_disk *d, struct power_node *n, int64_t size)
{
    pthread_mutex_lock(&d->mutex);
    power_text_resize(&n->now, (size_t)size);
    add_change(n, (struct power_change){.cuts = true, .offset = size}, NULL);
    power_count_operation(d);
    pthread_mutex_unlock(&d->mutex);
}

void power_node_sync(struct power_disk *d, struct power_node *n)
{
    pthread_mutex_lock(&d->mutex);
    power_count_operation(d);
    power_settle(n);
    pthread_mutex_unlock(&d->mutex);
}

int64_t power_node_size(struct power_disk *d, struct power_node *n)
{
    pthread_mutex_lock(&d->mutex);
    int64_t size = (int64_t)n->now.len;
    pthread_mutex_unlock(&d->mutex);
    return size;
}
