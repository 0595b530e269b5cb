/* Packets out of a byte stream: framing, check sum, decryption and parsing, with what is known of
 * the peer. A connection may carry several MNs; the caller's find() says whose state serves which.
 * No socket, no clock, no memory of its own. */
#ifndef PROTOCOLS_HJ212_READER_H
#define PROTOCOLS_HJ212_READER_H

#include "acq/core/err.h"
#include "acq/core/sm4.h"
#include "protocols/hj212/crc.h"
#include "protocols/hj212/deviation.h"
#include "protocols/hj212/edition.h"
#include "protocols/hj212/frame.h"
#include "protocols/hj212/packet.h"
#include "protocols/hj212/profile.h"

#include <stdbool.h>

/* One station, or a connection as long as no station is known. The caller's. */
struct hj212_peer {
    const struct hj212_profile *profile;
    struct sm4 *key;     /* NULL: nothing can be decrypted */
    struct sm4 *old_key; /* tried after it; NULL when there is none or its time is over */
    struct hj212_crc_state crc;
    struct hj212_counts counts;
};

/* Where packets are made; serves all readers of one thread. */
struct hj212_workspace {
    struct hj212_packet packet;
    char plain[HJ212_RECEIVE_MAX * 5 + HJ212_OVERHEAD];
};

/* Who sends as that MN, or NULL. mn may be any bytes. */
typedef struct hj212_peer *hj212_find_peer(void *context, struct hj212_text mn);

struct hj212_reader {
    struct hj212_framer framer;
    struct hj212_peer *link;
    struct hj212_workspace *work;
    hj212_find_peer *find;
    void *context;
};

struct hj212_received {
    struct hj212_text frame;           /* as it came, "##" to CRC */
    struct hj212_peer *peer;           /* found by MN, else the link */
    const struct hj212_packet *packet; /* NULL but for good ones */
    uint32_t deviations;               /* of frame and packet together */
    enum hj212_crc_variant crc;
    bool decrypted;
    bool by_old_key;
};

/* Bytes of buffer that a connection with this profile needs: 10 KiB, or 50 KiB when the cipher's
 * literal form is read; less with a smaller segment_max_in. */
size_t hj212_reader_size(const struct hj212_profile *link);
/* link: settings for the connection itself and for MNs that find() does not know. find may be NULL.
 * Everything is borrowed for as long as the reader lives. */
void hj212_reader_init(struct hj212_reader *r, struct hj212_peer *link, char *buffer, size_t size,
                       struct hj212_workspace *work, hj212_find_peer *find, void *context);

/* Takes from *data, *len up to the next frame. 0: a good packet. PW_EMORE: all was taken.
 * PW_ECORRUPT: a whole frame with a wrong sum. PW_ESYNTAX, PW_EFULL: a right sum but no packet.
 * PW_ESTATE: in clear where encryption is required. Each of these costs one frame only: go on
 * calling. *out is borrowed until the next call of any reader with the same workspace. */
PW_MUST_CHECK int hj212_reader_next(struct hj212_reader *r, const char **data, size_t *len,
                                    struct hj212_received *out);

#endif
