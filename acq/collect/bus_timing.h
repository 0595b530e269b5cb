/* What a link's speed means in milliseconds: for the bus, which waits, and for the plan, which adds
 * up. The bus reads a clock of whole milliseconds, so a quiet time that a standard gives in
 * characters is rounded up by one more. Pure. */
#ifndef ACQ_COLLECT_BUS_TIMING_H
#define ACQ_COLLECT_BUS_TIMING_H

#include <stddef.h>
#include <stdint.h>

struct plant_link;

struct bus_timing {
    double byte_ms;       /* one byte on the line; 0 when no baud rate is known */
    uint32_t quiet_ms;    /* between the last byte of a reply and the next request, at least */
    double mean_quiet_ms; /* on average, as the clock ticks */
    uint32_t latency_ms;  /* an adapter's, added to each reply */
};

void bus_timing_init(struct bus_timing *t, const struct plant_link *link);

/* Rounded up. */
uint32_t bus_timing_bytes_ms(const struct bus_timing *t, size_t bytes);
/* How long a reply of so many bytes may take from its first byte to its last; 0 when no baud rate
 * is known. */
uint32_t bus_timing_rest_ms(const struct bus_timing *t, size_t bytes);

#endif
