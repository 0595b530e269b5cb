#include "acq/refine/station_mean.h"

#include "acq/core/json.h"
#include "acq/plant/plant.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static double or_else(double value, double other)
{
    return isnan(value) ? other : value;
}

/* Where nothing is said of a reference oxygen the measured value is what counts. */
static bool needs_correction(const struct plant *plant, uint32_t input)
{
    return !isnan(plant->outlets[plant->inputs[input].outlet].reference_o2);
}

void station_mean_make(const struct plant *plant, uint32_t input, enum mean_period period,
                       int64_t start_ms, const struct station_numbers *n, struct mean *out)
{
    enum flag flag = flag_of_letter(n->flag);
    bool has_avg = !isnan(n->avg);
    bool has_corrected = !isnan(n->corrected);
    *out = (struct mean){.input = input,
                         .outlet = plant->inputs[input].outlet,
                         .period = period,
                         .source = MEAN_STATION,
                         .start_ms = start_ms,
                         .parts = 1,
                         .good = has_avg,
                         .valid = has_avg && flag == FLAG_N,
                         .revision = n->revision,
                         .reason = n->revision ? "station" : NULL,
                         .flag = flag,
                         .is_regulated = true,
                         .has_corrected = has_corrected,
                         .has_cou = !isnan(n->cou)};
    out->corrected_valid =
        flag == FLAG_N && (has_corrected || (has_avg && !needs_correction(plant, input)));
    out->flags[flag] = 1;
    out->avg = or_else(n->avg, 0);
    out->min = or_else(n->min, out->avg);
    out->max = or_else(n->max, out->avg);
    out->corrected = or_else(n->corrected, 0);
    out->corrected_min = or_else(n->corrected_min, out->corrected);
    out->corrected_max = or_else(n->corrected_max, out->corrected);
    out->cou = or_else(n->cou, 0);
}

static void add_number(struct strbuf *out, const char *key, double value)
{
    strbuf_addf(out, ",\"%s\":", key);
    strbuf_add_json_double(out, value);
}

void station_mean_write(const struct mean *m, const struct plant *plant, struct strbuf *out)
{
    strbuf_adds(out, "\"input\":");
    strbuf_add_json_string(out, plant->inputs[m->input].id);
    if (m->good) {
        add_number(out, "avg", m->avg);
        add_number(out, "min", m->min);
        add_number(out, "max", m->max);
    }
    if (m->has_corrected) {
        add_number(out, "corrected", m->corrected);
        add_number(out, "corrected_min", m->corrected_min);
        add_number(out, "corrected_max", m->corrected_max);
    }
    if (m->has_cou)
        add_number(out, "cou", m->cou);
    strbuf_addf(out, ",\"flag\":\"%c\",\"revision\":%u", flag_letter(m->flag), m->revision);
}

static uint32_t find_input(const struct plant *p, const char *id)
{
    for (uint32_t i = 0; i < p->input_count; i++)
        if (strcmp(p->inputs[i].id, id) == 0)
            return i;
    return PLANT_NONE;
}

static bool find_period(const char *name, enum mean_period *out)
{
    for (int i = MEAN_MINUTE; i <= MEAN_DAY; i++) {
        if (strcmp(mean_period_name((enum mean_period)i), name) != 0)
            continue;
        *out = (enum mean_period)i;
        return true;
    }
    return false;
}

static double number_of(const cJSON *item, const char *key)
{
    const cJSON *node = cJSON_GetObjectItemCaseSensitive(item, key);
    return cJSON_IsNumber(node) && isfinite(node->valuedouble) ? node->valuedouble : NAN;
}

int station_mean_read(const cJSON *line, const cJSON *item, const struct plant *plant,
                      struct mean *out)
{
    const char *period_name = json_string(line, "period");
    const char *id = json_string(item, "input");
    const char *flag = json_string(item, "flag");
    double start_ms = number_of(line, "start");
    double revision = number_of(item, "revision");
    enum mean_period period;
    if (!period_name || !id || !flag || !flag[0] || !find_period(period_name, &period) ||
        !(start_ms > -9e15 && start_ms < 9e15) || !(revision >= 0 && revision < UINT32_MAX))
        return PW_ESYNTAX;
    uint32_t input = find_input(plant, id);
    if (input == PLANT_NONE)
        return PW_ENOTFOUND;
    const struct station_numbers n = {.avg = number_of(item, "avg"),
                                      .min = number_of(item, "min"),
                                      .max = number_of(item, "max"),
                                      .corrected = number_of(item, "corrected"),
                                      .corrected_min = number_of(item, "corrected_min"),
                                      .corrected_max = number_of(item, "corrected_max"),
                                      .cou = number_of(item, "cou"),
                                      .flag = flag[0],
                                      .revision = (uint32_t)revision};
    station_mean_make(plant, input, period, (int64_t)start_ms, &n, out);
    return 0;
}
