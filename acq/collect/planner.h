/* Which requests a device is asked with, or several that are read together (plant_shares_reads()):
 * their signals joined by table while the gap between them is
 * at most max_gap and the whole at most max_registers (bits: 16 times both, never over 2000),
 * and never across a forbidden range.
 * Every signal is fed by exactly one request; overlapping signals share it. The same device gives
 * the same plan always: requests in order of table and address. Pure. */
#ifndef ACQ_COLLECT_PLANNER_H
#define ACQ_COLLECT_PLANNER_H

#include "acq/core/err.h"

#include <stdint.h>

struct plant;

struct signal_ref {
    uint32_t signal; /* in its device, or its devices one after the other: 0..ref_count-1 */
    uint16_t place;  /* registers or bits from the request's address */
};

struct modbus_request_plan {
    uint8_t function;
    uint16_t address;
    uint16_t count; /* registers or bits */
    uint32_t first; /* into device_plan.refs */
    uint32_t len;
};

struct device_plan {
    struct modbus_request_plan *requests;
    struct signal_ref *refs;
    uint32_t request_count;
    uint32_t ref_count; /* = the devices' signals */
};

/* PW_EINVAL when a signal reaches over address 65535 or is longer than max_registers. Caller frees
 * with device_plan_deinit(). */
PW_MUST_CHECK int device_plan_init(struct device_plan *p, const struct plant *plant,
                                   uint32_t device);
/* Of devices that are read together, each by its index in the plant. */
PW_MUST_CHECK int shared_plan_init(struct device_plan *p, const struct plant *plant,
                                   const uint32_t *devices, uint32_t count);
void device_plan_deinit(struct device_plan *p);

/* The devices, indexes in the plant, that the link's k-th is read together with, it being the first
 * of them: into out, which has room for all of the link. Returns how many; 0: it is read with one
 * before it. */
uint32_t planner_group(const struct plant *plant, uint32_t link, uint32_t k, uint32_t *out);

#endif
