/* A line to a simulated slave: a serial port, a pseudo-terminal, a connection that the slave made
 * itself, or an accepted one with RTU framing. Bytes take their time in both directions when the
 * plan gives a baud rate. Private to acq/sim; loop thread. Frees itself some turns of the loop
 * after line_close(). */
#ifndef ACQ_SIM_LINE_H
#define ACQ_SIM_LINE_H

#include "acq/core/err.h"

#include <stdbool.h>

struct line;
struct slave;

/* Takes ownership of the non-blocking descriptor; on failure the caller keeps it. connecting: it is
 * a socket whose connection is still being made. */
PW_MUST_CHECK int line_open(struct slave *slave, int fd, bool connecting);
/* Closes the descriptor at once and leaves the slave's list. */
void line_close(struct line *l);

#endif
