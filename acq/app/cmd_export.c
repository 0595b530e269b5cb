#include "acq/app/app.h"
#include "acq/app/args.h"

#include "acq/core/civil.h"
#include "acq/record/export.h"
#include "acq/record/mean_row.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "export --data DIR --what raw|findings|means|totals|rates|marks|packets [--from T] [--to T] "
    "[--format csv|jsonl] [--timezone ZONE]\n"
    "of means: [--period minute|hour|day|month|quarter|year] [--outlet ID] [--factor CODE] "
    "[--source own|station] [--revisions all|last] [--exact]";

struct words {
    const char *what, *format, *revisions;
    bool exact;
};

static int read_words(const char *subcommand, const struct words *w, struct export_options *o)
{
    static const struct {
        const char *word;
        enum export_what what;
    } known[] = {{"raw", EXPORT_RAW},     {"findings", EXPORT_FINDINGS},
                 {"means", EXPORT_MEANS}, {"totals", EXPORT_TOTALS},
                 {"marks", EXPORT_MARKS}, {"packets", EXPORT_PACKETS},
                 {"rates", EXPORT_RATES}};
    enum { KNOWN = sizeof known / sizeof *known };
    size_t i = 0;
    while (i < KNOWN && strcmp(w->what, known[i].word) != 0)
        i++;
    if (i == KNOWN)
        return args_refuse(
            subcommand, usage,
            "--what: found %s, expected raw, findings, means, totals, rates, marks or packets",
            w->what);
    o->what = known[i].what;
    if (strcmp(w->format, "jsonl") != 0 && strcmp(w->format, "csv") != 0)
        return args_refuse(subcommand, usage, "--format: found %s, expected csv or jsonl",
                           w->format);
    o->format = strcmp(w->format, "csv") == 0 ? EXPORT_CSV : EXPORT_JSONL;
    if (o->what == EXPORT_PACKETS && o->format == EXPORT_CSV)
        return args_refuse(subcommand, usage, "--format: found csv, expected jsonl for packets");
    return 0;
}

static int read_filter(const char *subcommand, const struct words *w, struct export_options *o)
{
    bool any = o->period || o->outlet || o->factor || o->source || w->revisions || w->exact;
    if (any && o->what != EXPORT_MEANS)
        return args_refuse(subcommand, usage,
                           "--period, --outlet, --factor, --source, --revisions and --exact are "
                           "of --what means");
    if (o->period && !mean_row_is_period(o->period))
        return args_refuse(subcommand, usage,
                           "--period: found %s, expected minute, hour, day, month, quarter or year",
                           o->period);
    if (o->source && strcmp(o->source, "own") != 0 && strcmp(o->source, "station") != 0)
        return args_refuse(subcommand, usage, "--source: found %s, expected own or station",
                           o->source);
    if (w->revisions && strcmp(w->revisions, "all") != 0 && strcmp(w->revisions, "last") != 0)
        return args_refuse(subcommand, usage, "--revisions: found %s, expected all or last",
                           w->revisions);
    o->last_only = w->revisions && strcmp(w->revisions, "last") == 0;
    if (o->last_only && w->exact)
        return args_refuse(subcommand, usage, "--exact: tells all revisions, as they came");
    if (w->exact)
        o->what = EXPORT_TOLD;
    return 0;
}

int cmd_export(int argc, char **argv)
{
    const char *from = NULL;
    const char *to = NULL;
    const char *zone = "Asia/Shanghai";
    struct words w = {.format = "jsonl"};
    struct export_options o = {.to_ms = INT64_MAX};
    const struct arg_option options[] = {
        {"--data", &o.data_dir, NULL, true},
        {"--what", &w.what, NULL, true},
        {"--from", &from, NULL, false},
        {"--to", &to, NULL, false},
        {"--format", &w.format, NULL, false},
        {"--timezone", &zone, NULL, false},
        {"--period", &o.period, NULL, false},
        {"--outlet", &o.outlet, NULL, false},
        {"--factor", &o.factor, NULL, false},
        {"--source", &o.source, NULL, false},
        {"--revisions", &w.revisions, NULL, false},
        {"--exact", NULL, &w.exact, false},
    };
    int err =
        args_parse(argc, argv, options, sizeof options / sizeof *options, usage, NULL, 0, NULL);
    if (err)
        return err;
    if (args_instant("--from", from, usage, &o.from_ms) ||
        args_instant("--to", to, usage, &o.to_ms))
        return APP_USAGE;
    if (civil_zone_parse(zone, &o.zone_offset_min) != 0)
        return args_refuse(argv[0], usage, "--timezone: %s has no fixed offset", zone);
    err = read_words(argv[0], &w, &o);
    if (!err)
        err = read_filter(argv[0], &w, &o);
    if (err)
        return err;
    err = record_export(&o, stdout);
    if (err)
        fprintf(stderr, "plumewatch export: %s: %s\n", o.data_dir, pw_strerror(err));
    return err ? APP_BAD_DATA : APP_OK;
}
