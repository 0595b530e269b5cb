/* A TCP connection that can be opened again and again, or taken from a listener. Names are resolved
 * without blocking, connecting is bounded in time, a silent peer is noticed by the kernel
 * (keepalive, and a limit on unacknowledged data). Loop thread. Callbacks are always late: never
 * from inside the call that caused them. Reading and writing allocate nothing.
 *
 * stream_open() is answered by on_open() at most once and by on_close() exactly once, after which
 * the stream has no handle in the loop and may be opened again or freed, also from on_close(). Only
 * a name look-up that hangs in the system's resolver is left to end by itself. */
#ifndef ACQ_LOOP_STREAM_H
#define ACQ_LOOP_STREAM_H

#include "acq/core/err.h"

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct stream;

struct stream_events {
    void (*on_open)(void *ctx);
    /* data is borrowed until the call returns. */
    void (*on_data)(void *ctx, const uint8_t *data, size_t len);
    /* why: 0 when stream_close() asked for it, UV_EOF, PW_ETIMEOUT when connecting took too long,
     * or the system's error. */
    void (*on_close)(void *ctx, int why);
};

enum { STREAM_WRITE_MAX = 512 };

/* NULL when there is no memory. events is borrowed. */
struct stream *stream_new(uv_loop_t *loop, const struct stream_events *events, void *ctx);

/* host: a name or an address, IPv6 without brackets; copied. PW_ESTATE unless closed; another error
 * when the loop refuses, then nothing follows. */
PW_MUST_CHECK int stream_open(struct stream *s, const char *host, uint16_t port,
                              uint32_t connect_timeout_ms);

/* Takes the connection that waits at a listener, from inside its connection callback: the stream,
 * which must be closed, is open on return, without on_open(). After an error on_close() follows all
 * the same. */
PW_MUST_CHECK int stream_accept(struct stream *s, uv_stream_t *listener);

/* Of an open stream: it ends with PW_ETIMEOUT after that time, unless this is called again. 0: it
 * does not. */
void stream_set_deadline(struct stream *s, uint32_t ms);

/* Whoever takes an open stream over. events is borrowed. */
void stream_set_events(struct stream *s, const struct stream_events *events, void *ctx);

/* At most STREAM_WRITE_MAX bytes, in one system call as a rule; what the socket does not take at
 * once is kept. UV_EAGAIN when something is still kept, PW_ESTATE unless open. */
PW_MUST_CHECK int stream_write(struct stream *s, const uint8_t *data, size_t len);

/* Ends it in any state; on_close() follows with why = 0, on_data() no more. */
void stream_close(struct stream *s);

/* Only while closed. NULL is fine. */
void stream_free(struct stream *s);

#endif
