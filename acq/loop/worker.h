/* One job on libuv's thread pool, for what may block (archive, inflating). Loop thread, except
 * `run`, which has the job's object for itself until on_done. The object is embedded in what the
 * job works on and must live until on_done was called. */
#ifndef ACQ_LOOP_WORKER_H
#define ACQ_LOOP_WORKER_H

#include "acq/core/err.h"

#include <stdbool.h>
#include <uv.h>

struct worker_job {
    uv_work_t work;
    void (*run)(struct worker_job *job);
    void (*on_done)(struct worker_job *job, int status);
    bool busy;
};

/* run on a pool thread, then on_done on the loop: never inside this call. status is 0, or
 * UV_ECANCELED when run was never called. The job must not be busy. */
PW_MUST_CHECK int worker_start(struct worker_job *job, uv_loop_t *loop,
                               void (*run)(struct worker_job *job),
                               void (*on_done)(struct worker_job *job, int status));

/* A job that has not begun is taken back, one that runs goes to its end; on_done comes either way.
 * Nothing when it is not busy. */
void worker_cancel(struct worker_job *job);

#endif
