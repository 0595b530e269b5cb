/* Between the two sources of which periods are there: bits (hj212_gaps.c) and their text
 * (hj212_gaps_text.c). */
#ifndef ACQ_COLLECT_HJ212_GAPS_PRIVATE_H
#define ACQ_COLLECT_HJ212_GAPS_PRIVATE_H

#include "acq/collect/hj212_gaps.h"

/* A period's number counts its kind since the epoch in the plant's zone; its place in the rings is
 * the number modulo their size. */
struct hj212_series {
    int64_t step_ms;
    int64_t size;   /* periods that the rings hold */
    int64_t top;    /* number of the newest period that was seen, or of now */
    int64_t *first; /* by signal, the packet itself last: expected from there on */
    uint8_t *bits;  /* likewise, stride bytes each */
    uint8_t *tries; /* by place */
    size_t stride;
    bool changed; /* since the summary was made */
    int64_t summary_due, summary_day;
    struct hj212_summary summary;
};

struct hj212_gaps {
    const struct plant_asking *asking;
    const struct plant_signal *signals;
    int64_t zone_ms;
    uint32_t slots; /* signals and the packet itself */
    struct hj212_series series[SERIES_COUNT];
};

size_t hj212_series_place(const struct hj212_series *s, int64_t number);
bool hj212_series_has(const struct hj212_series *s, uint32_t slot, int64_t number);
void hj212_series_set(struct hj212_series *s, uint32_t slot, int64_t number);
void hj212_series_clear(struct hj212_series *s, uint32_t slots);
/* "" is the packet itself. */
const char *hj212_gaps_name(const struct hj212_gaps *g, uint32_t slot);
/* PLANT_NONE for a name that is none. */
uint32_t hj212_gaps_slot(const struct hj212_gaps *g, const char *name);

#endif
