/* From what instruments say to a regulated quantity, sample by sample: units, standard state, dry
 * gas, oxygen and flow beside it. One struct convert per input of a regulated outlet; plain memory,
 * part of a machine's state.
 *
 * All samples of one instant belong together, whatever order they come in, so what was taken is
 * worked out when the next instant or a tick comes. A signal that is asked at other times counts as
 * it was last, for a minute or three of its periods. */
#ifndef ACQ_REFINE_CONVERT_H
#define ACQ_REFINE_CONVERT_H

#include "acq/core/machine.h"
#include "acq/plant/plant.h"
#include "acq/refine/flag.h"

#include <stdbool.h>

struct convert_latest {
    double value; /* in the measure's unit; of SLOT_STATE the word */
    int64_t time_ms;
    uint8_t good;
    uint8_t untrusted;
    uint8_t flag; /* enum flag */
};

struct convert {
    struct convert_latest latest[SLOT_COUNT];
    struct convert_latest oxygen; /* dry */
    struct convert_latest flow;   /* m3/h, dry, at standard state */
    int64_t instant_ms;           /* of what waits */
    uint32_t waiting;             /* a bit by slot */
};

/* What one instant gives. */
struct convert_result {
    int64_t time_ms;
    bool has_sample; /* the input's own signal spoke, if only of a failure */
    bool is_counted; /* and it has a value that counts */
    bool untrusted;
    enum flag flag;
    double value; /* in the measure's unit */
    bool oxygen_came, flow_came;
    bool has_oxygen, has_flow; /* now or still */
    double oxygen_pct, flow_m3h;
};

/* The signal of a slot, or PLANT_NONE. */
static inline uint32_t convert_signal(const struct plant *plant, uint32_t input,
                                      enum plant_slot slot)
{
    return plant->inputs[input].slot_signals[slot];
}
/* How long after a minute the last sample of any of them may come. */
int64_t convert_grace_ms(const struct plant *plant, uint32_t input);
/* Each signal once; returns how many. */
uint32_t convert_signals(const struct plant *plant, uint32_t input,
                         uint32_t out[MACHINE_INPUTS_MAX]);

/* Takes one sample, whose instant must be the one that waits, if any does. */
void convert_take(struct convert *c, const struct plant *plant, uint32_t input,
                  const struct declarations *declared, uint32_t signal, const struct sample *sample,
                  int64_t time_ms);
/* Works out what waits; false when nothing does. */
bool convert_flush(struct convert *c, const struct plant *plant, uint32_t input,
                   struct convert_result *out);

#endif
