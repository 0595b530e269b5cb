/* One connection to a simulated slave: whole requests in, right or wrong answers out. Private to
 * acq/sim; loop thread. Frees itself some turns of the loop after conn_close(). */
#ifndef ACQ_SIM_CONN_H
#define ACQ_SIM_CONN_H

#include "acq/core/err.h"

struct conn;
struct slave;

/* Takes ownership of the non-blocking socket; on failure the caller keeps it. */
PW_MUST_CHECK int conn_open(struct slave *slave, int fd);
/* Closes the socket at once and leaves the slave's list. */
void conn_close(struct conn *c);

#endif
