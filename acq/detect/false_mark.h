/* Finding `integrity`, test `false-mark`: what marks say and what instruments say do not go
 * together (a false mark is falsification, 生态环境监测条例 art. 25; the tests are those before a
 * mark is accepted). One instance per outlet; marks by persons and by rules alike, but for the last
 * three, which are about persons. `part` tells which test:
 *
 *   flow, temperature, oxygen, equipment
 *               a mark says that the source is stopped, and for false_mark_s the flow is above
 *               stop_flow_max_m3h, the temperature above stop_temperature_max, the oxygen below
 *               stop_o2_min, one of stop_equipment runs. Ends with the mark or the contradiction.
 *   service     a mark of maintenance, and no signal of service_signals (door, sign-in, calibration
 *               valve) was other than 0 from half an hour before it to half an hour after its start
 *   late        a mark was declared more than 24 h after its end
 *   exceedance  a mark keeps data out that begins within half an hour of a minute above an hour's
 *               limit
 *
 * The last three are hints about one instant: the finding opens and closes at once. What is not
 * configured is not tested. Samples are looked at as they come, marked or not. */
#ifndef ACQ_DETECT_FALSE_MARK_H
#define ACQ_DETECT_FALSE_MARK_H

#include "acq/core/machine.h"

extern const struct machine_kind machine_false_mark;

#endif
