#include "acq/app/state.h"

#include "protocols/influx/line.h"

#include <inttypes.h>
#include <string.h>

/* Its number changes whenever a head is due. */
static int64_t period_now(const struct app *a, int64_t at_ms)
{
    return plant_time_utc_ms(&a->time, at_ms) / ((int64_t)a->plant->server.anchor_every_s * 1000);
}

static uint64_t write_line_now(void *ctx, const struct anchor_head *head)
{
    struct app *a = ctx;
    struct line_writer w;
    char line[1024];
    struct strbuf text;
    uint64_t seq = recorder_next_seq(a->recorder);
    strbuf_init_fixed(&text, line, sizeof line);
    line_begin(&w, &text, "self");
    line_tag(&w, "part", "anchor");
    line_string(&w, "head", head->digest);
    line_int(&w, "seq", (int64_t)head->seq);
    if (*head->signature)
        line_string(&w, "signature", head->signature);
    if (line_end(&w, head->time_ms) && !text.failed)
        (void)recorder_add_derived(a->recorder, text.data, text.len, head->time_ms);
    return seq;
}

static bool is_confirmed(void *ctx, const char *target, uint64_t seq)
{
    return targets_have_confirmed(ctx, target, seq);
}

static void journal(void *ctx, const char *members)
{
    struct app *a = ctx;
    if (a->recorder)
        (void)recorder_add_journal(a->recorder, "anchor", plant_time_at_ms(&a->time), members,
                                   false);
}

int anchors_start(struct app *a)
{
    const struct anchors_options o = {
        .loop = &a->loop,
        .http = a->http,
        .plant = a->plant,
        .write_line = write_line_now,
        .is_confirmed = is_confirmed,
        .journal = journal,
        .ctx = a,
    };
    a->anchor_time = period_now(a, plant_time_at_ms(&a->time));
    return anchors_open(&o, &a->anchors);
}

/* The last durable commit; false when there is none. */
static bool get_head(struct app *a, struct anchor_head *out)
{
    struct recorder_stats stats;
    recorder_get_stats(a->recorder, &stats);
    *out = (struct anchor_head){.seq = stats.last_seq,
                                .time_ms = plant_time_utc_ms(&a->time, plant_time_at_ms(&a->time))};
    memcpy(out->digest, stats.head, sizeof out->digest);
    return out->seq > 0;
}

bool anchors_now(struct app *a, struct anchor_head *out)
{
    if (!a->anchors || !get_head(a, out))
        return false;
    anchors_send(a->anchors, out);
    return true;
}

/* What the old ones did not bring out goes out with the new ones. */
int anchors_reload(struct app *a)
{
    struct anchors *old = a->anchors;
    struct anchor_head head;
    bool behind = old && anchors_are_behind(old);
    a->anchors = NULL;
    anchors_close(old);
    int err = anchors_start(a);
    if (!err && behind)
        (void)anchors_now(a, &head);
    return err;
}

void anchors_second(struct app *a, int64_t at_ms)
{
    struct anchor_head head;
    int64_t now = period_now(a, at_ms);
    if (now == a->anchor_time)
        return;
    a->anchor_time = now;
    (void)anchors_now(a, &head);
}

void anchors_note_stop(struct app *a)
{
    struct anchor_head head;
    if (a->anchors && get_head(a, &head))
        anchors_send_line(a->anchors, &head);
}

static void on_finished(void *ctx)
{
    struct app *a = ctx;
    a->anchors_finished = true;
    stop_step(a);
}

void anchors_stop(struct app *a)
{
    struct anchor_head head;
    if (a->anchors_finishing)
        return;
    a->anchors_finishing = true;
    if (!a->anchors) {
        a->anchors_finished = true;
        return;
    }
    (void)get_head(a, &head);
    anchors_finish(a->anchors, &head, on_finished, a);
}

void anchors_write_status(const struct app *a, struct strbuf *out)
{
    strbuf_adds(out, ",\"anchors\":[");
    for (uint32_t i = 0; a->anchors && i < anchors_count(a->anchors); i++) {
        struct anchor_stats s;
        anchors_get(a->anchors, i, &s);
        strbuf_addf(out, "%s{\"via\":\"%s\",\"to\":", i ? "," : "", anchor_via_word(s.via));
        strbuf_add_json_string(out, s.to);
        strbuf_addf(out,
                    ",\"sent\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"last_seq\":%" PRIu64
                    ",\"last_ms\":%" PRId64 ",\"behind\":%s,\"last_error\":",
                    s.sent, s.failed, s.last_seq, s.last_ms, s.behind ? "true" : "false");
        strbuf_add_json_string(out, s.error);
        strbuf_addc(out, '}');
    }
    strbuf_addc(out, ']');
}

void anchors_count_all(const struct app *a, struct serve_counters *out)
{
    for (uint32_t i = 0; a->anchors && i < anchors_count(a->anchors); i++) {
        struct anchor_stats s;
        anchors_get(a->anchors, i, &s);
        out->anchors_sent += s.sent;
        out->anchors_failed += s.failed;
        out->anchors_behind += s.behind;
    }
}
