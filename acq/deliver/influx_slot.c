#include "acq/deliver/influx_private.h"

#include "acq/core/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REFUSED_IN_ROW_MAX = 16 };

static void go_on(struct influx_slot *slot);
static void send_piece(struct influx_slot *slot);

void slot_give_up(struct influx_slot *slot)
{
    if (slot->splitting)
        split_deinit(&slot->split);
    slot->splitting = false;
    free(slot->text);
    slot->text = NULL;
    free(slot->refusal);
    slot->refusal = NULL;
    commit_release(&slot->commit);
    slot->state = SLOT_IDLE;
}

/* Lines of the request under way, and the number (from 1) of the first one in its member. */
static size_t piece_lines(const struct influx_slot *slot)
{
    return slot->splitting ? split_lines(&slot->split) : slot->commit.lines[slot->kind];
}

static size_t piece_first_line(const struct influx_slot *slot)
{
    return slot->splitting ? slot->split.place + 1 : 1;
}

static void member_done(struct influx_slot *slot)
{
    if (slot->splitting)
        split_deinit(&slot->split);
    slot->splitting = false;
    slot->kind++;
    go_on(slot);
}

static void remember_place(struct influx_slot *slot)
{
    struct cursor *c = &slot->sender->cursor;
    struct cursor_place *p = cursor_find_place(c, slot->commit.seq);
    if (!p)
        p = cursor_find_place(c, 0);
    if (!p)
        return;
    *p = (struct cursor_place){
        .seq = slot->commit.seq, .kind = slot->kind, .line = slot->split.place};
    influx_mark_dirty(slot->sender);
}

static void after_piece(struct influx_slot *slot)
{
    if (!slot->splitting) {
        member_done(slot);
        return;
    }
    remember_place(slot);
    send_piece(slot);
}

static void piece_stored(struct influx_slot *slot, uint32_t dropped)
{
    struct influx_stats *stats = &slot->sender->stats;
    size_t lines = piece_lines(slot);
    slot->sender->refused_in_row = 0;
    stats->lines += dropped < lines ? lines - dropped : 0;
    stats->bytes += slot->sent_bytes;
    if (slot->splitting)
        split_stored(&slot->split);
    after_piece(slot);
}

static void piece_stored_in_part(struct influx_slot *slot, uint32_t dropped, const char *reason)
{
    struct influx_sender *s = slot->sender;
    log_warn("influx", "target=%s seq=%" PRIu64 ": dropped %u lines: %.300s", s->options.target->id,
             slot->commit.seq, dropped, reason);
    s->stats.partial += dropped;
    if (!slot_quarantine_dropped(slot, reason))
        slot_quarantine(slot, piece_first_line(slot), piece_lines(slot), reason, "", 0);
    piece_stored(slot, dropped);
}

static void line_given_up(struct influx_slot *slot, size_t line)
{
    struct influx_sender *s = slot->sender;
    size_t len = 0;
    const char *text = split_line(&slot->split, line, &len);
    log_warn("influx", "target=%s seq=%" PRIu64 " line=%zu: refused: %.300s", s->options.target->id,
             slot->commit.seq, line + 1, slot->reason);
    s->stats.quarantined++;
    s->refused_in_row++;
    if (len && text[len - 1] == '\n')
        len--;
    slot_quarantine(slot, line + 1, 1, slot->reason, text, len);
}

/* body: of the refusal, which may name the lines. */
static void piece_refused(struct influx_slot *slot, enum answer_action action, const char *body)
{
    size_t line = 0;
    bool given_up = false;
    if (action == ANSWER_HALVE)
        given_up = split_too_big(&slot->split, &line);
    else if (slot_take_out_named(slot, body) == 0)
        given_up = split_refused(&slot->split, &line);
    if (given_up)
        line_given_up(slot, line);
    after_piece(slot);
}

static void set_waiting(struct influx_slot *slot, const struct http_answer *answer,
                        enum answer_action action)
{
    char why[INFLUX_ERROR_SIZE];
    size_t len = influx_trimmed_length(answer->body);
    slot->state = SLOT_WAITING;
    snprintf(why, sizeof why, "HTTP %d %.*s", answer->status, (int)(len < 200 ? len : 200),
             answer->body);
    influx_failed(slot->sender, action, answer->retry_after_s, why);
}

/* Many lines one after the other, each refused alone: then it is hardly the lines. */
static bool is_about_all_lines(struct influx_slot *slot, enum answer_action action)
{
    struct influx_sender *s = slot->sender;
    if (action != ANSWER_BISECT || !slot->splitting || split_lines(&slot->split) > 1 ||
        s->refused_in_row < REFUSED_IN_ROW_MAX)
        return false;
    s->refused_in_row = 0;
    return true;
}

static void refused(struct influx_slot *slot, enum answer_action action,
                    const struct http_answer *answer)
{
    if (is_about_all_lines(slot, action)) {
        set_waiting(slot, answer, ANSWER_HOLD);
        return;
    }
    influx_worked(slot->sender);
    snprintf(slot->reason, sizeof slot->reason, "%s", answer->body);
    if (slot->splitting) {
        piece_refused(slot, action, answer->body);
        return;
    }
    slot->refusal = strdup(answer->body);
    slot_inflate(slot, action, 0);
}

