#include "acq/app/app.h"
#include "acq/app/args.h"
#include "acq/app/config.h"

#include "acq/collect/plan_report.h"
#include "acq/plant/plant.h"

#include <stdio.h>

int cmd_plan(int argc, char **argv)
{
    static const char usage[] = "plan --config FILE [--json]";
    const char *config = NULL;
    bool json = false;
    const struct arg_option options[] = {{"--config", &config, NULL, true},
                                         {"--json", NULL, &json, false}};
    int err = args_parse(argc, argv, options, 2, usage, NULL, 0, NULL);
    if (err)
        return err;
    struct plant *plant = NULL;
    if (config_load(config, stderr, &plant) != 0)
        return APP_FAILED;
    err = plan_report_write(plant, json, stdout);
    plant_free(plant);
    return err ? APP_FAILED : APP_OK;
}
