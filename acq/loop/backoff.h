/* How long to wait before the next attempt: doubling from first_ms to max_ms, less a random part of
 * up to a quarter so that many clients of one server do not come back together. Pure: chance comes
 * from the seed handed in, so a test knows every delay. */
#ifndef ACQ_LOOP_BACKOFF_H
#define ACQ_LOOP_BACKOFF_H

#include <stdint.h>

struct backoff {
    uint32_t first_ms, max_ms;
    uint32_t failures; /* in a row */
    uint64_t random;
};

/* first_ms and max_ms at least 1, first_ms not above max_ms. */
void backoff_init(struct backoff *b, uint32_t first_ms, uint32_t max_ms, uint64_t seed);
/* One more failure: the delay before the next attempt, in 3/4..1 of the nominal one. */
uint32_t backoff_next_ms(struct backoff *b);
/* It worked: the next failure begins at first_ms again. */
void backoff_reset(struct backoff *b);

#endif
