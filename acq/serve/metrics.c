/* GET /metrics: Prometheus text, version 0.0.4. Values of signals are not among them: they go to
 * the time-series database; here stands how the server does. */
#include "acq/serve/routes.h"
#include "acq/serve/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* One row is one series per item. Rows of one family stand together; the first has its help. */
struct metric {
    const char *family; /* without "plumewatch_" */
    const char *type;
    const char *help;
    const char *label; /* a fixed one, ready to print, or NULL */
    size_t offset;     /* of the uint64_t */
};

#define ROW(type_, family, kind, help, label, field)                                               \
    {                                                                                              \
        family, kind, help, label, offsetof(struct type_, field)                                   \
    }

static const struct metric record_metrics[] = {
    ROW(serve_record, "record_last_sequence", "gauge", "Newest durable commit", NULL, last_seq),
    ROW(serve_record, "record_projected_sequence", "gauge", "Newest commit applied to SQLite", NULL,
        projected_seq),
    ROW(serve_record, "record_lines_total", "counter", "Durable lines by kind", "kind=\"raw\"",
        raw_lines),
    ROW(serve_record, "record_lines_total", NULL, NULL, "kind=\"derived\"", derived_lines),
    ROW(serve_record, "record_lines_total", NULL, NULL, "kind=\"journal\"", journal_lines),
    ROW(serve_record, "record_bytes_total", "counter", "Bytes before and after compression",
        "form=\"plain\"", bytes_plain),
    ROW(serve_record, "record_bytes_total", NULL, NULL, "form=\"stored\"", bytes_stored),
    ROW(serve_record, "record_lost_lines_total", "counter",
        "Lines refused by a full queue or a failed write", NULL, lost_lines),
    ROW(serve_record, "record_commits_total", "counter", "Durable commits", NULL, commits),
    ROW(serve_record, "record_commit_errors_total", "counter", "Failed commits", NULL,
        commit_errors),
    ROW(serve_record, "record_queue_bytes", "gauge", "Waiting for the next commit", NULL,
        queue_bytes),
    ROW(serve_record, "record_torn_bytes", "gauge", "Cut from the journal's end at the last start",
        NULL, torn_bytes),
    ROW(serve_record, "record_disk_free_bytes", "gauge", "Free on the disk of the record", NULL,
        disk_free_bytes),
    ROW(serve_record, "record_disk_days_left", "gauge",
        "Days until it is full at the present growth; 0: not known yet", NULL, disk_days_left),
    ROW(serve_record, "record_growth_bytes_per_day", "gauge", "What the journal grows a day", NULL,
        bytes_day),
    ROW(serve_record, "record_written_bytes_per_day", "gauge",
        "All that the server writes to the disk a day: its wear; 0: not known", NULL, written_day),
    ROW(serve_record, "record_disk_refuses", "gauge", "1 while nothing can be written", NULL,
        disk_refuses),
};

static const struct metric counter_metrics[] = {
    ROW(serve_counters, "readings_total", "counter", "Readings of devices, good or not", NULL,
        readings),
    ROW(serve_counters, "samples_total", "counter", "Samples, with and without a value", NULL,
        samples),
    ROW(serve_counters, "bad_samples_total", "counter", "Samples that carry a reason", NULL,
        bad_samples),
    ROW(serve_counters, "findings_total", "counter", "Findings opened", NULL, findings),
    ROW(serve_counters, "anchors_sent_total", "counter", "Heads that left over an anchor", NULL,
        anchors_sent),
    ROW(serve_counters, "anchors_failed_total", "counter", "Attempts at an anchor that failed",
        NULL, anchors_failed),
    ROW(serve_counters, "anchors_behind", "gauge", "Anchors that a newer head waits for", NULL,
        anchors_behind),
    ROW(serve_counters, "messages_queued_total", "counter", "Messages to people", NULL,
        messages_queued),
    ROW(serve_counters, "messages_accepted_total", "counter", "Messages that a gateway took", NULL,
        messages_accepted),
    ROW(serve_counters, "messages_delivered_total", "counter", "Messages that arrived", NULL,
        messages_delivered),
    ROW(serve_counters, "messages_failed_total", "counter", "Messages given up", NULL,
        messages_failed),
    ROW(serve_counters, "messages_lost_total", "counter",
        "Messages that no gateway took in their time", NULL, messages_lost),
    ROW(serve_counters, "messages_again_total", "counter",
        "Attempts at messages that may have gone out before", NULL, messages_again),
    ROW(serve_counters, "messages_waiting", "gauge", "Messages that no gateway has yet", NULL,
        messages_waiting),
    ROW(serve_counters, "gateways_down", "gauge", "Gateways that do not work", NULL, gateways_down),
};

