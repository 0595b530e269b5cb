/* Plays the stories of bypasses, or an honest plant:
 *
 *   run_bypass [--seeds FROM-TO] [--honest DAYS] [--quiet]
 *
 * Ends with 1 when anything was missed, false, late or of another class. Seeds up to 99 are for
 * tuning, others for reporting (tests/scenario/README.md). */
#include "tests/scenario/bypass_stories.h"
#include "tests/scenario/score.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_S = 86400, HONEST_PERIOD_S = 5 };

static const char *const kinds[] = {"bypass", "bypass-standby", "bypass-unwatched", "integrity",
                                    NULL};

/* All channels; those that do not open it by themselves; the few that most plants have. */
static const unsigned honest_has[] = {
    HAS_ALL,
    HAS_PRESSURE | HAS_TEMPERATURE | HAS_NMHC | HAS_MAIN_FLOW | HAS_POWER | HAS_FAN,
    HAS_SWITCH | HAS_POWER,
};

static void play_story(const struct bypass_story *story, uint64_t seed, struct score *score)
{
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

static void play_honest(unsigned has, int64_t days, uint64_t seed, struct score *score)
{
    static struct bypass_plant plant;
    char *config = bypass_plant_config(has);
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
            fprintf(stderr, "usage: run_bypass [--seeds FROM-TO] [--honest DAYS] [--quiet]\n");
            return 64;
        }
    }
    static struct score score;
    unsigned count = 0;
    const struct bypass_story *stories = bypass_stories(&count);
    score_init(&score, kinds, quiet ? NULL : stdout);
    for (uint64_t seed = from; seed <= to; seed++) {
        for (unsigned i = 0; !honest && i < count; i++)
            play_story(&stories[i], seed, &score);
        for (unsigned i = 0; honest && i < sizeof honest_has / sizeof *honest_has; i++)
            play_honest(honest_has[i], honest, seed, &score);
    }
    printf("bypass: %s, seeds %" PRIu64 " to %" PRIu64 "\n", honest ? "an honest plant" : "stories",
           from, to);
    score_print(&score, stdout);
    return score_is_clean(&score) ? 0 : 1;
}
