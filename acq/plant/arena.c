#include "acq/plant/arena.h"

#include "acq/core/err.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 64 * 1024 };

struct block {
    struct block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) unsigned char data[];
};

struct arena {
    struct block *newest;
};

struct arena *arena_new(void)
{
    struct arena *a = calloc(1, sizeof *a);
    pw_require(a != NULL);
    return a;
}

static struct block *add_block(struct arena *a, size_t need)
{
    size_t size = need > BLOCK_SIZE ? need : BLOCK_SIZE;
    pw_require(size < SIZE_MAX / 2);
    struct block *b = calloc(1, sizeof *b + size);
    pw_require(b != NULL);
    b->size = size;
    b->next = a->newest;
    a->newest = b;
    return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
    pw_require(size < SIZE_MAX / 2);
    size = (size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    struct block *b = a->newest;
    if (!b || b->size - b->used < size)
        b = add_block(a, size);
    void *out = b->data + b->used;
    b->used += size;
    return out;
}

char *arena_copy(struct arena *a, const void *data, size_t len)
{
    pw_require(len < SIZE_MAX / 2);
    char *out = arena_alloc(a, len + 1);
    if (len)
        memcpy(out, data, len);
    return out;
}

char *arena_strdup(struct arena *a, const char *text)
{
    return arena_copy(a, text, strlen(text));
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    while (a->newest) {
        struct block *b = a->newest;
        a->newest = b->next;
        free(b);
    }
    free(a);
}
