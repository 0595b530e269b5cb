#include "acq/app/state.h"

#include "acq/app/alarms.h"
#include "acq/app/notify.h"
#include "acq/collect/hj212_hub.h"
#include "acq/core/log.h"

#include <inttypes.h>

enum { HOUR_MS = 3600000 };

struct strbuf *flow_fresh_text(struct app *a)
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

static int write_raw(struct app *a, const struct reading *r)
{
    struct strbuf *line = flow_fresh_text(a);
    int64_t arrived_ms = plant_time_utc_ms(&a->time, r->at_ms);
    int err = raw_encoder_write(a->encoder, r, arrived_ms, line);
    if (err)
        a->counters.unwritten++;
    else
        err = recorder_add_raw(a->recorder, line->data, line->len, r->time_ms, r->at_ms);
    if (err)
        log_error("record", "device=%s: a raw line is lost: %s", a->plant->devices[r->device].id,
                  pw_strerror(err));
    return err;
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

static void take_reading(struct app *a, const struct reading *r)
{
    a->counters.readings++;
    for (uint32_t i = 0; i < r->count; i++)
        a->counters.samples += !r->samples[i].absent;
    a->counters.bad += live_take(&a->live, a->plant, r);
    if (a->freeze)
        freeze_take(a->freeze, r);
    pipeline_input(a->pipeline, r);
}

void flow_on_reading(void *ctx, const struct reading *reading)
{
    struct app *a = ctx;
    struct reading marked;
    const struct reading *r = mark_untrusted(a, reading, &marked);
    (void)write_raw(a, r);
    take_reading(a, r);
}

int flow_take_reading(struct app *a, const struct reading *reading)
{
    struct reading marked;
    const struct reading *r = mark_untrusted(a, reading, &marked);
    int err = write_raw(a, r);
    if (!err)
        take_reading(a, r);
    return err;
}

int flow_take_extras(struct app *a, uint32_t device, int64_t time_ms, int64_t at_ms,
                     const struct raw_value *values, size_t count)
{
    struct strbuf *line = flow_fresh_text(a);
    int64_t arrived_ms = plant_time_utc_ms(&a->time, at_ms);
    int err =
        raw_encoder_write_extras(a->encoder, device, values, count, time_ms, arrived_ms, line);
    if (!err)
        err = recorder_add_raw(a->recorder, line->data, line->len, time_ms, at_ms);
    if (err)
        a->counters.unwritten++;
    return err;
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
    gateways_on_commit(a, c->seq);
    uplinks_on_commit(a, c->seq);
    ctl_on_commit(a, c->seq);
    ctl_bus_on_commit(a, c->seq);
    if (a->stations)
        hj212_hub_durable(a->stations, c->seq);
    if (a->phase == STOP_DELIVERING)
        stop_step(a);
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
    struct strbuf *text = flow_fresh_text(a);
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
    bus_note(a, at_ms);
    stations_note(a, at_ms);
    note_snapshot(a, at_ms);
}

void flow_on_evidence(void *ctx, const struct strbuf *members)
{
    struct app *a = ctx;
    flow_journal(a, "evidence", plant_time_at_ms(&a->time), members, false);
}

void flow_second(struct app *a)
{
    follow_clock(a);
    int64_t at_ms = plant_time_at_ms(&a->time);
    flow_tick(a, at_ms);
    snapshot_each_hour(a, at_ms);
    if (a->freeze)
        freeze_second(a->freeze, plant_time_utc_ms(&a->time, at_ms));
    disk_second(a, at_ms);
    stations_watch(a, at_ms);
    anchors_second(a, at_ms);
    gateways_second(a, at_ms);
    revisions_second(a);
    ctl_second(a);
    bus_watch(a);
    station_keys_second(a);
    uplinks_second(a);
    stations_second(a, at_ms);
    alarms_second(a, at_ms);
    if (a->seconds_to_self-- == 0) {
        self_write(a, plant_time_utc_ms(&a->time, at_ms));
        a->seconds_to_self = APP_SELF_EVERY_S - 1;
    }
    if (a->watchdog_ms)
        notify_send("WATCHDOG=1");
    publish_view(a);
}
