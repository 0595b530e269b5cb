#include "acq/app/state.h"

#include "acq/core/log.h"
#include "acq/record/archive.h"
#include "acq/record/db.h"
#include "acq/record/journal_line.h"
#include "acq/replay/feed.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CATCH_UP_STEP_MS = 60000,
    QUEUE_LOW_BYTES = 1024 * 1024,
    WAIT_STEP_US = 2000,
    WAIT_STEPS_MAX = 5000,
    WHY_SIZE = 256,
};

/* How far back a start looks for a snapshot: a day and a bit of commits a second. Snapshots come
 * every hour, so only a journal of another kind has none. */
enum { SNAPSHOT_SEARCH_MAX = 100000 };

static const int64_t HISTORY_MS = INT64_C(31) * 86400000;

static char *find_config(void *ctx, const char *digest)
{
    struct app *a = ctx;
    char hex[SM3_HEX_SIZE];
    if (strcmp(sm3_hex(a->plant->digest, hex), digest) == 0)
        return strdup(a->plant->text);
    char *text = NULL;
    return record_load_config(a->data_dir, digest, &text) == 0 ? text : NULL;
}

/* A line `reopen` of the tail. */
static int reopen(void *ctx, const struct reopen_request *q, const struct declarations *declared,
                  struct reopen_result *out)
{
    struct app *a = ctx;
    struct reopener *r = NULL;
    int err = reopener_new(a->data_dir, NULL, 0, find_config, a, &r);
    if (!err)
        err = reopen_compute(r, q, declared, out);
    reopener_free(r);
    return err;
}

/* What the tail says again is known already. */
static void ignore_finding(void *ctx, const struct finding *f)
{
    (void)ctx;
    (void)f;
}

static void ignore_mean(void *ctx, const struct mean *m)
{
    (void)ctx;
    (void)m;
}

static void unref(struct commit *c)
{
    for (int k = 0; k < MEMBER_KINDS; k++)
        bytes_unref(c->member[k]);
}

static int try_snapshot(struct archive *archive, uint64_t seq, struct feed *feed)
{
    struct commit c;
    char why[WHY_SIZE] = "";
    int err = archive_read(archive, seq, &c);
    if (err)
        return err;
    err = feed_from_snapshot(feed, &c, why, sizeof why);
    if (err && err != PW_ENOTFOUND)
        log_warn("restore", "snapshot in %s", why);
    unref(&c);
    return err;
}

static int feed_tail(struct archive *archive, uint64_t from, uint64_t last, struct feed *feed)
{
    int err = 0;
    for (uint64_t seq = from; !err && seq <= last; seq++) {
        struct commit c;
        char why[WHY_SIZE] = "";
        err = archive_read(archive, seq, &c);
        if (err)
            break;
        err = feed_commit(feed, &c, why, sizeof why);
        if (err)
            log_warn("restore", "%s", why);
        unref(&c);
    }
    return err;
}

/* The journal clock of commit seq, from its first journal line. PW_ENOTFOUND: it has none. */
static int commit_at(struct archive *archive, uint64_t seq, int64_t *out)
{
    struct commit c;
    struct journal_head head;
    char *text = NULL;
    size_t len = 0;
    int err = archive_read(archive, seq, &c);
    if (err)
        return err;
    err = c.member[MEMBER_J] ? archive_inflate(c.member[MEMBER_J], &text, &len) : PW_ENOTFOUND;
    if (!err)
        err = journal_line_head(text, len, &head);
    if (!err)
        *out = head.at_ms;
    free(text);
    unref(&c);
    return err;
}

/* The first commit of the last HISTORY_MS, halving the range; a commit without a clock counts as
 * inside, which at worst begins a little earlier. */
static int find_begin(struct archive *archive, uint64_t first, uint64_t last, uint64_t *out)
{
    int64_t end_ms = 0;
    int err = commit_at(archive, last, &end_ms);
    uint64_t low = first;
    uint64_t high = last;
    while (!err && low < high) {
        uint64_t middle = low + (high - low) / 2;
        int64_t at_ms = end_ms;
        err = commit_at(archive, middle, &at_ms);
        if (err == PW_ENOTFOUND)
            err = 0;
        if (at_ms < end_ms - HISTORY_MS)
            low = middle + 1;
        else
            high = middle;
    }
    *out = low;
    return err == PW_ENOTFOUND ? 0 : err;
}

/* Without a snapshot that can be read, detection sees again what it may still know of. */
static int feed_history(struct archive *archive, uint64_t first, uint64_t last, struct feed *feed)
{
    uint64_t begin = first;
    int err = find_begin(archive, first, last, &begin);
    if (err)
        return err;
    log_info("restore", "no snapshot: replaying from commit %" PRIu64, begin);
    return feed_tail(archive, begin, last, feed);
}

