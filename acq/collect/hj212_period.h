/* Minute, hour and day data of a HJ 212 packet (2051, 2061, 2031) as what the station computed: for
 * each signal mean, minimum, maximum, the same converted (Zs), and the amount. What it said before
 * of the same period is not told again; another value for it is a revision. Pure; one for a
 * station. */
#ifndef ACQ_COLLECT_HJ212_PERIOD_H
#define ACQ_COLLECT_HJ212_PERIOD_H

#include "acq/collect/hj212_reading.h"
#include "acq/plant/plant.h"

struct hj212_periods;

enum { HJ212_TOLD = 256 /* periods and signals that are remembered, by hash */ };

/* In the signal's unit; amount in kg, of a flow m3. What was no number is NAN. */
struct hj212_period_value {
    uint32_t signal; /* by its place in the device */
    double avg, min, max;
    double zs_avg, zs_min, zs_max;
    double amount;
    char flag; /* the first letter of its Flag; 'N' when there is none */
    uint32_t revision;
};

struct hj212_period {
    uint32_t device; /* index in the plant */
    enum station_series series;
    int64_t start_ms; /* UTC */
    int64_t at_ms;
    const struct hj212_period_value *values;
    uint32_t count;
};

/* PW_ENOMEM. */
PW_MUST_CHECK int hj212_periods_new(uint32_t signals, struct hj212_periods **out);
void hj212_periods_free(struct hj212_periods *p);
void hj212_periods_inherit(struct hj212_periods *p, const struct hj212_periods *from);

/* false: no period of a signal, a time that cannot be right, or nothing new. *out is borrowed until
 * the next call; its device is the caller's to set. */
bool hj212_periods_read(struct hj212_periods *p, const struct hj212_map *map,
                        const struct hj212_packet *packet, int zone_min,
                        const struct hj212_moment *now, struct hj212_period *out);

/* The series of a command, SERIES_COUNT for one that carries none. */
enum station_series hj212_series_of(int cn);

#endif
