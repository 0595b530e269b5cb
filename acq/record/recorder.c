#include "acq/record/recorder.h"

#include "acq/record/recorder_private.h"
#include "acq/record/start.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUEUE_BYTES_MAX = 30 << 20, /* an order line and J lines of a full queue still fit a member */
    CATCH_UP_AT_ONCE = 20000,
    TICK_IDLE_MS = 1000,
    TICK_BUSY_MS = 10,
};

/* Day and number of the filling batch, decided while it is empty. */
static void plan_batch(struct recorder *r)
{
    bool roll = false;
    int64_t now_ms = pw_clock_wall_ms(r->options.clock);
    r->filling->day = journal_end_day(&r->planned, now_ms, &roll);
    r->filling->roll = roll;
    r->filling->seq = r->planned.seq + 1 + roll;
}

uint64_t recorder_next_seq(const struct recorder *r)
{
    return r->filling->seq;
}

static void plan_behind(struct recorder *r, const struct batch *b)
{
    r->planned.has_segment = true;
    r->planned.closed = false;
    r->planned.day = b->day;
    r->planned.seq = b->seq;
    r->planned.totals.commits = 1;
}

/* Hands the filling batch over when the thread is idle. */
static bool seal(struct recorder *r)
{
    struct batch *b = r->filling;
    b->time_ms = pw_clock_wall_ms(r->options.clock);
    b->at_ms = r->at_ms;
    pthread_mutex_lock(&r->mutex);
    bool idle = r->spare != NULL;
    if (idle) {
        r->sealed = b;
        r->sealed_bytes = batch_bytes(b);
        r->filling = r->spare;
        r->spare = NULL;
        pthread_cond_broadcast(&r->changed);
    }
    pthread_mutex_unlock(&r->mutex);
    return idle;
}

static bool begin_commit(struct recorder *r, int64_t now_mono_ms)
{
    struct batch next_end = {.day = r->filling->day, .seq = r->filling->seq};
    if (!seal(r))
        return false;
    plan_behind(r, &next_end);
    plan_batch(r);
    r->began = true;
    r->last_begin_mono_ms = now_mono_ms;
    return true;
}

static int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Ms until the filling batch is due; 0: now. */
static int64_t due_in_ms(const struct recorder *r, int64_t now_mono_ms)
{
    const struct recorder_options *o = &r->options;
    if (batch_bytes(r->filling) >= o->commit_bytes)
        return 0;
    int64_t oldest = r->filling->oldest_mono_ms + o->commit_max_ms - now_mono_ms;
    int64_t spaced = r->began ? r->last_begin_mono_ms + o->commit_min_ms - now_mono_ms : 0;
    int64_t due = r->filling->urgent && spaced < oldest ? spaced : oldest;
    return greater(due, 0);
}

/* The longest wait that keeps a line that comes in between within its time. */
static uint32_t idle_ms(const struct recorder *r)
{
    uint32_t most = r->options.commit_max_ms;
    return most > 0 && most < TICK_IDLE_MS ? most : TICK_IDLE_MS;
}

/* What the thread wants told, once there is room for it beside the readings. */
static void take_note(struct recorder *r)
{
    struct strbuf lines;
    strbuf_init(&lines, RECORDER_NOTE_MAX);
    pthread_mutex_lock(&r->mutex);
    const char *type = r->note_type;
    if (type && batch_bytes(r->filling) + r->note.len > r->options.queue_bytes / 2)
        type = NULL;
    if (type) {
        struct strbuf empty = lines;
        lines = r->note;
        r->note = empty;
        r->note_type = NULL;
    }
    pthread_mutex_unlock(&r->mutex);
    for (char *at = type ? lines.data : NULL, *end; at && *at; at = end) {
        end = at + strcspn(at, "\n");
        if (*end)
            *end++ = '\0';
        (void)recorder_add_journal(r, type, r->at_ms, at, true);
    }
    strbuf_deinit(&lines);
}

uint32_t recorder_tick(struct recorder *r)
{
    take_note(r);
    if (batch_is_empty(r->filling)) {
        plan_batch(r);
        return idle_ms(r);
    }
    int64_t now_ms = pw_clock_mono_ms(r->options.clock);
    int64_t due_ms = due_in_ms(r, now_ms);
    if (due_ms > 0)
        return due_ms < TICK_IDLE_MS ? (uint32_t)due_ms : TICK_IDLE_MS;
    return begin_commit(r, now_ms) ? idle_ms(r) : TICK_BUSY_MS;
}

