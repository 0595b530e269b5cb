#include "acq/app/app.h"
#include "acq/app/args.h"

#include "acq/record/verify.h"

#include <stdio.h>

int cmd_verify(int argc, char **argv)
{
    static const char usage[] = "verify --data DIR [--anchor SEQ:DIGEST]";
    const char *data = NULL;
    const char *anchor = NULL;
    const struct arg_option options[] = {{"--data", &data, NULL, true},
                                         {"--anchor", &anchor, NULL, false}};
    int err = args_parse(argc, argv, options, 2, usage, NULL, 0, NULL);
    if (err)
        return err;
    err = record_verify(data, anchor, stdout);
    if (err == PW_EINVAL)
        return args_refuse(argv[0], usage, "--anchor: expected SEQ:DIGEST, 64 hex digits");
    return err ? APP_BROKEN_RECORD : APP_OK;
}
