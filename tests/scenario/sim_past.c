#include "tests/scenario/sim_past.h"

#include "acq/refine/period.h"
#include "acq/replay/reopen_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ASKED_MAX = 32 };

struct sim_past {
    const struct plant *plant;
    int64_t day_ms;
    struct reopen_sample *samples;
    size_t count, cap;
    struct reopen_day *told; /* of each input */
    struct reopen asked[ASKED_MAX];
    uint32_t asked_count;
    bool failed;
};

struct sim_past *sim_past_new(const struct plant *plant, int64_t day_ms)
{
    struct sim_past *past = calloc(1, sizeof *past);
    if (!past)
        return NULL;
    past->plant = plant;
    past->day_ms = day_ms;
    past->told = calloc(plant->input_count, sizeof *past->told);
    if (past->told)
        return past;
    free(past);
    return NULL;
}

void sim_past_free(struct sim_past *past)
{
    if (!past)
        return;
    free(past->samples);
    free(past->told);
    free(past);
}

static void add_sample(struct sim_past *past, uint32_t signal, const struct reading *r, uint32_t i)
{
    if (past->count == past->cap) {
        size_t cap = past->cap ? 2 * past->cap : 1 << 16;
        void *more = realloc(past->samples, cap * sizeof *past->samples);
        if (!more) {
            past->failed = true;
            return;
        }
        past->samples = more;
        past->cap = cap;
    }
    past->samples[past->count] = (struct reopen_sample){.time_ms = r->time_ms,
                                                        .signal = signal,
                                                        .order = (uint32_t)past->count,
                                                        .sample = r->samples[i]};
    past->count++;
}

void sim_past_add(struct sim_past *past, const struct reading *r)
{
    const struct plant_device *d = &past->plant->devices[r->device];
    if (r->time_ms >= past->day_ms && r->time_ms < past->day_ms + DAY_MS)
        for (uint32_t i = 0; i < r->count; i++)
            add_sample(past, d->first_signal + i, r, i);
}

void sim_past_told(struct sim_past *past, const struct mean *m)
{
    struct reopen_day *day = &past->told[m->input];
    int64_t in_day_ms = m->start_ms - past->day_ms;
    if (m->is_chosen || in_day_ms < 0 || in_day_ms >= DAY_MS)
        return;
    if (m->period == MEAN_MINUTE)
        day->minutes[in_day_ms / MINUTE_MS] = (struct told){true, *m};
    else if (m->period == MEAN_HOUR)
        day->hours[in_day_ms / HOUR_MS] = (struct told){true, *m};
}

void sim_past_ask(struct sim_past *past, const struct reopen *asked)
{
    if (past->asked_count == ASKED_MAX)
        past->failed = true;
    else
        past->asked[past->asked_count++] = *asked;
}

static bool answer(struct sim_past *past, const struct reopen *asked, struct pipeline *p,
                   int64_t at_ms, int64_t offset_ms)
{
    struct reopen_request q = {.day_ms = asked->day_ms,
                               .until_ms = asked->until_ms,
                               .offset_ms = offset_ms,
                               .reason = asked->reason};
    struct reopen_result result = {.means = calloc(REOPEN_MEANS_MAX, sizeof *result.means)};
    struct reopen_day *day = &past->told[asked->input];
    snprintf(q.input, sizeof q.input, "%s", past->plant->inputs[asked->input].id);
    day->samples = malloc(past->count * sizeof *day->samples);
    bool good = day->samples && result.means && asked->day_ms == past->day_ms;
    for (size_t i = day->count = 0; good && i < past->count; i++)
        if (past->samples[i].time_ms < q.until_ms)
            day->samples[day->count++] = past->samples[i];
    good = good && reopen_compute_from(past->plant, asked->input, &q, pipeline_declared(p), day,
                                       &result) == 0;
    if (good)
        reopen_tell(p, asked->input, &q, &result, at_ms);
    free(day->samples);
    day->samples = NULL;
    reopen_result_deinit(&result);
    return good;
}

bool sim_past_answer(struct sim_past *past, struct pipeline *p, int64_t at_ms, int64_t offset_ms)
{
    bool good = !past->failed;
    for (uint32_t i = 0; i < past->asked_count; i++)
        good = good && answer(past, &past->asked[i], p, at_ms, offset_ms);
    past->asked_count = 0;
    return good;
}
