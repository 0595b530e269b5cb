#include "acq/app/app.h"
#include "acq/app/args.h"
#include "acq/app/config.h"

#include "acq/collect/plan_report.h"
#include "acq/detect/coverage.h"
#include "acq/plant/plant.h"

#include <stdio.h>

/* Judged by raw readings alone: derived values and journal lines are small beside them. */
enum { BYTES_A_READING = 8, YEAR_S = 31536000, YEAR_D = 365, YEAR_H = 8760 };
/* Of an hour of one series: its packed minutes, corrected or not, and its row. */
enum { CORRECTED_HOUR = 1300, PLAIN_HOUR = 320, HOUR_ROW = 130 };

static void tell_size(const struct plant *plant)
{
    const double gib = 1073741824.0;
    const struct plant_retention *keep = &plant->server.retention;
    double readings_s = 0;
    for (uint32_t i = 0; i < plant->device_count; i++)
        readings_s += plant->devices[i].every_ms
                          ? plant->devices[i].signal_count * 1000.0 / plant->devices[i].every_ms
                          : 0;
    double year = readings_s * YEAR_S * BYTES_A_READING / gib;
    double kept = year * keep->raw_days / YEAR_D;
    printf("record: about %.2f GiB a year, %.1f GiB in %u days, at %d bytes a reading\n", year,
           kept, keep->raw_days, BYTES_A_READING);
    if (keep->warn_gib > 0 && kept > keep->warn_gib)
        printf("warning: the record is expected to become larger than warn_gib, %u GiB\n",
               keep->warn_gib);
}

static void tell_means(const struct plant *plant)
{
    const double gib = 1073741824.0;
    const struct plant_retention *keep = &plant->server.retention;
    double hour = 0;
    for (uint32_t i = 0; i < plant->input_count; i++) {
        const struct plant_input *input = &plant->inputs[i];
        bool is_corrected =
            plant->outlets[input->outlet].is_regulated && input->measure == MEASURE_CONCENTRATION;
        hour += is_corrected ? CORRECTED_HOUR : PLAIN_HOUR;
    }
    double minutes = hour * YEAR_H / gib;
    double hours = (double)plant->input_count * HOUR_ROW * YEAR_H / gib;
    printf("means: %u series, about %.2f GiB a year in SQLite, %.1f GiB of minutes in %u days and "
           "%.1f GiB of hours in %u\n",
           plant->input_count, minutes + hours, minutes * keep->minute_days / YEAR_D,
           keep->minute_days, hours * keep->hour_days / YEAR_D, keep->hour_days);
}

static void tell_rule(void *ctx, const struct coverage *c)
{
    (void)ctx;
    printf("coverage: %s %s: %s%s%s%s%s\n", c->object, c->rule, c->runs ? "runs" : "cannot run",
           c->by[0] ? " on " : "", c->by, c->missing[0] ? "; missing: " : "", c->missing);
}

static void tell_coverage(const struct plant *plant)
{
    for (uint32_t i = 0; i < plant->outlet_count; i++)
        coverage_tell(plant, i, tell_rule, NULL);
    for (uint32_t i = 0; i < plant->equipment_count; i++)
        coverage_tell_equipment(plant, i, tell_rule, NULL);
}

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
    tell_size(plant);
    tell_means(plant);
    tell_coverage(plant);
    plant_free(plant);
    return APP_OK;
}
