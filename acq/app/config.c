#include "acq/app/config.h"

#include "acq/plant/load.h"

int config_load(const char *path, FILE *out, struct plant **out_plant)
{
    struct plant_problems problems;
    int err = plant_load(path, out_plant, &problems);
    for (size_t i = 0; i < problems.count; i++) {
        char line[1024];
        plant_problem_format(&problems.items[i], line, sizeof line);
        fprintf(out, "%s\n", line);
    }
    if (problems.dropped)
        fprintf(out, "and %zu more\n", problems.dropped);
    plant_problems_deinit(&problems);
    return err;
}
