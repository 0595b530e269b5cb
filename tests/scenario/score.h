/* What detection said, held against what truly happened: per kind found, missed, false, and how
 * long it took. A finding belongs to a truth of its kind and object when it lies within it, a
 * margin aside; one that belongs to none is false. */
#ifndef TESTS_SCENARIO_SCORE_H
#define TESTS_SCENARIO_SCORE_H

#include "tests/scenario/sim.h"

#include <stdio.h>

enum { SCORE_KINDS_MAX = 16, SCORE_DELAYS_MAX = 8192 };

struct score_kind {
    const char *kind;
    unsigned found, missed, wrong; /* wrong: false ones */
    unsigned late;                 /* found, but not within its delay_max_s */
    unsigned misclassed;
    double delays[SCORE_DELAYS_MAX]; /* seconds */
    unsigned delay_count;
};

struct score {
    struct score_kind kinds[SCORE_KINDS_MAX];
    unsigned kind_count;
    FILE *why; /* every miss and every false one, in words; NULL: nowhere */
};

/* Which kinds are scored: a false finding of another is not counted. NULL behind the last. */
void score_init(struct score *score, const char *const *kinds, FILE *why);
void score_add(struct score *score, struct sim *s, const char *story, uint64_t seed);
void score_print(const struct score *score, FILE *out);
/* No miss, no false one, none late, none of another class. */
bool score_is_clean(const struct score *score);

#endif
