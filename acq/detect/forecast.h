/* Kind `limit-forecast`: within an hour it can be seen that its mean will exceed the limit (domain,
 * 2.7, early warning). One instance per limit on hours with a max.
 *
 * Judged at each minute's mean, on the limit's own basis: the mean of the last forecast_window_min
 * minutes lies above forecast_pct of the limit, and the mean of the hour, if its remaining minutes
 * were all as this one, above the limit. When both have been so for forecast_for_min minutes it is
 * a finding; it closes at the first minute that is otherwise, or at the end of its hour, when the
 * hour's own mean says what it became. A minute that is not valid says nothing. */
#ifndef ACQ_DETECT_FORECAST_H
#define ACQ_DETECT_FORECAST_H

#include "acq/core/machine.h"

extern const struct machine_kind machine_forecast;

#endif
