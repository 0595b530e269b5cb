/* What a station sent lately: the keys of its last packets, so that one that is sent again is
 * answered but not stored again, and its last values, so that a changed one is called a revision.
 * Plain numbers of a fixed size; a collision of hashes is the only way to err. */
#ifndef ACQ_COLLECT_HJ212_MEMORY_H
#define ACQ_COLLECT_HJ212_MEMORY_H

#include "protocols/hj212/packet.h"

#include <stdbool.h>
#include <stdint.h>

enum { HJ212_KEYS = 256, HJ212_VALUES = 256 };

struct hj212_memory {
    uint64_t keys[HJ212_KEYS]; /* 0: none */
    uint64_t seqs[HJ212_KEYS]; /* the commit that holds the packet */
    uint32_t next;
    struct {
        uint32_t what, value;
    } values[HJ212_VALUES];
};

/* From SM3 over the segment, which holds MN, CN, QN, DataTime, PNUM, PNO and all else. Never 0. */
uint64_t hj212_key(struct hj212_text segment);

/* Whether that packet was kept; *out_seq: by which commit, 0 of one from before the start. */
bool hj212_memory_find(const struct hj212_memory *m, uint64_t key, uint64_t *out_seq);
/* The oldest one makes room. */
void hj212_memory_keep(struct hj212_memory *m, uint64_t key, uint64_t seq);
/* Takes the packet's values; whether one of them was another before, for the same time and code. */
bool hj212_memory_revises(struct hj212_memory *m, const struct hj212_packet *p);

#endif
