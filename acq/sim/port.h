/* How a slave that does not listen gets its line: a serial port, a pseudo-terminal, a call. Private
 * to acq/sim. */
#ifndef ACQ_SIM_PORT_H
#define ACQ_SIM_PORT_H

#include "acq/core/err.h"

struct slave;

/* Opens it as the plan says; the line is then in the slave's list. */
PW_MUST_CHECK int port_open(struct slave *s);
/* Takes the symbolic link and the other side of a pseudo-terminal away. */
void port_forget(struct slave *s);

#endif
