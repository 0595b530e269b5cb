/* MNs that no device has: a list for people to look at, and the last packets of each, set aside
 * until an operator adopts the MN by giving it a device. Their passwords are kept with them, as
 * they are judged only then, but never shown. Bounded; memory for the packets of an MN is taken
 * when it first speaks. No clock, no socket. */
#ifndef ACQ_COLLECT_HJ212_STRANGERS_H
#define ACQ_COLLECT_HJ212_STRANGERS_H

#include "protocols/hj212/reader.h"

enum {
    HJ212_KEPT_FRAME = 1280, /* of a packet that is shown; longer ones are cut */
    HJ212_KEPT_PACKETS = 32, /* of each MN; the oldest makes room */
};

struct hj212_stranger {
    const char *mn;
    uint64_t packets;
    int64_t first_at_ms, last_at_ms;
    uint32_t kept; /* set aside: at most HJ212_KEPT_PACKETS, none longer than HJ212_KEPT_FRAME */
    uint64_t gone; /* that made room, or were too long */
    enum hj212_edition edition; /* of the last one */
    const char *st;             /* likewise */
    const char *last;           /* its segment, the password as asterisks */
};

struct hj212_strangers;

/* At most so many MNs. NULL: no memory. */
struct hj212_strangers *hj212_strangers_new(uint32_t max);
void hj212_strangers_free(struct hj212_strangers *s);
void hj212_strangers_note(struct hj212_strangers *s, const struct hj212_received *got,
                          int64_t at_ms);
/* What another list knows, as far as there is room; it is empty then. */
void hj212_strangers_move(struct hj212_strangers *to, struct hj212_strangers *from);

uint32_t hj212_strangers_count(const struct hj212_strangers *s);
/* Texts are borrowed until the list changes. */
void hj212_strangers_get(const struct hj212_strangers *s, uint32_t i, struct hj212_stranger *out);
/* UINT32_MAX: it is not in the list. */
uint32_t hj212_strangers_find(const struct hj212_strangers *s, struct hj212_text mn);
/* Packets of MNs that found no place in the list. */
uint64_t hj212_strangers_unlisted(const struct hj212_strangers *s);
/* The n-th packet that is set aside, oldest first, as it came; never to be shown. */
struct hj212_text hj212_strangers_packet(const struct hj212_strangers *s, uint32_t i, uint32_t n,
                                         enum hj212_crc_variant *out_crc);
void hj212_strangers_remove(struct hj212_strangers *s, uint32_t i);

/* text with the value of PW as asterisks, cut to the room; NUL-terminated. Returns the length. */
size_t hj212_strike_out(struct hj212_text text, struct hj212_text pw, char *out, size_t size);

#endif
