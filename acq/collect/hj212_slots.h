/* Factors of a station that are no signal of its device: each code takes a slot when it is first
 * seen and keeps it, and its values are handed on under the code's name. A table has a fixed number
 * of slots (max_factors); a code that finds none is counted and left out. The names of all stations
 * of a link stand once in one pool. Pure; memory is taken in *_init() and *_new() only. */
#ifndef ACQ_COLLECT_HJ212_SLOTS_H
#define ACQ_COLLECT_HJ212_SLOTS_H

#include "acq/collect/hj212_reading.h"

enum { HJ212_CODE_MAX = 20 };

struct hj212_names;
/* Room for so many different codes. NULL: no memory. */
struct hj212_names *hj212_names_new(uint32_t max);
void hj212_names_free(struct hj212_names *n);

struct hj212_slots {
    uint32_t *names; /* places in the pool */
    uint32_t count, max;
    uint32_t hint;    /* behind the slot that was found last */
    uint64_t dropped; /* values of codes without a slot */
};

PW_MUST_CHECK int hj212_slots_init(struct hj212_slots *s, uint32_t max);
void hj212_slots_deinit(struct hj212_slots *s);
const char *hj212_slots_code(const struct hj212_slots *s, const struct hj212_names *n, uint32_t i);
/* The slot of a code, a new one when it has none yet; UINT32_MAX: the table or the pool is full, or
 * the code cannot be a name: 1 to HJ212_CODE_MAX letters and digits, not "at" or "time". */
uint32_t hj212_slots_take(struct hj212_slots *s, struct hj212_names *n, struct hj212_text code);

/* A value of one instant. */
struct hj212_extra {
    const char *code;
    struct sample sample;
    const char *text; /* NULL: none; else the sample is QUALITY_NOT_A_NUMBER */
};

struct hj212_extras {
    uint32_t device;
    uint32_t count;
    int64_t time_ms, at_ms; /* as of a reading */
    const struct hj212_extra *list;
};

/* Room to read one packet in; for tables of at most max slots. NULL: no memory. */
struct hj212_extra_room;
struct hj212_extra_room *hj212_extra_room_new(uint32_t max);
void hj212_extra_room_free(struct hj212_extra_room *r);

struct hj212_extra_reading {
    struct hj212_slots *slots;
    struct hj212_names *names;
    struct hj212_extra_room *room;
    const struct plant *plant;
    uint32_t device;
    const struct hj212_map *map; /* whose signals are left out */
};

/* Realtime values of codes that are no signal, an instant at a time as hj212_map_read() does it, in
 * the unit of the packet. *out_new: codes that took a slot. 0, or the first error of on_extras. */
PW_MUST_CHECK int hj212_extras_read(const struct hj212_extra_reading *x,
                                    const struct hj212_packet *p, const struct hj212_moment *now,
                                    int (*on_extras)(void *ctx, const struct hj212_extras *e),
                                    void *ctx, uint32_t *out_new);

#endif
