/* `plumewatch replay --explain ID`: why a finding was said. Plays the inputs twice: once to find
 * it, once to tell, as JSON lines in order, what decided: the object's configuration, each sample
 * or mean of what it watches from 60 s before the finding's start to 60 s after its end with what
 * that says, and the finding's own lines. */
#ifndef ACQ_REPLAY_EXPLAIN_H
#define ACQ_REPLAY_EXPLAIN_H

#include "acq/replay/play.h"

#include <stdio.h>

/* options: sink and on_sample are set here. PW_ENOTFOUND: the inputs give no such finding; else as
 * play_run(). */
PW_MUST_CHECK int explain_finding(const struct play_options *options, const char *id, FILE *out,
                                  char *why, size_t size);

#endif
