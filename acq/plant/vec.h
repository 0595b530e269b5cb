/* A list that grows while a plant is loaded and is copied into its arena at the end. Pointers into
 * it last until the next addition. */
#ifndef ACQ_PLANT_VEC_H
#define ACQ_PLANT_VEC_H

#include "acq/core/err.h"
#include "acq/plant/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct vec {
    void *items;
    uint32_t count;
    uint32_t cap;
};

/* Copies one item to the end. */
static inline void vec_add(struct vec *v, const void *item, size_t size)
{
    if (v->count == v->cap) {
        v->cap = v->cap ? 2 * v->cap : 16;
        v->items = realloc(v->items, v->cap * size);
        pw_require(v->items != NULL);
    }
    memcpy((char *)v->items + v->count * size, item, size);
    v->count++;
}

/* Moves all items to the arena and leaves the list empty. */
static inline void *vec_take(struct vec *v, struct arena *arena, size_t size)
{
    void *out = arena_alloc(arena, v->count * size);
    if (v->count)
        memcpy(out, v->items, v->count * size);
    free(v->items);
    *v = (struct vec){0};
    return out;
}

#endif
