/* What has come and what was told of a run's first day, so that late samples revise it as the
 * record would (acq/replay/reopen.h), in memory. */
#ifndef TESTS_SCENARIO_SIM_PAST_H
#define TESTS_SCENARIO_SIM_PAST_H

#include "acq/pipeline/pipeline.h"
#include "acq/refine/late.h"
#include "acq/refine/mean.h"

struct sim_past;

/* NULL: no memory. The plant is borrowed; day_ms: UTC, the start of that day. */
struct sim_past *sim_past_new(const struct plant *plant, int64_t day_ms);
void sim_past_free(struct sim_past *past);

void sim_past_add(struct sim_past *past, const struct reading *r);
void sim_past_told(struct sim_past *past, const struct mean *m);
/* What the pipeline asks for; the next sim_past_answer() tells it. */
void sim_past_ask(struct sim_past *past, const struct reopen *asked);
/* False: it cannot be computed. */
bool sim_past_answer(struct sim_past *past, struct pipeline *p, int64_t at_ms, int64_t offset_ms);

#endif
