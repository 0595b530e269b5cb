/* Kind `bypass`: whether a bypass is open, by all the evidence there is of it (domain, bypass):
 * channels (channel.h), their fusion (fusion.h), the states CLOSED, SUSPECT, OPEN, CLOSING and
 * UNKNOWN, and what follows from them:
 *
 *   bypass            open, or suspected for suspected_s. Its class follows what was declared
 *                     (window.h), its mass what is known of flow and content (release.h)
 *   bypass-standby    open, and the standby unit is not proven to run
 *   bypass-unwatched  nothing has said anything usable for unwatched_s; or the look at the seal is
 *                     overdue
 *   integrity         test switch-contradicted: the flow says open, the switch or position closed
 *
 * An event begins with the first evidence and ends with the last; what opens again before it was
 * closed for off_delay_s goes on with it. Shorter ones than min_event_s are none. */
#ifndef ACQ_DETECT_BYPASS_H
#define ACQ_DETECT_BYPASS_H

#include "acq/core/machine.h"

extern const struct machine_kind machine_bypass;

#endif