static const struct metric link_metrics[] = {
    ROW(serve_link, "link_connects_total", "counter", "Connections that came about", NULL,
        connects),
    ROW(serve_link, "link_disconnects_total", "counter", "Connections that ended", NULL,
        disconnects),
    ROW(serve_link, "link_bytes_total", "counter", "Payload bytes by direction", "direction=\"in\"",
        bytes_in),
    ROW(serve_link, "link_bytes_total", NULL, NULL, "direction=\"out\"", bytes_out),
    ROW(serve_link, "link_stray_replies_total", "counter", "Replies of a unit that nobody asked",
        NULL, stray),
    ROW(serve_link, "link_framing_lost_total", "counter",
        "Connections closed because bytes made no sense", NULL, framing_lost),
    ROW(serve_link, "link_silences_total", "counter", "Connections closed after time-outs in a row",
        NULL, silences),
    ROW(serve_link, "link_other_master_total", "counter", "Requests heard that are not ours", NULL,
        other_master),
    ROW(serve_link, "link_echoes_total", "counter",
        "Own requests heard where no echo is configured", NULL, echoes),
    ROW(serve_link, "link_dial_unknown_total", "counter",
        "Connections to the link's address that registered as nobody's", NULL, dial_unknown),
    ROW(serve_link, "link_dial_refused_total", "counter",
        "Connections to the link's address beyond pending_max", NULL, dial_refused),
    ROW(serve_link, "link_dial_replaced_total", "counter",
        "Connections that a newer one of the same device replaced", NULL, dial_replaced),
};

static const struct metric device_metrics[] = {
    ROW(serve_device, "device_readings_total", "counter", "Readings, good or not", NULL, readings),
    ROW(serve_device, "device_requests_total", "counter", "Requests sent", NULL, requests),
    ROW(serve_device, "device_results_total", "counter", "What became of requests",
        "result=\"good\"", good),
    ROW(serve_device, "device_results_total", NULL, NULL, "result=\"late\"", late),
    ROW(serve_device, "device_results_total", NULL, NULL, "result=\"foreign\"", foreign),
    ROW(serve_device, "device_results_total", NULL, NULL, "result=\"length\"", length),
    ROW(serve_device, "device_results_total", NULL, NULL, "result=\"crc\"", crc),
    ROW(serve_device, "device_results_total", NULL, NULL, "result=\"timeout\"", timeouts),
    ROW(serve_device, "device_results_total", NULL, NULL, "result=\"exception\"", exceptions),
    ROW(serve_device, "device_missed_cycles_total", "counter",
        "Cycles that could not begin in time", NULL, missed_cycles),
    ROW(serve_device, "device_backoff_skips_total", "counter", "Cycles left out after failures",
        NULL, backoff_skips),
    ROW(serve_device, "device_proposed_timeout_ms", "gauge",
        "A timeout_ms with room above the slow replies; 0: too few to say", NULL,
        proposed_timeout_ms),
};

static const struct metric target_metrics[] = {
    ROW(serve_target, "target_sent_lines_total", "counter", "Lines the target has acknowledged",
        NULL, sent_lines),
    ROW(serve_target, "target_requests_total", "counter", "Write requests", NULL, requests),
    ROW(serve_target, "target_partial_writes_total", "counter",
        "Writes of which the target refused lines", NULL, partial),
    ROW(serve_target, "target_quarantined_lines_total", "counter", "Lines the target never took",
        NULL, quarantined),
    ROW(serve_target, "target_expired_commits_total", "counter",
        "Commits that retention removed before they were sent", NULL, expired),
    ROW(serve_target, "target_resent_commits_total", "counter",
        "Commits sent once more, as they revise older ones", NULL, resent),
    ROW(serve_target, "target_backlog_commits", "gauge", "Commits still to be sent", NULL,
        backlog_commits),
};