/* After an attempt to add: what was refused is counted, a full batch is begun at once. */
static int added(struct recorder *r, int err, bool was_empty, int64_t at_ms)
{
    r->at_ms = greater(r->at_ms, at_ms);
    if (err) {
        r->lost_lines++;
        batch_count_lost(r->filling, r->at_ms);
    } else if (was_empty) {
        r->filling->oldest_mono_ms = pw_clock_mono_ms(r->options.clock);
    }
    if (batch_bytes(r->filling) >= r->options.commit_bytes)
        (void)begin_commit(r, pw_clock_mono_ms(r->options.clock));
    return err ? PW_EFULL : 0;
}

int recorder_add_raw(struct recorder *r, const char *line, size_t len, int64_t time_ms,
                     int64_t at_ms)
{
    pw_require(len > 0 && !memchr(line, '\n', len));
    bool was_empty = batch_is_empty(r->filling);
    return added(r, batch_add_raw(r->filling, line, len, time_ms, at_ms), was_empty, at_ms);
}

int recorder_add_derived(struct recorder *r, const char *line, size_t len, int64_t time_ms)
{
    pw_require(len > 0 && !memchr(line, '\n', len));
    bool was_empty = batch_is_empty(r->filling);
    return added(r, batch_add_derived(r->filling, line, len, time_ms), was_empty, r->at_ms);
}

int recorder_add_journal(struct recorder *r, const char *type, int64_t at_ms, const char *members,
                         bool urgent)
{
    pw_require(!strchr(members, '\n'));
    bool was_empty = batch_is_empty(r->filling);
    int err = batch_add_journal(r->filling, type, at_ms, members);
    if (!err && urgent)
        r->filling->urgent = true;
    return added(r, err, was_empty, at_ms);
}

void recorder_get_stats(struct recorder *r, struct recorder_stats *out)
{
    pthread_mutex_lock(&r->mutex);
    *out = r->stats;
    out->queue_bytes = r->sealed ? r->sealed_bytes : 0;
    pthread_mutex_unlock(&r->mutex);
    out->queue_bytes += batch_bytes(r->filling);
    out->lost_lines += r->lost_lines;
}

/* Start and end */

static void tell_gap(void *ctx, const struct journal_gap *gap)
{
    struct recorder *r = ctx;
    char day[SEGMENT_NAME_SIZE];
    char members[256];
    snprintf(members, sizeof members,
             "\"segment\":\"%s\",\"from\":%lld,\"to\":%lld,\"after_seq\":%llu,\"next_seq\":%llu",
             segment_name(gap->day, day), (long long)gap->from_offset, (long long)gap->to_offset,
             (unsigned long long)gap->after_seq, (unsigned long long)gap->next_seq);
    (void)recorder_add_journal(r, "gap", r->at_ms, members, true);
}

static void tell_torn(struct recorder *r, const struct start_result *s)
{
    char day[SEGMENT_NAME_SIZE];
    char members[160];
    if (s->torn_bytes == 0)
        return;
    snprintf(members, sizeof members, "\"segment\":\"%s\",\"from\":%lld,\"bytes\":%llu",
             segment_name(s->torn_day, day), (long long)s->torn_offset,
             (unsigned long long)s->torn_bytes);
    (void)recorder_add_journal(r, "torn", r->at_ms, members, true);
}

static int make_batches(struct recorder *r)
{
    for (unsigned i = 0; i < 2; i++) {
        int err = batch_init(&r->batches[i], r->options.queue_bytes, r->options.commit_bytes);
        if (err)
            return err;
    }
    r->filling = &r->batches[0];
    r->spare = &r->batches[1];
    return 0;
}

static int make_mutex(struct recorder *r)
{
    pthread_condattr_t attr;
    if (pthread_condattr_init(&attr) != 0)
        return PW_ENOMEM;
    int rc = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    if (rc == 0)
        rc = pthread_cond_init(&r->changed, &attr);
    pthread_condattr_destroy(&attr);
    if (rc != 0)
        return PW_ENOMEM;
    if (pthread_mutex_init(&r->mutex, NULL) == 0)
        return 0;
    pthread_cond_destroy(&r->changed);
    return PW_ENOMEM;
}

