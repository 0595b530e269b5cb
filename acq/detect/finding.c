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
    if (f->test)
        add_string(out, "test", f->test);
    if (f->class_word)
        add_string(out, "class", f->class_word);
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

static void add_released(const struct finding *f, struct strbuf *out)
{
    if (f->released_count == 0)
        return;
    strbuf_adds(out, ",\"released_kg\":");
    strbuf_add_json_double(out, f->released[0].kg);
    strbuf_addf(out, ",\"grade\":\"%c\",\"released\":[", f->released[0].grade);
    for (uint32_t i = 0; i < f->released_count; i++) {
        strbuf_adds(out, i ? ",{\"factor\":" : "{\"factor\":");
        strbuf_add_json_string(out, f->released[i].factor);
        strbuf_adds(out, ",\"kg\":");
        strbuf_add_json_double(out, f->released[i].kg);
        strbuf_addf(out, ",\"grade\":\"%c\"}", f->released[i].grade);
    }
    strbuf_addc(out, ']');
    if (f->extra_kg > 0)
        add_number(out, "extra_kg", f->extra_kg);
}

static void add_window(const struct finding *f, struct strbuf *out)
{
    if (!f->window)
        return;
    add_string(out, "window", f->window);
    strbuf_addf(out, ",\"late\":%s", f->is_late ? "true" : "false");
    if (f->outside_s > 0)
        add_number(out, "outside_s", f->outside_s);
}

static void add_evidence(const struct finding *f, struct strbuf *out)
{
    if (f->evidence_count == 0)
        return;
    strbuf_adds(out, ",\"evidence\":[");
    for (uint32_t i = 0; i < f->evidence_count; i++) {
        const struct finding_evidence *e = &f->evidence[i];
        strbuf_adds(out, i ? ",{\"channel\":" : "{\"channel\":");
        strbuf_add_json_string(out, e->channel);
        if (e->signal_device)
            strbuf_addf(out, ",\"signal\":\"%s.%s\"", e->signal_device, e->signal_id);
        add_number(out, "value", e->value);
        if (e->unit && e->unit[0])
            add_string(out, "unit", e->unit);
        add_number(out, "threshold", e->threshold);
        add_string(out, "says", e->says);
        strbuf_addc(out, '}');
    }
    strbuf_addc(out, ']');
}

static void add_sentences(const struct finding *f, int zone_offset_min, struct strbuf *out)
{
    char storage[FINDING_SENTENCE_SIZE];
    struct strbuf text;
    strbuf_init_fixed(&text, storage, sizeof storage);
    finding_write_chinese(f, zone_offset_min, &text);
    add_string(out, "zh", strbuf_text(&text));
    strbuf_init_fixed(&text, storage, sizeof storage);
    finding_write_english(f, zone_offset_min, &text);
    add_string(out, "en", strbuf_text(&text));
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
    if (f->confidence > 0)
        add_number(out, "confidence", f->confidence);
    add_window(f, out);
    add_released(f, out);
    add_evidence(f, out);
    add_sentences(f, zone_offset_min, out);
}
