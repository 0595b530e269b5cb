#include "acq/replay/output.h"

#include "acq/core/civil.h"
#include "acq/detect/finding.h"
#include "acq/detect/flare.h"
#include "acq/detect/object_state.h"
#include "acq/detect/rate.h"
#include "acq/plant/plant.h"
#include "acq/refine/account.h"
#include "acq/refine/mean.h"

#include <math.h>

void output_finding(const struct finding *f, const struct plant *plant, struct strbuf *out)
{
    strbuf_adds(out, "{\"type\":\"finding\",");
    finding_write_members(f, plant->server.zone_offset_min, out);
    strbuf_adds(out, "}\n");
}

void output_account(const struct account *a, const struct plant *plant, struct strbuf *out)
{
    if (a->is_passing)
        return;
    strbuf_adds(out, "{\"type\":\"total\",");
    account_write_members(a, plant, out);
    strbuf_adds(out, "}\n");
}

void output_rate(const struct rate *r, const struct plant *plant, struct strbuf *out)
{
    if (r->is_passing)
        return;
    strbuf_adds(out, "{\"type\":\"rate\",");
    rate_write_members(r, plant, out);
    strbuf_adds(out, "}\n");
}

void output_mean(const struct mean *m, const struct plant *plant, struct strbuf *out)
{
    if (m->period == MEAN_REALTIME)
        return;
    strbuf_adds(out, "{\"type\":\"mean\",");
    mean_write_members(m, plant, out);
    strbuf_adds(out, "}\n");
}

static void add_time(struct strbuf *out, const char *key, int64_t time_ms, int zone_offset_min)
{
    char iso[CIVIL_ISO_SIZE];
    civil_format_iso(time_ms, zone_offset_min, iso);
    strbuf_addf(out, ",\"%s\":\"%s\"", key, iso);
}

static void add_number(struct strbuf *out, const char *key, double value)
{
    if (isnan(value))
        return;
    strbuf_addf(out, ",\"%s\":", key);
    strbuf_add_json_double(out, value);
}

void output_flare(const struct flare_block *b, const struct plant *plant, struct strbuf *out)
{
    struct flare_figure figures[FLARE_FIGURES];
    flare_block_figures(b, figures);
    strbuf_adds(out, "{\"type\":\"flare\",\"site\":");
    strbuf_add_json_string(out, b->site);
    strbuf_adds(out, ",\"outlet\":");
    strbuf_add_json_string(out, b->object);
    add_time(out, "start", b->start_ms, plant->server.zone_offset_min);
    for (int i = 0; i < FLARE_FIGURES; i++)
        add_number(out, figures[i].name, figures[i].value);
    strbuf_addf(out, ",\"valid\":%s,\"judged\":%s", b->valid ? "true" : "false",
                b->judged ? "true" : "false");
    if (b->verdict[0])
        strbuf_addf(out, ",\"verdict\":\"%s\"", b->verdict);
    strbuf_adds(out, "}\n");
}

void output_state(const struct object_state *s, const struct plant *plant, struct strbuf *out)
{
    strbuf_adds(out, "{\"type\":\"state\",\"site\":");
    strbuf_add_json_string(out, s->site);
    strbuf_adds(out, ",\"object\":");
    strbuf_add_json_string(out, s->object);
    strbuf_addf(out, ",\"code\":%d,\"state\":\"%s\"", (int)s->code, s->word);
    add_number(out, "confidence", s->confidence);
    add_number(out, "power_kw", s->power_kw);
    add_time(out, "time", s->time_ms, plant->server.zone_offset_min);
    add_time(out, "since", s->since_ms, plant->server.zone_offset_min);
    strbuf_adds(out, "}\n");
}
