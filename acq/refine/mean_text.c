#include "acq/core/civil.h"
#include "acq/plant/plant.h"
#include "acq/refine/mean.h"

static const char *const period_names[MEAN_PERIODS] = {"minute", "hour", "day", "month",
                                                       "realtime"};

const char *mean_period_name(enum mean_period period)
{
    return period_names[period];
}

const char *mean_source_name(enum mean_source source)
{
    return source == MEAN_STATION ? "station" : "own";
}

static void add_value(struct strbuf *out, const char *key, bool given, double value)
{
    strbuf_addf(out, ",\"%s\":", key);
    if (given)
        strbuf_add_json_double(out, value);
    else
        strbuf_adds(out, "null");
}

const char *mean_corrected_why(const struct mean *m)
{
    if (!m->has_corrected || (m->corrected_valid && !m->o2_high))
        return NULL;
    return m->o2_high ? "o2-high" : m->valid ? "few-parts" : NULL;
}

static void add_regulated(const struct mean *m, struct strbuf *out)
{
    add_value(out, "corrected", m->has_corrected, m->corrected);
    add_value(out, "corrected_min", m->has_corrected, m->corrected_min);
    add_value(out, "corrected_max", m->has_corrected, m->corrected_max);
    add_value(out, "cou", m->has_cou, m->cou);
    strbuf_addf(out, ",\"flag\":\"%c\"", flag_letter(m->flag));
    if (mean_corrected_why(m))
        strbuf_addf(out, ",\"corrected_why\":\"%s\"", mean_corrected_why(m));
}

void mean_write_members(const struct mean *m, const struct plant *plant, struct strbuf *out)
{
    const struct plant_outlet *outlet = &plant->outlets[m->outlet];
    char start[CIVIL_ISO_SIZE];
    civil_format_iso(m->start_ms, plant->server.zone_offset_min, start);
    strbuf_addf(out, "\"period\":\"%s\",\"site\":", mean_period_name(m->period));
    strbuf_add_json_string(out, plant->sites[outlet->site].id);
    strbuf_adds(out, ",\"outlet\":");
    strbuf_add_json_string(out, outlet->id);
    strbuf_adds(out, ",\"factor\":");
    strbuf_add_json_string(out, plant->inputs[m->input].factor);
    strbuf_addf(out, ",\"source\":\"%s\",\"revision\":%u,\"start\":\"%s\"",
                mean_source_name(m->source), m->revision, start);
    add_value(out, "avg", m->good > 0, m->avg);
    add_value(out, "min", m->good > 0, m->min);
    add_value(out, "max", m->good > 0, m->max);
    if (m->is_regulated)
        add_regulated(m, out);
    if (m->reason) {
        strbuf_adds(out, ",\"reason\":");
        strbuf_add_json_string(out, m->reason);
    }
    strbuf_addf(out, ",\"valid\":%s,\"parts\":%u,\"good\":%u", m->valid ? "true" : "false",
                m->parts, m->good);
    if (m->gaps > 0)
        strbuf_addf(out, ",\"gaps\":%u,\"longest_gap_s\":%u", m->gaps, m->longest_gap_s);
}

bool mean_came(const struct mean *m)
{
    for (int f = 0; f < FLAG_COUNT; f++)
        if (f != FLAG_B && m->flags[f] > 0)
            return true;
    return m->good > 0;
}
