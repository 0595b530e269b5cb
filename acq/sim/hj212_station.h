/* One simulated field machine that reports by HJ 212: makes packets as its plan says, keeps them in
 * order until they are acknowledged, sends each again when no answer comes, dials again when that
 * does not help. What it counts is the truth that the server's account is compared with. */
#ifndef ACQ_SIM_HJ212_STATION_H
#define ACQ_SIM_HJ212_STATION_H

#include "acq/sim/hj212_plan.h"
#include "acq/sim/slave.h"
#include "protocols/hj212/reader.h"

#include <stdio.h>

struct sim_reporter;

/* Of all stations of a simulator. */
struct sim_reports {
    struct world *world;
    struct hj212_workspace *work;
    struct sim_reporter *stations;
    size_t count;
    uint32_t *delays; /* acknowledgements by how many ms they took */
};

/* PW_ENOMEM; then it is to be given to sim_reports_deinit() all the same. */
PW_MUST_CHECK int sim_reports_init(struct sim_reports *r, struct world *w,
                                   const struct sim_plan *plan);
/* Call at the start and every few milliseconds. */
void sim_reports_tick(struct sim_reports *r, double t_s);
void sim_reports_stop(struct sim_reports *r);
void sim_reports_deinit(struct sim_reports *r);
/* JSON lines: {"type":"station",...} for each, then {"type":"stations",...} of all. */
void sim_reports_print(const struct sim_reports *r, FILE *out);

#endif
