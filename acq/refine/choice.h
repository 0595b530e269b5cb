/* Which of an input's means count where its outlet says `station-else-own`: the station's, or our
 * own where the station sends none. One instance per such input. Our own mean of a period is held
 * until the station's of the same period comes, which takes its place; until station_wait_min
 * have passed; or until our own next one of that kind. A mean that is told again is held no longer
 * than any other; of a period that the station told, our own no longer counts. */
#ifndef ACQ_REFINE_CHOICE_H
#define ACQ_REFINE_CHOICE_H

#include "acq/core/machine.h"
#include "acq/refine/mean.h"

/* What it hands to its sink has is_chosen set. */
extern const struct machine_kind machine_choice;

/* Whether limits and totals of the mean's outlet may take it. Realtime values always may. */
bool choice_counts(const struct plant *plant, const struct mean *m);

#endif
