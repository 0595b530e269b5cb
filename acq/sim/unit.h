/* One simulated unit: its cells as libmodbus keeps them, filled from the signals for the range that
 * a request asks for, at the moment it asks. */
#ifndef ACQ_SIM_UNIT_H
#define ACQ_SIM_UNIT_H

#include "acq/sim/plan.h"

#include <modbus/modbus.h>

struct frame_request;

struct unit {
    const struct sim_unit *plan;
    modbus_mapping_t *cells;
    uint32_t slave; /* which repetition of the slave and of the unit this is */
    uint32_t repetition;
    uint64_t seed;
};

/* NULL when there is no memory. The plan must outlive the unit. */
struct unit *unit_new(const struct sim_unit *plan, uint32_t slave, uint32_t repetition,
                      uint64_t seed);
void unit_free(struct unit *u);

/* Brings the cells that the request touches to t_s. Cells outside of every signal keep what was
 * written to them. */
void unit_refresh(struct unit *u, const struct frame_request *request, double t_s);

#endif
