#include "acq/app/state.h"

#include "acq/collect/hj212_hub.h"
#include "acq/core/log.h"
#include "acq/deliver/stats.h"

#include <math.h>

static void fill_record(const struct app *a, struct serve_record *out)
{
    struct recorder_stats s;
    recorder_get_stats(a->recorder, &s);
    *out = (struct serve_record){
        .last_seq = s.last_seq,
        .raw_lines = s.lines[MEMBER_R],
        .derived_lines = s.lines[MEMBER_D],
        .journal_lines = s.lines[MEMBER_J],
        .bytes_plain = s.bytes_plain,
        .bytes_stored = s.bytes_stored,
        .lost_lines = s.lost_lines + a->counters.unwritten,
        .commits = s.commits,
        .commit_errors = s.commit_errors,
        .sync_last_us = s.sync_last_us,
        .sync_max_us = s.sync_max_us,
        .queue_bytes = s.queue_bytes,
        .torn_bytes = s.torn_bytes,
        .projected_seq = s.projected_seq,
        .disk_free_bytes = s.free_bytes,
        .disk_days_left = s.bytes_day ? s.free_bytes / s.bytes_day : 0,
        .bytes_day = s.bytes_day,
        .written_day = s.written_day,
        .disk_refuses = s.disk == RECORDER_DISK_REFUSES,
        .disk_low = s.disk != RECORDER_DISK_GOOD,
    };
    for (size_t i = 0; i < sizeof out->head; i++)
        out->head[i] = s.head[i];
}

static enum serve_link_state link_state(enum link_state state)
{
    switch (state) {
    case LINK_CONNECTED:
        return SERVE_LINK_CONNECTED;
    case LINK_CONNECTING:
        return SERVE_LINK_CONNECTING;
    case LINK_WAITING:
        break;
    }
    return SERVE_LINK_DOWN;
}

static void fill_links(const struct app *a, struct serve_view *v)
{
    for (uint32_t i = 0; i < a->plant->link_count; i++) {
        struct serve_link *out = &v->links[i];
        struct collect_link_stats s;
        out->id = serve_view_text(v, a->plant->links[i].id);
        if (a->stations && hj212_hub_connected(a->stations, out->id))
            out->state = SERVE_LINK_CONNECTED;
        if (!a->collector || collector_link_get(a->collector, i, &s) != 0)
            continue;
        out->state = link_state(s.state);
        out->connects = s.connects;
        out->disconnects = s.disconnects;
        out->bytes_in = s.bytes_in;
        out->bytes_out = s.bytes_out;
        out->stray = s.stray;
        out->framing_lost = s.framing_lost;
        out->silences = s.silences;
        out->other_master = s.other_master;
        out->echoes = s.echoes;
        out->dial_unknown = s.dial_unknown;
        out->dial_refused = s.dial_refused;
        out->dial_replaced = s.dial_replaced;
        out->overdue_ms = s.overdue_ms;
    }
}

static void fill_replies(const struct collect_device_stats *s, struct serve_view *v,
                         struct serve_device *out)
{
    _Static_assert(SERVE_REPLY_BOUNDS == (int)STATS_REPLY_BOUNDS &&
                       SERVE_EXCEPTION_CODES == (int)STATS_EXCEPTION_CODES &&
                       SERVE_BAD_FRAMES == (int)STATS_BAD_FRAMES,
                   "the view has room for what is counted");
    out->reply_bounds_ms = stats_reply_bounds_ms;
    out->reply_ms = s->reply_ms;
    out->proposed_timeout_ms = stats_propose_timeout_ms(s);
    for (size_t i = 0; i <= STATS_REPLY_BOUNDS; i++)
        out->replies[i] = s->replies[i];
    for (size_t i = 0; i < STATS_EXCEPTION_CODES; i++)
        out->exception_codes[i] = s->exceptions[i];
    for (size_t i = 0; i < STATS_BAD_FRAMES; i++)
        out->bad_frames[i] = serve_view_text(v, s->bad_frames[i]);
}

