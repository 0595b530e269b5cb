/* Late data: a day that has late samples is computed again by a worker from the archive, and what
 * differs is told again. The journal line `reopen` says so at the place where it is told; a replay
 * computes the same there. What is waiting here is waiting in the machines' states too, which ask
 * again when nobody answers: nothing is lost by a full queue or a stop. */
#include "acq/app/state.h"

#include "acq/core/log.h"
#include "acq/loop/worker.h"
#include "acq/record/db.h"
#include "acq/refine/late.h"
#include "acq/replay/reopen.h"
#include "protocols/influx/line.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAITING_MAX = 4096, QUEUE_LOW_BYTES = 1024 * 1024 };

struct revisions {
    struct worker_job job; /* first: the job is this */
    struct app *app;
    /* A ring; through: the commit that must be durable first. */
    struct reopen_request items[WAITING_MAX];
    uint32_t first, count;
    struct reopener *reopener; /* the worker's, while the job is busy */
    struct reopen_request request;
    struct reopen_result result;
    char digest[SM3_HEX_SIZE];
    struct declarations declared; /* as they were when the job began */
    int err;
    uint64_t after; /* the commit that what was told last is in */
    struct revisions_stats stats;
};

static char *find_config(void *ctx, const char *digest)
{
    char *text = NULL;
    return record_load_config(ctx, digest, &text) == 0 ? text : NULL;
}

int revisions_open(struct app *a)
{
    struct revisions *r = calloc(1, sizeof *r);
    if (!r)
        return PW_ENOMEM;
    r->app = a;
    int err = reopener_new(a->data_dir, NULL, 0, find_config, a->data_dir, &r->reopener);
    if (err) {
        free(r);
        return err;
    }
    a->revisions = r;
    return 0;
}

void revisions_free(struct app *a)
{
    struct revisions *r = a->revisions;
    if (!r)
        return;
    reopen_result_deinit(&r->result);
    reopener_free(r->reopener);
    free(r);
    a->revisions = NULL;
}

void revisions_stop(struct app *a)
{
    if (a->revisions)
        reopener_cancel(a->revisions->reopener);
}

struct revisions_stats revisions_get_stats(const struct app *a)
{
    struct revisions_stats stats = a->revisions->stats;
    stats.waiting = a->revisions->count + a->revisions->job.busy;
    return stats;
}

static struct reopen_request *find_waiting(struct revisions *r, const char *input, int64_t day_ms)
{
    for (uint32_t i = 0; i < r->count; i++) {
        struct reopen_request *q = &r->items[(r->first + i) % WAITING_MAX];
        if (q->day_ms == day_ms && strcmp(q->input, input) == 0)
            return q;
    }
    return NULL;
}

/* The commit that has everything that came by now. */
static uint64_t seq_of_now(struct app *a)
{
    struct recorder_stats record;
    recorder_get_stats(a->recorder, &record);
    return record.queue_bytes == 0 ? record.last_seq : recorder_next_seq(a->recorder);
}

void revisions_on_reopen(void *ctx, const struct reopen *asked)
{
    struct app *a = ctx;
    struct revisions *r = a->revisions;
    const char *input = pipeline_plant(a->pipeline)->inputs[asked->input].id;
    struct reopen_request *q = find_waiting(r, input, asked->day_ms);
    if (!q && r->count == WAITING_MAX) {
        r->stats.overflows++;
        return;
    }
    if (!q)
        q = &r->items[(r->first + r->count++) % WAITING_MAX];
    *q = (struct reopen_request){.day_ms = asked->day_ms,
                                 .until_ms = asked->until_ms,
                                 .reason = asked->reason,
                                 .through = seq_of_now(a)};
    snprintf(q->input, sizeof q->input, "%s", input);
}

static void compute(struct worker_job *job)
{
    struct revisions *r = (struct revisions *)job;
    r->err = reopen_compute(r->reopener, &r->request, &r->declared, &r->result);
}

/* Beside the revised mean, as InfluxDB 3 names no winner for a point that is written again. */
static void write_revised(struct app *a, uint32_t input, const struct reopen_mean *r)
{
    const struct plant *plant = pipeline_plant(a->pipeline);
    const struct plant_outlet *outlet = &plant->outlets[plant->inputs[input].outlet];
    struct strbuf *text = flow_fresh_text(a);
    struct line_writer w;
    line_begin(&w, text, "revised");
    line_tag(&w, "factor", plant->inputs[input].factor);
    line_tag(&w, "outlet", outlet->id);
    line_tag(&w, "period", mean_period_name(r->mean.period));
    line_tag(&w, "site", plant->sites[outlet->site].id);
    line_tag(&w, "source", mean_source_name(r->mean.source));
    if (r->had_avg)
        line_float(&w, "old_avg", r->old_avg);
    if (r->mean.good)
        line_float(&w, "avg", r->mean.avg);
    line_string(&w, "reason", r->mean.reason);
    line_int(&w, "revision", r->mean.revision);
    if (line_end(&w, r->mean.start_ms) && !text->failed)
        (void)recorder_add_derived(a->recorder, text->data, text->len, r->mean.start_ms);
}

