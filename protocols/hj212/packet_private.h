/* Between packet.c, header.c and judge.c. */
#ifndef PROTOCOLS_HJ212_PACKET_PRIVATE_H
#define PROTOCOLS_HJ212_PACKET_PRIVATE_H

#include "protocols/hj212/deviation.h"
#include "protocols/hj212/packet.h"

static inline void hj212_note(struct hj212_packet *p, enum hj212_deviation d)
{
    p->deviations |= hj212_dev_bit(d);
}

/* Reads p->header into its fields. */
PW_MUST_CHECK int hj212_header_parse(struct hj212_packet *p);
/* Edition and deviations that show only when all items are known. */
void hj212_packet_judge(struct hj212_packet *p);

#endif
