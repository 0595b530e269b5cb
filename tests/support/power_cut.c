#include "tests/support/power_private.h"

#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512 };

static void tear(struct power_disk *d, struct power_text *t, const struct power_change *c)
{
    size_t offset = (size_t)c->offset;
    if (power_draw(d, 2)) {
        power_text_write(t, c->data, (size_t)power_draw(d, c->len + 1), offset);
        return;
    }
    for (size_t i = 0; i < c->len;) {
        size_t part = SECTOR - (offset + i) % SECTOR;
        part = part < c->len - i ? part : c->len - i;
        if (power_draw(d, 2))
            power_text_write(t, c->data + i, part, offset + i);
        i += part;
    }
}

static void lose(struct power_disk *d, struct power_text *t, const struct power_change *c)
{
    size_t end = (size_t)c->offset + c->len;
    if (!c->cuts && end > t->len && power_draw(d, 4) == 0)
        power_text_resize(t, end);
}

static void survive_change(struct power_disk *d, struct power_text *t, const struct power_change *c)
{
    uint64_t fate = power_draw(d, 3);
    if (c->cuts && fate != 0)
        power_text_resize(t, (size_t)c->offset);
    else if (!c->cuts && fate == 0)
        power_text_write(t, c->data, c->len, (size_t)c->offset);
    else if (!c->cuts && fate == 1)
        tear(d, t, c);
    else
        lose(d, t, c);
}

static void survive_node(struct power_disk *d, const struct power_node *n, struct power_text *out)
{
    size_t count = n->change_count;
    size_t *order = power_must(calloc(count + 1, sizeof *order));
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = count; i > 1 && power_draw(d, 2); i--) {
        size_t j = (size_t)power_draw(d, i);
        size_t swapped = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swapped;
    }
    power_text_copy(out, &n->kept);
    for (size_t i = 0; i < count; i++)
        survive_change(d, out, &n->changes[order[i]]);
    free(order);
}

int power_by_path(const void *a, const void *b)
{
    return strcmp(((const struct power_name *)a)->path, ((const struct power_name *)b)->path);
}

static struct power_disk *survivors(struct power_disk *d)
{
    struct power_disk *to = power_disk_new(power_draw(d, UINT64_MAX) | 1);
    /* Folders come before what is in them. */
    qsort(d->names, d->name_count, sizeof *d->names, power_by_path);
    for (size_t i = 0; i < d->name_count; i++) {
        const struct power_name *n = &d->names[i];
        const struct power_node *node = n->nodes[power_draw(d, n->count)];
        if (!node || !power_has_parent(to, n->path))
            continue;
        struct power_text text = {0};
        survive_node(d, node, &text);
        power_add_survivor(to, n->path, node->folder, &text);
        free(text.data);
    }
    return to;
}

void power_count_operation(struct power_disk *d)
{
    if (d->left == 0 || --d->left > 0)
        return;
    d->survivor = survivors(d);
    if (d->on_cut)
        d->on_cut(d->ctx);
}