static void fill_device_stats(const struct app *a, uint32_t d, struct serve_view *v,
                              struct serve_device *out)
{
    struct collect_device_stats s;
    if (!a->collector || collector_device_get(a->collector, d, &s) != 0)
        return;
    if (s.read_with != d)
        return; /* counted with that one, so that sums are true */
    out->requests = s.requests;
    out->good = s.good;
    out->late = s.late;
    out->foreign = s.foreign;
    out->length = s.length;
    out->timeouts = s.timeouts;
    for (int code = 0; code < STATS_EXCEPTION_CODES; code++)
        out->exceptions += s.exceptions[code];
    out->crc = s.crc;
    fill_replies(&s, v, out);
    out->missed_cycles = s.missed;
    out->backoff_skips = s.skipped;
}

static void fill_signals(const struct app *a, uint32_t d, struct serve_view *v)
{
    const struct plant_device *device = &a->plant->devices[d];
    const struct last_reading *last = &a->live.last[d];
    for (uint32_t i = 0; i < device->signal_count; i++) {
        uint32_t index = device->first_signal + i;
        const struct plant_signal *signal = &a->plant->signals[index];
        const struct sample *sample = &a->live.samples[index];
        struct serve_signal *out = &v->signals[index];
        out->id = serve_view_text(v, signal->id);
        out->name = serve_view_text(v, signal->name);
        out->unit = serve_view_text(v, signal->unit);
        out->time_ms = last->time_ms;
        out->quality = live_is_silent(a, d) ? (quality)QUALITY_TIMEOUT : sample->quality;
        bool has_value = last->time_ms && quality_has_value(out->quality);
        out->value = has_value ? sample->value : (double)NAN;
    }
}

static void fill_devices(const struct app *a, struct serve_view *v)
{
    for (uint32_t d = 0; d < a->plant->device_count; d++) {
        const struct plant_device *device = &a->plant->devices[d];
        struct serve_device *out = &v->devices[d];
        out->id = serve_view_text(v, device->id);
        out->link = serve_view_text(v, a->plant->links[device->link].id);
        out->unit = device->unit;
        out->every_ms = device->every_ms;
        out->last_ms = a->live.last[d].time_ms;
        out->quality = live_is_silent(a, d) ? (quality)QUALITY_TIMEOUT : a->live.last[d].quality;
        out->readings = a->live.last[d].readings;
        out->first_signal = device->first_signal;
        out->signal_count = device->signal_count;
        fill_device_stats(a, d, v, out);
        fill_signals(a, d, v);
    }
}

static enum serve_target_state target_state(enum influx_state state)
{
    switch (state) {
    case INFLUX_OK:
        return SERVE_TARGET_OK;
    case INFLUX_BEHIND:
        return SERVE_TARGET_BEHIND;
    case INFLUX_REFUSED:
        return SERVE_TARGET_REFUSED;
    case INFLUX_UNREACHABLE:
        break;
    }
    return SERVE_TARGET_UNREACHABLE;
}

static size_t count_targets(const struct app *a)
{
    size_t n = 0;
    for (size_t i = 0; i < APP_TARGETS_MAX; i++)
        n += a->targets[i].used;
    return n;
}

static void fill_targets(const struct app *a, struct serve_view *v)
{
    size_t n = 0;
    for (size_t i = 0; i < APP_TARGETS_MAX; i++) {
        if (!a->targets[i].used)
            continue;
        struct serve_target *out = &v->targets[n++];
        struct influx_stats s;
        influx_sender_get_stats(a->targets[i].sender, &s);
        out->id = serve_view_text(v, a->targets[i].config.id);
        out->kind = serve_view_text(v, "influx");
        out->state = target_state(s.state);
        out->sent_lines = s.lines;
        out->requests = s.requests;
        out->partial = s.partial;
        out->quarantined = s.quarantined;
        out->expired = s.expired;
        out->resent = s.resent;
        out->backlog_commits = s.backlog;
        out->last_error = serve_view_text(v, s.last_error);
        out->last_ok_ms = s.last_ok_ms;
    }
}

static bool is_shown(const struct account *a)
{
    return a->until_ms != 0 && a->has_mass && a->period != ACCOUNT_HOUR;
}

static size_t count_totals(const struct app *a)
{
    size_t n = 0;
    for (size_t i = 0; i < (size_t)a->plant->input_count * ACCOUNT_PERIODS; i++)
        n += is_shown(&a->live.accounts[i]);
    return n;
}

