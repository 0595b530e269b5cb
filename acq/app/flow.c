#include "acq/app/state.h"

#include "acq/app/notify.h"
#include "acq/core/civil.h"
#include "acq/core/json.h"
#include "acq/core/log.h"
#include "acq/replay/feed.h"
#include "protocols/influx/line.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SNAPSHOT_BYTES_MAX = 64 * 1024 * 1024, HOUR_MS = 3600000 };

static struct strbuf *fresh_text(struct app *a)
{
    strbuf_init_fixed(&a->text, a->line, sizeof a->line);
    return &a->text;
}

/* A commit never begins here: all that one callback of the loop leads to becomes durable together,
 * which a start relies on (restore.c). */
void flow_journal(struct app *a, const char *type, int64_t at_ms, const struct strbuf *members,
                  bool urgent)
{
    if (members->failed) {
        log_error("record", "a journal line of type %s does not fit into memory", type);
        return;
    }
    int err = recorder_add_journal(a->recorder, type, at_ms, strbuf_text(members), urgent);
    if (err)
        log_error("record", "journal line of type %s lost: %s", type, pw_strerror(err));
    if (urgent)
        flow_arm_record(a, 0);
}

static void on_record_timer(uv_timer_t *timer)
{
    struct app *a = timer->data;
    flow_arm_record(a, recorder_tick(a->recorder));
}

void flow_arm_record(struct app *a, uint32_t in_ms)
{
    if (a->phase != STOP_CLOSING)
        uv_timer_start(&a->record_timer, on_record_timer, in_ms, 0);
}

static void write_raw(struct app *a, const struct reading *r)
{
    struct strbuf *line = fresh_text(a);
    int64_t arrived_ms = plant_time_utc_ms(&a->time, r->at_ms);
    int err = raw_encoder_write(a->encoder, r, arrived_ms, line);
    if (!err)
        err = recorder_add_raw(a->recorder, line->data, line->len, r->time_ms, r->at_ms);
    if (err)
        log_error("record", "device=%s: a raw line is lost: %s", a->plant->devices[r->device].id,
                  pw_strerror(err));
}

/* Until the clock was trusted once, its stamps may be wrong: the value is kept and says so. */
static const struct reading *mark_untrusted(struct app *a, const struct reading *r,
                                            struct reading *marked)
{
    if (a->time.trusted)
        return r;
    *marked = *r;
    marked->samples = a->live.scratch;
    for (uint32_t i = 0; i < r->count; i++) {
        a->live.scratch[i] = r->samples[i];
        if (quality_is_good(a->live.scratch[i].quality))
            a->live.scratch[i].quality = QUALITY_CLOCK_UNTRUSTED;
    }
    return marked;
}

void flow_on_reading(void *ctx, const struct reading *reading)
{
    struct app *a = ctx;
    struct reading marked;
    const struct reading *r = mark_untrusted(a, reading, &marked);
    a->counters.readings++;
    a->counters.samples += r->count;
    a->counters.bad += live_take(&a->live, a->plant, r);
    write_raw(a, r);
    pipeline_input(a->pipeline, r);
}

static void copy_text(char *out, size_t size, const char *text)
{
    size_t len = strlen(text ? text : "");
    len = len < size ? len : size - 1;
    memcpy(out, text ? text : "", len);
    out[len] = '\0';
}

static void keep_open(struct app *a, const struct finding *f, const char *id)
{
    size_t i = 0;
    while (i < a->open_count && strcmp(a->open[i].id, id) != 0)
        i++;
    if (f->state == FINDING_CLOSED) {
        if (i < a->open_count)
            a->open[i] = a->open[--a->open_count];
        return;
    }
    if (i == APP_OPEN_FINDINGS_MAX)
        return;
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
    if (i == a->open_count)
        a->open_count++;
}

static double number_of(const cJSON *tree, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(tree, key);
    return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

void flow_know_open(struct app *a, const char *json)
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
    if (priority && priority[0] == 'P')
        o->priority = (uint8_t)(priority[1] - '0');
    if (!start || civil_parse(start, &o->start_ms) != 0)
        o->start_ms = 0;
    cJSON_Delete(tree);
}

