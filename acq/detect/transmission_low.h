/* Finding `transmission`: the effective transmission rate of an outlet's day, over all of its
 * inputs (acq/refine/transmission.h), is below `transmission_target`. It begins with the day and
 * ends with the first day that reaches the target; a day of which nothing was due, or nothing took
 * part in validity, changes nothing. A day is judged once all inputs have told it, at the latest
 * three hours after its end. */
#ifndef ACQ_DETECT_TRANSMISSION_LOW_H
#define ACQ_DETECT_TRANSMISSION_LOW_H

#include "acq/core/machine.h"

extern const struct machine_kind machine_transmission;

#endif
