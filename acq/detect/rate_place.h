/* Where an instant lies in the day, month and year of rates (rate.h). */
#ifndef ACQ_DETECT_RATE_PLACE_H
#define ACQ_DETECT_RATE_PLACE_H

#include "acq/detect/rate.h"
#include "acq/refine/period.h"

/* The start of the period that time_ms lies in. */
int64_t rate_start_ms(const struct plant *plant, enum rate_period period, int64_t time_ms);

#endif
