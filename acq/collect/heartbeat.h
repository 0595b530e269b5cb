/* Takes the heartbeats of a dial-in device out of its bytes: packets that stand alone, before or
 * behind a reply, and that may arrive in pieces. Pure. */
#ifndef ACQ_COLLECT_HEARTBEAT_H
#define ACQ_COLLECT_HEARTBEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is a fresh one. */
struct heartbeat {
    size_t held; /* bytes of the packet's beginning that came alone */
};

struct heartbeat_part {
    const uint8_t *data;
    size_t len;
};

/* The bytes to hand on, held ones first: at most two parts, in out[0] and out[1], either of which
 * may have no bytes. They lie in packet or in data. packet_len 0: there are no heartbeats. idle: no
 * reply is awaited, so bytes that may be a heartbeat's beginning can be held until the next come.
 */
void heartbeat_filter(struct heartbeat *h, const uint8_t *packet, size_t packet_len, bool idle,
                      const uint8_t *data, size_t len, struct heartbeat_part out[2]);

#endif
