/* Kind `equipment`: whether production and treatment run, by their electric power (domain, device
 * states). Below off_pct of the rated power it is off, from run_pct on it runs, in between it is
 * idle; what runs is idle only below idle_pct. A state counts once it has lasted hold_s, but for
 * the first that is known. Without a good reading for stale_s it is offline, which is never off.
 *
 * Tells no findings; its states (object_state.h) are for those that need them. */
#ifndef ACQ_DETECT_EQUIPMENT_H
#define ACQ_DETECT_EQUIPMENT_H

#include "acq/core/machine.h"

extern const struct machine_kind machine_equipment;

#endif
