#include "acq/detect/rate_place.h"

#include "acq/core/civil.h"
#include "acq/core/err.h"

int64_t rate_start_ms(const struct plant *plant, enum rate_period period, int64_t time_ms)
{
    struct civil c;
    int64_t start_ms = 0;
    if (period == RATE_DAY)
        return floor_to(time_ms, DAY_MS, zone_of(plant));
    civil_from_ms(time_ms, plant->server.zone_offset_min, &c);
    const struct civil first = {
        .year = c.year, .month = period == RATE_YEAR ? 1 : c.month, .day = 1};
    pw_require(civil_to_ms(&first, plant->server.zone_offset_min, &start_ms) == 0);
    return start_ms;
}
