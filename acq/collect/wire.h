/* What a link's bytes go over: a TCP connection, a serial port, or the connection of a device that
 * dials in. The calls and events of a stream (acq/loop/stream.h), whichever it is. Loop thread. */
#ifndef ACQ_COLLECT_WIRE_H
#define ACQ_COLLECT_WIRE_H

#include "acq/collect/stats.h"
#include "acq/loop/stream.h"
#include "acq/plant/plant.h"

struct dial;
struct dial_hub;
struct serial;

struct wire {
    enum link_medium medium;
    union {
        struct stream *stream;
        struct serial *serial;
        struct dial *dial;
    };
};

/* PW_ENOMEM. hub and events are borrowed. */
PW_MUST_CHECK int wire_init(struct wire *w, enum link_medium medium, uv_loop_t *loop,
                            struct dial_hub *hub, const struct stream_events *events, void *ctx);
/* link is borrowed until the stop or wire_rebind(). */
PW_MUST_CHECK int wire_open(struct wire *w, const struct plant_link *link);
void wire_rebind(struct wire *w, const struct plant_link *link);
PW_MUST_CHECK int wire_write(struct wire *w, const uint8_t *data, size_t len);
void wire_close(struct wire *w);
/* Ends it for good. true: on_close() follows even if nothing was open. */
bool wire_stop(struct wire *w);
void wire_deinit(struct wire *w);

/* Fills in what a dial-in counts. */
void wire_get_stats(const struct wire *w, struct collect_link_stats *out);

#endif
