#include "acq/alarm/rota.h"

enum { MINUTES_A_DAY = 1440, DAYS_A_WEEK = 7, THURSDAY = 3 };

/* Since 1970-01-01, a Thursday. */
static int64_t local_minute(int64_t utc_ms, int zone_offset_min)
{
    int64_t ms = utc_ms + (int64_t)zone_offset_min * 60000;
    return ms >= 0 ? ms / 60000 : 0;
}

uint16_t rota_minute(int64_t utc_ms, int zone_offset_min)
{
    return (uint16_t)(local_minute(utc_ms, zone_offset_min) % MINUTES_A_DAY);
}

static bool has_day(uint8_t days, int64_t day)
{
    return days >> ((day + THURSDAY) % DAYS_A_WEEK) & 1;
}

bool rota_covers(uint8_t days, uint16_t from_min, uint16_t to_min, int64_t utc_ms,
                 int zone_offset_min)
{
    int64_t now = local_minute(utc_ms, zone_offset_min);
    int64_t day = now / MINUTES_A_DAY;
    int64_t minute = now % MINUTES_A_DAY;
    if (from_min < to_min)
        return has_day(days, day) && minute >= from_min && minute < to_min;
    return (has_day(days, day) && minute >= from_min) ||
           (has_day(days, day + DAYS_A_WEEK - 1) && minute < to_min);
}

static void add_all(const uint32_t *people, uint32_t count, uint32_t *out, uint32_t max,
                    uint32_t *out_count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t k = 0;
        while (k < *out_count && out[k] != people[i])
            k++;
        if (k == *out_count && k < max)
            out[(*out_count)++] = people[i];
    }
}

uint32_t rota_on_duty(const struct plant_rota *rota, int64_t utc_ms, int zone_offset_min,
                      uint32_t *out, uint32_t max)
{
    uint32_t count = 0;
    bool is_exception = false;
    for (uint32_t i = 0; i < rota->exception_count; i++) {
        const struct rota_exception *e = &rota->exceptions[i];
        if (utc_ms < e->from_ms || utc_ms >= e->to_ms)
            continue;
        is_exception = true;
        add_all(e->people, e->people_count, out, max, &count);
    }
    for (uint32_t i = 0; !is_exception && i < rota->shift_count; i++) {
        const struct rota_shift *s = &rota->shifts[i];
        if (rota_covers(s->days, s->from_min, s->to_min, utc_ms, zone_offset_min))
            add_all(s->people, s->people_count, out, max, &count);
    }
    return count;
}
