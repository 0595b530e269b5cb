/* Plays the stories of bypasses, or an honest plant (play.h). */
#include "tests/scenario/bypass_stories.h"
#include "tests/scenario/play.h"

#include <stdlib.h>

enum { DAY_S = 86400, HONEST_PERIOD_S = 5 };

static const char *const kinds[] = {"bypass", "bypass-standby", "bypass-unwatched", "integrity",
                                    NULL};

/* All channels; those that do not open it by themselves; the few that most plants have. */
static const unsigned honest_has[] = {
    HAS_ALL,
    HAS_PRESSURE | HAS_TEMPERATURE | HAS_NMHC | HAS_MAIN_FLOW | HAS_POWER | HAS_FAN,
    HAS_SWITCH | HAS_POWER,
};

static void play_story(unsigned i, uint64_t seed, struct score *score)
{
    unsigned count = 0;
    const struct bypass_story *story = &bypass_stories(&count)[i];
    static struct bypass_plant plant;
    char *config = bypass_plant_config(story->has);
    struct sim *s = sim_new(config, seed, 1);
    bypass_plant_init(&plant, s);
    int64_t begin_s = story->length_s - 5400 + sim_between(s, 0, 300);
    if (begin_s < 1200)
        begin_s = 1200 + sim_between(s, 0, 300);
    story->tell(&plant, s, begin_s);
    sim_run(s, story->length_s + 1800, bypass_plant_step, &plant);
    score_add(score, s, story->name, seed);
    sim_free(s);
    free(config);
}

static void play_honest(unsigned i, int64_t days, uint64_t seed, struct score *score)
{
    static struct bypass_plant plant;
    char *config = bypass_plant_config(honest_has[i]);
    struct sim *s = sim_new(config, seed, HONEST_PERIOD_S);
    bypass_plant_init(&plant, s);
    for (int64_t day = 0; day < days; day++) {
        bypass_plant_honest_day(&plant, s, day * DAY_S);
        sim_run(s, (day + 1) * DAY_S, bypass_plant_step, &plant);
    }
    score_add(score, s, "honest", seed);
    sim_free(s);
    free(config);
}

int main(int argc, char **argv)
{
    struct play play = {.subject = "bypass",
                        .kinds = kinds,
                        .honest_count = sizeof honest_has / sizeof *honest_has,
                        .story = play_story,
                        .honest = play_honest};
    (void)bypass_stories(&play.story_count);
    return play_main(&play, argc, argv);
}
