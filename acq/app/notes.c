#include "acq/app/state.h"

#include "acq/detect/coverage.h"
#include "acq/replay/feed.h"

#include <inttypes.h>

enum { SNAPSHOT_BYTES_MAX = 64 * 1024 * 1024, COVERAGE_BYTES_MAX = 16 * 1024 * 1024 };

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

/* What detection can see of this plant, and what not: an auditor finds it beside the text. */
static void note_coverage(struct app *a, int64_t at_ms)
{
    struct strbuf text;
    strbuf_init(&text, COVERAGE_BYTES_MAX);
    strbuf_adds(&text, "\"rules\":");
    coverage_write(a->plant, &text);
    flow_journal(a, "coverage", at_ms, &text, false);
    strbuf_deinit(&text);
}

void note_config(struct app *a, int64_t at_ms, bool text_is_known)
{
    char hex[SM3_HEX_SIZE];
    sm3_hex(a->plant->digest, hex);
    struct strbuf text;
    strbuf_init(&text, a->plant->text_len * 6 + 256);
    strbuf_addf(&text, "\"digest\":\"%s\",\"minute_series_max\":%u", hex,
                a->plant->server.retention.minute_series_max);
    if (!text_is_known) {
        strbuf_adds(&text, ",\"text\":");
        strbuf_add_json_string(&text, a->plant->text);
    }
    flow_journal(a, "config", at_ms, &text, true);
    strbuf_deinit(&text);
    note_coverage(a, at_ms);
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
    if (a->freeze)
        freeze_flush(a->freeze, plant_time_utc_ms(&a->time, at_ms));
    note_snapshot(a, at_ms);
    struct strbuf *text = flow_fresh_text(a);
    strbuf_addf(text, "\"samples\":%" PRIu64 ",\"bad\":%" PRIu64, a->counters.samples,
                a->counters.bad);
    flow_journal(a, "stop", at_ms, text, true);
}
