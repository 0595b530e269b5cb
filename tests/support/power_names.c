#include "tests/support/power_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *power_must(void *p)
{
    if (!p)
        abort();
    return p;
}

uint64_t power_draw(struct power_disk *d, uint64_t below)
{
    d->random ^= d->random << 13;
    d->random ^= d->random >> 7;
    d->random ^= d->random << 17;
    return d->random % below;
}

void power_text_resize(struct power_text *t, size_t len)
{
    if (len > t->cap) {
        t->cap = len * 2;
        t->data = power_must(realloc(t->data, t->cap));
    }
    if (len > t->len)
        memset(t->data + t->len, 0, len - t->len);
    t->len = len;
}

void power_text_write(struct power_text *t, const void *data, size_t len, size_t offset)
{
    if (len == 0)
        return;
    if (offset + len > t->len)
        power_text_resize(t, offset + len);
    memcpy(t->data + offset, data, len);
}

void power_text_copy(struct power_text *to, const struct power_text *from)
{
    power_text_resize(to, from->len);
    if (from->len)
        memcpy(to->data, from->data, from->len);
}

struct power_node *power_add_node(struct power_disk *d, bool folder)
{
    d->nodes = power_must(realloc(d->nodes, (d->node_count + 1) * sizeof *d->nodes));
    struct power_node *n = power_must(calloc(1, sizeof *n));
    n->folder = folder;
    d->nodes[d->node_count++] = n;
    return n;
}

void power_drop_changes(struct power_node *n)
{
    for (size_t i = 0; i < n->change_count; i++)
        free(n->changes[i].data);
    n->change_count = 0;
}

static struct power_name *find_name(struct power_disk *d, const char *path)
{
    for (size_t i = 0; i < d->name_count; i++)
        if (strcmp(d->names[i].path, path) == 0)
            return &d->names[i];
    return NULL;
}

struct power_node *power_node_of(struct power_disk *d, const char *path)
{
    const struct power_name *n = find_name(d, path);
    return n ? n->nodes[n->count - 1] : NULL;
}

void power_set_name(struct power_disk *d, const char *path, struct power_node *node)
{
    struct power_name *n = find_name(d, path);
    if (!n) {
        if (strlen(path) >= POWER_PATH_SIZE)
            abort();
        d->names = power_must(realloc(d->names, (d->name_count + 1) * sizeof *d->names));
        n = &d->names[d->name_count++];
        memset(n, 0, sizeof *n);
        memcpy(n->path, path, strlen(path) + 1);
        n->nodes = power_must(calloc(1, sizeof *n->nodes));
        n->count = 1;
    }
    n->nodes = power_must(realloc(n->nodes, (n->count + 1) * sizeof(struct power_node *)));
    n->nodes[n->count++] = node;
}

static size_t parent_len(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash != path ? (size_t)(slash - path) : 1;
}

bool power_is_in(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    return parent_len(path) == len && strncmp(path, folder, len) == 0 && strcmp(path, folder) != 0;
}

bool power_has_parent(struct power_disk *d, const char *path)
{
    char parent[POWER_PATH_SIZE];
    snprintf(parent, sizeof parent, "%.*s", (int)parent_len(path), path);
    if (strcmp(parent, "/") == 0)
        return true;
    const struct power_node *n = power_node_of(d, parent);
    return n && n->folder;
}

void power_settle(struct power_node *n)
{
    power_drop_changes(n);
    power_text_copy(&n->kept, &n->now);
}

void power_add_survivor(struct power_disk *to, const char *path, bool folder,
                        const struct power_text *text)
{
    struct power_node *node = power_add_node(to, folder);
    power_text_copy(&node->now, text);
    power_settle(node);
    power_set_name(to, path, node);
    struct power_name *n = &to->names[to->name_count - 1];
    n->nodes[0] = node;
    n->count = 1;
}
