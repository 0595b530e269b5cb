/* Devices that dial in (4G modems): listening sockets, and for each link the connection of its
 * device, with the calls and events of a stream (acq/loop/stream.h). A connection says by its first
 * bytes, the registration, whose it is; until then it is pending, which is bounded in number and in
 * time. A device that dials in again replaces its old connection, which may be half open.
 * Heartbeats never reach the link. Loop thread. Callbacks are always late. */
#ifndef ACQ_COLLECT_DIAL_H
#define ACQ_COLLECT_DIAL_H

#include "acq/loop/stream.h"

#include <stdbool.h>

struct plant_link;
struct dial;
struct dial_hub;

struct dial_stats {
    uint64_t unknown;  /* connections of this endpoint closed as nobody's */
    uint64_t refused;  /* ... beyond pending_max */
    uint64_t replaced; /* of this link, by a newer one of the same device */
};

/* The listening sockets of one loop. NULL when there is no memory. */
struct dial_hub *dial_hub_new(uv_loop_t *loop);
/* When no link is left at it. NULL is fine. */
void dial_hub_free(struct dial_hub *hub);

/* NULL when there is no memory. hub and events are borrowed. */
struct dial *dial_new(struct dial_hub *hub, const struct stream_events *events, void *ctx);

/* Waits for the device; link is borrowed until the stop or dial_rebind(). on_open() comes when it
 * is there, for as long as that takes. An error when the address cannot be listened at. */
PW_MUST_CHECK int dial_open(struct dial *d, const struct plant_link *link);
/* The same link of a newer plant. */
void dial_rebind(struct dial *d, const struct plant_link *link);
PW_MUST_CHECK int dial_write(struct dial *d, const uint8_t *data, size_t len);
/* Ends the connection, or the wait; the socket is still listened at. */
void dial_close(struct dial *d);

/* Ends it for good. true: on_close() follows, also when nothing was open; false: it never listened,
 * nothing follows. */
bool dial_stop(struct dial *d);
/* Before it ever opened, or after the stop. NULL is fine. */
void dial_free(struct dial *d);

void dial_get_stats(const struct dial *d, struct dial_stats *out);

#endif
