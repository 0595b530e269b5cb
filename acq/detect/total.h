/* Finding `total`: the mass of a calendar year, of the plant's zone, measured and substituted,
 * reaches 80, 90 or 100 % of what the permit allows. One instance per share; the year's mass is
 * that of the input's books (account.h) after each hour. A new year closes the finding; a year
 * whose substituted mass falls again, because the quarter's class does, does so too. */
#ifndef ACQ_DETECT_TOTAL_H
#define ACQ_DETECT_TOTAL_H

#include "acq/core/machine.h"

extern const struct machine_kind machine_total;

#endif