static void handle_judged(struct influx_slot *slot, const struct http_answer *answer)
{
    struct influx_sender *s = slot->sender;
    struct answer a = answer_judge(s->options.target->api, answer->status, answer->body);
    switch (a.action) {
    case ANSWER_STORED:
        influx_worked(s);
        piece_stored(slot, 0);
        break;
    case ANSWER_PARTIAL:
        influx_worked(s);
        piece_stored_in_part(slot, a.dropped, answer->body);
        break;
    case ANSWER_BISECT:
    case ANSWER_HALVE:
        refused(slot, a.action, answer);
        break;
    case ANSWER_HOLD:
    case ANSWER_BACKOFF:
        set_waiting(slot, answer, a.action);
        break;
    }
}

/* While new data comes, what was missed leaves it the rest of the time. What a slow target has only
 * just missed is new data itself. */
static void rest(struct influx_slot *slot)
{
    enum { LIVE_RECENT_MS = 3000, LIVE_COMMITS = 10, REST_MAX_MS = 5000 };
    struct influx_sender *s = slot->sender;
    double share = s->options.target->backfill_share;
    uint64_t now = uv_now(s->options.loop);
    bool live_comes = s->live_at_ms != 0 && now - s->live_at_ms <= LIVE_RECENT_MS;
    if (influx_slot_is_live(slot) || !live_comes || share <= 0 || share >= 1 ||
        slot->commit.seq + LIVE_COMMITS >= s->cursor.next)
        return;
    double wait_ms = (double)(now - slot->sent_at_ms) * (1 - share) / share;
    slot->rest_until_ms = now + (uint64_t)(wait_ms < REST_MAX_MS ? wait_ms : REST_MAX_MS);
}

static void on_answer(void *ctx, const struct http_answer *answer)
{
    struct influx_slot *slot = ctx;
    struct influx_sender *s = slot->sender;
    slot->call = NULL;
    s->stats.requests++;
    s->stats.last_status = answer->status;
    if (!answer->error)
        rest(slot);
    if (answer->error) {
        slot->state = SLOT_WAITING;
        influx_failed(s, ANSWER_BACKOFF, 0, answer->error_text);
    } else {
        handle_judged(slot, answer);
    }
    if (s->stopping && slot->state == SLOT_WAITING) {
        slot_give_up(slot);
        influx_slot_free(s);
    }
}

static struct bytes *next_body(const struct influx_slot *slot)
{
    return slot->splitting ? split_body(&slot->split) : bytes_ref(slot->commit.member[slot->kind]);
}

static void send_piece(struct influx_slot *slot)
{
    struct influx_sender *s = slot->sender;
    if (slot->splitting && !split_next(&slot->split)) {
        member_done(slot);
        return;
    }
    slot->state = SLOT_WAITING;
    if (s->stopping) {
        slot_give_up(slot);
        influx_slot_free(s);
        return;
    }
    if (!influx_may_send(s, slot))
        return;
    struct bytes *body = next_body(slot);
    int rc = body ? influx_send(slot, body, !slot->splitting, on_answer) : PW_ENOMEM;
    bytes_unref(body);
    if (rc)
        influx_failed(s, ANSWER_BACKOFF, 0, pw_strerror(rc));
    else
        slot->state = SLOT_SENDING;
}

/* The next member, or the end of the commit. */
static void go_on(struct influx_slot *slot)
{
    struct influx_sender *s = slot->sender;
    while (slot->kind < MEMBER_J && !influx_wants(s, &slot->commit, slot->kind))
        slot->kind++;
    if (slot->kind < MEMBER_J) {
        send_piece(slot);
        return;
    }
    cursor_confirm(&s->cursor, slot->commit.seq, slot->commit.seq);
    if (slot->looks && slot->revises) {
        cursor_send_again(&s->cursor, slot->commit.seq);
        s->stats.resent++;
    }
    influx_mark_dirty(s);
    slot_give_up(slot);
    influx_slot_free(s);
}

void slot_begin(struct influx_slot *slot)
{
    const struct cursor_place *p = cursor_find_place(&slot->sender->cursor, slot->commit.seq);
    slot->kind = p ? p->kind : MEMBER_R;
    if (p && p->line > 0 && influx_wants(slot->sender, &slot->commit, p->kind))
        slot_inflate(slot, ANSWER_STORED, p->line);
    else
        go_on(slot);
}

void slot_resume(struct influx_slot *slot)
{
    send_piece(slot);
}

static void member_unreadable(struct influx_slot *slot, int why)
{
    slot->sender->stats.unreadable++;
    slot_quarantine(slot, 0, slot->commit.lines[slot->kind], pw_strerror(why), "", 0);
    member_done(slot);
}

static void begin_split(struct influx_slot *slot)
{
    char *refusal = slot->refusal;
    slot->refusal = NULL;
    slot->splitting = true;
    if (slot->refused_by == ANSWER_STORED || !split_next(&slot->split))
        send_piece(slot);
    else
        piece_refused(slot, slot->refused_by, refusal ? refusal : "");
    free(refusal);
}

void slot_split(struct influx_slot *slot)
{
    char *text = slot->text;
    slot->text = NULL;
    if (slot->job_result) {
        member_unreadable(slot, slot->job_result);
        return;
    }
    int rc = split_init(&slot->split, text, slot->text_len, slot->from_line);
    if (rc) {
        slot->state = SLOT_WAITING;
        influx_failed(slot->sender, ANSWER_BACKOFF, 0, pw_strerror(rc));
        return;
    }
    begin_split(slot);
}
