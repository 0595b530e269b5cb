#include "acq/core/civil.h"
#include "acq/detect/rate.h"
#include "acq/plant/plant.h"
#include "acq/refine/period.h"

#include <math.h>

const char *rate_what_name(enum rate_what what)
{
    static const char *const names[RATE_WHATS] = {"run", "capture", "removal"};
    return names[what];
}

const char *rate_period_name(enum rate_period period)
{
    static const char *const names[RATE_PERIODS] = {"day", "month", "year"};
    return names[period];
}

double rate_value(const struct rate *r)
{
    return r->whole > 0 ? r->part / r->whole : (double)NAN;
}

const char *rate_object(const struct rate *r, const struct plant *plant)
{
    return r->equipment != PLANT_NONE ? plant->equipment[r->equipment].id
                                      : plant->outlets[plant->inputs[r->input].outlet].id;
}

const char *rate_site(const struct rate *r, const struct plant *plant)
{
    uint32_t site = r->equipment != PLANT_NONE
                        ? plant->equipment[r->equipment].site
                        : plant->outlets[plant->inputs[r->input].outlet].site;
    return plant->sites[site].id;
}

const char *rate_factor(const struct rate *r, const struct plant *plant)
{
    return r->input != PLANT_NONE ? plant->inputs[r->input].factor : "";
}

int64_t rate_stamp_ms(const struct rate *r)
{
    return r->until_ms - DAY_MS;
}

static void add_time(struct strbuf *out, const char *key, int64_t time_ms, int zone_offset_min)
{
    char iso[CIVIL_ISO_SIZE];
    civil_format_iso(time_ms, zone_offset_min, iso);
    strbuf_addf(out, ",\"%s\":\"%s\"", key, iso);
}

static void add_text(struct strbuf *out, const char *key, const char *text)
{
    strbuf_addf(out, ",\"%s\":", key);
    strbuf_add_json_string(out, text);
}

static void add_number(struct strbuf *out, const char *key, double value)
{
    strbuf_addf(out, ",\"%s\":", key);
    if (isnan(value))
        strbuf_adds(out, "null");
    else
        strbuf_add_json_double(out, value);
}

void rate_write_members(const struct rate *r, const struct plant *plant, struct strbuf *out)
{
    int zone_offset_min = plant->server.zone_offset_min;
    strbuf_addf(out, "\"what\":\"%s\",\"period\":\"%s\"", rate_what_name(r->what),
                rate_period_name(r->period));
    add_text(out, "site", rate_site(r, plant));
    add_text(out, "object", rate_object(r, plant));
    add_text(out, "factor", rate_factor(r, plant));
    strbuf_addf(out, ",\"revision\":%u", r->revision);
    add_time(out, "start", r->start_ms, zone_offset_min);
    add_time(out, "until", r->until_ms, zone_offset_min);
    strbuf_adds(out, r->is_closed ? ",\"closed\":true" : ",\"closed\":false");
    add_number(out, "rate", rate_value(r));
    add_number(out, "part", r->part);
    add_number(out, "whole", r->whole);
    strbuf_addf(out, ",\"due\":%u,\"known\":%u", r->due, r->known);
    if (r->what == RATE_RUN)
        strbuf_addf(out, ",\"starts\":%u,\"on_time\":%u", r->starts, r->on_time);
}
