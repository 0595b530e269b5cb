#include "acq/plant/nearest.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { PREFIX_LEAST = 2 };

static unsigned min_unsigned(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static unsigned replace_cost(char a, char b)
{
    if (a == b)
        return 0;
    return lower(a) == lower(b) ? 1 : 2;
}

unsigned nearest_distance(const char *a, const char *b, unsigned stop)
{
    size_t an = strnlen(a, NEAREST_MAX);
    size_t bn = strnlen(b, NEAREST_MAX);
    size_t shorter = an < bn ? an : bn;
    unsigned difference = (unsigned)(an + bn - 2 * shorter);
    if (shorter >= PREFIX_LEAST && memcmp(a, b, shorter) == 0)
        return min_unsigned(difference, stop);
    if (2 * difference >= stop)
        return stop;
    unsigned rows[3][NEAREST_MAX + 1];
    for (size_t j = 0; j <= bn; j++)
        rows[0][j] = (unsigned)(2 * j);
    for (size_t i = 1; i <= an; i++) {
        unsigned *now = rows[i % 3];
        const unsigned *before = rows[(i - 1) % 3];
        const unsigned *two_before = rows[(i + 1) % 3];
        unsigned least = now[0] = (unsigned)(2 * i);
        for (size_t j = 1; j <= bn; j++) {
            now[j] = min_unsigned(before[j], now[j - 1]) + 2;
            now[j] = min_unsigned(now[j], before[j - 1] + replace_cost(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = min_unsigned(now[j], two_before[j - 2] + 2);
            least = min_unsigned(least, now[j]);
        }
        /* A swap reaches two rows back, so one step may still be saved. */
        if (least >= stop + 2)
            return stop;
    }
    return min_unsigned(rows[an % 3][bn], stop);
}

void nearest_init(struct nearest *n, const char *wanted)
{
    *n = (struct nearest){.wanted = wanted, .distance = UINT_MAX / 4};
}

void nearest_offer(struct nearest *n, const char *candidate)
{
    unsigned distance = nearest_distance(n->wanted, candidate, n->distance);
    if (distance >= n->distance)
        return;
    n->distance = distance;
    snprintf(n->best, sizeof n->best, "%s", candidate);
}
