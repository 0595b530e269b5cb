/* How much of what was due came and was valid (the effective transmission rate of the MEE's
 * data-return interface): counts of hours, which add up over inputs, outlets, sites and periods,
 * and their shares.
 *   due      enumber: hours, less those in which the source was stopped and marked so
 *   received dnumber: hours of which something came
 *   valid    snumber: hours whose mean is valid
 *   outside  nosNum: received, not valid, and not held against the operator (maintenance) */
#ifndef ACQ_REFINE_TRANSMISSION_H
#define ACQ_REFINE_TRANSMISSION_H

#include <stdint.h>

struct transmission {
    uint32_t hours, stopped;
    uint32_t received, valid, outside; /* of those that are due */
};

void transmission_add(struct transmission *to, const struct transmission *from);
uint32_t transmission_due(const struct transmission *t);

/* From 0 to 1; NAN when it does not apply: nothing was due, or nothing took part in validity. */
double transmission_received(const struct transmission *t);
double transmission_valid(const struct transmission *t);
/* The product of both. */
double transmission_effective(const struct transmission *t);

#endif
