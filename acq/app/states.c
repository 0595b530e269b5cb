#include "acq/app/state.h"

#include "acq/detect/object_state.h"
#include "protocols/influx/line.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void write_state_line(struct app *a, const struct object_state *s)
{
    struct strbuf *text = flow_fresh_text(a);
    struct line_writer w;
    line_begin(&w, text, "state");
    line_tag(&w, "object", s->object);
    line_tag(&w, "site", s->site);
    line_int(&w, "code", (int64_t)s->code);
    line_string(&w, "state", s->word);
    if (!isnan(s->confidence))
        line_float(&w, "confidence", s->confidence);
    if (!isnan(s->power_kw))
        line_float(&w, "power_kw", s->power_kw);
    if (line_end(&w, s->time_ms) && !text->failed)
        (void)recorder_add_derived(a->recorder, text->data, text->len, s->time_ms);
}

/* Its place, or that of the first free one; NULL when all are taken. */
static struct shown_state *find_shown(struct live *live, const char *object)
{
    for (uint32_t i = 0; i < live->state_count; i++)
        if (!live->states[i].object[0] || strcmp(live->states[i].object, object) == 0)
            return &live->states[i];
    return NULL;
}

void states_on_state(void *ctx, const struct object_state *s)
{
    struct app *a = ctx;
    write_state_line(a, s);
    struct shown_state *shown = find_shown(&a->live, s->object);
    if (!shown)
        return;
    snprintf(shown->object, sizeof shown->object, "%s", s->object);
    snprintf(shown->site, sizeof shown->site, "%s", s->site);
    shown->word = s->word;
    shown->code = (uint32_t)s->code;
    shown->confidence = s->confidence;
    shown->power_kw = s->power_kw;
    shown->since_ms = s->since_ms;
}

void states_status(const struct app *a, struct strbuf *out)
{
    const char *comma = "";
    strbuf_adds(out, ",\"states\":[");
    for (uint32_t i = 0; i < a->live.state_count && a->live.states[i].object[0]; i++) {
        const struct shown_state *s = &a->live.states[i];
        char iso[CIVIL_ISO_SIZE];
        civil_format_iso(s->since_ms, a->plant->server.zone_offset_min, iso);
        strbuf_addf(out, "%s{\"object\":", comma);
        strbuf_add_json_string(out, s->object);
        strbuf_addf(out, ",\"code\":%u,\"state\":\"%s\",\"since\":\"%s\"", s->code, s->word, iso);
        if (!isnan(s->confidence)) {
            strbuf_adds(out, ",\"confidence\":");
            strbuf_add_json_double(out, s->confidence);
        }
        if (!isnan(s->power_kw)) {
            strbuf_adds(out, ",\"power_kw\":");
            strbuf_add_json_double(out, s->power_kw);
        }
        strbuf_addc(out, '}');
        comma = ",";
    }
    strbuf_addc(out, ']');
}
