/* A small generator with a fixed seed: random tests repeat exactly. */
#ifndef TESTS_SUPPORT_XORSHIFT_H
#define TESTS_SUPPORT_XORSHIFT_H

#include <stdint.h>

static inline uint64_t xorshift_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

#endif
