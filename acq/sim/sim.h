/* The simulated plant: every slave of a plan in one process, on one libuv loop. Nothing waits:
 * libmodbus, which builds the answers, is only called with a whole request at hand. At most about
 * 1,000 connections at once (libmodbus selects, and select ends at descriptor 1023); the number of
 * slaves is bounded by the limit of open files alone. Loop thread. */
#ifndef ACQ_SIM_SIM_H
#define ACQ_SIM_SIM_H

#include "acq/core/clock.h"
#include "acq/sim/plan.h"

#include <stdio.h>
#include <uv.h>

struct sim;

/* Binds and starts everything; the plan and the clock must outlive it. On failure nothing is left
 * on the loop and `error` says which slave and why. Raises the soft limit of open files. */
PW_MUST_CHECK int sim_start(uv_loop_t *loop, const struct pw_clock *clock,
                            const struct sim_plan *plan, struct sim **out,
                            char error[PLAN_ERROR_SIZE]);
/* Closes every handle; run the loop until it is empty, then sim_free(). */
void sim_stop(struct sim *sim);
/* NULL is fine. */
void sim_free(struct sim *sim);

size_t sim_slave_count(const struct sim *sim);
/* "127.0.0.1:15020", with the port that the system chose. */
const char *sim_slave_listen(const struct sim *sim, size_t slave);
/* Likewise of platforms. */
size_t sim_platform_count(const struct sim *sim);
const char *sim_platform_listen(const struct sim *sim, size_t platform);
/* Requests received so far. */
uint64_t sim_requests(const struct sim *sim);
/* JSON lines: what every slave received (counts.h), then the total. */
void sim_print_counts(const struct sim *sim, FILE *out);

/* The whole program: runs a plan file until SIGTERM or SIGINT. JSON lines on stdout: `listening`
 * per slave and platform, `ready`, and the counts on SIGUSR1 and at the end. PW_EIO, PW_ESYNTAX,
 * PW_EINVAL, PW_EEXIST: the plan is unreadable or no plan; any other negative: it could not start.
 * The reason is on stderr.
 */
PW_MUST_CHECK int sim_main(const char *plan_path);

#endif
