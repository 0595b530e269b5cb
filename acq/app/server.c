#include "acq/app/server.h"

#include "acq/app/alarms.h"
#include "acq/app/app.h"
#include "acq/app/notify.h"
#include "acq/app/read_finding.h"
#include "acq/app/read_means.h"
#include "acq/app/state.h"
#include "acq/core/log.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COMMIT_BYTES = 256 * 1024, QUEUE_BYTES = 8 * 1024 * 1024, WHY_SIZE = 512 };

static void put_commit(void *ctx, const struct commit *c)
{
    struct app *a = ctx;
    handover_put(&a->handover, c);
}

static int open_record(struct app *a)
{
    const struct plant_server *server = &a->plant->server;
    struct recorder_options o = {
        .data_dir = a->data_dir,
        .plant = server->plant,
        .commit_min_ms = server->commit_min_ms,
        .commit_max_ms = server->commit_max_ms,
        .commit_bytes = COMMIT_BYTES,
        .queue_bytes = QUEUE_BYTES,
        .recompress = server->retention.recompress,
        .zone_offset_min = server->zone_offset_min,
        .keep_days = server->retention.raw_days > server->retention.min_days
                         ? server->retention.raw_days
                         : server->retention.min_days,
        .minute_days = server->retention.minute_days,
        .hour_days = server->retention.hour_days,
        .event_days = server->retention.event_days,
        .ballast_bytes = (size_t)server->ballast_mib << 20,
        .clock = pw_clock_system(),
        .on_commit = put_commit,
        .ctx = a,
    };
    char why[WHY_SIZE] = "";
    int err = recorder_open(&o, &a->recorder, &a->started, why, sizeof why);
    if (err) {
        log_error("record", "%s", *why ? why : pw_strerror(err));
        return err;
    }
    plant_time_init(&a->time, pw_clock_system(), a->started.last_at_ms);
    plant_time_set_trust(&a->time, server->trust);
    if (!a->time.trusted)
        log_warn("clock", "the clock cannot be trusted yet: readings are marked until it can");
    if (a->started.torn_bytes)
        log_warn("record",
                 "an unfinished commit of %" PRIu64 " bytes was cut from the journal's end and "
                 "kept in %s/torn/",
                 a->started.torn_bytes, a->data_dir);
    if (a->started.rebuilt && !a->started.created)
        log_warn("record", "SQLite is made anew from the journal");
    log_info("record", "data=%s last_seq=%" PRIu64 " replayed=%" PRIu64, a->data_dir,
             a->started.last_seq, a->started.replayed);
    return 0;
}

/* Once the record is open: what SQLite knows, the pipeline as it was, the journal's first lines of
 * this start, the senders. */
static int open_pipeline(struct app *a)
{
    struct known known = {0};
    int err = live_init(&a->live, a->plant, NULL, NULL);
    if (!err)
        err = shown_means_init(&a->shown, a->plant, NULL, NULL);
    if (!err)
        shown_means_load(&a->shown, a->plant, a->data_dir,
                         plant_time_utc_ms(&a->time, plant_time_at_ms(&a->time)));
    if (!err)
        err = raw_encoder_new(a->plant, &a->encoder);
    if (!err)
        err = known_load(&known, a->data_dir, a->plant);
    if (!err)
        err = revisions_open(a);
    if (!err)
        err = freeze_new(a->plant, flow_on_evidence, a, &a->freeze);
    if (!err)
        err = alarms_open(a);
    if (!err)
        err = restore_pipeline(a, known.config);
    if (!err)
        err = targets_start(a, &known);
    if (!err)
        err = anchors_start(a);
    if (!err)
        err = gateways_open(a);
    if (!err)
        err = alarms_start_routes(a);
    if (!err)
        err = uplinks_open(a);
    known_deinit(&known);
    return err;
}

static int open_serve(struct app *a)
{
    char why[WHY_SIZE] = "";
    const struct serve_options o = {.listen = a->http_listen,
                                    .web_dir = a->options.web_dir,
                                    .means = read_means_from(a->data_dir),
                                    .events = read_findings_from(a->data_dir)};
    int err = serve_start(&o, &a->serve, why, sizeof why);
    if (err) {
        log_error("http", "listen=%s: %s", a->http_listen, *why ? why : pw_strerror(err));
        return err;
    }
    log_info("http", "port=%u", serve_port(a->serve));
    return 0;
}

static int open_collector(struct app *a)
{
    const struct collector_options o = {
        .loop = &a->loop,
        .plant = a->plant,
        .time = &a->time,
        .on_reading = flow_on_reading,
        .on_written = ctl_on_written,
        .on_learned = learned_on_learned,
        .ctx = a,
        .seed = (uint64_t)pw_clock_wall_ms(pw_clock_system()) ^ (uint64_t)getpid() << 40,
    };
    int err = collector_start(&o, &a->collector);
    return err ? err : learned_restore(a);
}

static void on_second(uv_timer_t *timer)
{
    flow_second(timer->data);
}

static void on_seconds_over(uv_timer_t *timer)
{
    stop_begin(timer->data, "the time given is over");
}