static const struct metric station_metrics[] = {
    ROW(serve_station, "station_packets_total", "counter", "Packets of a station that were stored",
        NULL, packets),
    ROW(serve_station, "station_resends_total", "counter", "Packets that were stored before", NULL,
        resends),
    ROW(serve_station, "station_answers_late_total", "counter",
        "Answers not sent as the commit took longer than the station waits", NULL, answers_late),
    ROW(serve_station, "station_requests_total", "counter", "Requests sent to a station", NULL,
        asked),
    ROW(serve_station, "station_requests_failed_total", "counter", "Requests refused or unanswered",
        "why=\"refused\"", ask_refused),
    ROW(serve_station, "station_requests_failed_total", NULL, NULL, "why=\"silent\"", ask_silent),
    ROW(serve_station, "station_periods_missing", "gauge",
        "Periods times signals that are missing and still asked for", "series=\"minute\"",
        missing[SERVE_MINUTE]),
    ROW(serve_station, "station_periods_missing", NULL, NULL, "series=\"hour\"",
        missing[SERVE_HOUR]),
    ROW(serve_station, "station_periods_missing", NULL, NULL, "series=\"day\"", missing[SERVE_DAY]),
    ROW(serve_station, "station_periods_lost", "gauge", "Likewise, asked for in vain",
        "series=\"minute\"", lost[SERVE_MINUTE]),
    ROW(serve_station, "station_periods_lost", NULL, NULL, "series=\"hour\"", lost[SERVE_HOUR]),
    ROW(serve_station, "station_periods_lost", NULL, NULL, "series=\"day\"", lost[SERVE_DAY]),
};

#define ROWS(table) (table), sizeof(table) / sizeof *(table)

static void put_head(struct strbuf *b, const char *family, const char *type, const char *help)
{
    strbuf_addf(b, "# HELP plumewatch_%s %s\n# TYPE plumewatch_%s %s\n", family, help, family,
                type);
}

static void put_label_value(struct strbuf *b, const char *text)
{
    strbuf_addc(b, '"');
    for (; *text; text++) {
        if (*text == '\\' || *text == '"')
            strbuf_addc(b, '\\');
        if (*text == '\n')
            strbuf_adds(b, "\\n");
        else
            strbuf_addc(b, *text);
    }
    strbuf_addc(b, '"');
}

/* plumewatch_family{key="id",label} and the space behind it. key or label may be NULL. */
static void put_name(struct strbuf *b, const char *family, const char *key, const char *id,
                     const char *label)
{
    strbuf_addf(b, "plumewatch_%s", family);
    if (key || label)
        strbuf_addc(b, '{');
    if (key) {
        strbuf_adds(b, key);
        strbuf_addc(b, '=');
        put_label_value(b, id);
    }
    if (key && label)
        strbuf_addc(b, ',');
    if (label)
        strbuf_adds(b, label);
    if (key || label)
        strbuf_addc(b, '}');
    strbuf_addc(b, ' ');
}

static void put_uint(struct strbuf *b, uint64_t value)
{
    strbuf_addf(b, "%" PRIu64 "\n", value);
}

static void put_seconds(struct strbuf *b, int64_t ms)
{
    strbuf_add_double(b, (double)ms / 1e3);
    strbuf_addc(b, '\n');
}

/* The rows for count items of that size, each of which begins with its id when there is a key. */
static void put_rows(struct strbuf *b, const struct metric *rows, size_t row_count, const char *key,
                     const void *items, size_t item_size, size_t count)
{
    for (size_t m = 0; m < row_count; m++) {
        if (rows[m].help)
            put_head(b, rows[m].family, rows[m].type, rows[m].help);
        for (size_t i = 0; i < count; i++) {
            const char *item = (const char *)items + i * item_size;
            const char *id = NULL;
            uint64_t value = 0;
            if (key)
                memcpy(&id, item, sizeof id);
            memcpy(&value, item + rows[m].offset, sizeof value);
            put_name(b, rows[m].family, key, id, rows[m].label);
            put_uint(b, value);
        }
    }
}

_Static_assert(offsetof(struct serve_link, id) == 0, "put_rows() reads the id first");
_Static_assert(offsetof(struct serve_device, id) == 0, "put_rows() reads the id first");
_Static_assert(offsetof(struct serve_target, id) == 0, "put_rows() reads the id first");
_Static_assert(offsetof(struct serve_station, id) == 0, "put_rows() reads the id first");

static void put_server(struct strbuf *b, const struct request *q)
{
    static const char *const classes[] = {NULL, "1xx", "2xx", "3xx", "4xx", "5xx"};
    const struct serve_view *v = q->view;
    put_head(b, "build_info", "gauge", "Always 1; version and plant are its labels");
    strbuf_adds(b, "plumewatch_build_info{version=");
    put_label_value(b, v->version);
    strbuf_adds(b, ",plant=");
    put_label_value(b, v->plant);
    strbuf_adds(b, "} 1\n");
    put_head(b, "start_time_seconds", "gauge", "When the server started, since 1970");
    put_name(b, "start_time_seconds", NULL, NULL, NULL);
    put_seconds(b, v->started_ms);
    put_head(b, "view_age_seconds", "gauge", "Since the event loop last showed its state");
    put_name(b, "view_age_seconds", NULL, NULL, NULL);
    put_seconds(b, q->view_age_ms);
    put_head(b, "findings_open", "gauge", "Findings open now");
    put_name(b, "findings_open", NULL, NULL, NULL);
    put_uint(b, v->count.findings);
    put_head(b, "http_responses_total", "counter", "Responses of this server by status class");
    for (size_t i = 1; i < sizeof classes / sizeof *classes; i++) {
        put_name(b, "http_responses_total", "class", classes[i], NULL);
        put_uint(b, q->counts->responses[i]);
    }
}

