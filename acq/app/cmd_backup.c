#include "acq/app/app.h"
#include "acq/app/args.h"

#include "acq/core/clock.h"
#include "acq/record/backup.h"

#include <stdio.h>

int cmd_backup(int argc, char **argv)
{
    static const char usage[] = "backup --data DIR --to DIR";
    const char *data = NULL;
    const char *to = NULL;
    const struct arg_option options[] = {{"--data", &data, NULL, true}, {"--to", &to, NULL, true}};
    int err = args_parse(argc, argv, options, 2, usage, NULL, 0, NULL);
    if (err)
        return err;
    err = record_backup(data, to, pw_clock_wall_ms(pw_clock_system()), stdout);
    return err == 0 ? APP_OK : err == PW_ECORRUPT ? APP_BROKEN_RECORD : APP_FAILED;
}
