/* A serial port that can be opened again and again, with the calls and events of a stream
 * (acq/loop/stream.h). libmodbus opens and configures it, on a pool thread as that and the close
 * may block; bytes are read and written here. A port that vanishes (an adapter pulled out, the
 * other end of a pseudo-terminal closed) ends with its error. Loop thread. Callbacks are always
 * late. Reading and writing allocate nothing. */
#ifndef ACQ_COLLECT_SERIAL_H
#define ACQ_COLLECT_SERIAL_H

#include "acq/loop/stream.h"

struct plant_link;
struct serial;

/* NULL when there is no memory. events is borrowed. */
struct serial *serial_new(uv_loop_t *loop, const struct stream_events *events, void *ctx);

/* Settings are copied. on_open() at most once and on_close() exactly once follow. PW_ESTATE unless
 * closed. */
PW_MUST_CHECK int serial_open(struct serial *s, const struct plant_link *link);
/* As stream_write(): what the port does not take at once is kept and written when it does. Drops
 * what came and was not read yet, but from stations that report (FRAMING_HJ212). */
PW_MUST_CHECK int serial_write(struct serial *s, const uint8_t *data, size_t len);
void serial_close(struct serial *s);
/* Only while closed. NULL is fine. */
void serial_free(struct serial *s);

#endif
