#include "acq/collect/heartbeat.h"

#include <string.h>

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Goes on with a packet whose beginning is held; the bytes that turn out to be none of it come out.
 */
static void go_on(struct heartbeat *h, const uint8_t *packet, size_t packet_len,
                  const uint8_t **data, size_t *len, struct heartbeat_part *out)
{
    size_t n = smaller(packet_len - h->held, *len);
    if (memcmp(packet + h->held, *data, n) != 0) {
        *out = (struct heartbeat_part){packet, h->held};
        h->held = 0;
        return;
    }
    h->held = h->held + n == packet_len ? 0 : h->held + n;
    *data += n;
    *len -= n;
}

void heartbeat_filter(struct heartbeat *h, const uint8_t *packet, size_t packet_len, bool idle,
                      const uint8_t *data, size_t len, struct heartbeat_part out[2])
{
    out[0] = out[1] = (struct heartbeat_part){data, 0};
    if (packet_len > 0 && h->held > 0 && len > 0)
        go_on(h, packet, packet_len, &data, &len, &out[0]);
    if (packet_len > 0 && out[0].len == 0) {
        while (len >= packet_len && memcmp(data, packet, packet_len) == 0) {
            data += packet_len;
            len -= packet_len;
        }
        if (idle && len > 0 && len < packet_len && memcmp(data, packet, len) == 0) {
            h->held = len;
            len = 0;
        }
    }
    while (packet_len > 0 && len > packet_len &&
           memcmp(data + len - packet_len, packet, packet_len) == 0)
        len -= packet_len;
    out[1] = (struct heartbeat_part){data, len};
}
