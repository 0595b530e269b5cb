#include "acq/app/state.h"

#include "acq/app/alarms.h"

#include "acq/core/civil.h"
#include "acq/core/json.h"
#include "acq/core/log.h"
#include "acq/core/utf8.h"
#include "protocols/influx/line.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void copy_text(char *out, size_t size, const char *text)
{
    size_t len = strlen(text ? text : "");
    len = len < size ? len : utf8_valid_prefix(text, size - 1);
    memcpy(out, text ? text : "", len);
    out[len] = '\0';
}

static void write_sentences(const struct app *a, const struct finding *f, struct open_finding *o)
{
    char storage[FINDING_SENTENCE_SIZE];
    struct strbuf text;
    int zone_min = a->plant->server.zone_offset_min;
    strbuf_init_fixed(&text, storage, sizeof storage);
    finding_write_chinese(f, zone_min, &text);
    copy_text(o->zh, sizeof o->zh, strbuf_text(&text));
    strbuf_init_fixed(&text, storage, sizeof storage);
    finding_write_english(f, zone_min, &text);
    copy_text(o->en, sizeof o->en, strbuf_text(&text));
}

/* Whether it was not known to be open: an open one may be told again, as another class. */
static bool keep_open(struct app *a, const struct finding *f, const char *id)
{
    size_t i = 0;
    while (i < a->open_count && strcmp(a->open[i].id, id) != 0)
        i++;
    if (f->state == FINDING_CLOSED) {
        if (i < a->open_count)
            a->open[i] = a->open[--a->open_count];
        return false;
    }
    bool is_new = i == a->open_count;
    if (i == APP_OPEN_FINDINGS_MAX)
        return true;
    struct open_finding *o = &a->open[i];
    copy_text(o->id, sizeof o->id, id);
    copy_text(o->kind, sizeof o->kind, f->kind);
    copy_text(o->site, sizeof o->site, f->site);
    copy_text(o->object, sizeof o->object, f->object);
    copy_text(o->factor, sizeof o->factor, f->factor);
    o->signal[0] = '\0';
    if (f->signal_device)
        snprintf(o->signal, sizeof o->signal, "%s.%s", f->signal_device, f->signal_id);
    o->priority = f->priority;
    o->start_ms = f->start_ms;
    o->value = f->value;
    o->threshold = f->threshold;
    o->confidence = f->confidence;
    copy_text(o->class_word, sizeof o->class_word, f->class_word);
    write_sentences(a, f, o);
    a->open_count += is_new;
    return is_new;
}

static double number_of(const cJSON *tree, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(tree, key);
    return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

void findings_know_open(struct app *a, const char *json)
{
    cJSON *tree = NULL;
    if (a->open_count == APP_OPEN_FINDINGS_MAX || json_parse(json, strlen(json), &tree, NULL) != 0)
        return;
    struct open_finding *o = &a->open[a->open_count++];
    const char *priority = json_string(tree, "priority");
    const char *start = json_string(tree, "start");
    *o = (struct open_finding){.value = number_of(tree, "value"),
                               .threshold = number_of(tree, "threshold")};
    copy_text(o->id, sizeof o->id, json_string(tree, "id"));
    copy_text(o->kind, sizeof o->kind, json_string(tree, "kind"));
    copy_text(o->site, sizeof o->site, json_string(tree, "site"));
    copy_text(o->object, sizeof o->object, json_string(tree, "object"));
    copy_text(o->factor, sizeof o->factor, json_string(tree, "factor"));
    copy_text(o->signal, sizeof o->signal, json_string(tree, "signal"));
    copy_text(o->class_word, sizeof o->class_word, json_string(tree, "class"));
    copy_text(o->zh, sizeof o->zh, json_string(tree, "zh"));
    copy_text(o->en, sizeof o->en, json_string(tree, "en"));
    double confidence = number_of(tree, "confidence");
    o->confidence = isnan(confidence) ? 0 : confidence;
    if (priority && priority[0] == 'P')
        o->priority = (uint8_t)(priority[1] - '0');
    if (!start || civil_parse(start, &o->start_ms) != 0)
        o->start_ms = 0;
    /* What came before this start was written by the one before, or lies in the raw lines. */
    if (a->freeze && freeze_wants(a->freeze, o->kind, o->object))
        freeze_begin(a->freeze, o->id, o->object,
                     plant_time_utc_ms(&a->time, plant_time_at_ms(&a->time)));
    cJSON_Delete(tree);
}

static void say(struct app *a, const struct finding *f)
{
    char sentence[FINDING_SENTENCE_SIZE];
    struct strbuf text;
    strbuf_init_fixed(&text, sentence, sizeof sentence);
    finding_write_english(f, a->plant->server.zone_offset_min, &text);
    log_warn("finding", "%s", sentence);
    if (a->options.summary && a->sentence_count < APP_SENTENCES_MAX) {
        char *copy = strdup(sentence);
        if (copy)
            a->sentences[a->sentence_count++] = copy;
    }
}

static void write_finding_line(struct app *a, const struct finding *f, const char *id)
{
    struct strbuf *text = flow_fresh_text(a);
    struct line_writer w;
    line_begin(&w, text, "finding");
    line_tag(&w, "factor", f->factor ? f->factor : "");
    line_tag(&w, "kind", f->kind);
    line_tag(&w, "object", f->object);
    line_tag(&w, "site", f->site);
    line_string(&w, "id", id);
    line_string(&w, "state", f->state == FINDING_OPEN ? "open" : "closed");
    if (f->class_word)
        line_string(&w, "class", f->class_word);
    if (f->confidence > 0)
        line_float(&w, "confidence", f->confidence);
    if (f->released_count)
        line_float(&w, "released_kg", f->released[0].kg);
    if (f->state == FINDING_CLOSED)
        line_float(&w, "duration_s", (double)(f->end_ms - f->start_ms) / 1000.0);
    if (line_end(&w, f->raised_ms) && !text->failed)
        (void)recorder_add_derived(a->recorder, text->data, text->len, f->raised_ms);
}

static void freeze(struct app *a, const struct finding *f, const char *id)
{
    if (!a->freeze || !freeze_wants(a->freeze, f->kind, f->object))
        return;
    if (f->state == FINDING_OPEN)
        freeze_begin(a->freeze, id, f->object, f->start_ms - FREEZE_BEFORE_MS);
    else
        freeze_end(a->freeze, id, f->end_ms);
}

void findings_on_finding(void *ctx, const struct finding *f)
{
    struct app *a = ctx;
    char id[FINDING_ID_SIZE];
    finding_id(f, id);
    a->counters.findings += keep_open(a, f, id);
    freeze(a, f, id);
    say(a, f);
    write_finding_line(a, f, id);
    struct strbuf *text = flow_fresh_text(a);
    finding_write_members(f, pipeline_plant(a->pipeline)->server.zone_offset_min, text);
    flow_journal(a, "finding", pipeline_now(a->pipeline).at_ms, text, true);
    alarms_finding(a, f);
}
