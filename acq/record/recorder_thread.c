#include "acq/core/log.h"
#include "acq/record/recorder_private.h"

enum {
    RETRY_FIRST_MS = 100,
    RETRY_MOST_MS = 1000,
    CLOSE_ATTEMPTS = 3,
};

static void publish_commit(struct recorder *r, const struct packed_commit *p, int64_t sync_us)
{
    struct recorder_stats *s = &r->stats;
    pthread_mutex_lock(&r->mutex);
    s->last_seq = p->stored.head.seq;
    s->commits++;
    for (unsigned k = 0; k < MEMBER_KINDS; k++) {
        s->lines[k] += p->stored.head.lines[k];
        s->bytes_plain += p->stored.head.plain[k];
        s->bytes_stored += p->stored.stored[k];
    }
    s->sync_last_us = sync_us > UINT32_MAX ? UINT32_MAX : (uint32_t)sync_us;
    if (s->sync_last_us > s->sync_max_us)
        s->sync_max_us = s->sync_last_us;
    sm3_hex(p->stored.digest, s->head);
    pthread_mutex_unlock(&r->mutex);
}

/* Waits before a retry; false when the recorder is being closed and has tried often enough. */
static bool wait_for_retry(struct recorder *r, unsigned attempt)
{
    int64_t wait_ms = (int64_t)RETRY_FIRST_MS << (attempt < 8 ? attempt : 8);
    if (wait_ms > RETRY_MOST_MS)
        wait_ms = RETRY_MOST_MS;
    int64_t until_us = pw_clock_measure_us() + wait_ms * 1000;
    struct timespec until = {.tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000};
    pthread_mutex_lock(&r->mutex);
    r->stats.commit_errors++;
    int rc = 0;
    while (rc == 0)
        rc = pthread_cond_timedwait(&r->changed, &r->mutex, &until);
    bool again = !r->closing || attempt < CLOSE_ATTEMPTS;
    pthread_mutex_unlock(&r->mutex);
    return again;
}

static int append_once(struct recorder *r, int32_t day, const struct commit_text *text,
                       struct packed_commit *p)
{
    int err = p->member[MEMBER_R] || p->member[MEMBER_D] || p->member[MEMBER_J]
                  ? 0
                  : journal_pack(&r->journal, text, p);
    if (err)
        return err;
    int64_t begin_us = pw_clock_measure_us();
    err = journal_append(&r->journal, day, p);
    if (!err)
        publish_commit(r, p, pw_clock_measure_us() - begin_us);
    return err;
}

static void hand_over(struct recorder *r, const struct packed_commit *p)
{
    if (!r->options.on_commit)
        return;
    struct commit c = {.seq = p->stored.head.seq};
    for (unsigned k = 0; k < MEMBER_KINDS; k++) {
        c.member[k] = p->member[k];
        c.lines[k] = p->stored.head.lines[k];
    }
    r->options.on_commit(r->options.ctx, &c);
}

/* Until it is durable, or given up at the end. */
static int store(struct recorder *r, int32_t day, const struct commit_text *text)
{
    struct packed_commit p = {0};
    int err;
    for (unsigned attempt = 0; (err = append_once(r, day, text, &p)) != 0; attempt++) {
        log_error("record", "commit=%llu attempt=%u: not written, will be tried again: %s",
                  (unsigned long long)(r->journal.end.seq + 1), attempt + 1, pw_strerror(err));
        recorder_disk_refused(r);
        if (!wait_for_retry(r, attempt))
            break;
    }
    if (!err) {
        recorder_disk_accepted(r);
        hand_over(r, &p);
        follow_commit(&r->follow, &p.stored);
        recorder_publish_projected(r);
    }
    packed_commit_deinit(&p);
    return err;
}

static int store_closing(struct recorder *r, int64_t time_ms)
{
    char line[2048];
    struct strbuf out;
    strbuf_init_fixed(&out, line, sizeof line);
    journal_write_closing(&r->journal, &out);
    pw_require(!out.failed);
    struct commit_text text = {
        .text = {"", "", line},
        .len[MEMBER_J] = (uint32_t)out.len,
        .lines[MEMBER_J] = 1,
        .time_ms = time_ms,
        .at_ms = r->journal.end.at_ms,
    };
    return store(r, r->journal.end.day, &text);
}

static int finish_batch(struct recorder *r, struct batch *b, struct commit_text *out)
{
    int err;
    for (unsigned attempt = 0; (err = batch_finish(b, out)) != 0; attempt++)
        if (!wait_for_retry(r, attempt))
            break;
    return err;
}

static void write_batch(struct recorder *r, struct batch *b)
{
    struct commit_text text;
    uint64_t lines = (uint64_t)b->lines[MEMBER_R] + b->lines[MEMBER_D] + b->lines[MEMBER_J];
    int err = finish_batch(r, b, &text);
    if (!err && b->roll)
        err = store_closing(r, b->time_ms);
    if (!err)
        err = store(r, b->day, &text);
    if (!err)
        return;
    log_error("record", "%llu lines are lost: they could not be written before the end",
              (unsigned long long)lines);
    pthread_mutex_lock(&r->mutex);
    r->stats.lost_lines += lines;
    pthread_mutex_unlock(&r->mutex);
}

/* Waits for work; r->mutex is held. */
static void wait_for_work(struct recorder *r, int64_t wait_us)
{
    int64_t until_us = pw_clock_measure_us() + wait_us;
    struct timespec until = {.tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000};
    int rc = 0;
    while (!r->sealed && !r->stopping && rc == 0)
        rc = pthread_cond_timedwait(&r->changed, &r->mutex, &until);
}

void *recorder_thread(void *recorder)
{
    struct recorder *r = recorder;
    recorder_disk_look(r);
    pthread_mutex_lock(&r->mutex);
    for (int64_t wait_us = 0;;) {
        wait_for_work(r, wait_us);
        struct batch *b = r->sealed;
        if (!b && r->stopping)
            break;
        pthread_mutex_unlock(&r->mutex);
        if (b) {
            write_batch(r, b);
            batch_reset(b);
        }
        wait_us = recorder_chores(r);
        pthread_mutex_lock(&r->mutex);
        if (!b)
            continue;
        r->sealed = NULL;
        r->spare = b;
        pthread_cond_broadcast(&r->changed);
    }
    pthread_mutex_unlock(&r->mutex);
    return NULL;
}
