/* Marks that a rule sets by itself (plant/mark_rule.h): one instance per rule.
 *
 * By signals: once all of them have been within their bounds for `for_s`, the mark is set; it
 * begins where that began and ends with the first sample that is outside, or when one of them has
 * not spoken for 15 minutes: what is not known marks nothing. By time of day: it is set when the
 * time comes, with its end.
 *
 * A mark speaks for samples that are taken from the instant on at which it is set; those before it
 * keep what they had, and an hour counts as stopped from the mark's own start on. Means that were
 * told already stay. */
#ifndef ACQ_REFINE_MARK_RULE_H
#define ACQ_REFINE_MARK_RULE_H

#include "acq/core/machine.h"

extern const struct machine_kind machine_mark_rule;

#endif
