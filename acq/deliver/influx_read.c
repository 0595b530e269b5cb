#include "acq/deliver/influx_private.h"

#include "acq/core/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCAN_COMMITS = 64, LAG_MS = 1000 };

void commit_release(struct commit *c)
{
    for (int kind = 0; kind < MEMBER_KINDS; kind++)
        bytes_unref(c->member[kind]);
    memset(c, 0, sizeof *c);
}

static struct influx_slot *slot_of(struct worker_job *job)
{
    return (struct influx_slot *)((char *)job - offsetof(struct influx_slot, job));
}

/* A reader that looked before the commit was written learns of it by asking for the bounds. */
static int read_one(struct influx_slot *slot, uint64_t seq)
{
    struct influx_source *source = slot->sender->options.source;
    int rc = source->read(source, seq, &slot->commit);
    if (rc != PW_ENOTFOUND)
        return rc;
    rc = source->bounds(source, &slot->kept_first, &slot->kept_last);
    if (rc)
        return rc;
    if (seq < slot->kept_first || seq > slot->kept_last)
        return PW_ENOTFOUND;
    rc = source->read(source, seq, &slot->commit);
    return rc == PW_ENOTFOUND ? PW_ECORRUPT : rc;
}

/* A mean whose revision is not 0. What cannot be inflated will be refused later, by name. */
static bool looks_revised(const struct influx_slot *slot)
{
    static const char field[] = "revision=";
    const struct bytes *member = slot->commit.member[MEMBER_D];
    char *text = NULL;
    size_t len = 0;
    bool found = false;
    if (!influx_wants(slot->sender, &slot->commit, MEMBER_D) ||
        slot->sender->options.source->inflate(member, &text, &len) != 0)
        return false;
    for (const char *p = text; !found && (p = strstr(p, field)); p += sizeof field - 1)
        found = p[sizeof field - 1] >= '1' && p[sizeof field - 1] <= '9';
    free(text);
    return found;
}

static void run_read(struct worker_job *job)
{
    struct influx_slot *slot = slot_of(job);
    while (slot->reached <= slot->last) {
        slot->job_result = read_one(slot, slot->reached);
        if (slot->job_result)
            return;
        slot->found = influx_wants_any(slot->sender, &slot->commit);
        if (slot->found) {
            if (slot->looks)
                slot->revises = looks_revised(slot);
            return;
        }
        commit_release(&slot->commit);
        slot->reached++;
    }
}

static void skip_unreadable(struct influx_slot *slot, int why)
{
    struct influx_sender *s = slot->sender;
    log_error("influx", "target=%s seq=%" PRIu64 ": cannot be read from the archive: %s",
              s->options.target->id, slot->reached, pw_strerror(why));
    s->stats.unreadable++;
    slot->commit.seq = slot->reached;
    slot->kind = MEMBER_R;
    slot_quarantine(slot, 0, 0, "the archive cannot give this commit back", "", 0);
    cursor_confirm(&s->cursor, slot->reached, slot->reached);
    influx_mark_dirty(s);
}

static void skip_removed(struct influx_slot *slot)
{
    struct influx_sender *s = slot->sender;
    uint64_t kept = slot->kept_last ? slot->kept_first : slot->last + 1;
    uint64_t lost = cursor_expire(&s->cursor, kept);
    char why[120];
    snprintf(why, sizeof why, "%" PRIu64 " commits before %" PRIu64 " were removed by retention",
             lost, kept);
    log_error("influx", "target=%s: %s before they were delivered", s->options.target->id, why);
    s->stats.expired += lost;
    slot->commit.seq = slot->reached;
    slot->kind = MEMBER_R;
    slot_quarantine(slot, 0, 0, why, "", 0);
    influx_mark_dirty(s);
}

static void handle_read_error(struct influx_slot *slot)
{
    struct influx_sender *s = slot->sender;
    char why[80];
    switch (slot->job_result) {
    case PW_ENOTFOUND:
        if (slot->reached < slot->kept_first)
            skip_removed(slot);
        else
            influx_pause(s, LAG_MS);
        break;
    case PW_ECORRUPT:
    case PW_ETORN:
    case PW_ESYNTAX:
        skip_unreadable(slot, slot->job_result);
        break;
    default:
        snprintf(why, sizeof why, "reading the archive: %s", pw_strerror(slot->job_result));
        influx_failed(s, ANSWER_BACKOFF, 0, why);
    }
}

static void on_read(struct worker_job *job, int status)
{
    struct influx_slot *slot = slot_of(job);
    struct influx_sender *s = slot->sender;
    slot->reading = false;
    if (slot->reached > slot->first)
        cursor_confirm(&s->cursor, slot->first, slot->reached - 1);
    if (status == 0 && slot->found && !s->stopping) {
        slot_begin(slot);
        influx_pump(s);
        return;
    }
    if (status == 0 && slot->job_result && !s->stopping)
        handle_read_error(slot);
    slot_give_up(slot);
    influx_slot_free(s);
}

static void start_job(struct influx_slot *slot, void (*run)(struct worker_job *job),
                      void (*on_done)(struct worker_job *job, int status))
{
    slot->state = SLOT_WORKING;
    slot->job_result = 0;
    pw_require(worker_start(&slot->job, slot->sender->options.loop, run, on_done) == 0);
}

void slot_read(struct influx_slot *slot, uint64_t first, uint64_t last)
{
    slot->first = first;
    slot->last = last - first < SCAN_COMMITS ? last : first + SCAN_COMMITS - 1;
    slot->reached = first;
    slot->reading = true;
    slot->found = false;
    slot->revises = false;
    slot->looks = cursor_has_gap_before(&slot->sender->cursor, first);
    start_job(slot, run_read, on_read);
}

static void run_look(struct worker_job *job)
{
    struct influx_slot *slot = slot_of(job);
    slot->revises = looks_revised(slot);
}

static void on_looked(struct worker_job *job, int status)
{
    struct influx_slot *slot = slot_of(job);
    struct influx_sender *s = slot->sender;
    if (status == 0 && !s->stopping) {
        slot_begin(slot);
        return;
    }
    slot_give_up(slot);
    influx_slot_free(s);
}

void slot_look(struct influx_slot *slot)
{
    start_job(slot, run_look, on_looked);
}

static void run_inflate(struct worker_job *job)
{
    struct influx_slot *slot = slot_of(job);
    slot->job_result = slot->sender->options.source->inflate(slot->commit.member[slot->kind],
                                                             &slot->text, &slot->text_len);
}

static void on_inflated(struct worker_job *job, int status)
{
    struct influx_slot *slot = slot_of(job);
    struct influx_sender *s = slot->sender;
    if (status == 0 && !s->stopping) {
        slot_split(slot);
        return;
    }
    slot_give_up(slot);
    influx_slot_free(s);
}

void slot_inflate(struct influx_slot *slot, enum answer_action refused_by, size_t from_line)
{
    slot->refused_by = refused_by;
    slot->from_line = from_line;
    slot->text = NULL;
    start_job(slot, run_inflate, on_inflated);
}
