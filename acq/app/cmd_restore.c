#include "acq/app/app.h"
#include "acq/app/args.h"

#include "acq/record/backup.h"

#include <stdio.h>

int cmd_restore(int argc, char **argv)
{
    static const char usage[] = "restore --from DIR --data DIR";
    const char *from = NULL;
    const char *data = NULL;
    const struct arg_option options[] = {{"--from", &from, NULL, true},
                                         {"--data", &data, NULL, true}};
    int err = args_parse(argc, argv, options, 2, usage, NULL, 0, NULL);
    if (err)
        return err;
    err = record_restore(from, data, stdout);
    return err == 0 ? APP_OK : err == PW_ECORRUPT ? APP_BROKEN_RECORD : APP_FAILED;
}
