/* Kind `limit`: a value beyond its limit: every single value (period realtime), or the valid mean
 * of a minute, an hour or a day. The condition begins with the first sample above max (below min)
 * and is a finding once it has lasted on_delay_s; it ends with the first sample back by at least
 * the deadband and is closed once that has lasted off_delay_s (ISA-18.2: on-delay, off-delay,
 * deadband). Delays run on the journal clock, between samples the last value stands. Only values of
 * good or uncertain quality speak. A sample without such a value is no evidence: it ends a wait for
 * on_delay or off_delay, and leaves an open finding open. */
#ifndef ACQ_DETECT_LIMIT_H
#define ACQ_DETECT_LIMIT_H

#include "acq/core/machine.h"

extern const struct machine_kind machine_limit;

#endif