static void put_sync(struct strbuf *b, const struct serve_record *r)
{
    put_head(b, "record_sync_last_seconds", "gauge", "How long the last fdatasync took");
    put_name(b, "record_sync_last_seconds", NULL, NULL, NULL);
    strbuf_add_double(b, (double)r->sync_last_us / 1e6);
    strbuf_addc(b, '\n');
    put_head(b, "record_sync_max_seconds", "gauge", "How long the slowest fdatasync took");
    put_name(b, "record_sync_max_seconds", NULL, NULL, NULL);
    strbuf_add_double(b, (double)r->sync_max_us / 1e6);
    strbuf_addc(b, '\n');
}

static void put_links_up(struct strbuf *b, const struct serve_view *v)
{
    put_head(b, "link_up", "gauge", "1 when the link is connected");
    for (size_t i = 0; i < v->count.links; i++) {
        put_name(b, "link_up", "link", v->links[i].id, NULL);
        put_uint(b, v->links[i].state == SERVE_LINK_CONNECTED);
    }
}

static void put_overdue(struct strbuf *b, const struct serve_view *v)
{
    put_head(b, "link_overdue_seconds", "gauge", "Age of the oldest due cycle that is not settled");
    for (size_t i = 0; i < v->count.links; i++) {
        put_name(b, "link_overdue_seconds", "link", v->links[i].id, NULL);
        put_seconds(b, v->links[i].overdue_ms);
    }
}

static void put_exceptions(struct strbuf *b, const struct serve_view *v)
{
    char label[32];
    put_head(b, "device_exceptions_total", "counter", "Exceptions by code; 0: any other than 1-11");
    for (size_t i = 0; i < v->count.devices; i++) {
        const struct serve_device *d = &v->devices[i];
        for (unsigned code = 0; code < SERVE_EXCEPTION_CODES; code++) {
            if (d->exception_codes[code] == 0)
                continue;
            snprintf(label, sizeof label, "code=\"%u\"", code);
            put_name(b, "device_exceptions_total", "device", d->id, label);
            put_uint(b, d->exception_codes[code]);
        }
    }
}

static void put_histogram(struct strbuf *b, const struct serve_device *d)
{
    char label[32];
    uint64_t sum = 0;
    for (unsigned k = 0; k < SERVE_REPLY_BOUNDS; k++) {
        sum += d->replies[k];
        snprintf(label, sizeof label, "le=\"%g\"", d->reply_bounds_ms[k] / 1e3);
        put_name(b, "device_reply_seconds_bucket", "device", d->id, label);
        put_uint(b, sum);
    }
    sum += d->replies[SERVE_REPLY_BOUNDS];
    put_name(b, "device_reply_seconds_bucket", "device", d->id, "le=\"+Inf\"");
    put_uint(b, sum);
    put_name(b, "device_reply_seconds_sum", "device", d->id, NULL);
    put_seconds(b, (int64_t)d->reply_ms);
    put_name(b, "device_reply_seconds_count", "device", d->id, NULL);
    put_uint(b, sum);
}

static void put_replies(struct strbuf *b, const struct serve_view *v)
{
    put_head(b, "device_reply_seconds", "histogram", "How long good replies took");
    for (size_t i = 0; i < v->count.devices; i++)
        if (v->devices[i].reply_bounds_ms)
            put_histogram(b, &v->devices[i]);
}

static void put_devices_up(struct strbuf *b, const struct serve_view *v)
{
    put_head(b, "device_good", "gauge", "1 when every sample of the last reading was good");
    for (size_t i = 0; i < v->count.devices; i++) {
        const struct serve_device *d = &v->devices[i];
        put_name(b, "device_good", "device", d->id, NULL);
        put_uint(b, d->last_ms != 0 && quality_is_good(d->quality));
    }
    put_head(b, "device_last_reading_timestamp_seconds", "gauge",
             "Time of the last reading, good or not, since 1970; 0: none yet");
    for (size_t i = 0; i < v->count.devices; i++) {
        put_name(b, "device_last_reading_timestamp_seconds", "device", v->devices[i].id, NULL);
        put_seconds(b, v->devices[i].last_ms);
    }
}