static void fill_totals(const struct app *a, struct serve_view *v)
{
    size_t n = 0;
    for (size_t i = 0; i < (size_t)a->plant->input_count * ACCOUNT_PERIODS; i++) {
        const struct account *from = &a->live.accounts[i];
        if (!is_shown(from) || n == v->count.totals)
            continue;
        const struct plant_outlet *outlet = &a->plant->outlets[from->outlet];
        v->totals[n++] = (struct serve_total){
            .site = serve_view_text(v, a->plant->sites[outlet->site].id),
            .outlet = serve_view_text(v, outlet->id),
            .factor = serve_view_text(v, a->plant->inputs[from->input].factor),
            .period = account_period_name(from->period),
            .start_ms = from->start_ms,
            .until_ms = from->until_ms,
            .exhausted_ms = from->exhausted_ms,
            .measured_kg = from->measured_kg,
            .substituted_kg = from->substituted_kg,
            .effective_rate = transmission_effective(&from->parts),
            .compliance_rate = from->judged ? (double)from->compliant / from->judged : (double)NAN,
            .permit_kg = from->permit_kg > 0 ? from->permit_kg : (double)NAN,
            .substituted_hours = from->substituted_hours,
            .missing_hours = from->missing_hours,
        };
    }
}

static void fill_findings(const struct app *a, struct serve_view *v)
{
    for (size_t i = 0; i < a->open_count; i++) {
        const struct open_finding *f = &a->open[i];
        struct serve_finding *out = &v->findings[i];
        out->id = serve_view_text(v, f->id);
        out->kind = serve_view_text(v, f->kind);
        out->site = serve_view_text(v, f->site);
        out->object = serve_view_text(v, f->object);
        out->factor = serve_view_text(v, f->factor);
        out->signal = serve_view_text(v, f->signal);
        out->priority = f->priority;
        out->start_ms = f->start_ms;
        out->value = f->value;
        out->threshold = f->threshold;
        out->confidence = f->confidence;
        out->class_word = serve_view_text(v, f->class_word);
        out->zh = serve_view_text(v, f->zh);
        out->en = serve_view_text(v, f->en);
    }
}

static size_t count_states(const struct app *a)
{
    size_t n = 0;
    while (n < a->live.state_count && a->live.states[n].object[0])
        n++;
    return n;
}

static void fill_states(const struct app *a, struct serve_view *v)
{
    for (size_t i = 0; i < v->count.states; i++) {
        const struct shown_state *s = &a->live.states[i];
        v->states[i] = (struct serve_object_state){
            .site = serve_view_text(v, s->site),
            .object = serve_view_text(v, s->object),
            .state = serve_view_text(v, s->word),
            .code = s->code,
            .since_ms = s->since_ms,
            .confidence = s->confidence,
            .power_kw = s->power_kw,
        };
    }
}

static const struct hj212_strangers *strangers_of(const struct app *a, uint32_t link)
{
    return hj212_desk_strangers(hj212_hub_desk(a->stations, link));
}

static size_t count_unknown(const struct app *a)
{
    size_t count = 0;
    for (uint32_t i = 0; a->stations && i < hj212_hub_link_count(a->stations); i++)
        count += hj212_strangers_count(strangers_of(a, i));
    return count;
}

static void fill_unknown(const struct app *a, struct serve_view *v)
{
    struct serve_unknown *out = v->unknown;
    for (uint32_t i = 0; a->stations && i < hj212_hub_link_count(a->stations); i++) {
        const struct hj212_strangers *list = strangers_of(a, i);
        struct hj212_link_stats link;
        hj212_hub_link(a->stations, i, &link);
        for (uint32_t n = 0; n < hj212_strangers_count(list); n++) {
            struct hj212_stranger u;
            hj212_strangers_get(list, n, &u);
            *out++ = (struct serve_unknown){.mn = serve_view_text(v, u.mn),
                                            .link = serve_view_text(v, link.id),
                                            .packets = u.packets,
                                            .set_aside = u.kept,
                                            .first_ms = plant_time_utc_ms(&a->time, u.first_at_ms),
                                            .last_ms = plant_time_utc_ms(&a->time, u.last_at_ms)};
        }
    }
}

