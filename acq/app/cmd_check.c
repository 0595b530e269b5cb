#include "acq/app/app.h"
#include "acq/app/args.h"
#include "acq/app/config.h"

#include "acq/collect/plan_report.h"
#include "acq/plant/plant.h"

#include <stdio.h>

int cmd_check(int argc, char **argv)
{
    static const char usage[] = "check --config FILE";
    const char *config = NULL;
    const struct arg_option options[] = {{"--config", &config, NULL, true}};
    int err = args_parse(argc, argv, options, 1, usage, NULL, 0, NULL);
    if (err)
        return err;
    struct plant *plant = NULL;
    if (config_load(config, stdout, &plant) != 0)
        return APP_FAILED;
    if (plan_report_check(plant, config, stdout) != 0) {
        plant_free(plant);
        return APP_FAILED;
    }
    char hex[SM3_HEX_SIZE];
    printf("good: %u sites, %u outlets, %u links, %u devices, %u signals, %u limits, %u targets\n",
           plant->site_count, plant->outlet_count, plant->link_count, plant->device_count,
           plant->signal_count, plant->limit_count, plant->influx_count);
    printf("digest: %s\n", sm3_hex(plant->digest, hex));
    plant_free(plant);
    return APP_OK;
}
