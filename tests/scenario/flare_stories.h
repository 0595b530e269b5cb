/* Stories of a flare: each scripts what happens and what is due of it. */
#ifndef TESTS_SCENARIO_FLARE_STORIES_H
#define TESTS_SCENARIO_FLARE_STORIES_H

#include "tests/scenario/flare_plant.h"

struct flare_story {
    const char *name;
    void (*tell)(struct flare_model *m, struct sim *s, int64_t t);
};

const struct flare_story *flare_stories(unsigned *out_count);

#endif