static size_t count_stations(const struct app *a)
{
    size_t count = 0;
    for (uint32_t i = 0; a->stations && i < hj212_hub_link_count(a->stations); i++)
        count += hj212_desk_station_count(hj212_hub_desk(a->stations, i));
    return count;
}

static struct serve_fullness fullness(const struct hj212_fullness *f)
{
    return (struct serve_fullness){f->expected, f->have, f->lost};
}

static void fill_periods(struct hj212_gaps *gaps, int64_t utc_ms, struct serve_station *out)
{
    static const enum station_series series[SERVE_SERIES] = {SERIES_MINUTE, SERIES_HOUR,
                                                             SERIES_DAY};
    for (unsigned i = 0; i < SERVE_SERIES; i++) {
        struct hj212_summary s;
        hj212_gaps_summary(gaps, series[i], utc_ms, &s);
        out->today[i] = fullness(&s.today);
        out->yesterday[i] = fullness(&s.yesterday);
        out->missing[i] = s.all.expected - s.all.have - s.all.lost;
        out->lost[i] = s.all.lost;
    }
}

static void fill_station(const struct app *a, const struct hj212_station_stats *s,
                         struct serve_view *v, struct serve_station *out)
{
    *out = (struct serve_station){
        .id = serve_view_text(v, s->device),
        .mn = serve_view_text(v, s->mn),
        .last_ms = s->last_at_ms ? plant_time_utc_ms(&a->time, s->last_at_ms) : 0,
        .packets = s->packets,
        .resends = s->resends,
        .revisions = s->revisions,
        .answers_late = s->late,
        .ask_refused = s->ask_refused,
        .ask_silent = s->ask_silent,
    };
    for (int i = 0; i < HJ212_PURPOSES; i++)
        out->asked += s->asked[i];
    fill_periods(s->plan.gaps, v->now_ms, out);
}

static void fill_stations(const struct app *a, struct serve_view *v)
{
    struct serve_station *out = v->stations;
    for (uint32_t i = 0; a->stations && i < hj212_hub_link_count(a->stations); i++) {
        const struct hj212_desk *desk = hj212_hub_desk(a->stations, i);
        for (uint32_t n = 0; n < hj212_desk_station_count(desk); n++) {
            struct hj212_station_stats s;
            hj212_desk_station(desk, n, &s);
            fill_station(a, &s, v, out++);
        }
    }
}

void publish_view(struct app *a)
{
    const struct serve_counts count = {
        .links = a->plant->link_count,
        .devices = a->plant->device_count,
        .signals = a->plant->signal_count,
        .targets = count_targets(a),
        .findings = a->open_count,
        .totals = count_totals(a),
        .rates = live_count_rates(&a->live),
        .outlets = a->plant->outlet_count,
        .series = a->plant->input_count,
        .states = count_states(a),
        .unknown = count_unknown(a),
        .stations = count_stations(a),
    };
    struct serve_view *v = serve_view_new(&count);
    if (!v) {
        log_error("http", "no memory for the view");
        return;
    }
    v->version = serve_view_text(v, PW_VERSION);
    v->plant = serve_view_text(v, a->plant->server.plant);
    v->name = serve_view_text(v, a->plant->site_count ? a->plant->sites[0].name : "");
    v->zone_offset_min = a->plant->server.zone_offset_min;
    v->state = a->phase == STOP_RUNNING ? SERVE_RUNNING : SERVE_STOPPING;
    v->started_ms = a->started_ms;
    v->now_ms = plant_time_utc_ms(&a->time, plant_time_at_ms(&a->time));
    v->counters = (struct serve_counters){.readings = a->counters.readings,
                                          .samples = a->counters.samples,
                                          .bad_samples = a->counters.bad,
                                          .findings = a->counters.findings};
    anchors_count_all(a, &v->counters);
    gateways_count_all(a, &v->counters);
    fill_record(a, &v->record);
    fill_links(a, v);
    fill_devices(a, v);
    fill_targets(a, v);
    fill_findings(a, v);
    fill_totals(a, v);
    live_fill_rates(&a->live, v);
    shown_means_fill(&a->shown, a->plant, v);
    fill_states(a, v);
    fill_unknown(a, v);
    fill_stations(a, v);
    serve_publish(a->serve, v);
}
