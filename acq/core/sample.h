/* What acquisition hands on. A reading is one cycle of one device: all its signals, each with a
 * value or with the reason why there is none. There is never a silent zero. */
#ifndef ACQ_CORE_SAMPLE_H
#define ACQ_CORE_SAMPLE_H

#include "acq/core/quality.h"

#include <stdbool.h>
#include <stdint.h>

struct sample {
    double value; /* only when quality_has_value(); then finite; in the signal's unit */
    quality quality;
    uint8_t raw_count; /* registers in raw[], 0 when none arrived */
    bool absent;       /* the reading says nothing of this signal: neither written nor taken */
    uint16_t raw[4];   /* as received, in wire order: what the value was made from */
};

/* Borrowed by whoever is handed one, until the call returns. */
struct reading {
    uint32_t device; /* index in plant->devices */
    uint32_t count;  /* = that device's signal count; samples in its signals' order */
    int64_t time_ms; /* UTC: Modbus: when the cycle was due; HJ 212: SampleTime or DataTime */
    int64_t at_ms;   /* arrival on the journal clock; never falls from one reading to the next */
    const struct sample *samples;
    /* What a signal says in words: NULL, or one for each sample, itself NULL where there is none.
     * A sample with a text has no number: QUALITY_NOT_A_NUMBER. */
    const char *const *texts;
};

#endif
