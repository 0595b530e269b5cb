/* Simulated platforms: each listens, takes what loggers report by HJ 212, acknowledges it as its
 * plan says, and sends its commands, one at a time to each MN. A notice 1013 is followed by the
 * time (1012), a notice 1014 by a new key (1014). What it counts is the truth that a logger's
 * ledger is compared with. Loop thread. */
#ifndef ACQ_SIM_HJ212_PLATFORM_H
#define ACQ_SIM_HJ212_PLATFORM_H

#include "acq/sim/hj212_platform_plan.h"
#include "acq/sim/slave.h"

#include <stdio.h>

struct platform;
struct hj212_workspace;

/* All platforms of a simulator. */
struct sim_platforms {
    struct world *world;
    struct hj212_workspace *work;
    struct platform *all;
    size_t count;
};

/* Binds every port; no handle yet. After a failure it is to be given to sim_platforms_deinit() all
 * the same, and `error` says which one and why. */
PW_MUST_CHECK int sim_platforms_init(struct sim_platforms *p, struct world *w,
                                     const struct sim_plan *plan, char error[PLAN_ERROR_SIZE]);
/* "127.0.0.1:9300", with the port that the system chose. */
const char *sim_platforms_listen(const struct sim_platforms *p, size_t i);
/* Call at the start and every few milliseconds. */
void sim_platforms_tick(struct sim_platforms *p, double t_s);
void sim_platforms_stop(struct sim_platforms *p);
void sim_platforms_deinit(struct sim_platforms *p);
/* JSON lines: "platform", "reporter", "reported" and "command" (docs/simulator.md). */
void sim_platforms_print(const struct sim_platforms *p, FILE *out);

#endif
