/* Quantities: what each input of an outlet measures, as minute, hour, day and month means, and of a
 * regulated outlet as realtime values with corrected value, mass, flag and validity too. One
 * instance per input. The rules of a period stand in reach.c, those of flags in flag.h, borders,
 * grace, late samples and steps of the clock in periods.h.
 *
 * machine_quantity takes the inputs of regulated outlets: every sample is what convert.h makes of
 * it. machine_mean takes all others, whose quantity is the signal as it is: the same periods, with
 * nothing beside the value, and a state of a third of the size. machine_cyclic takes those with a
 * cycle, of either kind of outlet: a value holds from its instant for the cycle or until the next
 * one, and counts at every 5 s of that; what says nothing does not end it, what says that it is
 * calibrating does.
 *
 * A period's corrected value: of a minute and, with zs_from = hour_means, of an hour the formula on
 * the period's means of concentration and oxygen; else the mean of the corrected values of its
 * valid parts. Its mass is F15 on the means of a valid minute or hour (F15 knows no correction); of
 * a day or month the sum of that of its hours. Oxygen at or above 19.5 % leaves a corrected value
 * that is bounded, is no evidence, and is in no longer period's corrected mean.
 *
 * A period that is empty is told without a value. The sums are taken in order of time; no function
 * of the C library is used on the way but sqrt() of a pitot tube, which IEC 60559 rounds exactly.
 */
#ifndef ACQ_REFINE_QUANTITY_H
#define ACQ_REFINE_QUANTITY_H

#include "acq/core/machine.h"

extern const struct machine_kind machine_mean;
extern const struct machine_kind machine_quantity;
extern const struct machine_kind machine_cyclic;

#endif
