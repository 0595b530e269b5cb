/* What every run_<subject>.c is: stories of its subject, or an honest plant, played seed by seed
 * and scored:
 *
 *   run_<subject> [--seeds FROM-TO] [--honest DAYS] [--quiet]
 *
 * Ends with 1 when anything was missed, false, late or of another class. Seeds up to 99 are for
 * tuning, others for reporting (tests/scenario/README.md). */
#ifndef TESTS_SCENARIO_PLAY_H
#define TESTS_SCENARIO_PLAY_H

#include "tests/scenario/score.h"

struct play {
    const char *subject;
    const char *const *kinds;        /* that are scored, see score_init() */
    const char *const *honest_kinds; /* of an honest plant; NULL: the same */
    unsigned story_count, honest_count;
    void (*story)(unsigned story, uint64_t seed, struct score *score);
    void (*honest)(unsigned plant, int64_t days, uint64_t seed, struct score *score);
};

/* main() of such a program. */
int play_main(const struct play *play, int argc, char **argv);

#endif
