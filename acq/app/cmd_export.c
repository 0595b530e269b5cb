#include "acq/app/app.h"
#include "acq/app/args.h"

#include "acq/core/civil.h"
#include "acq/record/export.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "export --data DIR --what raw|findings|means|totals|marks|packets [--from T] [--to T] "
    "[--format csv|jsonl] [--timezone ZONE]";

int cmd_export(int argc, char **argv)
{
    const char *data = NULL;
    const char *what = NULL;
    const char *from = NULL;
    const char *to = NULL;
    const char *format = "jsonl";
    const char *zone = "Asia/Shanghai";
    const struct arg_option options[] = {
        {"--data", &data, NULL, true},      {"--what", &what, NULL, true},
        {"--from", &from, NULL, false},     {"--to", &to, NULL, false},
        {"--format", &format, NULL, false}, {"--timezone", &zone, NULL, false},
    };
    int err = args_parse(argc, argv, options, 6, usage, NULL, 0, NULL);
    if (err)
        return err;
    struct export_options o = {.data_dir = data, .from_ms = 0, .to_ms = INT64_MAX};
    if (args_instant("--from", from, usage, &o.from_ms) ||
        args_instant("--to", to, usage, &o.to_ms))
        return APP_USAGE;
    if (civil_zone_parse(zone, &o.zone_offset_min) != 0)
        return args_refuse(argv[0], usage, "--timezone: %s has no fixed offset", zone);
    if (strcmp(what, "raw") == 0)
        o.what = EXPORT_RAW;
    else if (strcmp(what, "findings") == 0)
        o.what = EXPORT_FINDINGS;
    else if (strcmp(what, "means") == 0)
        o.what = EXPORT_MEANS;
    else if (strcmp(what, "marks") == 0)
        o.what = EXPORT_MARKS;
    else if (strcmp(what, "totals") == 0)
        o.what = EXPORT_TOTALS;
    else if (strcmp(what, "packets") == 0)
        o.what = EXPORT_PACKETS;
    else
        return args_refuse(
            argv[0], usage,
            "--what: found %s, expected raw, findings, means, totals, marks or packets", what);
    if (strcmp(format, "jsonl") == 0)
        o.format = EXPORT_JSONL;
    else if (strcmp(format, "csv") == 0)
        o.format = EXPORT_CSV;
    else
        return args_refuse(argv[0], usage, "--format: found %s, expected csv or jsonl", format);
    if (o.what == EXPORT_PACKETS && o.format == EXPORT_CSV)
        return args_refuse(argv[0], usage, "--format: found csv, expected jsonl for packets");
    err = record_export(&o, stdout);
    if (err)
        fprintf(stderr, "plumewatch export: %s: %s\n", data, pw_strerror(err));
    return err ? APP_BAD_DATA : APP_OK;
}
