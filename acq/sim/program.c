#include "acq/sim/sim.h"

#include <signal.h>
#include <stdlib.h>

enum { SIGNALS = 3 };

struct program {
    struct sim *sim;
    uv_signal_t signals[SIGNALS];
};

static void on_signal(uv_signal_t *handle, int number)
{
    struct program *p = handle->data;
    sim_print_counts(p->sim, stdout);
    (void)fflush(stdout);
    if (number == SIGUSR1)
        return;
    sim_stop(p->sim);
    for (int i = 0; i < SIGNALS; i++)
        uv_close((uv_handle_t *)&p->signals[i], NULL);
}

static int watch_signals(struct program *p, uv_loop_t *loop)
{
    static const int numbers[SIGNALS] = {SIGTERM, SIGINT, SIGUSR1};
    for (int i = 0; i < SIGNALS; i++) {
        p->signals[i].data = p;
        pw_require(uv_signal_init(loop, &p->signals[i]) == 0);
        int rc = uv_signal_start(&p->signals[i], on_signal, numbers[i]);
        if (rc)
            return rc;
    }
    return 0;
}

static void print_ready(const struct sim *sim)
{
    for (size_t i = 0; i < sim_slave_count(sim); i++)
        printf("{\"type\":\"listening\",\"slave\":%zu,\"address\":\"%s\"}\n", i,
               sim_slave_listen(sim, i));
    for (size_t i = 0; i < sim_platform_count(sim); i++)
        printf("{\"type\":\"listening\",\"platform\":%zu,\"address\":\"%s\"}\n", i,
               sim_platform_listen(sim, i));
    printf("{\"type\":\"ready\",\"slaves\":%zu}\n", sim_slave_count(sim));
    (void)fflush(stdout);
}

static int run_plan(const struct sim_plan *plan, const char *path)
{
    struct program p = {0};
    uv_loop_t loop;
    char error[PLAN_ERROR_SIZE] = "";
    int rc = uv_loop_init(&loop);
    if (rc)
        return rc;
    rc = sim_start(&loop, pw_clock_system(), plan, &p.sim, error);
    if (rc) {
        fprintf(stderr, "%s: %s\n", path, error);
        pw_require(uv_loop_close(&loop) == 0);
        return PW_ESTATE;
    }
    pw_require(watch_signals(&p, &loop) == 0);
    print_ready(p.sim);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    pw_require(uv_loop_close(&loop) == 0);
    sim_free(p.sim);
    return 0;
}

int sim_main(const char *plan_path)
{
    struct sim_plan *plan = NULL;
    char error[PLAN_ERROR_SIZE] = "";
    int rc = sim_plan_load(plan_path, &plan, error);
    if (rc) {
        fprintf(stderr, "%s\n", error);
        return rc;
    }
    rc = run_plan(plan, plan_path);
    sim_plan_free(plan);
    return rc;
}
