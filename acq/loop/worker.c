#include "acq/loop/worker.h"

static void on_work(uv_work_t *work)
{
    struct worker_job *job = work->data;
    job->run(job);
}

static void on_after_work(uv_work_t *work, int status)
{
    struct worker_job *job = work->data;
    job->busy = false;
    job->on_done(job, status);
}

int worker_start(struct worker_job *job, uv_loop_t *loop, void (*run)(struct worker_job *job),
                 void (*on_done)(struct worker_job *job, int status))
{
    pw_require(!job->busy);
    job->work.data = job;
    job->run = run;
    job->on_done = on_done;
    int rc = uv_queue_work(loop, &job->work, on_work, on_after_work);
    job->busy = rc == 0;
    return rc;
}

void worker_cancel(struct worker_job *job)
{
    if (job->busy)
        (void)uv_cancel((uv_req_t *)&job->work); /* refused for a job that runs already */
}
