/* Scripted values: a wave is a pure function of the plan's time, so that the same plan shows the
 * same plant at the same second. Any thread. */
#ifndef ACQ_SIM_WAVE_H
#define ACQ_SIM_WAVE_H

#include <stddef.h>
#include <stdint.h>

enum wave_kind { WAVE_CONSTANT, WAVE_RAMP, WAVE_SINE, WAVE_NOISE, WAVE_STEPS };

struct wave_step {
    double at_s;
    double value;
};

struct wave {
    enum wave_kind kind;
    double value;    /* constant; mean of sine and noise; start of a ramp */
    double extent;   /* end of a ramp; amplitude of a sine; standard deviation of noise */
    double period_s; /* ramp and sine; of steps: 0 = the last value is held, else they repeat */
    double phase;    /* of a sine, in periods */
    struct wave_step *steps; /* rising at_s; before the first its value holds */
    size_t step_count;
};

/* The value at t_s >= 0. `seed` tells one noise from another; noise changes every millisecond of
 * the plan's time. */
double wave_at(const struct wave *w, double t_s, uint64_t seed);

#endif