static void on_stop_signal(uv_signal_t *handle, int signum)
{
    stop_begin(handle->data, signum == SIGTERM ? "SIGTERM" : "SIGINT");
}

static void on_reload_signal(uv_signal_t *handle, int signum)
{
    (void)signum;
    reload_begin(handle->data);
}

static void init_handles(struct app *a)
{
    uv_timer_t *timers[] = {&a->record_timer, &a->second_timer, &a->seconds_timer, &a->stop_timer};
    for (size_t i = 0; i < sizeof timers / sizeof *timers; i++) {
        pw_require(uv_timer_init(&a->loop, timers[i]) == 0);
        timers[i]->data = a;
    }
    uv_signal_t *signals[] = {&a->on_term, &a->on_int, &a->on_hup};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        pw_require(uv_signal_init(&a->loop, signals[i]) == 0);
        signals[i]->data = a;
    }
}

/* Everything that listens to the world, once everything behind it stands. */
static void start_handles(struct app *a)
{
    uv_signal_start(&a->on_term, on_stop_signal, SIGTERM);
    uv_signal_start(&a->on_int, on_stop_signal, SIGINT);
    uv_signal_start(&a->on_hup, on_reload_signal, SIGHUP);
    uv_timer_start(&a->second_timer, on_second, 1000, 1000);
    if (a->options.seconds)
        uv_timer_start(&a->seconds_timer, on_seconds_over, (uint64_t)a->options.seconds * 1000, 0);
    flow_arm_record(a, 0);
}

static int open_all(struct app *a)
{
    int err = open_record(a);
    if (err)
        return err;
    a->started_ms = plant_time_utc_ms(&a->time, plant_time_at_ms(&a->time));
    err = http_client_open(&a->loop, &a->http);
    if (!err)
        err = open_serve(a);
    if (err)
        return err;
    err = open_pipeline(a);
    if (!err)
        err = ctl_open(a);
    if (!err)
        err = stations_open(a);
    if (!err)
        err = open_collector(a);
    if (err)
        log_error("server", "cannot start: %s", pw_strerror(err));
    return err;
}

static void print_summary(const struct app *a, uint64_t lost)
{
    printf("samples: %" PRIu64 "\nbad: %" PRIu64 "\nlost: %" PRIu64 "\nwritten: %" PRIu64
           "\nfindings: %" PRIu64 "\nsent: %" PRIu64 "\n",
           a->counters.samples, a->counters.bad, lost, a->counters.written, a->counters.findings,
           a->sent_lines);
    for (size_t i = 0; i < a->sentence_count; i++)
        printf("%s\n", a->sentences[i]);
    for (uint32_t i = 0; i < a->live.state_count && a->live.states[i].object[0]; i++)
        printf("state: %s %s\n", a->live.states[i].object, a->live.states[i].word);
    fflush(stdout);
}

static void app_free(struct app *a)
{
    serve_stop(a->serve);
    revisions_free(a);
    alarms_free(a);
    pipeline_free(a->pipeline);
    raw_encoder_free(a->encoder);
    live_deinit(&a->live);
    freeze_free(a->freeze);
    shown_means_deinit(&a->shown);
    for (size_t i = 0; i < a->sentence_count; i++)
        free(a->sentences[i]);
    free(a->sentences);
    free(a->open);
    station_keys_close(a);
    uplinks_free(a);
    free(a->data_dir);
    free(a->http_listen);
    plant_free(a->plant);
    free(a);
}

static struct app *app_new(const struct server_options *options, struct plant *plant)
{
    struct app *a = calloc(1, sizeof *a);
    pw_require(a != NULL);
    a->options = *options;
    a->plant = plant;
    /* Copies: a reload frees the plant that the defaults come from. */
    a->data_dir = strdup(options->data_dir ? options->data_dir : plant->server.data_dir);
    a->http_listen =
        strdup(options->http_listen ? options->http_listen : plant->server.http_listen);
    pw_require(a->data_dir && a->http_listen);
    a->open = calloc(APP_OPEN_FINDINGS_MAX, sizeof *a->open);
    a->sentences = calloc(APP_SENTENCES_MAX, sizeof *a->sentences);
    pw_require(a->open && a->sentences);
    a->watchdog_ms = notify_watchdog_interval_ms();
    return a;
}

int server_run(const struct server_options *options, struct plant *plant)
{
    signal(SIGPIPE, SIG_IGN);
    struct app *a = app_new(options, plant);
    pw_require(uv_loop_init(&a->loop) == 0);
    pw_require(handover_init(&a->handover, &a->loop, flow_on_commit, a) == 0);
    init_handles(a);
    int err = open_all(a);
    if (err) {
        a->failed = true;
        stop_abort(a);
    } else {
        start_handles(a);
        publish_view(a);
        log_info("server", "running: plant=%s version=%s", plant->server.plant, PW_VERSION);
        notify_send("READY=1");
    }
    uv_run(&a->loop, UV_RUN_DEFAULT);
    pw_require(uv_loop_close(&a->loop) == 0);
    if (a->options.summary && !a->failed)
        print_summary(a, a->lost_lines);
    int status = a->failed ? APP_FAILED : APP_OK;
    log_info("server", "stopped");
    app_free(a);
    return status;
}
