/* Kind `flare`: whether a flare is used, lit and burns what it gets (domain, flares). Second by
 * second it follows flows, pilots and seals, and sums blocks of 15 minutes on the clock of the
 * plant's zone:
 *
 *   flare-event       a discharge: flow above the purge, a header above its seal, a seal that
 * falls, an open valve; its class follows what was declared (window.h) flare-pilot       all pilots
 * are out (class out), or a block with vent flow had a minute without a proven one (not-proven); P1
 * when vent gas flows or nobody knows flare-combustion  a block of a discharge burns too poorly:
 * over-steamed, snuffed, low-heat, diluted, over-aired flare-velocity    a block of a discharge
 * leaves the tip too fast flare-meter       a big flame or an open seal without flow (unmetered);
 * an instrument that cannot reach its share of valid blocks of the month (availability)
 *   flare-routine     suspected everyday use over 7 and 30 days
 *   bleeder           the valve of a bleeder is open and no flame is proven
 *
 * Blocks are judged only of an open discharge whose mean flow is above its threshold, from the one
 * on that holds the event's 15th minute. What is stale or bad is not known, and not known is never
 * lit, nor out. */
#ifndef ACQ_DETECT_FLARE_H
#define ACQ_DETECT_FLARE_H

#include "acq/core/machine.h"

extern const struct machine_kind machine_flare;

enum { FLARE_BLOCK_MS = 900000 };

/* A block as it is told, at its end. Volumes are m3 and heating values MJ/m3 of 20 degC; NAN: not
 * known, or there is none. Strings are borrowed from the plant or static. */
struct flare_block {
    const char *site, *object;
    int64_t start_ms; /* UTC */
    double vent_m3, supplement_m3, premix_m3, perimeter_m3;
    double nhv_vg, nhv_min; /* mean by volume; the least */
    double nhv_cz, nhv_dil;
    double tip_velocity, velocity_max; /* m/s */
    double steam_kg;
    double pilot_min;   /* minutes with a proven pilot; NAN without pilots */
    double flaring_min; /* minutes of discharge */
    double dre;         /* share destroyed that masses were told with */
    double released_kg; /* hydrocarbons other than methane */
    double so2_kg, nox_kg, co_kg;
    bool valid;          /* flow, and heating value where it flowed, were good for long enough */
    bool judged;         /* the rules for blocks of a discharge applied */
    const char *verdict; /* "good", "over-steamed", ..., "too-fast"; "" when not judged */
};

struct flare_figure {
    const char *name;
    double value; /* NAN: none */
};

enum { FLARE_FIGURES = 18 };

/* Its numbers by the names of the measurement's fields, in the order of the struct. */
void flare_block_figures(const struct flare_block *b, struct flare_figure out[FLARE_FIGURES]);

static inline void machine_tell_flare(const struct machine_sink *sink, const struct flare_block *b)
{
    if (sink->on_flare)
        sink->on_flare(sink->ctx, b);
}

#endif
