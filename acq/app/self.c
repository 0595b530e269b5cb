#include "acq/app/state.h"

#include "acq/deliver/stats.h"
#include "protocols/influx/line.h"

/* `object` is the device, link or target that the part is about; NULL: the server as a whole. */
static void begin(struct app *a, struct line_writer *w, const char *part, const char *object)
{
    line_begin(w, flow_fresh_text(a), "self");
    line_tag(w, "object", object ? object : "");
    line_tag(w, "part", part);
}

static void end(struct app *a, struct line_writer *w, int64_t time_ms)
{
    if (line_end(w, time_ms) && !a->text.failed)
        (void)recorder_add_derived(a->recorder, a->text.data, a->text.len, time_ms);
}

static void write_server(struct app *a, int64_t time_ms)
{
    struct line_writer w;
    begin(a, &w, "server", NULL);
    line_int(&w, "readings", (int64_t)a->counters.readings);
    line_int(&w, "samples", (int64_t)a->counters.samples);
    line_int(&w, "bad", (int64_t)a->counters.bad);
    line_int(&w, "findings", (int64_t)a->counters.findings);
    line_int(&w, "open", (int64_t)a->open_count);
    end(a, &w, time_ms);
}

static void write_record(struct app *a, int64_t time_ms)
{
    struct recorder_stats s;
    recorder_get_stats(a->recorder, &s);
    struct line_writer w;
    begin(a, &w, "record", NULL);
    line_int(&w, "seq", (int64_t)s.last_seq);
    line_int(&w, "commits", (int64_t)s.commits);
    line_int(&w, "commit_errors", (int64_t)s.commit_errors);
    line_int(&w, "lost_lines", (int64_t)(s.lost_lines + a->counters.unwritten));
    line_int(&w, "bytes_stored", (int64_t)s.bytes_stored);
    line_int(&w, "queue_bytes", (int64_t)s.queue_bytes);
    line_int(&w, "sync_max_us", s.sync_max_us);
    line_int(&w, "free_bytes", (int64_t)s.free_bytes);
    end(a, &w, time_ms);
}

/* Answered the last time it was asked; a station: was heard as often as it should be. */
static bool is_online(const struct app *a, uint32_t device, const struct collect_device_stats *s)
{
    if (a->plant->devices[device].protocol == PROTOCOL_HJ212)
        return a->live.last[device].time_ms && !live_is_silent(a, device);
    return s->good > 0 && s->failures == 0;
}

static void write_device(struct app *a, uint32_t device, int64_t time_ms)
{
    struct collect_device_stats s = {0};
    bool is_asked = a->collector && collector_device_get(a->collector, device, &s) == 0;
    struct line_writer w;
    begin(a, &w, "device", a->plant->devices[device].id);
    line_int(&w, "online", is_online(a, device, &s));
    line_int(&w, "readings", (int64_t)a->live.last[device].readings);
    if (is_asked) {
        line_int(&w, "requests", (int64_t)s.requests);
        line_int(&w, "good", (int64_t)s.good);
        line_int(&w, "timeouts", (int64_t)s.timeouts);
        line_int(&w, "missed", (int64_t)s.missed);
        line_int(&w, "reply_ms", (int64_t)s.reply_ms);
    }
    end(a, &w, time_ms);
}

static void write_link(struct app *a, uint32_t link, int64_t time_ms)
{
    struct collect_link_stats s;
    if (!a->collector || collector_link_get(a->collector, link, &s) != 0)
        return;
    struct line_writer w;
    begin(a, &w, "link", a->plant->links[link].id);
    line_int(&w, "connected", s.state == LINK_CONNECTED);
    line_int(&w, "disconnects", (int64_t)s.disconnects);
    line_int(&w, "bytes_in", (int64_t)s.bytes_in);
    line_int(&w, "bytes_out", (int64_t)s.bytes_out);
    line_int(&w, "overdue_ms", s.overdue_ms);
    end(a, &w, time_ms);
}

static void write_target(struct app *a, const struct target *target, int64_t time_ms)
{
    struct influx_stats s;
    influx_sender_get_stats(target->sender, &s);
    struct line_writer w;
    begin(a, &w, "target", target->config.id);
    line_string(&w, "state", influx_state_word(s.state));
    line_int(&w, "backlog", (int64_t)s.backlog);
    line_int(&w, "lines", (int64_t)s.lines);
    line_int(&w, "partial", (int64_t)s.partial);
    line_int(&w, "quarantined", (int64_t)s.quarantined);
    line_int(&w, "expired", (int64_t)s.expired);
    end(a, &w, time_ms);
}

void self_write(struct app *a, int64_t time_ms)
{
    write_server(a, time_ms);
    write_record(a, time_ms);
    for (uint32_t i = 0; i < a->plant->device_count; i++)
        write_device(a, i, time_ms);
    for (uint32_t i = 0; i < a->plant->link_count; i++)
        write_link(a, i, time_ms);
    for (size_t i = 0; i < APP_TARGETS_MAX; i++)
        if (a->targets[i].used)
            write_target(a, &a->targets[i], time_ms);
}
