/* GET /api/v1/health: whether the server itself does its work. What stands in the field (a device
 * that does not answer) is no reason here; it is shown by devices, links and findings. 503 means
 * that the loop does not run: not yet, or not any more. */
#include "acq/serve/json_write.h"
#include "acq/serve/routes.h"
#include "acq/serve/words.h"

enum { STALLED_MS = 10000 };

/* Something that is counted, or with count 0 something about an object. */
static void put_reason(struct strbuf *b, const char *code, const char *message, const char *object,
                       uint64_t count)
{
    json_open(b, NULL, '{');
    json_put_text(b, "code", code);
    json_put_text(b, "message", message);
    if (count)
        json_put_uint(b, "count", count);
    else
        json_put_text(b, "object", object);
    json_close(b, '}');
}

static void put_target_reason(struct strbuf *b, const struct serve_target *t)
{
    if (t->state == SERVE_TARGET_REFUSED)
        put_reason(b, "target-refused", "target: refuses what is sent", t->id, 0);
    else if (t->state == SERVE_TARGET_UNREACHABLE)
        put_reason(b, "target-unreachable", "target: cannot be reached", t->id, 0);
}

static void put_reasons(struct strbuf *b, const struct request *q)
{
    const struct serve_view *v = q->view;
    if (q->view_age_ms > STALLED_MS)
        put_reason(b, "loop-stalled", "loop: no news for so many seconds", "",
                   (uint64_t)q->view_age_ms / 1000);
    if (v->record.disk_low)
        put_reason(b, v->record.disk_refuses ? "disk-refuses" : "disk-low",
                   v->record.disk_refuses ? "disk: nothing can be written, bytes free"
                                          : "disk: the ballast is given up, bytes free",
                   "", v->record.disk_free_bytes);
    if (v->record.commit_errors)
        put_reason(b, "record-commit-errors", "record: commit errors", "", v->record.commit_errors);
    if (v->record.lost_lines)
        put_reason(b, "record-lost-lines", "record: lost lines", "", v->record.lost_lines);
    for (size_t i = 0; i < v->count.targets; i++)
        put_target_reason(b, &v->targets[i]);
}

static void put_record(struct strbuf *b, const struct serve_record *r)
{
    static const struct json_field fields[] = {
        {"last_seq", offsetof(struct serve_record, last_seq)},
        {"raw_lines", offsetof(struct serve_record, raw_lines)},
        {"derived_lines", offsetof(struct serve_record, derived_lines)},
        {"journal_lines", offsetof(struct serve_record, journal_lines)},
        {"bytes_plain", offsetof(struct serve_record, bytes_plain)},
        {"bytes_stored", offsetof(struct serve_record, bytes_stored)},
        {"lost_lines", offsetof(struct serve_record, lost_lines)},
        {"commits", offsetof(struct serve_record, commits)},
        {"commit_errors", offsetof(struct serve_record, commit_errors)},
        {"sync_last_us", offsetof(struct serve_record, sync_last_us)},
        {"sync_max_us", offsetof(struct serve_record, sync_max_us)},
        {"queue_bytes", offsetof(struct serve_record, queue_bytes)},
        {"torn_bytes", offsetof(struct serve_record, torn_bytes)},
        {"projected_seq", offsetof(struct serve_record, projected_seq)},
        {"disk_free_bytes", offsetof(struct serve_record, disk_free_bytes)},
        {"disk_days_left", offsetof(struct serve_record, disk_days_left)},
        {"bytes_day", offsetof(struct serve_record, bytes_day)},
        {"written_day", offsetof(struct serve_record, written_day)},
    };
    json_open(b, "record", '{');
    json_put_text(b, "head", r->head);
    json_put_fields(b, fields, sizeof fields / sizeof *fields, r);
    json_close(b, '}');
}

static void put_counters(struct strbuf *b, const struct serve_counters *c)
{
    static const struct json_field fields[] = {
        {"readings", offsetof(struct serve_counters, readings)},
        {"samples", offsetof(struct serve_counters, samples)},
        {"bad_samples", offsetof(struct serve_counters, bad_samples)},
        {"findings", offsetof(struct serve_counters, findings)},
    };
    json_open(b, "counters", '{');
    json_put_fields(b, fields, sizeof fields / sizeof *fields, c);
    json_close(b, '}');
}

static void put_sums(struct strbuf *b, const struct serve_view *v)
{
    size_t connected = 0;
    size_t good = 0;
    for (size_t i = 0; i < v->count.links; i++)
        connected += v->links[i].state == SERVE_LINK_CONNECTED;
    for (size_t i = 0; i < v->count.devices; i++)
        good += v->devices[i].last_ms != 0 && quality_is_good(v->devices[i].quality);
    json_open(b, "links", '{');
    json_put_uint(b, "total", v->count.links);
    json_put_uint(b, "connected", connected);
    json_close(b, '}');
    json_open(b, "devices", '{');
    json_put_uint(b, "total", v->count.devices);
    json_put_uint(b, "good", good);
    json_close(b, '}');
    json_put_uint(b, "findings_open", v->count.findings);
}

static void answer_starting(struct reply *r)
{
    r->status = HTTP_UNAVAILABLE;
    json_open(&r->body, NULL, '{');
    json_put_text(&r->body, "status", "starting");
    json_open(&r->body, "reasons", '[');
    json_close(&r->body, ']');
    json_close(&r->body, '}');
}

void api_health(const struct request *q, struct reply *r)
{
    const struct serve_view *v = q->view;
    struct strbuf *b = &r->body;
    if (!v) {
        answer_starting(r);
        return;
    }
    struct strbuf reasons;
    strbuf_init(&reasons, REPLY_BODY_MAX);
    put_reasons(&reasons, q);
    bool is_stalled = q->view_age_ms > STALLED_MS;
    if (is_stalled)
        r->status = HTTP_UNAVAILABLE;
    json_open(b, NULL, '{');
    json_put_text(b, "status", is_stalled ? "stalled" : reasons.len ? "degraded" : "ok");
    json_open(b, "reasons", '[');
    strbuf_add(b, strbuf_text(&reasons), reasons.len);
    json_close(b, ']');
    strbuf_deinit(&reasons);
    json_put_text(b, "state", serve_state_word(v->state));
    json_put_text(b, "version", v->version);
    json_put_text(b, "plant", v->plant);
    json_put_text(b, "name", v->name);
    json_put_int(b, "zone_offset_min", v->zone_offset_min);
    json_put_time(b, "now", v->now_ms, v->zone_offset_min);
    json_put_time(b, "started", v->started_ms, v->zone_offset_min);
    json_put_int(b, "view_age_ms", q->view_age_ms);
    put_sums(b, v);
    put_record(b, &v->record);
    put_counters(b, &v->counters);
    json_close(b, '}');
}
