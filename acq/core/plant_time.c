#include "acq/core/plant_time.h"

static int64_t wall_difference_ms(const struct plant_time *t)
{
    return pw_clock_wall_ms(t->clock) - plant_time_at_ms(t);
}

void plant_time_init(struct plant_time *t, const struct pw_clock *clock, int64_t last_at_ms)
{
    int64_t wall_ms = pw_clock_wall_ms(clock);
    int64_t at_ms = wall_ms > last_at_ms ? wall_ms : last_at_ms + 1;
    *t = (struct plant_time){.clock = clock, .base_ms = at_ms - pw_clock_mono_ms(clock)};
    t->offset_ms = wall_difference_ms(t);
}

int64_t plant_time_at_ms(const struct plant_time *t)
{
    return t->base_ms + pw_clock_mono_ms(t->clock);
}

bool plant_time_follow(struct plant_time *t)
{
    int64_t offset_ms = wall_difference_ms(t);
    int64_t change_ms = offset_ms - t->offset_ms;
    if (change_ms > -PLANT_TIME_TOLERANCE_MS && change_ms < PLANT_TIME_TOLERANCE_MS)
        return false;
    t->offset_ms = offset_ms;
    return true;
}