static int find_and_feed(struct archive *archive, struct feed *feed)
{
    uint64_t first = 0;
    uint64_t last = 0;
    int err = archive_bounds(archive, &first, &last);
    if (err || last == 0)
        return err ? err : PW_ENOTFOUND;
    uint64_t least = last > SNAPSHOT_SEARCH_MAX ? last - SNAPSHOT_SEARCH_MAX : first;
    least = least < first ? first : least;
    for (uint64_t seq = last; seq >= least; seq--) {
        err = try_snapshot(archive, seq, feed);
        if (err == PW_ENOTFOUND)
            continue;
        if (!err)
            log_info("restore", "snapshot=%" PRIu64 " tail=%" PRIu64 " commits", seq, last - seq);
        return err ? err : feed_tail(archive, seq + 1, last, feed);
    }
    return feed_history(archive, first, last, feed);
}

/* The feed, holding the pipeline at the end of the journal; NULL when there is nothing to go on
 * from, or it cannot be read: then detection starts without history. */
static struct feed *restore_feed(struct app *a)
{
    struct feed *feed = NULL;
    struct archive *archive = NULL;
    const struct feed_options o = {
        .find_config = find_config,
        .reopen = reopen,
        .sink = {.on_finding = ignore_finding, .on_mean = ignore_mean, .ctx = a},
        .ctx = a,
    };
    int err = feed_new(&o, &feed);
    if (!err)
        err = archive_open(a->data_dir, &archive);
    if (!err)
        err = find_and_feed(archive, feed);
    archive_close(archive);
    if (!err && feed_pipeline(feed))
        return feed;
    if (err)
        log_error("restore",
                  "the journal's end cannot be replayed (%s): detection starts without "
                  "history",
                  pw_strerror(err));
    feed_free(feed);
    return NULL;
}

static void wait_for_room(struct app *a)
{
    struct recorder_stats stats;
    recorder_get_stats(a->recorder, &stats);
    for (int i = 0; stats.queue_bytes > QUEUE_LOW_BYTES && i < WAIT_STEPS_MAX; i++) {
        recorder_tick(a->recorder);
        usleep(WAIT_STEP_US);
        recorder_get_stats(a->recorder, &stats);
    }
}

/* The seconds of the time when nobody was there, in steps that the record can follow. */
static void catch_up(struct app *a, int64_t at_ms)
{
    int64_t ticked_ms = pipeline_get_clock(a->pipeline).ticked_at_ms;
    while (ticked_ms + CATCH_UP_STEP_MS < at_ms) {
        ticked_ms += CATCH_UP_STEP_MS;
        flow_tick(a, ticked_ms);
        wait_for_room(a);
    }
    flow_tick(a, at_ms);
}

static void keep_open_finding(void *ctx, const char *json)
{
    findings_know_open(ctx, json);
}

int restore_pipeline(struct app *a, bool text_is_known)
{
    const struct machine_sink sink = {.on_finding = findings_on_finding,
                                      .on_mean = flow_on_mean,
                                      .ctx = a,
                                      .on_reopen = revisions_on_reopen,
                                      .on_account = flow_on_account,
                                      .on_rate = flow_on_rate,
                                      .on_mark = marks_on_mark,
                                      .on_flare = flares_on_block,
                                      .on_state = states_on_state};
    struct feed *feed = a->started.last_seq ? restore_feed(a) : NULL;
    int64_t at_ms = plant_time_at_ms(&a->time);
    a->snapshot_hour = plant_time_utc_ms(&a->time, at_ms) / 3600000;
    if (!feed) {
        if (a->started.last_seq)
            flow_journal(a, "no-history", at_ms, &(struct strbuf){0}, true);
        note_start(a, at_ms);
        note_config(a, at_ms, text_is_known);
        return pipeline_new(a->plant, at_ms, a->time.offset_ms, &sink, &a->pipeline);
    }
    int err = record_open_findings(a->data_dir, keep_open_finding, a);
    if (err)
        log_warn("restore", "open findings cannot be listed: %s", pw_strerror(err));
    a->pipeline = feed_take_pipeline(feed);
    pipeline_set_sink(a->pipeline, &sink);
    /* The start line comes behind what was caught up with: a kill in between leaves the rest to the
     * next start. */
    catch_up(a, at_ms);
    note_start(a, at_ms);
    pipeline_set_offset(a->pipeline, at_ms, a->time.offset_ms);
    note_config(a, at_ms, text_is_known);
    err = pipeline_reload(a->pipeline, a->plant, at_ms);
    feed_free(feed);
    return err;
}
