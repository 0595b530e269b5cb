#include "acq/detect/window.h"

#include <string.h>

struct sweep {
    const struct declarations *all;
    const char *object;
    int64_t start_ms;
    struct window_rules rules;
};

static bool counts(const struct sweep *s, const struct declaration *d)
{
    return d->kind == DECLARATION_WINDOW && strcmp(d->object, s->object) == 0 &&
           d->made_ms - s->start_ms <= s->rules.late_max_ms;
}

/* How far the windows reach that have begun at t, each margin longer at both ends. */
static int64_t reach_of(const struct sweep *s, int64_t t_ms, int64_t margin_ms)
{
    int64_t reach_ms = t_ms;
    for (uint32_t i = 0; s->all && i < s->all->count; i++) {
        const struct declaration *d = &s->all->items[i];
        if (counts(s, d) && d->start_ms - margin_ms <= t_ms && d->end_ms + margin_ms > reach_ms)
            reach_ms = d->end_ms + margin_ms;
    }
    return reach_ms;
}

static int64_t next_start(const struct sweep *s, int64_t t_ms)
{
    int64_t next_ms = INT64_MAX;
    for (uint32_t i = 0; s->all && i < s->all->count; i++) {
        const struct declaration *d = &s->all->items[i];
        if (counts(s, d) && d->start_ms > t_ms && d->start_ms < next_ms)
            next_ms = d->start_ms;
    }
    return next_ms;
}

static bool is_inside(const struct sweep *s, int64_t end_ms)
{
    for (int64_t t_ms = s->start_ms;;) {
        int64_t reach_ms = reach_of(s, t_ms, s->rules.margin_ms);
        if (reach_ms >= end_ms)
            return true;
        if (reach_ms == t_ms)
            return false;
        t_ms = reach_ms;
    }
}

static int64_t outside_of(const struct sweep *s, int64_t end_ms)
{
    int64_t outside_ms = 0;
    for (int64_t t_ms = s->start_ms; t_ms < end_ms;) {
        int64_t reach_ms = reach_of(s, t_ms, 0);
        if (reach_ms > t_ms) {
            t_ms = reach_ms;
            continue;
        }
        int64_t next_ms = next_start(s, t_ms);
        next_ms = next_ms < end_ms ? next_ms : end_ms;
        outside_ms += next_ms - t_ms;
        t_ms = next_ms;
    }
    return outside_ms;
}

/* The first that touches the event, with its margin. */
static const struct declaration *find_window(const struct sweep *s, int64_t end_ms)
{
    const struct declaration *first = NULL;
    for (uint32_t i = 0; s->all && i < s->all->count; i++) {
        const struct declaration *d = &s->all->items[i];
        if (counts(s, d) && d->start_ms - s->rules.margin_ms <= end_ms &&
            d->end_ms + s->rules.margin_ms >= s->start_ms &&
            (!first || d->start_ms < first->start_ms))
            first = d;
    }
    return first;
}

struct window_verdict window_judge(const struct declarations *declared, const char *object,
                                   int64_t start_ms, int64_t end_ms, struct window_rules rules)
{
    const struct sweep s = {declared, object, start_ms, rules};
    const struct declaration *window = find_window(&s, end_ms);
    struct window_verdict v = {.class = WINDOW_UNDECLARED};
    if (!window)
        return v;
    memcpy(v.id, window->id, sizeof v.id);
    v.class = is_inside(&s, end_ms) ? WINDOW_DECLARED : WINDOW_OVERRUN;
    v.is_late = window->made_ms > start_ms;
    v.outside_s = (double)outside_of(&s, end_ms) / 1000;
    return v;
}
