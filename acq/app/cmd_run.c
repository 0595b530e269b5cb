#include "acq/app/app.h"
#include "acq/app/args.h"
#include "acq/app/config.h"
#include "acq/app/server.h"

#include "acq/core/log.h"
#include "acq/plant/plant.h"

#include <stdio.h>

static const char usage[] = "run --config FILE [--data DIR] [--listen HOST:PORT] [--web DIR] "
                            "[--log debug|info|warn|error] [--seconds N] [--summary]";

int cmd_run(int argc, char **argv)
{
    struct server_options o = {0};
    const char *log_level = "info";
    const char *seconds = NULL;
    const struct arg_option options[] = {
        {"--config", &o.config_path, NULL, true},  {"--data", &o.data_dir, NULL, false},
        {"--listen", &o.http_listen, NULL, false}, {"--web", &o.web_dir, NULL, false},
        {"--log", &log_level, NULL, false},        {"--seconds", &seconds, NULL, false},
        {"--summary", NULL, &o.summary, false},
    };
    int err =
        args_parse(argc, argv, options, sizeof options / sizeof *options, usage, NULL, 0, NULL);
    if (err)
        return err;
    if (args_number("--seconds", seconds, 1, 31536000, usage, &o.seconds))
        return APP_USAGE;
    enum log_level level = LOG_INFO;
    if (log_level_parse(log_level, &level) != 0)
        return args_refuse(argv[0], usage, "--log: found %s, expected debug, info, warn or error",
                           log_level);
    log_set_level(level);

    struct plant *plant = NULL;
    if (config_load(o.config_path, stderr, &plant) != 0)
        return APP_BAD_DATA;
    return server_run(&o, plant);
}
