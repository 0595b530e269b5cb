/* libmodbus's server side, tamed: one context for all connections, only ever called when it cannot
 * wait. libmodbus waits in select(), which aborts the process on a descriptor of 1024 or more:
 * whoever calls guards that (engine_can_use()). */
#ifndef ACQ_SIM_ENGINE_H
#define ACQ_SIM_ENGINE_H

#include "acq/core/err.h"
#include "acq/sim/frame.h"

#include <modbus/modbus.h>
#include <stdbool.h>

struct engine;

/* NULL when there is no memory or no descriptor. */
struct engine *engine_new(void);
void engine_free(struct engine *e);

bool engine_can_use(int fd);

/* Takes the request of `len` bytes that stands whole at the front of the socket. PW_EIO when the
 * socket gave something else. */
PW_MUST_CHECK int engine_receive(struct engine *e, int fd, uint8_t request[FRAME_MAX], size_t len);

/* Answers on the socket from the cells. PW_EIO when it did not go out whole. */
PW_MUST_CHECK int engine_reply(struct engine *e, int fd, const uint8_t *request, size_t len,
                               modbus_mapping_t *cells);

/* The same answer as bytes; *out_len 0 when libmodbus has none. */
PW_MUST_CHECK int engine_build(struct engine *e, const uint8_t *request, size_t len,
                               modbus_mapping_t *cells, uint8_t out[FRAME_MAX], size_t *out_len);

#endif
