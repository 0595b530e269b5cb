/* Plays the stories of a flare, or honest days of it (play.h). */
#include "tests/scenario/flare_stories.h"
#include "tests/scenario/play.h"

enum { DAY_S = 86400, HOUR_S = 3600, HONEST_PERIOD_S = 5 };

static const char *const kinds[] = {
    "flare-event",   "flare-pilot", "flare-combustion", "flare-velocity", "flare-meter",
    "flare-routine", NULL};
/* An honest plant's declared discharges are events. */
static const char *const honest_kinds[] = {"flare-pilot", "flare-combustion", "flare-velocity",
                                           "flare-meter", "flare-routine",    NULL};

static void play_story(unsigned i, uint64_t seed, struct score *score)
{
    unsigned count = 0;
    const struct flare_story *story = &flare_stories(&count)[i];
    static struct flare_model model;
    struct sim *s = sim_new(flare_model_config, seed, 1);
    flare_model_init(&model);
    story->tell(&model, s, 2 * HOUR_S + sim_between(s, 0, 1800));
    sim_run(s, 6 * HOUR_S, flare_model_step, &model);
    score_add(score, s, story->name, seed);
    sim_free(s);
}

static void play_honest(unsigned i, int64_t days, uint64_t seed, struct score *score)
{
    (void)i;
    static struct flare_model model;
    struct sim *s = sim_new(flare_model_config, seed, HONEST_PERIOD_S);
    flare_model_init(&model);
    for (int64_t day = 0; day < days; day++) {
        flare_model_honest_day(&model, s, day * DAY_S);
        sim_run(s, (day + 1) * DAY_S, flare_model_step, &model);
    }
    score_add(score, s, "honest", seed);
    sim_free(s);
}

int main(int argc, char **argv)
{
    struct play play = {.subject = "flare",
                        .kinds = kinds,
                        .honest_kinds = honest_kinds,
                        .honest_count = 1,
                        .story = play_story,
                        .honest = play_honest};
    (void)flare_stories(&play.story_count);
    return play_main(&play, argc, argv);
}