static void put_target_states(struct strbuf *b, const struct serve_view *v)
{
    put_head(b, "target_state", "gauge", "1 for the state that the target is in");
    for (size_t i = 0; i < v->count.targets; i++) {
        for (unsigned state = 0; state < SERVE_TARGET_STATES; state++) {
            strbuf_adds(b, "plumewatch_target_state{target=");
            put_label_value(b, v->targets[i].id);
            strbuf_addf(b, ",state=\"%s\"} ", serve_target_word((enum serve_target_state)state));
            put_uint(b, v->targets[i].state == (enum serve_target_state)state);
        }
    }
    put_head(b, "target_last_ok_timestamp_seconds", "gauge",
             "When the target last took something, since 1970; 0: never");
    for (size_t i = 0; i < v->count.targets; i++) {
        put_name(b, "target_last_ok_timestamp_seconds", "target", v->targets[i].id, NULL);
        put_seconds(b, v->targets[i].last_ok_ms);
    }
}

static void put_total_name(struct strbuf *b, const char *family, const struct serve_total *t,
                           const char *label)
{
    strbuf_addf(b, "plumewatch_%s{outlet=", family);
    put_label_value(b, t->outlet);
    strbuf_adds(b, ",factor=");
    put_label_value(b, t->factor);
    strbuf_addf(b, ",period=\"%s\"%s} ", t->period, label);
}

static void put_total_number(struct strbuf *b, double value)
{
    strbuf_add_double(b, value);
    strbuf_addc(b, '\n');
}

static void put_totals(struct strbuf *b, const struct serve_view *v)
{
    put_head(b, "mass_kg", "gauge", "Emitted in the period so far, measured and substituted apart");
    for (size_t i = 0; i < v->count.totals; i++) {
        put_total_name(b, "mass_kg", &v->totals[i], ",kind=\"measured\"");
        put_total_number(b, v->totals[i].measured_kg);
        put_total_name(b, "mass_kg", &v->totals[i], ",kind=\"substituted\"");
        put_total_number(b, v->totals[i].substituted_kg);
    }
    put_head(b, "effective_transmission_ratio", "gauge",
             "Hours that came and were valid of those that were due; absent where it does not "
             "apply");
    for (size_t i = 0; i < v->count.totals; i++) {
        if (isnan(v->totals[i].effective_rate))
            continue;
        put_total_name(b, "effective_transmission_ratio", &v->totals[i], "");
        put_total_number(b, v->totals[i].effective_rate);
    }
}

static void put_rates(struct strbuf *b, const struct serve_view *v)
{
    put_head(b, "treatment_ratio", "gauge",
             "Run, capture and removal in the period so far; absent where it does not apply");
    for (size_t i = 0; i < v->count.rates; i++) {
        const struct serve_rate *r = &v->rates[i];
        if (isnan(r->rate))
            continue;
        strbuf_adds(b, "plumewatch_treatment_ratio{object=");
        put_label_value(b, r->object);
        strbuf_adds(b, ",factor=");
        put_label_value(b, r->factor);
        strbuf_addf(b, ",what=\"%s\",period=\"%s\"} ", r->what, r->period);
        put_total_number(b, r->rate);
    }
}

void metrics_answer(const struct request *q, struct reply *r)
{
    const struct serve_view *v = q->view;
    struct strbuf *b = &r->body;
    r->content_type = "text/plain; version=0.0.4; charset=utf-8";
    put_server(b, q);
    put_rows(b, ROWS(counter_metrics), NULL, &v->counters, 0, 1);
    put_rows(b, ROWS(record_metrics), NULL, &v->record, 0, 1);
    put_sync(b, &v->record);
    put_links_up(b, v);
    put_rows(b, ROWS(link_metrics), "link", v->links, sizeof *v->links, v->count.links);
    put_devices_up(b, v);
    put_overdue(b, v);
    put_rows(b, ROWS(device_metrics), "device", v->devices, sizeof *v->devices, v->count.devices);
    put_rows(b, ROWS(station_metrics), "device", v->stations, sizeof *v->stations,
             v->count.stations);
    put_exceptions(b, v);
    put_replies(b, v);
    put_target_states(b, v);
    put_rows(b, ROWS(target_metrics), "target", v->targets, sizeof *v->targets, v->count.targets);
    put_totals(b, v);
    put_rates(b, v);
}
