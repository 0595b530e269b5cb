#include "acq/refine/window.h"

#include <string.h>

static void drop(struct window *w, uint32_t at)
{
    w->used--;
    memmove(&w->slots[at], &w->slots[at + 1], (w->used - at) * sizeof w->slots[0]);
    w->slots[w->used] = (struct window_slot){0};
}

/* The two oldest become one. */
static void merge(struct window *w)
{
    w->slots[1].value = w->slots[0].value;
    drop(w, 0);
}

void window_push(struct window *w, double value)
{
    while (w->used > 0 && w->slots[w->used - 1].value <= value)
        drop(w, w->used - 1);
    if (w->used > 0 && w->slots[0].place + WINDOW_MAX <= w->pushed)
        drop(w, 0);
    if (w->used == WINDOW_SLOTS)
        merge(w);
    w->slots[w->used++] = (struct window_slot){value, w->pushed++};
}

uint32_t window_count(const struct window *w, uint32_t n)
{
    return w->pushed < n ? w->pushed : n;
}

double window_greatest(const struct window *w, uint32_t n)
{
    for (uint32_t i = 0; i < w->used; i++)
        if (w->slots[i].place + n >= w->pushed)
            return w->slots[i].value;
    return 0;
}