static void tell(struct app *a, struct revisions *r, uint32_t input)
{
    int64_t at_ms = plant_time_at_ms(&a->time);
    flow_tick(a, at_ms);
    struct strbuf *text = flow_fresh_text(a);
    reopen_write_members(&r->request, r->result.count, text);
    flow_journal(a, "reopen", at_ms, text, false);
    reopen_tell(a->pipeline, input, &r->request, &r->result, at_ms);
    for (size_t i = 0; i < r->result.count; i++)
        write_revised(a, input, &r->result.means[i]);
    r->after = recorder_next_seq(a->recorder);
    r->stats.days++;
    r->stats.revised += r->result.count;
    log_info("means", "input=%s computed again (%s): %" PRIu64 " samples, %zu means are told again",
             r->request.input, r->request.reason, r->result.samples, r->result.count);
}

/* What the worker went by is still so: else it is asked again, as nobody answered. */
static bool is_current(const struct app *a, const struct revisions *r)
{
    char hex[SM3_HEX_SIZE];
    const struct declarations *now = pipeline_declared(a->pipeline);
    return strcmp(sm3_hex(a->plant->digest, hex), r->digest) == 0 &&
           now->count == r->declared.count &&
           memcmp(now->items, r->declared.items, now->count * sizeof *now->items) == 0;
}

static void begin(struct app *a, struct revisions *r);

static void on_done(struct worker_job *job, int status)
{
    struct revisions *r = (struct revisions *)job;
    struct app *a = r->app;
    if (a->phase != STOP_RUNNING)
        return;
    uint32_t input = reopen_find_input(pipeline_plant(a->pipeline), r->request.input);
    if (!status && !r->err && input != PLANT_NONE && !is_current(a, r)) {
        begin(a, r);
        return;
    }
    if (status || r->err) {
        r->stats.failures++;
        log_warn("means", "input=%s cannot be computed again: %s", r->request.input,
                 pw_strerror(status ? status : r->err));
    } else if (input != PLANT_NONE) {
        tell(a, r, input);
    }
    reopen_result_deinit(&r->result);
}

/* With the record and the declarations as they are now. */
static void begin(struct app *a, struct revisions *r)
{
    struct recorder_stats record;
    recorder_get_stats(a->recorder, &record);
    const struct declarations *now = pipeline_declared(a->pipeline);
    reopen_result_deinit(&r->result);
    sm3_hex(a->plant->digest, r->digest);
    r->declared.count = now->count;
    memcpy(r->declared.items, now->items, now->count * sizeof *now->items);
    r->request.through = record.last_seq;
    r->request.offset_ms = a->time.offset_ms;
    r->request.digest = r->digest;
    if (worker_start(&r->job, &a->loop, compute, on_done) != 0)
        r->stats.failures++;
}

void revisions_second(struct app *a)
{
    struct revisions *r = a->revisions;
    struct recorder_stats record;
    if (r->job.busy || r->count == 0 || a->phase != STOP_RUNNING)
        return;
    recorder_get_stats(a->recorder, &record);
    const struct reopen_request *next = &r->items[r->first];
    if (record.last_seq < next->through || record.last_seq < r->after ||
        record.queue_bytes > QUEUE_LOW_BYTES)
        return;
    r->request = *next;
    r->first = (r->first + 1) % WAITING_MAX;
    r->count--;
    begin(a, r);
}

void revisions_status(const struct app *a, struct strbuf *out)
{
    const struct pipeline_late late = pipeline_get_late(a->pipeline);
    const struct revisions_stats s = revisions_get_stats(a);
    strbuf_addf(out,
                ",\"late\":{\"samples\":%" PRIu64 ",\"too_old\":%" PRIu64 ",\"early\":%" PRIu64
                ",\"days_due\":%u,\"waiting\":%u,\"days\":%" PRIu64 ",\"revised\":%" PRIu64
                ",\"failures\":%" PRIu64 ",\"overflows\":%" PRIu64 "}",
                late.samples, late.too_old, late.early, late.days, s.waiting, s.days, s.revised,
                s.failures, s.overflows);
}
