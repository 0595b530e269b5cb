#include "tests/scenario/score.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const int64_t margin_before_s = 120;
static const int64_t margin_after_s = 60;

void score_init(struct score *score, const char *const *kinds, FILE *why)
{
    memset(score, 0, sizeof *score);
    score->why = why;
    while (kinds[score->kind_count]) {
        score->kinds[score->kind_count].kind = kinds[score->kind_count];
        score->kind_count++;
    }
}

static struct score_kind *find_kind(struct score *score, const char *kind)
{
    for (unsigned i = 0; i < score->kind_count; i++)
        if (strcmp(score->kinds[i].kind, kind) == 0)
            return &score->kinds[i];
    return NULL;
}

static bool belongs(const struct sim_said *said, const struct sim_truth *t)
{
    return strcmp(said->kind, t->kind) == 0 && strcmp(said->object, t->object) == 0 &&
           (!t->part || strcmp(said->part, t->part) == 0) &&
           said->start_s >= t->from_s - margin_before_s &&
           said->start_s <= t->to_s + margin_after_s;
}

static void add_found(struct score *score, struct score_kind *k, struct sim *s,
                      const struct sim_truth *t, const struct sim_said *first,
                      const struct sim_said *last, const char *story, uint64_t seed)
{
    int64_t delay_s = first->raised_s - t->from_s;
    bool is_late = delay_s > t->delay_max_s;
    bool is_other = t->class_word && strcmp(t->class_word, last->class_word) != 0;
    k->found++;
    k->late += is_late;
    k->misclassed += is_other;
    if (k->delay_count < SCORE_DELAYS_MAX)
        k->delays[k->delay_count++] = (double)delay_s;
    if (score->why && is_late)
        fprintf(score->why,
                "late: %s seed %" PRIu64 ": %s after %" PRId64 " s, due in %" PRId64 "\n", story,
                seed, t->kind, delay_s, t->delay_max_s);
    if (score->why && is_other)
        fprintf(score->why, "class: %s seed %" PRIu64 ": %s is %s, not %s\n", story, seed, t->kind,
                last->class_word, t->class_word);
    (void)s;
}

static void score_truth(struct score *score, struct sim *s, const struct sim_truth *t,
                        const char *story, uint64_t seed)
{
    struct score_kind *k = find_kind(score, t->kind);
    struct sim_said *first = NULL;
    struct sim_said *last = NULL;
    for (uint32_t i = 0; k && i < s->said_count; i++) {
        if (!belongs(&s->said[i], t) || (first && t->once))
            continue;
        s->said[i].scored = true;
        first = first ? first : &s->said[i];
        last = &s->said[i];
    }
    if (first) {
        add_found(score, k, s, t, first, last, story, seed);
    } else if (k) {
        k->missed++;
        if (score->why)
            fprintf(score->why,
                    "missed: %s seed %" PRIu64 ": %s of %s from %" PRId64 " to %" PRId64 " s\n",
                    story, seed, t->kind, t->object, t->from_s, t->to_s);
    }
}

void score_add(struct score *score, struct sim *s, const char *story, uint64_t seed)
{
    for (uint32_t i = 0; i < s->truth_count; i++)
        score_truth(score, s, &s->truths[i], story, seed);
    for (uint32_t i = 0; i < s->said_count; i++) {
        const struct sim_said *said = &s->said[i];
        struct score_kind *k = find_kind(score, said->kind);
        if (said->scored || !k)
            continue;
        k->wrong++;
        if (score->why)
            fprintf(score->why,
                    "false: %s seed %" PRIu64 ": %s %s of %s from %" PRId64 ", told at %" PRId64
                    " s\n",
                    story, seed, said->kind, said->class_word, said->object, said->start_s,
                    said->raised_s);
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double share_of(const struct score_kind *k, double share)
{
    static double sorted[SCORE_DELAYS_MAX];
    if (k->delay_count == 0)
        return 0;
    memcpy(sorted, k->delays, k->delay_count * sizeof *sorted);
    qsort(sorted, k->delay_count, sizeof *sorted, by_size);
    return sorted[(unsigned)(share * (k->delay_count - 1))];
}

void score_print(const struct score *score, FILE *out)
{
    fprintf(out, "%-20s %6s %6s %6s %6s %6s %9s %9s\n", "kind", "found", "missed", "false", "late",
            "class", "delay p50", "p95");
    for (unsigned i = 0; i < score->kind_count; i++) {
        const struct score_kind *k = &score->kinds[i];
        fprintf(out, "%-20s %6u %6u %6u %6u %6u %8.0fs %8.0fs\n", k->kind, k->found, k->missed,
                k->wrong, k->late, k->misclassed, share_of(k, 0.5), share_of(k, 0.95));
    }
}

bool score_is_clean(const struct score *score)
{
    for (unsigned i = 0; i < score->kind_count; i++) {
        const struct score_kind *k = &score->kinds[i];
        if (k->missed || k->wrong || k->late || k->misclassed)
            return false;
    }
    return true;
}
