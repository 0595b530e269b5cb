/* The numbers behind plan_report: what a device's cycle, and all devices of a link together, cost.
 * Bytes are Modbus frames in both directions, without the headers of TCP and IP. */
#ifndef ACQ_COLLECT_PLAN_FIGURES_H
#define ACQ_COLLECT_PLAN_FIGURES_H

#include "acq/collect/planner.h"

struct device_figures {
    uint32_t read_with;      /* index in the plant: its requests stand there; itself as a rule */
    struct device_plan plan; /* of all that are read with it */
    uint32_t bytes;          /* of a cycle */
    double bus_ms;           /* of a cycle */
    double share;            /* of the link's time */
    double requests_per_s;   /* over the period */
    double bytes_per_s;
};

struct link_figures {
    struct device_figures *devices; /* in the order of the link's devices */
    uint32_t device_count;
    uint32_t requests; /* of one cycle of every device */
    uint32_t bytes;
    double bus_ms;
    double share; /* above 1: over-committed */
    double requests_per_s;
    double bytes_per_s;
};

/* PW_EINVAL for a device that cannot be planned. Caller frees with link_figures_deinit(). */
PW_MUST_CHECK int link_figures_init(struct link_figures *f, const struct plant *plant,
                                    uint32_t link, double round_trip_ms);
void link_figures_deinit(struct link_figures *f);

#endif
