#include "acq/app/app.h"
#include "acq/app/args.h"

#include "acq/sim/sim.h"

int cmd_sim(int argc, char **argv)
{
    static const char usage[] = "sim --plan FILE";
    const char *plan = NULL;
    const struct arg_option options[] = {{"--plan", &plan, NULL, true}};
    int err = args_parse(argc, argv, options, 1, usage, NULL, 0, NULL);
    if (err)
        return err;
    err = sim_main(plan);
    if (err == PW_EIO || err == PW_ESYNTAX || err == PW_EINVAL || err == PW_EEXIST)
        return APP_BAD_DATA;
    return err ? APP_FAILED : APP_OK;
}
