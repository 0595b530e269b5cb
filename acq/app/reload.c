/* SIGHUP: the new plant is loaded by a worker beside the running one and swapped in between two
 * inputs. A reload that fails leaves everything as it was and says why. */
#include "acq/app/state.h"

#include "acq/app/alarms.h"
#include "acq/app/notify.h"
#include "acq/collect/hj212_hub.h"
#include "acq/core/log.h"
#include "acq/loop/worker.h"
#include "acq/plant/load.h"

#include <stdlib.h>
#include <string.h>

enum { ANSWER_MAX = 2 * 1024 * 1024 };

struct reload {
    struct worker_job job; /* first: the job is the reload */
    struct app *app;
    struct plant *plant;
    struct plant_problems problems;
    struct known known;
    int err;
};

static void load_in_worker(struct worker_job *job)
{
    struct reload *r = (struct reload *)job;
    r->err = plant_load(r->app->options.config_path, &r->plant, &r->problems);
    if (!r->err)
        r->err = known_load(&r->known, r->app->data_dir, r->plant);
}

/* What only a restart can change; NULL when nothing of it differs. */
static const char *needs_restart(const struct plant_server *old, const struct plant_server *new)
{
    if (strcmp(old->plant, new->plant) != 0)
        return "server.plant";
    if (strcmp(old->data_dir, new->data_dir) != 0)
        return "server.data";
    if (strcmp(old->http_listen, new->http_listen) != 0)
        return "server.http.listen";
    if (old->commit_min_ms != new->commit_min_ms)
        return "server.commit_min_ms";
    if (old->commit_max_ms != new->commit_max_ms)
        return "server.commit_max_ms";
    if (old->ballast_mib != new->ballast_mib)
        return "server.ballast_mib";
    if (old->retention.raw_days != new->retention.raw_days ||
        old->retention.min_days != new->retention.min_days ||
        old->retention.minute_days != new->retention.minute_days ||
        old->retention.hour_days != new->retention.hour_days ||
        old->retention.event_days != new->retention.event_days ||
        old->retention.recompress != new->retention.recompress)
        return "server.retention";
    return NULL;
}

/* Everything that can fail comes first; after that the swap is whole. */
static int swap(struct app *a, struct plant *plant, const struct known *known)
{
    struct raw_encoder *encoder = NULL;
    struct live live = {0};
    struct shown_means shown = {0};
    int err = raw_encoder_new(plant, &encoder);
    if (!err)
        err = live_init(&live, plant, &a->live, a->plant);
    if (!err)
        err = shown_means_init(&shown, plant, &a->shown, a->plant);
    int64_t at_ms = plant_time_at_ms(&a->time);
    if (!err)
        err = pipeline_reload(a->pipeline, plant, at_ms);
    if (err) {
        raw_encoder_free(encoder);
        live_deinit(&live);
        shown_means_deinit(&shown);
        return err;
    }
    struct plant *old = a->plant;
    a->plant = plant;
    plant_time_set_trust(&a->time, plant->server.trust);
    raw_encoder_free(a->encoder);
    a->encoder = encoder;
    live_deinit(&a->live);
    a->live = live;
    shown_means_deinit(&a->shown);
    a->shown = shown;
    if (a->freeze && freeze_reload(a->freeze, plant) != 0) {
        log_error("reload", "no memory to keep the evidence of events any more");
        freeze_free(a->freeze);
        a->freeze = NULL;
    }
    err = collector_reload(a->collector, plant);
    if (err)
        log_error("reload", "collection: %s", pw_strerror(err));
    err = hj212_hub_reload(a->stations, plant);
    if (err)
        log_error("reload", "stations: %s", pw_strerror(err));
    pw_require(alarms_reload(a) == 0); /* the old plant is about to go */
    note_config(a, at_ms, known->config);
    targets_reload(a, known);
    err = anchors_reload(a);
    if (err)
        log_error("reload", "anchors: %s", pw_strerror(err));
    err = gateways_reload(a);
    if (err)
        log_error("reload", "gateways: %s", pw_strerror(err));
    err = uplinks_reload(a);
    if (err)
        log_error("reload", "platforms: %s", pw_strerror(err));
    plant_free(old);
    return 0;
}

/* Every problem goes to the log and into the answer for whoever asked. */
static void tell_problems(const struct plant_problems *problems, struct strbuf *answer)
{
    strbuf_adds(answer, ",\"problems\":[");
    for (size_t i = 0; i < problems->count; i++) {
        char line[1024];
        plant_problem_format(&problems->items[i], line, sizeof line);
        log_error("reload", "%s", line);
        strbuf_adds(answer, i ? "," : "");
        strbuf_add_json_string(answer, line);
    }
    strbuf_addc(answer, ']');
}

static void refuse(struct strbuf *answer, const char *why, const char *detail)
{
    log_error("reload", "refused, nothing was changed: %s%s", why, detail);
    strbuf_adds(answer, "\"ok\":false,\"error\":\"refused, nothing was changed: ");
    strbuf_addf(answer, "%s%s\"", why, detail);
}

/* Swaps, and says in members of a JSON object how it went. */
static void finish(struct reload *r, struct strbuf *answer)
{
    struct app *a = r->app;
    const char *fixed = r->err ? NULL : needs_restart(&a->plant->server, &r->plant->server);
    int err = r->err || fixed ? 0 : swap(a, r->plant, &r->known);
    char hex[SM3_HEX_SIZE];
    if (r->err)
        refuse(answer, pw_strerror(r->err), "");
    else if (fixed)
        refuse(answer, fixed, " needs a restart");
    else if (err)
        refuse(answer, pw_strerror(err), "");
    else
        strbuf_addf(answer, "\"ok\":true,\"digest\":\"%s\"", sm3_hex(a->plant->digest, hex));
    if (a->plant == r->plant)
        log_info("reload", "done: digest=%s", hex);
    else
        plant_free(r->plant);
    tell_problems(&r->problems, answer);
}

static void on_loaded(struct worker_job *job, int status)
{
    struct reload *r = (struct reload *)job;
    struct app *a = r->app;
    struct strbuf answer;
    strbuf_init(&answer, ANSWER_MAX);
    a->reloading = false;
    if (status != 0 || a->phase != STOP_RUNNING)
        r->err = r->err ? r->err : PW_ESTATE;
    finish(r, &answer);
    ctl_on_reloaded(a, strbuf_text(&answer));
    strbuf_deinit(&answer);
    known_deinit(&r->known);
    plant_problems_deinit(&r->problems);
    notify_send("READY=1");
    free(r);
}

void reload_begin(struct app *a)
{
    if (a->reloading || a->phase != STOP_RUNNING)
        return;
    struct reload *r = calloc(1, sizeof *r);
    if (!r)
        return;
    r->app = a;
    log_info("reload", "reading %s", a->options.config_path);
    notify_reloading();
    a->reloading = true;
    int err = worker_start(&r->job, &a->loop, load_in_worker, on_loaded);
    if (err) {
        log_error("reload", "no worker: %s", pw_strerror(err));
        a->reloading = false;
        free(r);
    }
}
