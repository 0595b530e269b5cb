/* A clean stop, in order: nobody is asked any more; the last commit becomes durable; senders finish
 * and say where they are; the record closes; the loop empties. Each wait has the one deadline. */
#include "acq/app/state.h"

#include "acq/app/notify.h"
#include "acq/collect/hj212_hub.h"
#include "acq/core/log.h"

static void close_timer(uv_timer_t *timer)
{
    if (!uv_is_closing((uv_handle_t *)timer))
        uv_close((uv_handle_t *)timer, NULL);
}

static void close_signal(uv_signal_t *signal)
{
    if (!uv_is_closing((uv_handle_t *)signal))
        uv_close((uv_handle_t *)signal, NULL);
}

static void close_record(struct app *a)
{
    if (!a->recorder)
        return;
    struct recorder_stats stats;
    recorder_get_stats(a->recorder, &stats);
    a->lost_lines = stats.lost_lines + a->counters.unwritten;
    recorder_close(a->recorder);
    a->recorder = NULL;
}

static void close_all(struct app *a)
{
    a->phase = STOP_CLOSING;
    gateways_close(a);
    anchors_close(a->anchors);
    a->anchors = NULL;
    close_record(a);
    handover_drain(&a->handover);
    handover_close(&a->handover);
    if (a->http)
        http_client_close(a->http, NULL, NULL);
    a->http = NULL;
    ctl_close(a);
    close_timer(&a->record_timer);
    close_timer(&a->second_timer);
    close_timer(&a->seconds_timer);
    close_timer(&a->stop_timer);
    close_signal(&a->on_term);
    close_signal(&a->on_int);
    close_signal(&a->on_hup);
}

static void on_stop_deadline(uv_timer_t *timer)
{
    struct app *a = timer->data;
    log_warn("server",
             "stop: not everything was delivered within %d ms; the rest goes out after "
             "the next start",
             APP_STOP_LIMIT_MS);
    if (a->phase != STOP_CLOSING)
        close_all(a);
}

static bool is_durable(struct app *a)
{
    struct recorder_stats stats;
    recorder_get_stats(a->recorder, &stats);
    return stats.last_seq >= a->last_wanted_seq;
}

/* Called whenever something that the stop waits for has happened. */
void stop_step(struct app *a)
{
    if (a->phase == STOP_COLLECTING && !a->collector && !a->stations && gateways_are_stopped(a) &&
        uplinks_are_stopped(a)) {
        a->phase = STOP_DELIVERING;
        a->last_wanted_seq = recorder_next_seq(a->recorder);
        anchors_note_stop(a);
        note_stop(a);
    }
    if (a->phase == STOP_DELIVERING && is_durable(a)) {
        targets_stop(a);
        anchors_stop(a);
        if (targets_are_stopped(a) && a->anchors_finished)
            close_all(a);
    }
}

void stop_abort(struct app *a)
{
    if (a->stations)
        hj212_hub_stop(a->stations, NULL, NULL);
    uplinks_stop(a);
    targets_stop(a);
    close_all(a);
}

static void on_collector_stopped(void *ctx)
{
    struct app *a = ctx;
    a->collector = NULL;
    stop_step(a);
}

static void on_stations_stopped(void *ctx)
{
    struct app *a = ctx;
    a->stations = NULL;
    stop_step(a);
}

void stop_begin(struct app *a, const char *why)
{
    if (a->phase != STOP_RUNNING)
        return;
    log_info("server", "stopping: %s", why);
    notify_send("STOPPING=1");
    a->phase = STOP_COLLECTING;
    revisions_stop(a);
    recorder_will_close(a->recorder);
    uv_timer_stop(&a->second_timer);
    uv_timer_start(&a->stop_timer, on_stop_deadline, APP_STOP_LIMIT_MS, 0);
    bus_note(a, plant_time_at_ms(&a->time));
    stations_note(a, plant_time_at_ms(&a->time));
    if (a->collector)
        collector_stop(a->collector, on_collector_stopped, a);
    if (a->stations)
        hj212_hub_stop(a->stations, on_stations_stopped, a);
    gateways_stop(a);
    uplinks_stop(a);
    if (!a->collector && !a->stations)
        stop_step(a);
}
