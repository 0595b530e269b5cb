#include "acq/core/bytes.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
    atomic_uint refs;
    size_t len;
    uint8_t data[];
};

struct bytes *bytes_new(const void *data, size_t len)
{
    struct bytes *b = malloc(sizeof *b + len);
    if (!b)
        return NULL;
    atomic_init(&b->refs, 1);
    b->len = len;
    if (len)
        memcpy(b->data, data, len);
    return b;
}

struct bytes *bytes_ref(struct bytes *b)
{
    atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
    return b;
}

void bytes_unref(struct bytes *b)
{
    if (b && atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) == 1)
        free(b);
}

const uint8_t *bytes_data(const struct bytes *b)
{
    return b->data;
}

size_t bytes_len(const struct bytes *b)
{
    return b->len;
}
