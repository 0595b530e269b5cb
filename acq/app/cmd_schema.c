#include "acq/app/app.h"
#include "acq/app/args.h"

#include "acq/plant/reference.h"

#include <stdio.h>

int cmd_schema(int argc, char **argv)
{
    static const char usage[] = "schema [--reference]";
    bool reference = false;
    const struct arg_option options[] = {{"--reference", NULL, &reference, false}};
    int err = args_parse(argc, argv, options, 1, usage, NULL, 0, NULL);
    if (err)
        return err;
    if (reference)
        plant_write_reference(stdout);
    else
        plant_write_schema(stdout);
    return APP_OK;
}
