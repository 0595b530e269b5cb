/* The greatest of the last n values, for any n up to WINDOW_MAX, without keeping them all: only
 * those that no later one reaches. Plain memory, part of a machine's state; unused slots are zero.
 *
 * WINDOW_SLOTS falling values in a row are exact; of a longer row of nothing but falling values two
 * neighbours count as the greater of them, as late as the later. */
#ifndef ACQ_REFINE_WINDOW_H
#define ACQ_REFINE_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

enum { WINDOW_MAX = 2160, WINDOW_SLOTS = 256 };

struct window {
    uint32_t pushed; /* values so far */
    uint32_t used;
    struct window_slot {
        double value;
        uint64_t place;    /* how many were pushed before it */
    } slots[WINDOW_SLOTS]; /* falling values, oldest first */
};

void window_push(struct window *w, double value);
/* How many of the last n there are: n, or all when there are fewer. */
uint32_t window_count(const struct window *w, uint32_t n);
/* The greatest of them; 0 when there is none. */
double window_greatest(const struct window *w, uint32_t n);

#endif
