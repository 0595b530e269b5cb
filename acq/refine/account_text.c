#include "acq/core/civil.h"
#include "acq/plant/plant.h"
#include "acq/refine/account.h"
#include "acq/refine/period.h"

#include <math.h>

static const char *const period_names[ACCOUNT_PERIODS] = {"hour", "day", "month", "quarter",
                                                          "year"};

const char *account_period_name(enum account_period period)
{
    return period_names[period];
}

int64_t account_stamp_ms(const struct account *a)
{
    return a->period == ACCOUNT_HOUR ? a->start_ms : a->until_ms - DAY_MS;
}

static void add_number(struct strbuf *out, const char *key, double value)
{
    strbuf_addf(out, ",\"%s\":", key);
    if (isnan(value))
        strbuf_adds(out, "null");
    else
        strbuf_add_json_double(out, value);
}

static void add_time(struct strbuf *out, const char *key, int64_t time_ms, int zone_offset_min)
{
    char iso[CIVIL_ISO_SIZE];
    civil_format_iso(time_ms, zone_offset_min, iso);
    strbuf_addf(out, ",\"%s\":\"%s\"", key, iso);
}

static void add_parts(struct strbuf *out, const struct transmission *t)
{
    strbuf_addf(out,
                ",\"hours\":%u,\"stopped\":%u,\"due\":%u,\"received\":%u,\"valid\":%u"
                ",\"outside\":%u",
                t->hours, t->stopped, transmission_due(t), t->received, t->valid, t->outside);
    add_number(out, "received_rate", transmission_received(t));
    add_number(out, "valid_rate", transmission_valid(t));
    add_number(out, "effective_rate", transmission_effective(t));
}

static void add_compliance(struct strbuf *out, const struct account *a)
{
    if (a->judged == 0)
        return;
    strbuf_addf(out, ",\"judged\":%u,\"compliant\":%u", a->judged, a->compliant);
    add_number(out, "compliance_rate", (double)a->compliant / a->judged);
}

static void add_permit(struct strbuf *out, const struct account *a, int zone_offset_min)
{
    add_number(out, "permit", a->permit_kg);
    add_number(out, "used", (a->measured_kg + a->substituted_kg) / a->permit_kg);
    if (a->exhausted_ms != 0)
        add_time(out, "exhausted", a->exhausted_ms, zone_offset_min);
    else
        strbuf_adds(out, ",\"exhausted\":null");
}

static void add_mass(struct strbuf *out, const struct account *a, int zone_offset_min)
{
    add_number(out, "cou", a->measured_kg);
    add_number(out, "cou_substituted", a->substituted_kg);
    strbuf_addf(out, ",\"substituted_hours\":%u,\"missing_hours\":%u,\"method\":\"%s\"",
                a->substituted_hours, a->missing_hours, substitute_name(a->method));
    if (a->is_short_history)
        strbuf_adds(out, ",\"short_history\":true");
    add_number(out, "capture", a->capture);
    if (!isnan(a->equivalents))
        add_number(out, "equivalents", a->equivalents);
    if (a->period == ACCOUNT_YEAR && a->permit_kg > 0)
        add_permit(out, a, zone_offset_min);
}

void account_write_members(const struct account *a, const struct plant *plant, struct strbuf *out)
{
    const struct plant_outlet *outlet = &plant->outlets[a->outlet];
    int zone_offset_min = plant->server.zone_offset_min;
    strbuf_addf(out, "\"period\":\"%s\",\"site\":", account_period_name(a->period));
    strbuf_add_json_string(out, plant->sites[outlet->site].id);
    strbuf_adds(out, ",\"outlet\":");
    strbuf_add_json_string(out, outlet->id);
    strbuf_adds(out, ",\"factor\":");
    strbuf_add_json_string(out, plant->inputs[a->input].factor);
    strbuf_addf(out, ",\"revision\":%u", a->revision);
    add_time(out, "start", a->start_ms, zone_offset_min);
    add_time(out, "until", a->until_ms, zone_offset_min);
    strbuf_adds(out, a->is_closed ? ",\"closed\":true" : ",\"closed\":false");
    add_parts(out, &a->parts);
    add_compliance(out, a);
    if (a->has_mass)
        add_mass(out, a, zone_offset_min);
}
