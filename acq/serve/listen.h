/* The listening socket, made by ourselves so that a start that fails says why. */
#ifndef ACQ_SERVE_LISTEN_H
#define ACQ_SERVE_LISTEN_H

#include "acq/core/err.h"

#include <stddef.h>

enum { LISTEN_HOST_SIZE = 256 };

/* "host:port" or "[::1]:port" into host and port; PW_EINVAL for anything else, an empty host too.
 */
PW_MUST_CHECK int listen_split(const char *text, char host[LISTEN_HOST_SIZE], unsigned *out_port);

/* A bound, listening, non-blocking socket, and the port it got. On failure why says it in one
 * sentence. */
PW_MUST_CHECK int listen_open(const char *text, int *out_fd, unsigned *out_port, char *why,
                              size_t why_size);

#endif
