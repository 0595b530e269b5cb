#include "tests/scenario/play.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 64 };

struct wanted {
    uint64_t from, to;
    int64_t honest; /* days; 0: stories */
    bool quiet;
};

static bool read_arguments(struct wanted *w, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quiet") == 0) {
            w->quiet = true;
        } else if (strcmp(argv[i], "--honest") == 0 && i + 1 < argc) {
            w->honest = strtoll(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc) {
            char *rest = argv[++i];
            w->from = strtoull(rest, &rest, 10);
            w->to = *rest == '-' ? strtoull(rest + 1, NULL, 10) : w->from;
        } else {
            return false;
        }
    }
    return true;
}

int play_main(const struct play *play, int argc, char **argv)
{
    static struct score score;
    struct wanted w = {.from = 100, .to = 101};
    if (!read_arguments(&w, argc, argv)) {
        fprintf(stderr, "usage: run_%s [--seeds FROM-TO] [--honest DAYS] [--quiet]\n",
                play->subject);
        return EXIT_USAGE;
    }
    score_init(&score, w.honest && play->honest_kinds ? play->honest_kinds : play->kinds,
               w.quiet ? NULL : stdout);
    for (uint64_t seed = w.from; seed <= w.to; seed++) {
        for (unsigned i = 0; !w.honest && i < play->story_count; i++)
            play->story(i, seed, &score);
        for (unsigned i = 0; w.honest && i < play->honest_count; i++)
            play->honest(i, w.honest, seed, &score);
    }
    printf("%s: %s, seeds %" PRIu64 " to %" PRIu64 "\n", play->subject,
           w.honest ? "an honest plant" : "stories", w.from, w.to);
    score_print(&score, stdout);
    return score_is_clean(&score) ? 0 : 1;
}
