#include "acq/deliver/influx_private.h"

#include "acq/core/log.h"
#include "acq/core/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void go_on(struct influx_slot *slot);
static void send_piece(struct influx_slot *slot);

void slot_give_up(struct influx_slot *slot)
{
    if (slot->splitting)
        split_deinit(&slot->split);
    slot->splitting = false;
    free(slot->text);
    slot->text = NULL;
    commit_release(&slot->commit);
    slot->state = SLOT_IDLE;
}

/* Without the line end that servers put behind their sentence. */
static size_t trimmed_length(const char *text)
{
    size_t len = strlen(text);
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    return len;
}

static void add_bounded(struct strbuf *out, const char *text, size_t len)
{
    char copy[QUARANTINE_TEXT_MAX + 1];
    size_t taken = len < QUARANTINE_TEXT_MAX ? len : QUARANTINE_TEXT_MAX;
    if (taken < len) {
        size_t whole = utf8_valid_prefix(text, taken);
        taken = taken - whole < 4 ? whole : taken;
    }
    memcpy(copy, text, taken);
    copy[taken] = '\0';
    strbuf_add_json_string(out, copy);
}

void slot_quarantine(struct influx_slot *slot, size_t line, size_t lines, const char *reason,
                     const char *text, size_t text_len)
{
    const struct influx_sender_options *o = &slot->sender->options;
    struct strbuf b;
    strbuf_init(&b, 32u << 10);
    strbuf_adds(&b, "\"target\":");
    strbuf_add_json_string(&b, o->target->id);
    strbuf_addf(&b, ",\"seq\":%" PRIu64 ",\"kind\":\"%s\",\"line\":%zu,\"lines\":%zu,\"reason\":",
                slot->commit.seq, cursor_kind_word(slot->kind), line, lines);
    add_bounded(&b, reason, trimmed_length(reason));
    strbuf_adds(&b, ",\"text\":");
    add_bounded(&b, text, text_len);
    if (b.failed)
        log_error("influx", "target=%s seq=%" PRIu64 " line=%zu: quarantined without a record",
                  o->target->id, slot->commit.seq, line);
    else
        o->quarantine(o->ctx, o->target->id, strbuf_text(&b));
    strbuf_deinit(&b);
}

/* Lines of the request under way, and the number (from 1) of the first one in its member. */
static size_t piece_lines(const struct influx_slot *slot)
{
    return slot->splitting ? slot->split.end - slot->split.place : slot->commit.lines[slot->kind];
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
    slot_quarantine(slot, piece_first_line(slot), piece_lines(slot), reason, "", 0);
    piece_stored(slot, dropped);
}

static void line_given_up(struct influx_slot *slot, const char *text, size_t len)
{
    struct influx_sender *s = slot->sender;
    size_t line = slot->split.place; /* just passed, so it is its number from 1 */
    log_warn("influx", "target=%s seq=%" PRIu64 " line=%zu: refused: %.300s", s->options.target->id,
             slot->commit.seq, line, slot->reason);
    s->stats.quarantined++;
    if (len && text[len - 1] == '\n')
        len--;
    slot_quarantine(slot, line, 1, slot->reason, text, len);
}

static void piece_refused(struct influx_slot *slot, enum answer_action action)
{
    const struct split *p = &slot->split;
    const char *text = p->text + p->starts[p->place];
    size_t len = p->starts[p->end] - p->starts[p->place];
    bool given_up =
        action == ANSWER_HALVE ? split_too_big(&slot->split) : split_refused(&slot->split);
    if (given_up)
        line_given_up(slot, text, len);
    after_piece(slot);
}

static void handle_judged(struct influx_slot *slot, const struct http_answer *answer)
{
    struct influx_sender *s = slot->sender;
    struct answer a = answer_judge(answer->status, answer->body);
    char why[INFLUX_ERROR_SIZE];
    switch (a.action) {
    case ANSWER_STORED:
    case ANSWER_PARTIAL:
        influx_worked(s);
        if (a.action == ANSWER_STORED)
            piece_stored(slot, 0);
        else
            piece_stored_in_part(slot, a.dropped, answer->body);
        break;
    case ANSWER_BISECT:
    case ANSWER_HALVE:
        influx_worked(s);
        snprintf(slot->reason, sizeof slot->reason, "%s", answer->body);
        if (slot->splitting)
            piece_refused(slot, a.action);
        else
            slot_inflate(slot, a.action, 0);
        break;
    case ANSWER_HOLD:
    case ANSWER_BACKOFF:
        slot->state = SLOT_WAITING;
        snprintf(why, sizeof why, "HTTP %d %.*s", answer->status,
                 (int)(trimmed_length(answer->body) < 200 ? trimmed_length(answer->body) : 200),
                 answer->body);
        influx_failed(s, a.action, answer->retry_after_s, why);
        break;
    }
}

static void on_answer(void *ctx, const struct http_answer *answer)
{
    struct influx_slot *slot = ctx;
    struct influx_sender *s = slot->sender;
    slot->call = NULL;
    s->stats.requests++;
    s->stats.last_status = answer->status;
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

static struct bytes *next_body(struct influx_slot *slot)
{
    const char *text = NULL;
    size_t len = 0;
    if (!slot->splitting)
        return bytes_ref(slot->commit.member[slot->kind]);
    return split_next(&slot->split, &text, &len) ? bytes_new(text, len) : NULL;
}

static int send_body(struct influx_slot *slot, struct bytes *body)
{
    static const char *const plain[] = {"Content-Type: text/plain; charset=utf-8", NULL};
    static const char *const gzip[] = {"Content-Type: text/plain; charset=utf-8",
                                       "Content-Encoding: gzip", NULL};
    enum { CONNECT_MAX_MS = 5000 };
    const struct influx_sender_options *o = &slot->sender->options;
    uint32_t timeout_ms = o->target->timeout_ms;
    struct http_request request = {.method = "POST",
                                   .url = slot->sender->url,
                                   .headers = slot->splitting ? plain : gzip,
                                   .body = body,
                                   .user = o->target->user,
                                   .password = o->target->password,
                                   .timeout_ms = timeout_ms,
                                   .connect_timeout_ms =
                                       timeout_ms < CONNECT_MAX_MS ? timeout_ms : CONNECT_MAX_MS};
    slot->sent_bytes = bytes_len(body);
    return http_send(o->http, &request, on_answer, slot, &slot->call);
}

static void send_piece(struct influx_slot *slot)
{
    struct influx_sender *s = slot->sender;
    if (slot->splitting && slot->split.place == slot->split.count) {
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
    int rc = body ? send_body(slot, body) : PW_ENOMEM;
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

void slot_split(struct influx_slot *slot)
{
    char *text = slot->text;
    const char *piece = NULL;
    size_t len = 0;
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
    slot->splitting = true;
    if (slot->refused_by == ANSWER_STORED || !split_next(&slot->split, &piece, &len))
        send_piece(slot);
    else
        piece_refused(slot, slot->refused_by);
}
