/* `plumewatch replay --explain OUTLET/FACTOR/PERIOD/START`: what a mean is made of. Plays the input
 * once and tells, as JSON lines in order: its parts (means of the next shorter period, of a minute
 * the converted samples), the means of the same period that its formulas took (oxygen, flow,
 * temperature, ...), and itself; again for each revision. Each has its parts by flag and the digest
 * of the settings it was made by. */
#ifndef ACQ_REPLAY_EXPLAIN_MEAN_H
#define ACQ_REPLAY_EXPLAIN_MEAN_H

#include "acq/replay/play.h"

#include <stdbool.h>
#include <stdio.h>

/* "DA001/a21026/hour/2026-11-24T10:00:00+08:00" */
bool explain_is_mean(const char *id);
/* options: sink is set here. PW_EINVAL: no such id; PW_ENOTFOUND: the input gives no such mean;
 * else as play_run(). */
PW_MUST_CHECK int explain_mean(const struct play_options *options, const char *id, FILE *out,
                               char *why, size_t size);

#endif
