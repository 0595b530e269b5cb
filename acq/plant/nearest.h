/* The name that was probably meant: the candidate with the least edit distance (insert, delete,
 * replace, swap of neighbours; case counts half). The first of several equals wins. */
#ifndef ACQ_PLANT_NEAREST_H
#define ACQ_PLANT_NEAREST_H

#include <stddef.h>

enum { NEAREST_MAX = 160 };

struct nearest {
    const char *wanted;
    char best[NEAREST_MAX + 1]; /* "" when nothing was offered */
    unsigned distance;
};

/* wanted is borrowed as long as names are offered. */
void nearest_init(struct nearest *n, const char *wanted);
void nearest_offer(struct nearest *n, const char *candidate);

/* In half steps: 2 for each change, 1 for a letter in the other case, 1 for each that is missing at
 * the end when nothing else differs ("gap" means "gap_ms"). `stop` when it would be more. Only the
 * first NEAREST_MAX bytes are looked at. */
unsigned nearest_distance(const char *a, const char *b, unsigned stop);

#endif
