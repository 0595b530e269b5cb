/* What a slave says to a request, whatever the request came over: which fault acts, and the right
 * answer as a Modbus TCP frame. Private to acq/sim. */
#ifndef ACQ_SIM_ANSWER_H
#define ACQ_SIM_ANSWER_H

#include "acq/sim/frame.h"

struct fault;
struct slave;
struct unit;

/* The fault that acts on the request at t_s, or NULL. */
const struct fault *answer_find_fault(struct slave *s, const struct unit *unit,
                                      const struct frame_request *r, double t_s);
/* The instant whose values are answered at t_s: an earlier one when the fault holds them. */
double answer_instant(const struct fault *f, double t_s);
/* The right answer; 0: there is none. */
size_t answer_build(struct slave *s, const uint8_t *request, const struct frame_request *r,
                    double t_s, uint8_t out[FRAME_MAX]);

#endif
