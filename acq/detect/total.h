/* Finding `total`: the mass of a calendar year, of the plant's zone, reaches 80, 90 or 100 % of
 * what the permit allows. One instance per share; the sum is that of the hours' measured masses as
 * they are told, from the first hour in the record on. An hour counts once: one that is told again
 * after the clock was put back does not change the sum. A new year closes the finding. */
#ifndef ACQ_DETECT_TOTAL_H
#define ACQ_DETECT_TOTAL_H

#include "acq/core/machine.h"

extern const struct machine_kind machine_total;

#endif
