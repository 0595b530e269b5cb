#include "acq/detect/finding.h"

#include "acq/core/civil.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

const char *finding_id(const struct finding *f, char out[FINDING_ID_SIZE])
{
    char storage[512];
    struct strbuf content;
    strbuf_init_fixed(&content, storage, sizeof storage);
    strbuf_addf(&content, "%s\n%s\n%s\n%" PRId64, f->kind, f->object, f->part, f->start_ms);
    uint8_t digest[SM3_SIZE];
    char hex[SM3_HEX_SIZE];
    sm3_once(content.data, content.len, digest);
    memcpy(out, sm3_hex(digest, hex), FINDING_ID_SIZE - 1);
    out[FINDING_ID_SIZE - 1] = '\0';
    return out;
}

static void add_string(struct strbuf *out, const char *key, const char *value)
{
    strbuf_addf(out, ",\"%s\":", key);
    strbuf_add_json_string(out, value);
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

static void add_subject(const struct finding *f, struct strbuf *out)
{
    add_string(out, "kind", f->kind);
    add_string(out, "site", f->site);
    add_string(out, "object", f->object);
    if (strcmp(f->kind, "system") == 0)
        add_string(out, "part", f->part);
    if (f->outlet)
        add_string(out, "outlet", f->outlet);
    if (f->factor)
        add_string(out, "factor", f->factor);
    if (f->signal_device) {
        strbuf_adds(out, ",\"signal\":\"");
        strbuf_addf(out, "%s.%s\"", f->signal_device, f->signal_id);
    }
    if (f->source && f->source[0])
        add_string(out, "source", f->source);
}

void finding_write_members(const struct finding *f, int zone_offset_min, struct strbuf *out)
{
    char id[FINDING_ID_SIZE];
    strbuf_addf(out, "\"id\":\"%s\"", finding_id(f, id));
    add_subject(f, out);
    add_string(out, "state", f->state == FINDING_OPEN ? "open" : "closed");
    strbuf_addf(out, ",\"priority\":\"P%u\"", f->priority);
    add_time(out, "start", f->start_ms, zone_offset_min);
    add_time(out, "raised", f->raised_ms, zone_offset_min);
    if (f->state == FINDING_CLOSED) {
        add_time(out, "end", f->end_ms, zone_offset_min);
        strbuf_adds(out, ",\"duration_s\":");
        strbuf_add_double(out, (double)(f->end_ms - f->start_ms) / 1000.0);
    } else {
        strbuf_adds(out, ",\"end\":null");
    }
    if (f->reason)
        add_string(out, "reason", f->reason);
    add_number(out, "value", f->value);
    add_number(out, "threshold", f->threshold);
    add_number(out, "worst", f->worst);
}

void finding_write_sentence(const struct finding *f, int zone_offset_min, struct strbuf *out)
{
    char since[CIVIL_ISO_SIZE];
    civil_format_iso(f->start_ms, zone_offset_min, since);
    strbuf_addf(out, "%s %s", f->kind, f->object);
    if (f->factor)
        strbuf_addf(out, " %s", f->factor);
    strbuf_adds(out, ": ");
    double shown = f->state == FINDING_CLOSED ? f->worst : f->value;
    if (!isnan(shown) && !isnan(f->threshold)) {
        strbuf_adds(out, f->state == FINDING_CLOSED ? "worst " : "");
        strbuf_add_double(out, shown);
        strbuf_adds(out, shown > f->threshold ? " above " : " below ");
        strbuf_add_double(out, f->threshold);
        strbuf_addc(out, ' ');
    }
    strbuf_addf(out, "since %s", since);
    if (f->state == FINDING_CLOSED) {
        strbuf_adds(out, ", closed after ");
        strbuf_add_double(out, (double)(f->end_ms - f->start_ms) / 1000.0);
        strbuf_adds(out, " s");
    }
    if (f->reason)
        strbuf_addf(out, " (%s)", f->reason);
}
