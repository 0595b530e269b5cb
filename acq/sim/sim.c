#include "acq/sim/sim.h"

#include "acq/loop/descriptors.h"
#include "acq/sim/counts.h"
#include "acq/sim/engine.h"
#include "acq/sim/hj212_platform.h"
#include "acq/sim/hj212_station.h"
#include "acq/sim/slave.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    TICK_MS = 10,
    FILES_BESIDE = 48, /* descriptors that are neither listeners nor connections */
    FILES_LEAST = 96   /* these, and some connections */
};

struct sim {
    struct world world;
    uv_timer_t tick;
    struct slave *slaves;
    size_t slave_count;
    struct sim_reports reports;
    struct sim_platforms platforms;
};

static size_t slaves_wanted(const struct sim_plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->slave_count; i++)
        count += plan->slaves[i].count;
    return count;
}

static int check_file_limit(struct world *w, size_t slaves, char *error)
{
    uint64_t limit = descriptors_raise();
    if (limit < slaves + FILES_LEAST) {
        snprintf(error, PLAN_ERROR_SIZE, "%zu slaves need %zu open files, the limit is %ju", slaves,
                 slaves + FILES_LEAST, (uintmax_t)limit);
        return PW_EFULL;
    }
    uint64_t room = limit - slaves - FILES_BESIDE;
    w->conn_max = room > UINT32_MAX ? UINT32_MAX : (uint32_t)room;
    return 0;
}

static int init_slaves(struct sim *sim, const struct sim_plan *plan, char *error)
{
    for (size_t i = 0; i < plan->slave_count; i++)
        for (uint32_t n = 0; n < plan->slaves[i].count; n++) {
            struct slave *s = &sim->slaves[sim->slave_count++];
            int rc = slave_init(s, &sim->world, &plan->slaves[i], n);
            if (rc) {
                snprintf(error, PLAN_ERROR_SIZE, "%s: %s", s->listen, pw_strerror(rc));
                return rc;
            }
        }
    return 0;
}

static void tick_slaves(struct sim *sim)
{
    double t_s = world_now_s(&sim->world);
    for (size_t i = 0; i < sim->slave_count; i++)
        slave_tick(&sim->slaves[i], t_s);
    sim_reports_tick(&sim->reports, t_s);
    sim_platforms_tick(&sim->platforms, t_s);
}

static void on_tick(uv_timer_t *timer)
{
    tick_slaves(timer->data);
}

static void on_tick_closed(uv_handle_t *handle)
{
    struct sim *sim = handle->data;
    sim->world.handles--;
}

/* Whether a slave comes and goes. */
static bool needs_ticks(const struct sim_plan *plan)
{
    if (plan->station_count > 0 || plan->platform_count > 0)
        return true;
    for (size_t i = 0; i < plan->slave_count; i++) {
        if (plan->slaves[i].medium != SIM_LISTEN)
            return true;
        for (size_t n = 0; n < plan->slaves[i].fault_count; n++)
            if (plan->slaves[i].faults[n].kind == FAULT_REFUSED)
                return true;
    }
    return false;
}

static int start_all(struct sim *sim)
{
    struct world *w = &sim->world;
    w->start_ms = pw_clock_mono_ms(w->clock);
    pw_require(uv_timer_init(w->loop, &sim->tick) == 0);
    sim->tick.data = sim;
    w->handles++;
    tick_slaves(sim);
    return needs_ticks(w->plan) ? uv_timer_start(&sim->tick, on_tick, TICK_MS, TICK_MS) : 0;
}

int sim_start(uv_loop_t *loop, const struct pw_clock *clock, const struct sim_plan *plan,
              struct sim **out, char error[PLAN_ERROR_SIZE])
{
    size_t wanted = slaves_wanted(plan);
    struct sim *sim = calloc(1, sizeof *sim);
    int rc = PW_ENOMEM;
    snprintf(error, PLAN_ERROR_SIZE, "out of memory");
    if (!sim)
        return rc;
    sim->world =
        (struct world){.loop = loop, .clock = clock, .plan = plan, .random = plan->seed | 1};
    sim->world.engine = engine_new();
    sim->slaves = calloc(wanted + 1, sizeof *sim->slaves);
    if (sim->world.engine && sim->slaves)
        rc = check_file_limit(&sim->world, wanted, error);
    if (rc == 0)
        rc = init_slaves(sim, plan, error);
    if (rc == 0)
        rc = sim_reports_init(&sim->reports, &sim->world, plan);
    if (rc == 0)
        rc = sim_platforms_init(&sim->platforms, &sim->world, plan, error);
    if (rc == 0)
        rc = start_all(sim);
    if (rc) {
        sim_free(sim);
        return rc;
    }
    *out = sim;
    return 0;
}

void sim_stop(struct sim *sim)
{
    for (size_t i = 0; i < sim->slave_count; i++)
        slave_stop(&sim->slaves[i]);
    sim_reports_stop(&sim->reports);
    sim_platforms_stop(&sim->platforms);
    uv_close((uv_handle_t *)&sim->tick, on_tick_closed);
}

void sim_free(struct sim *sim)
{
    if (!sim)
        return;
    pw_require(sim->world.handles == 0);
    for (size_t i = 0; i < sim->slave_count; i++)
        slave_deinit(&sim->slaves[i]);
    sim_reports_deinit(&sim->reports);
    sim_platforms_deinit(&sim->platforms);
    engine_free(sim->world.engine);
    free(sim->slaves);
    free(sim);
}

size_t sim_slave_count(const struct sim *sim)
{
    return sim->slave_count;
}

const char *sim_slave_listen(const struct sim *sim, size_t slave)
{
    pw_require(slave < sim->slave_count);
    return sim->slaves[slave].listen;
}

size_t sim_platform_count(const struct sim *sim)
{
    return sim->platforms.count;
}

const char *sim_platform_listen(const struct sim *sim, size_t platform)
{
    return sim_platforms_listen(&sim->platforms, platform);
}

uint64_t sim_requests(const struct sim *sim)
{
    uint64_t total = 0;
    for (size_t i = 0; i < sim->slave_count; i++)
        total += counts_total(sim->slaves[i].counts);
    return total;
}

void sim_print_counts(const struct sim *sim, FILE *out)
{
    const struct world *w = &sim->world;
    for (size_t i = 0; i < sim->slave_count; i++)
        counts_print(sim->slaves[i].counts, sim->slaves[i].listen, out);
    sim_reports_print(&sim->reports, out);
    sim_platforms_print(&sim->platforms, out);
    fprintf(out,
            "{\"type\":\"total\",\"requests\":%" PRIu64 ",\"faults\":%" PRIu64
            ",\"broken\":%" PRIu64 ",\"connections\":%" PRIu32 ",\"refused\":%" PRIu64 "}\n",
            sim_requests(sim), w->faults, w->broken, w->conn_count, w->conn_refused);
}
