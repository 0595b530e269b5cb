#include "acq/core/plant_time.h"

static int64_t wall_difference_ms(const struct plant_time *t)
{
    return pw_clock_wall_ms(t->clock) - plant_time_at_ms(t);
}

/* 2026-01-01: older than any clock that was ever right beside this program. */
static const int64_t PLAUSIBLE_MS = INT64_C(1767225600000);

static bool is_trusted(const struct plant_time *t)
{
    int64_t wall_ms = pw_clock_wall_ms(t->clock);
    switch (t->trust) {
    case TRUST_ALWAYS:
        return true;
    case TRUST_KERNEL:
        return pw_clock_synchronised(t->clock);
    case TRUST_PLAUSIBLE:
        break;
    }
    bool plausible = wall_ms >= PLAUSIBLE_MS && wall_ms >= t->last_at_ms - PLANT_TIME_SLEW_MAX_MS;
    return plausible || pw_clock_synchronised(t->clock);
}

void plant_time_set_trust(struct plant_time *t, enum plant_time_trust trust)
{
    t->trust = trust;
    t->trusted = is_trusted(t);
}

void plant_time_init(struct plant_time *t, const struct pw_clock *clock, int64_t last_at_ms)
{
    int64_t wall_ms = pw_clock_wall_ms(clock);
    int64_t at_ms = wall_ms > last_at_ms ? wall_ms : last_at_ms + 1;
    *t = (struct plant_time){
        .clock = clock, .base_ms = at_ms - pw_clock_mono_ms(clock), .last_at_ms = last_at_ms};
    t->offset_ms = wall_difference_ms(t);
    plant_time_set_trust(t, TRUST_PLAUSIBLE);
}

int64_t plant_time_at_ms(const struct plant_time *t)
{
    return t->base_ms + pw_clock_mono_ms(t->clock);
}

bool plant_time_follow(struct plant_time *t)
{
    t->trusted = t->trusted || is_trusted(t);
    int64_t offset_ms = wall_difference_ms(t);
    int64_t change_ms = offset_ms - t->offset_ms;
    if (change_ms > -PLANT_TIME_TOLERANCE_MS && change_ms < PLANT_TIME_TOLERANCE_MS)
        return false;
    bool slew = change_ms < 0 && change_ms >= -PLANT_TIME_SLEW_MAX_MS;
    if (slew && change_ms < -PLANT_TIME_SLEW_STEP_MS)
        change_ms = -PLANT_TIME_SLEW_STEP_MS;
    t->offset_ms += change_ms;
    return true;
}
