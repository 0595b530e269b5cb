/* Who is on duty, and whether a time of day lies in a range. Instants in UTC. */
#ifndef ACQ_ALARM_ROTA_H
#define ACQ_ALARM_ROTA_H

#include "acq/plant/plant.h"

/* The minute of the day, and of the week from Monday, in the plant's zone. */
uint16_t rota_minute(int64_t utc_ms, int zone_offset_min);
/* From from_min on until to_min, over midnight when it is not behind; each day that begins on one
 * of days. A range whose ends are the same is the whole day. */
bool rota_covers(uint8_t days, uint16_t from_min, uint16_t to_min, int64_t utc_ms,
                 int zone_offset_min);
/* The people (indexes) who are on duty: at most max into out; returns how many. Nobody twice. */
uint32_t rota_on_duty(const struct plant_rota *rota, int64_t utc_ms, int zone_offset_min,
                      uint32_t *out, uint32_t max);

#endif
