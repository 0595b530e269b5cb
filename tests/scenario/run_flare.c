/* Plays the stories of a flare, or honest days of it:
 *
 *   run_flare [--seeds FROM-TO] [--honest DAYS] [--quiet]
 *
 * Ends with 1 when anything was missed, false, late or of another class. Seeds up to 99 are for
 * tuning, others for reporting (tests/scenario/README.md). */
#include "tests/scenario/flare_stories.h"
#include "tests/scenario/score.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_S = 86400, HOUR_S = 3600, HONEST_PERIOD_S = 5 };

static const char *const kinds[] = {
    "flare-event",   "flare-pilot", "flare-combustion", "flare-velocity", "flare-meter",
    "flare-routine", NULL};
/* An honest plant's declared discharges are events. */
static const char *const honest_kinds[] = {"flare-pilot", "flare-combustion", "flare-velocity",
                                           "flare-meter", "flare-routine",    NULL};

static void play_story(const struct flare_story *story, uint64_t seed, struct score *score)
{
    static struct flare_model model;
    struct sim *s = sim_new(flare_model_config, seed, 1);
    flare_model_init(&model);
    story->tell(&model, s, 2 * HOUR_S + sim_between(s, 0, 1800));
    sim_run(s, 6 * HOUR_S, flare_model_step, &model);
    score_add(score, s, story->name, seed);
    sim_free(s);
}

static void play_honest(int64_t days, uint64_t seed, struct score *score)
{
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
    uint64_t from = 100;
    uint64_t to = 101;
    int64_t honest = 0;
    bool quiet = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quiet") == 0) {
            quiet = true;
        } else if (strcmp(argv[i], "--honest") == 0 && i + 1 < argc) {
            honest = strtoll(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc) {
            char *rest = argv[++i];
            from = strtoull(rest, &rest, 10);
            to = *rest == '-' ? strtoull(rest + 1, NULL, 10) : from;
        } else {
            fprintf(stderr, "usage: run_flare [--seeds FROM-TO] [--honest DAYS] [--quiet]\n");
            return 64;
        }
    }
    static struct score score;
    unsigned count = 0;
    const struct flare_story *stories = flare_stories(&count);
    score_init(&score, honest ? honest_kinds : kinds, quiet ? NULL : stdout);
    for (uint64_t seed = from; seed <= to; seed++) {
        for (unsigned i = 0; !honest && i < count; i++)
            play_story(&stories[i], seed, &score);
        if (honest)
            play_honest(honest, seed, &score);
    }
    printf("flare: %s, seeds %" PRIu64 " to %" PRIu64 "\n", honest ? "an honest plant" : "stories",
           from, to);
    score_print(&score, stdout);
    return score_is_clean(&score) ? 0 : 1;
}
