#include "acq/app/state.h"

#include "acq/replay/feed.h"
#include "protocols/influx/line.h"

#include <inttypes.h>

enum { SNAPSHOT_BYTES_MAX = 64 * 1024 * 1024 };

void note_start(struct app *a, int64_t at_ms)
{
    struct strbuf *text = flow_fresh_text(a);
    strbuf_adds(text, "\"version\":\"" PW_VERSION "\",\"plant\":");
    strbuf_add_json_string(text, a->plant->server.plant);
    strbuf_addf(text,
                ",\"offset_ms\":%" PRId64 ",\"torn_bytes\":%" PRIu64 ",\"replayed\":%" PRIu64
                ",\"rebuilt\":%s",
                a->time.offset_ms, a->started.torn_bytes, a->started.replayed,
                a->started.rebuilt ? "true" : "false");
    flow_journal(a, "start", at_ms, text, true);
}

void note_config(struct app *a, int64_t at_ms, bool text_is_known)
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

void note_snapshot(struct app *a, int64_t at_ms)
{
    char hex[SM3_HEX_SIZE];
    struct strbuf text;
    strbuf_init(&text, SNAPSHOT_BYTES_MAX);
    snapshot_write_members(a->pipeline, sm3_hex(a->plant->digest, hex), &text);
    flow_journal(a, "snapshot", at_ms, &text, false);
    strbuf_deinit(&text);
}

void note_stop(struct app *a)
{
    int64_t at_ms = plant_time_at_ms(&a->time);
    pipeline_tick_to(a->pipeline, at_ms);
    note_snapshot(a, at_ms);
    struct strbuf *text = flow_fresh_text(a);
    strbuf_addf(text, "\"samples\":%" PRIu64 ",\"bad\":%" PRIu64, a->counters.samples,
                a->counters.bad);
    flow_journal(a, "stop", at_ms, text, true);
}

static void note_self_server(struct app *a, int64_t time_ms)
{
    struct strbuf *text = flow_fresh_text(a);
    struct line_writer w;
    line_begin(&w, text, "self");
    line_tag(&w, "part", "server");
    line_int(&w, "readings", (int64_t)a->counters.readings);
    line_int(&w, "samples", (int64_t)a->counters.samples);
    line_int(&w, "bad", (int64_t)a->counters.bad);
    line_int(&w, "findings", (int64_t)a->counters.findings);
    if (line_end(&w, time_ms))
        (void)recorder_add_derived(a->recorder, text->data, text->len, time_ms);
}

static void note_self_record(struct app *a, int64_t time_ms)
{
    struct recorder_stats record;
    recorder_get_stats(a->recorder, &record);
    struct strbuf *text = flow_fresh_text(a);
    struct line_writer w;
    line_begin(&w, text, "self");
    line_tag(&w, "part", "record");
    line_int(&w, "seq", (int64_t)record.last_seq);
    line_int(&w, "commits", (int64_t)record.commits);
    line_int(&w, "commit_errors", (int64_t)record.commit_errors);
    line_int(&w, "lost_lines", (int64_t)record.lost_lines);
    line_int(&w, "bytes_stored", (int64_t)record.bytes_stored);
    line_int(&w, "sync_max_us", record.sync_max_us);
    if (line_end(&w, time_ms))
        (void)recorder_add_derived(a->recorder, text->data, text->len, time_ms);
}

void note_self(struct app *a, int64_t time_ms)
{
    note_self_server(a, time_ms);
    note_self_record(a, time_ms);
}