static void say(struct app *a, const struct finding *f)
{
    char sentence[512];
    struct strbuf text;
    strbuf_init_fixed(&text, sentence, sizeof sentence);
    finding_write_sentence(f, a->plant->server.zone_offset_min, &text);
    log_warn("finding", "%s", sentence);
    if (a->options.summary && a->sentence_count < APP_SENTENCES_MAX) {
        char *copy = strdup(sentence);
        if (copy)
            a->sentences[a->sentence_count++] = copy;
    }
}

static void write_finding_line(struct app *a, const struct finding *f, const char *id)
{
    struct strbuf *text = fresh_text(a);
    struct line_writer w;
    line_begin(&w, text, "finding");
    line_tag(&w, "factor", f->factor ? f->factor : "");
    line_tag(&w, "kind", f->kind);
    line_tag(&w, "object", f->object);
    line_tag(&w, "site", f->site);
    line_string(&w, "id", id);
    line_string(&w, "state", f->state == FINDING_OPEN ? "open" : "closed");
    if (f->state == FINDING_CLOSED)
        line_float(&w, "duration_s", (double)(f->end_ms - f->start_ms) / 1000.0);
    if (line_end(&w, f->raised_ms) && !text->failed)
        (void)recorder_add_derived(a->recorder, text->data, text->len, f->raised_ms);
}

void flow_on_finding(void *ctx, const struct finding *f)
{
    struct app *a = ctx;
    char id[FINDING_ID_SIZE];
    finding_id(f, id);
    a->counters.findings += f->state == FINDING_OPEN;
    keep_open(a, f, id);
    say(a, f);
    write_finding_line(a, f, id);
    struct strbuf *text = fresh_text(a);
    finding_write_members(f, pipeline_plant(a->pipeline)->server.zone_offset_min, text);
    flow_journal(a, "finding", pipeline_now(a->pipeline).at_ms, text, true);
}

/* The time series of means: one line per period; the journal needs none, as a replay makes the same
 * from the raw lines. */
void flow_on_mean(void *ctx, const struct mean *m)
{
    struct app *a = ctx;
    const struct plant *plant = pipeline_plant(a->pipeline);
    const struct plant_outlet *outlet = &plant->outlets[m->outlet];
    struct strbuf *text = fresh_text(a);
    struct line_writer w;
    a->counters.means++;
    line_begin(&w, text, mean_period_name(m->period));
    line_tag(&w, "factor", plant->inputs[m->input].factor);
    line_tag(&w, "outlet", outlet->id);
    line_tag(&w, "site", plant->sites[outlet->site].id);
    line_tag(&w, "source", "own");
    if (m->good) {
        line_float(&w, "avg", m->avg);
        line_float(&w, "min", m->min);
        line_float(&w, "max", m->max);
    }
    line_bool(&w, "valid", m->valid);
    line_int(&w, "parts", m->parts);
    line_int(&w, "good", m->good);
    line_int(&w, "revision", m->revision);
    if (line_end(&w, m->start_ms) && !text->failed)
        (void)recorder_add_derived(a->recorder, text->data, text->len, m->start_ms);
}

void flow_tick(struct app *a, int64_t at_ms)
{
    uint64_t means = a->counters.means;
    pipeline_tick_to(a->pipeline, at_ms);
    if (a->counters.means != means)
        flow_journal(a, "tick", at_ms, &(struct strbuf){0}, false);
}

void flow_on_commit(void *ctx, const struct commit *c)
{
    struct app *a = ctx;
    a->counters.written += (uint64_t)c->lines[MEMBER_R] + c->lines[MEMBER_D];
    targets_on_commit(a, c);
    ctl_on_commit(a, c->seq);
    if (a->phase == STOP_DELIVERING)
        stop_step(a);
}

static void write_self_line(struct app *a, const struct recorder_stats *record, int64_t time_ms)
{
    struct strbuf *text = fresh_text(a);
    struct line_writer w;
    line_begin(&w, text, "self");
    line_tag(&w, "part", "server");
    line_int(&w, "readings", (int64_t)a->counters.readings);
    line_int(&w, "samples", (int64_t)a->counters.samples);
    line_int(&w, "bad", (int64_t)a->counters.bad);
    line_int(&w, "findings", (int64_t)a->counters.findings);
    if (line_end(&w, time_ms))
        (void)recorder_add_derived(a->recorder, text->data, text->len, time_ms);

    text = fresh_text(a);
    line_begin(&w, text, "self");
    line_tag(&w, "part", "record");
    line_int(&w, "seq", (int64_t)record->last_seq);
    line_int(&w, "commits", (int64_t)record->commits);
    line_int(&w, "commit_errors", (int64_t)record->commit_errors);
    line_int(&w, "lost_lines", (int64_t)record->lost_lines);
    line_int(&w, "bytes_stored", (int64_t)record->bytes_stored);
    line_int(&w, "sync_max_us", record->sync_max_us);
    if (line_end(&w, time_ms))
        (void)recorder_add_derived(a->recorder, text->data, text->len, time_ms);
}