static void take_start(struct recorder *r, const struct start_result *s)
{
    r->follow = (struct follow){.files = r->options.files,
                                .data_dir = r->dir.path,
                                .projection = s->projection,
                                .behind = s->behind};
    r->retention = (struct retention){
        .files = r->options.files, .data_dir = r->dir.path, .keep_days = r->options.keep_days};
    r->means_retention.keep =
        (struct means_keep){r->options.minute_days, r->options.hour_days, r->options.event_days};
    r->recheck = (struct recheck){.files = r->options.files, .data_dir = r->dir.path};
    if (s->skimmed_seq > 0)
        recheck_begin(&r->recheck, s->skimmed_day, s->skimmed_seq + 1);
    r->stats.rechecking = r->recheck.active;
    r->planned = s->end;
    r->at_ms = s->end.at_ms;
    r->stats.last_seq = s->end.seq;
    r->stats.torn_bytes = s->torn_bytes;
    r->stats.projected_seq = projection_seq(s->projection);
    sm3_hex(s->end.head, r->stats.head);
}

static int begin(struct recorder *r, const struct start_result *s)
{
    take_start(r, s);
    int err = journal_init(&r->journal, r->options.files, r->dir.path, &s->end);
    if (!err)
        err = make_batches(r);
    if (err)
        return err;
    plan_batch(r);
    tell_torn(r, s);
    recompress_init(&r->recompress, r->options.files, r->dir.path);
    err = projection_untold_gaps(s->projection, tell_gap, r);
    if (!err)
        err = make_mutex(r);
    if (err)
        return err;
    if (pthread_create(&r->thread, NULL, recorder_thread, r) == 0)
        return 0;
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->mutex);
    return PW_ENOMEM;
}

static void release(struct recorder *r)
{
    journal_deinit(&r->journal);
    recompress_deinit(&r->recompress);
    strbuf_deinit(&r->note);
    projection_close(r->follow.projection);
    batch_deinit(&r->batches[0]);
    batch_deinit(&r->batches[1]);
    data_dir_close(&r->dir);
    free(r);
}

static void set_options(struct recorder *r, const struct recorder_options *options)
{
    r->options = *options;
    if (!r->options.files)
        r->options.files = files_system();
    if (r->options.catch_up_at_once == 0)
        r->options.catch_up_at_once = CATCH_UP_AT_ONCE;
    if (r->options.queue_bytes > QUEUE_BYTES_MAX)
        r->options.queue_bytes = QUEUE_BYTES_MAX;
    r->dir.lock_fd = -1;
    r->journal.fd = -1;
    strbuf_init(&r->note, RECORDER_NOTE_MAX);
}

int recorder_open(const struct recorder_options *options, struct recorder **out,
                  struct recorder_start *start, char *why_text, size_t why_size)
{
    const struct why why = {why_text, why_size};
    struct recorder *r = calloc(1, sizeof *r);
    if (!r)
        return PW_ENOMEM;
    set_options(r, options);
    struct start_result s = {0};
    int64_t now_ms = pw_clock_wall_ms(options->clock);
    int err =
        data_dir_open(&r->dir, r->options.files, options->data_dir, options->plant, now_ms, &why);
    if (!err) {
        ballast_init(&r->ballast, r->options.files, r->dir.path, (int64_t)options->ballast_bytes);
        ballast_make_room(&r->ballast);
        err = start_journal(&r->dir, r->options.catch_up_at_once, &s, &why);
    }
    if (!err && (err = begin(r, &s)) != 0)
        why_say(&why, err, "the recorder cannot start: %s", pw_strerror(err));
    if (err) {
        release(r);
        return err;
    }
    *start = (struct recorder_start){
        .last_seq = s.end.seq,
        .last_at_ms = s.end.at_ms,
        .torn_bytes = s.torn_bytes,
        .replayed = s.replayed,
        .created = r->dir.created,
        .rebuilt = s.rebuilt,
        .behind = s.behind,
    };
    *out = r;
    return 0;
}

void recorder_will_close(struct recorder *r)
{
    pthread_mutex_lock(&r->mutex);
    r->ending = true;
    pthread_mutex_unlock(&r->mutex);
}

void recorder_close(struct recorder *r)
{
    if (!r)
        return;
    pthread_mutex_lock(&r->mutex);
    r->closing = true;
    while (!r->spare)
        pthread_cond_wait(&r->changed, &r->mutex);
    pthread_mutex_unlock(&r->mutex);
    if (!batch_is_empty(r->filling))
        (void)seal(r);
    pthread_mutex_lock(&r->mutex);
    r->stopping = true;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->mutex);
    pthread_join(r->thread, NULL);
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->mutex);
    release(r);
}
