/* Stories of exceedances: each sets up what happens at a stack, and what is due of it. */
#ifndef TESTS_SCENARIO_LIMIT_STORIES_H
#define TESTS_SCENARIO_LIMIT_STORIES_H

#include "tests/scenario/limit_plant.h"

struct limit_story {
    const char *name;
    unsigned has; /* enum limit_has */
    int hours;    /* how long it goes on after its hour */
    /* Scripts the story; hour_s is the start of an hour, some while after the start. */
    void (*tell)(struct limit_plant *p, struct sim *s, int64_t hour_s);
};

const struct limit_story *limit_stories(unsigned *out_count);

#endif
