/* Any text is a plan or an error that names the file; what was taken has its invariants. */
#include "acq/core/err.h"
#include "acq/sim/plan.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_unit(const struct sim_unit *u)
{
    pw_require(u->unit + u->count <= PLAN_UNITS_MAX);
    for (size_t i = 0; i < u->signal_count; i++) {
        const struct sim_signal *s = &u->signals[i];
        const struct sim_range *r = &u->ranges[s->table];
        pw_require(s->address >= r->first);
        pw_require(s->address + s->count * sim_signal_cells(s) <= r->first + r->count);
        (void)wave_at(&s->wave, 1.5, 1);
    }
    for (int table = 0; table < SIM_TABLE_COUNT; table++)
        pw_require(u->ranges[table].first + u->ranges[table].count <= 65536);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sim_plan *plan = NULL;
    char error[PLAN_ERROR_SIZE] = "";
    if (sim_plan_parse("plan", (const char *)data, size, &plan, error)) {
        pw_require(strncmp(error, "plan:", 5) == 0);
        return 0;
    }
    for (size_t i = 0; i < plan->slave_count; i++)
        for (size_t u = 0; u < plan->slaves[i].unit_count; u++)
            check_unit(&plan->slaves[i].units[u]);
    sim_plan_free(plan);
    return 0;
}
