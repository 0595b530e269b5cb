/* Plays the stories of exceedances, or an honest stack (play.h). */
#include "tests/scenario/limit_stories.h"
#include "tests/scenario/play.h"

#include <stdlib.h>

enum { HOUR_S = 3600, DAY_S = 86400 };

static const char *const kinds[] = {"limit", "limit-forecast", "total", NULL};

static struct sim *begin(unsigned has, uint64_t seed, struct limit_plant *plant)
{
    char *config = limit_plant_config(has);
    struct sim *s = sim_new(config, seed, LIMIT_PERIOD_S);
    free(config);
    limit_plant_init(plant, s);
    return s;
}

static void play_story(unsigned i, uint64_t seed, struct score *score)
{
    static struct limit_plant plant;
    unsigned count = 0;
    const struct limit_story *story = &limit_stories(&count)[i];
    struct sim *s = begin(story->has, seed, &plant);
    int64_t hour_s = sim_between(s, 3, 15) * HOUR_S;
    story->tell(&plant, s, hour_s);
    sim_run(s, hour_s + story->hours * HOUR_S + 300, limit_plant_step, &plant);
    score_add(score, s, story->name, seed);
    sim_free(s);
}

static void play_honest(unsigned i, int64_t days, uint64_t seed, struct score *score)
{
    static struct limit_plant plant;
    (void)i;
    struct sim *s = begin(HAS_DUST_CONFIRMED, seed, &plant);
    for (int64_t day = 0; day < days; day++) {
        limit_plant_honest_day(&plant, s, day * DAY_S);
        sim_run(s, (day + 1) * DAY_S, limit_plant_step, &plant);
    }
    score_add(score, s, "honest", seed);
    sim_free(s);
}

int main(int argc, char **argv)
{
    struct play play = {.subject = "limit",
                        .kinds = kinds,
                        .honest_count = 1,
                        .story = play_story,
                        .honest = play_honest};
    (void)limit_stories(&play.story_count);
    return play_main(&play, argc, argv);
}
