/* Finding `limit`, class `compliance`: of a month's valid hours that were held against a limit on
 * hours, fewer than `compliance_target` % are within it (ultra-low evaluation: 95 %). One instance
 * per input; what it takes are the input's books of months (acq/refine/account.h). It opens as soon
 * as so many hours exceeded that the month cannot reach its target any more, were all the others
 * valid and within, or at the end of a month that missed it; it closes with the month. */
#ifndef ACQ_DETECT_COMPLIANCE_H
#define ACQ_DETECT_COMPLIANCE_H

#include "acq/core/machine.h"

extern const struct machine_kind machine_compliance;

#endif
