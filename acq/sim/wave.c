#include "acq/sim/wave.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

/* SplitMix64, public domain: one well mixed word for each counter value. */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static double unit_interval(uint64_t word)
{
    return ((double)(word >> 11) + 0.5) / 9007199254740992.0;
}

/* Box and Muller: two uniform numbers give one normal one. */
static double normal(uint64_t seed, uint64_t counter)
{
    uint64_t word = mix(mix(seed) ^ counter);
    return sqrt(-2.0 * log(unit_interval(word))) * cos(2.0 * PI * unit_interval(mix(word)));
}

static double step_at(const struct wave *w, double t_s)
{
    if (w->period_s > 0)
        t_s = fmod(t_s, w->period_s);
    size_t low = 0; /* the last step that has begun, or the first */
    size_t high = w->step_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (w->steps[middle].at_s <= t_s)
            low = middle;
        else
            high = middle;
    }
    return w->steps[low].value;
}

double wave_at(const struct wave *w, double t_s, uint64_t seed)
{
    switch (w->kind) {
    case WAVE_RAMP:
        return w->value + (w->extent - w->value) * (fmod(t_s, w->period_s) / w->period_s);
    case WAVE_SINE:
        return w->value + w->extent * sin(2.0 * PI * (t_s / w->period_s + w->phase));
    case WAVE_NOISE:
        return w->value + w->extent * normal(seed, (uint64_t)(t_s * 1000.0));
    case WAVE_STEPS:
        return step_at(w, t_s);
    case WAVE_CONSTANT:
    default:
        return w->value;
    }
}
