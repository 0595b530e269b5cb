/* The last word on each rate, for the view. */
#include "acq/app/state.h"

#include <stdlib.h>
#include <string.h>

/* Two rates of each treatment, one of each removal, over three periods each. */
static uint32_t room_of(const struct plant *plant)
{
    return (2 * plant->treatment_count + plant->removal_count) * RATE_PERIODS;
}

static bool is_same(const struct shown_rate *s, const struct rate *r, const struct plant *plant)
{
    return s->rate.what == r->what && s->rate.period == r->period &&
           strcmp(s->object, rate_object(r, plant)) == 0 &&
           strcmp(s->factor, rate_factor(r, plant)) == 0;
}

static struct shown_rate *find_shown(struct live *live, const struct plant *plant,
                                     const struct rate *r)
{
    for (uint32_t i = 0; i < live->rate_count; i++)
        if (!live->rates[i].object || is_same(&live->rates[i], r, plant))
            return &live->rates[i];
    return NULL;
}

void live_take_rate(struct live *live, const struct plant *plant, const struct rate *r)
{
    struct shown_rate *shown = r->revision == 0 ? find_shown(live, plant, r) : NULL;
    if (shown)
        *shown = (struct shown_rate){.rate = *r,
                                     .site = rate_site(r, plant),
                                     .object = rate_object(r, plant),
                                     .factor = rate_factor(r, plant)};
}

/* What still has the same equipment or input in `to`; false: it is gone. */
static bool carry(const struct plant *to, struct shown_rate *s)
{
    struct rate *r = &s->rate;
    if (r->equipment != PLANT_NONE) {
        r->equipment = plant_find_equipment(to, s->object);
        return r->equipment != PLANT_NONE;
    }
    for (uint32_t i = 0; i < to->removal_count; i++) {
        const struct plant_input *input = &to->inputs[to->removals[i]];
        if (strcmp(input->factor, s->factor) != 0 ||
            strcmp(to->outlets[input->outlet].id, s->object) != 0)
            continue;
        r->input = to->removals[i];
        return true;
    }
    return false;
}

int live_init_rates(struct live *live, const struct plant *to, const struct live *old)
{
    live->rate_count = room_of(to);
    live->rates = calloc(live->rate_count + 1u, sizeof *live->rates);
    if (!live->rates)
        return PW_ENOMEM;
    for (uint32_t i = 0; old && i < old->rate_count && old->rates[i].object; i++) {
        struct shown_rate s = old->rates[i];
        if (carry(to, &s))
            live_take_rate(live, to, &s.rate);
    }
    return 0;
}

size_t live_count_rates(const struct live *live)
{
    size_t n = 0;
    while (n < live->rate_count && live->rates[n].object)
        n++;
    return n;
}

void live_fill_rates(const struct live *live, struct serve_view *v)
{
    for (size_t i = 0; i < v->count.rates && i < live_count_rates(live); i++) {
        const struct shown_rate *s = &live->rates[i];
        const struct rate *r = &s->rate;
        v->rates[i] = (struct serve_rate){.site = serve_view_text(v, s->site),
                                          .object = serve_view_text(v, s->object),
                                          .factor = serve_view_text(v, s->factor),
                                          .what = rate_what_name(r->what),
                                          .period = rate_period_name(r->period),
                                          .start_ms = r->start_ms,
                                          .until_ms = r->until_ms,
                                          .rate = rate_value(r),
                                          .part = r->part,
                                          .whole = r->whole,
                                          .due = r->due,
                                          .known = r->known,
                                          .starts = r->starts,
                                          .on_time = r->on_time,
                                          .has_starts = r->what == RATE_RUN};
    }
}
