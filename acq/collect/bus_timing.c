#include "acq/collect/bus_timing.h"

#include "acq/plant/plant.h"

#include <math.h>

enum {
    FIXED_QUIET_ABOVE_BAUD = 19200, /* MODBUS over Serial Line V1.02, 2.5.1.1 */
    DRAIN_MS = 5,                   /* RTU over TCP, where no line is known */
    REST_MS = 50
};

static const double quiet_characters = 3.5;
static const double fixed_quiet_ms = 1.75;
static const double rest_factor = 1.5;

static double byte_ms(const struct plant_link *l)
{
    if (l->framing != FRAMING_RTU || l->baud == 0)
        return 0;
    unsigned bits = 1u + l->data_bits + (l->parity != PARITY_NONE) + l->stop_bits;
    return 1000.0 * bits / l->baud;
}

void bus_timing_init(struct bus_timing *t, const struct plant_link *link)
{
    *t = (struct bus_timing){.byte_ms = byte_ms(link),
                             .quiet_ms = link->gap_ms,
                             .mean_quiet_ms = link->gap_ms,
                             .latency_ms = link->latency_ms};
    if (link->framing != FRAMING_RTU)
        return;
    bool fixed = link->baud > FIXED_QUIET_ABOVE_BAUD;
    double quiet_ms = fixed ? fixed_quiet_ms : quiet_characters * t->byte_ms;
    uint32_t least_ms = link->baud ? (uint32_t)ceil(quiet_ms) + 1 : DRAIN_MS;
    if (least_ms <= link->gap_ms)
        return;
    t->quiet_ms = least_ms;
    t->mean_quiet_ms = least_ms - 0.5;
}

uint32_t bus_timing_bytes_ms(const struct bus_timing *t, size_t bytes)
{
    return (uint32_t)ceil(t->byte_ms * (double)bytes);
}

uint32_t bus_timing_rest_ms(const struct bus_timing *t, size_t bytes)
{
    if (t->byte_ms == 0)
        return 0;
    return (uint32_t)ceil(t->byte_ms * (double)bytes * rest_factor) + REST_MS + t->latency_ms;
}
