/* Stories of bypasses: each sets up a plant, what happens in it, and what is due of it. */
#ifndef TESTS_SCENARIO_BYPASS_STORIES_H
#define TESTS_SCENARIO_BYPASS_STORIES_H

#include "tests/scenario/bypass_plant.h"

struct bypass_story {
    const char *name;
    unsigned has; /* enum bypass_has */
    int64_t length_s;
    /* Scripts the story; t is when it shall begin, some while after the start. */
    void (*tell)(struct bypass_plant *p, struct sim *s, int64_t t);
};

const struct bypass_story *bypass_stories(unsigned *out_count);

#endif