static void follow_clock(struct app *a)
{
    int64_t before_ms = a->time.offset_ms;
    bool was_trusted = a->time.trusted;
    bool moved = plant_time_follow(&a->time);
    if (a->time.trusted && !was_trusted)
        log_info("clock", "the clock can be trusted from now on");
    if (!moved)
        return;
    int64_t at_ms = plant_time_at_ms(&a->time);
    log_warn("clock", "the wall clock moved by %" PRId64 " ms", a->time.offset_ms - before_ms);
    struct strbuf *text = fresh_text(a);
    strbuf_addf(text, "\"offset_ms\":%" PRId64 ",\"before_ms\":%" PRId64, a->time.offset_ms,
                before_ms);
    flow_journal(a, "clock", at_ms, text, true);
    pipeline_set_offset(a->pipeline, at_ms, a->time.offset_ms);
}

static void snapshot_each_hour(struct app *a, int64_t at_ms)
{
    int64_t hour = plant_time_utc_ms(&a->time, at_ms) / HOUR_MS;
    if (hour == a->snapshot_hour)
        return;
    a->snapshot_hour = hour;
    flow_note_snapshot(a, at_ms);
}

void flow_second(struct app *a)
{
    follow_clock(a);
    int64_t at_ms = plant_time_at_ms(&a->time);
    flow_tick(a, at_ms);
    snapshot_each_hour(a, at_ms);
    ctl_second(a);
    if (a->seconds_to_self-- == 0) {
        struct recorder_stats record;
        recorder_get_stats(a->recorder, &record);
        write_self_line(a, &record, plant_time_utc_ms(&a->time, at_ms));
        a->seconds_to_self = APP_SELF_EVERY_S - 1;
    }
    if (a->watchdog_ms)
        notify_send("WATCHDOG=1");
    publish_view(a);
}

void flow_note_start(struct app *a, int64_t at_ms)
{
    struct strbuf *text = fresh_text(a);
    strbuf_adds(text, "\"version\":\"" PW_VERSION "\",\"plant\":");
    strbuf_add_json_string(text, a->plant->server.plant);
    strbuf_addf(text,
                ",\"offset_ms\":%" PRId64 ",\"torn_bytes\":%" PRIu64 ",\"replayed\":%" PRIu64
                ",\"rebuilt\":%s",
                a->time.offset_ms, a->started.torn_bytes, a->started.replayed,
                a->started.rebuilt ? "true" : "false");
    flow_journal(a, "start", at_ms, text, true);
}

void flow_note_config(struct app *a, int64_t at_ms, bool text_is_known)
{
    char hex[SM3_HEX_SIZE];
    sm3_hex(a->plant->digest, hex);
    struct strbuf text;
    strbuf_init(&text, a->plant->text_len * 6 + 256);
    strbuf_addf(&text, "\"digest\":\"%s\"", hex);
    if (!text_is_known) {
        strbuf_adds(&text, ",\"text\":");
        strbuf_add_json_string(&text, a->plant->text);
    }
    flow_journal(a, "config", at_ms, &text, true);
    strbuf_deinit(&text);
}

void flow_note_snapshot(struct app *a, int64_t at_ms)
{
    char hex[SM3_HEX_SIZE];
    struct strbuf text;
    strbuf_init(&text, SNAPSHOT_BYTES_MAX);
    snapshot_write_members(a->pipeline, sm3_hex(a->plant->digest, hex), &text);
    flow_journal(a, "snapshot", at_ms, &text, false);
    strbuf_deinit(&text);
}

void flow_note_stop(struct app *a)
{
    int64_t at_ms = plant_time_at_ms(&a->time);
    pipeline_tick_to(a->pipeline, at_ms);
    flow_note_snapshot(a, at_ms);
    struct strbuf *text = fresh_text(a);
    strbuf_addf(text, "\"samples\":%" PRIu64 ",\"bad\":%" PRIu64, a->counters.samples,
                a->counters.bad);
    flow_journal(a, "stop", at_ms, text, true);
}
