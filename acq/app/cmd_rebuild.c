#include "acq/app/app.h"
#include "acq/app/args.h"

#include "acq/record/rebuild.h"

#include <stdio.h>

int cmd_rebuild(int argc, char **argv)
{
    static const char usage[] = "rebuild --data DIR [--accept-gap]";
    const char *data = NULL;
    bool accept_gap = false;
    const struct arg_option options[] = {{"--data", &data, NULL, true},
                                         {"--accept-gap", NULL, &accept_gap, false}};
    int err = args_parse(argc, argv, options, 2, usage, NULL, 0, NULL);
    if (err)
        return err;
    return record_rebuild(data, accept_gap, stdout) ? APP_BROKEN_RECORD : APP_OK;
}
