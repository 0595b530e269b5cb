/* Loading a configuration for a person: every problem goes to `out`, one a line. */
#ifndef ACQ_APP_CONFIG_H
#define ACQ_APP_CONFIG_H

#include "acq/core/err.h"

#include <stdio.h>

struct plant;

/* On success *out_plant is the caller's (plant_free()). */
PW_MUST_CHECK int config_load(const char *path, FILE *out, struct plant **out_plant);

#endif
