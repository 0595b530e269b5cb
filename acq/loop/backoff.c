#include "acq/loop/backoff.h"

#include "acq/core/err.h"

void backoff_init(struct backoff *b, uint32_t first_ms, uint32_t max_ms, uint64_t seed)
{
    pw_require(first_ms > 0 && first_ms <= max_ms);
    *b = (struct backoff){.first_ms = first_ms, .max_ms = max_ms, .random = seed};
}

/* A Weyl sequence and a mixing of its bits: enough chance to spread attempts. */
static uint64_t next_random(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15u;
    uint64_t x = *state;
    x = (x ^ x >> 32) * 0xd6e8feb86659fd93u;
    x = (x ^ x >> 32) * 0xd6e8feb86659fd93u;
    return x ^ x >> 32;
}

uint32_t backoff_next_ms(struct backoff *b)
{
    uint64_t nominal_ms = b->first_ms;
    for (uint32_t i = 0; i < b->failures && nominal_ms < b->max_ms; i++)
        nominal_ms *= 2;
    if (nominal_ms > b->max_ms)
        nominal_ms = b->max_ms;
    b->failures++;
    uint64_t spread_ms = nominal_ms / 4 + 1;
    return (uint32_t)(nominal_ms - next_random(&b->random) % spread_ms);
}

void backoff_reset(struct backoff *b)
{
    b->failures = 0;
}
