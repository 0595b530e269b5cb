/* A column of a recorded CSV file (RFC 4180, names in the first record) as the steps of a wave. */
#ifndef ACQ_SIM_RECORDING_H
#define ACQ_SIM_RECORDING_H

#include "acq/core/err.h"
#include "acq/sim/wave.h"

#include <stdbool.h>
#include <stddef.h>

enum { RECORDING_BYTES_MAX = 256 * 1024 * 1024, RECORDING_ROWS_MAX = 4000000 };

struct recording_choice {
    const char *column; /* name of the values' */
    const char *time;   /* name of the instants': seconds, or ISO 8601; NULL: every_s apart */
    double every_s;
    bool loop; /* begins again behind its last row's time; else that row is held */
};

/* The first row is at 0 s, each holds until the next. A field that is no number is NaN. On failure
 * `problem` says what is wrong and where. Caller frees out->steps. */
PW_MUST_CHECK int recording_load(const char *path, const struct recording_choice *choice,
                                 struct wave *out, char *problem, size_t size);

#endif
