#include "acq/deliver/influx_sender.h"

#include "acq/core/log.h"
#include "acq/deliver/influx_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RETRY_FIRST_MS = 500,
    HOLD_MS = 60000,
    CURSOR_EVERY_MS = 1000,
    STOP_WAIT_MS = 1000,
    BEHIND_COMMITS = 5, /* what may wait a moment before a target counts as behind */
    CURSOR_TEXT_MAX = 1 << 17
};

bool influx_wants(const struct influx_sender *s, const struct commit *c, enum member_kind kind)
{
    const struct plant_influx *t = s->options.target;
    bool wanted = kind == MEMBER_R ? t->send_raw : kind == MEMBER_D && t->send_derived;
    return wanted && c->member[kind] != NULL;
}

bool influx_wants_any(const struct influx_sender *s, const struct commit *c)
{
    return influx_wants(s, c, MEMBER_R) || influx_wants(s, c, MEMBER_D);
}

static bool any_under_way(const struct influx_sender *s, const struct influx_slot *but)
{
    for (int i = 0; i < s->slot_count; i++) {
        const struct influx_slot *slot = &s->slots[i];
        if (slot != but && (slot->state == SLOT_WORKING || slot->state == SLOT_SENDING))
            return true;
    }
    return false;
}

bool influx_may_send(const struct influx_sender *s, const struct influx_slot *slot)
{
    return !s->failing ||
           (!uv_is_active((const uv_handle_t *)&s->retry_timer) && !any_under_way(s, slot));
}

static void write_cursor(struct influx_sender *s)
{
    const struct influx_sender_options *o = &s->options;
    struct strbuf b;
    strbuf_init(&b, CURSOR_TEXT_MAX);
    strbuf_adds(&b, "\"target\":");
    strbuf_add_json_string(&b, o->target->id);
    strbuf_addc(&b, ',');
    cursor_write(&s->cursor, &b);
    if (b.failed)
        log_error("influx", "target=%s: the cursor could not be written", o->target->id);
    else
        o->write_cursor(o->ctx, o->target->id, strbuf_text(&b));
    strbuf_deinit(&b);
    s->dirty = false;
    s->cursor_written_ms = uv_now(o->loop);
}

static void on_cursor_timer(uv_timer_t *timer)
{
    write_cursor(timer->data);
}

void influx_mark_dirty(struct influx_sender *s)
{
    s->dirty = true;
    if (s->stopping || uv_is_active((uv_handle_t *)&s->cursor_timer))
        return;
    uint64_t since = uv_now(s->options.loop) - s->cursor_written_ms;
    uint64_t wait = s->cursor_written_ms && since < CURSOR_EVERY_MS ? CURSOR_EVERY_MS - since : 0;
    uv_timer_start(&s->cursor_timer, on_cursor_timer, wait, 0);
}

static void on_retry_timer(uv_timer_t *timer)
{
    influx_pump(timer->data);
}

void influx_pause(struct influx_sender *s, uint32_t ms)
{
    bool longer =
        uv_is_active((uv_handle_t *)&s->retry_timer) && uv_timer_get_due_in(&s->retry_timer) >= ms;
    if (!s->stopping && !longer)
        uv_timer_start(&s->retry_timer, on_retry_timer, ms, 0);
}

void influx_worked(struct influx_sender *s)
{
    s->stats.last_ok_ms = pw_clock_wall_ms(s->options.clock);
    s->stats.last_error[0] = '\0';
    backoff_reset(&s->backoff);
    if (!s->failing)
        return;
    s->failing = false;
    s->stats.state = INFLUX_OK;
    log_info("influx", "target=%s backlog=%" PRIu64 ": answers again", s->options.target->id,
             cursor_backlog(&s->cursor));
    influx_pump(s);
}

static uint32_t retry_delay_ms(struct influx_sender *s, enum answer_action action,
                               uint32_t retry_after_s)
{
    if (action == ANSWER_HOLD)
        return s->options.hold_ms;
    uint32_t delay_ms = backoff_next_ms(&s->backoff);
    return delay_ms > retry_after_s * 1000 ? delay_ms : retry_after_s * 1000;
}

void influx_failed(struct influx_sender *s, enum answer_action action, uint32_t retry_after_s,
                   const char *why)
{
    enum influx_state state = action == ANSWER_HOLD ? INFLUX_REFUSED : INFLUX_UNREACHABLE;
    if (!s->failing || s->stats.state != state)
        log_warn("influx", "target=%s: %s: %s", s->options.target->id, influx_state_word(state),
                 why);
    snprintf(s->stats.last_error, sizeof s->stats.last_error, "%s", why);
    s->stats.state = state;
    s->failing = true;
    influx_pause(s, retry_delay_ms(s, action, retry_after_s));
}

static void resume_waiting(struct influx_sender *s)
{
    for (int i = 0; i < s->slot_count; i++)
        if (s->slots[i].state == SLOT_WAITING && influx_may_send(s, &s->slots[i]))
            slot_resume(&s->slots[i]);
}

bool influx_slot_is_live(const struct influx_slot *slot)
{
    return slot - slot->sender->slots < slot->sender->live_slots;
}

static size_t list_busy(const struct influx_sender *s, struct cursor_gap *out)
{
    size_t n = 0;
    for (int i = 0; i < s->slot_count; i++) {
        const struct influx_slot *slot = &s->slots[i];
        if (slot->state == SLOT_IDLE)
            continue;
        out[n++] = slot->reading ? (struct cursor_gap){slot->first, slot->last}
                                 : (struct cursor_gap){slot->commit.seq, slot->commit.seq};
    }
    return n;
}

static bool any_reading(const struct influx_sender *s)
{
    for (int i = 0; i < s->slot_count; i++)
        if (s->slots[i].reading)
            return true;
    return false;
}

/* The slot for what was missed that may go on first; NULL: all of them are at work. */
static struct influx_slot *rested_slot(struct influx_sender *s)
{
    struct influx_slot *best = NULL;
    for (int i = s->live_slots; i < s->slot_count; i++) {
        struct influx_slot *slot = &s->slots[i];
        if (slot->state == SLOT_IDLE && (!best || slot->rest_until_ms < best->rest_until_ms))
            best = slot;
    }
    return best;
}

static void on_rest_timer(uv_timer_t *timer);

/* Revisions that go out once more keep their order: were several under way at once, each but the
 * first would have to go out yet again. */
static bool must_wait_its_turn(const struct influx_sender *s, uint64_t first)
{
    for (int i = s->live_slots; i < s->slot_count; i++)
        if (first <= s->cursor.revived && s->slots[i].state != SLOT_IDLE)
            return true;
    return false;
}

static void fill_gaps(struct influx_sender *s)
{
    struct cursor_gap busy[SLOTS];
    struct influx_slot *slot = rested_slot(s);
    uint64_t first = 0;
    uint64_t last = 0;
    cursor_revive(&s->cursor);
    if (!slot || any_reading(s) || !influx_may_send(s, slot) ||
        !cursor_pick(&s->cursor, busy, list_busy(s, busy), &first, &last) ||
        must_wait_its_turn(s, first))
        return;
    uint64_t now = uv_now(s->options.loop);
    if (slot->rest_until_ms > now)
        uv_timer_start(&s->rest_timer, on_rest_timer, slot->rest_until_ms - now, 0);
    else
        slot_read(slot, first, last);
}

static void on_rest_timer(uv_timer_t *timer)
{
    influx_pump(timer->data);
}

void influx_pump(struct influx_sender *s)
{
    if (s->stopping || uv_is_active((uv_handle_t *)&s->retry_timer))
        return;
    resume_waiting(s);
    fill_gaps(s);
}

static struct influx_slot *idle_live_slot(struct influx_sender *s)
{
    for (int i = 0; i < s->live_slots; i++)
        if (s->slots[i].state == SLOT_IDLE)
            return &s->slots[i];
    return NULL;
}

static void begin_live(struct influx_sender *s, struct influx_slot *slot, const struct commit *c)
{
    slot->commit = *c;
    for (int kind = 0; kind < MEMBER_KINDS; kind++)
        if (c->member[kind])
            bytes_ref(c->member[kind]);
    slot->revises = false;
    slot->looks = influx_wants(s, c, MEMBER_D) && cursor_has_gap_before(&s->cursor, c->seq);
    if (slot->looks)
        slot_look(slot);
    else
        slot_begin(slot);
}

void influx_sender_on_commit(struct influx_sender *s, const struct commit *c)
{
    if (s->stopping || c->seq < s->cursor.next)
        return;
    bool wanted = influx_wants_any(s, c);
    if (c->seq == s->cursor.next && !wanted) {
        cursor_pass(&s->cursor);
        return;
    }
    cursor_offer(&s->cursor, c->seq);
    if (wanted)
        s->live_at_ms = uv_now(s->options.loop);
    struct influx_slot *slot = idle_live_slot(s);
    if (!s->failing && slot && wanted)
        begin_live(s, slot, c);
    influx_pump(s);
}

bool influx_sender_has_confirmed(const struct influx_sender *s, uint64_t seq)
{
    return cursor_is_confirmed(&s->cursor, seq);
}

void influx_sender_get_stats(const struct influx_sender *s, struct influx_stats *out)
{
    *out = s->stats;
    out->backlog = cursor_backlog(&s->cursor);
    out->oldest = cursor_oldest(&s->cursor);
    if (!s->failing)
        out->state = out->backlog > BEHIND_COMMITS ? INFLUX_BEHIND : INFLUX_OK;
}

static void free_sender(struct influx_sender *s)
{
    free(s->url);
    free(s->authorization);
    free(s);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct influx_sender *s = handle->data;
    if (--s->handles)
        return;
    void (*on_stopped)(void *ctx) = s->on_stopped;
    void *ctx = s->stopped_ctx;
    free_sender(s);
    on_stopped(ctx);
}

static void close_everything(struct influx_sender *s)
{
    if (s->dirty)
        write_cursor(s);
    s->options.source->close(s->options.source);
    uv_close((uv_handle_t *)&s->retry_timer, on_handle_closed);
    uv_close((uv_handle_t *)&s->rest_timer, on_handle_closed);
    uv_close((uv_handle_t *)&s->cursor_timer, on_handle_closed);
    uv_close((uv_handle_t *)&s->stop_timer, on_handle_closed);
}

void influx_slot_free(struct influx_sender *s)
{
    if (!s->stopping)
        influx_pump(s);
    else if (!any_under_way(s, NULL) && !uv_is_closing((uv_handle_t *)&s->stop_timer))
        close_everything(s);
}

static void on_stop_timer(uv_timer_t *timer)
{
    struct influx_sender *s = timer->data;
    for (int i = 0; i < s->slot_count; i++) {
        struct influx_slot *slot = &s->slots[i];
        if (slot->state != SLOT_SENDING)
            continue;
        http_cancel(slot->call);
        slot->call = NULL;
        slot_give_up(slot);
    }
    influx_slot_free(s);
}

void influx_sender_stop(struct influx_sender *s, void (*on_stopped)(void *ctx), void *ctx)
{
    pw_require(!s->stopping);
    s->stopping = true;
    s->on_stopped = on_stopped;
    s->stopped_ctx = ctx;
    uv_timer_stop(&s->retry_timer);
    uv_timer_stop(&s->rest_timer);
    uv_timer_stop(&s->cursor_timer);
    for (int i = 0; i < s->slot_count; i++) {
        if (s->slots[i].state == SLOT_WORKING)
            worker_cancel(&s->slots[i].job);
        else if (s->slots[i].state == SLOT_WAITING)
            slot_give_up(&s->slots[i]);
    }
    uv_timer_start(&s->stop_timer, on_stop_timer, STOP_WAIT_MS, 0);
    influx_slot_free(s);
}

static void init_cursor(struct influx_sender *s)
{
    const struct influx_sender_options *o = &s->options;
    int rc = o->cursor ? cursor_read(o->cursor, o->last_seq, &s->cursor) : PW_ENOTFOUND;
    if (rc == 0)
        return;
    if (rc != PW_ENOTFOUND)
        log_error("influx", "target=%s: unreadable cursor (%s): everything kept is sent again",
                  o->target->id, pw_strerror(rc));
    bool everything = rc != PW_ENOTFOUND || o->target->history;
    cursor_init(&s->cursor, everything ? 1 : o->last_seq + 1);
    cursor_offer(&s->cursor, o->last_seq);
    influx_mark_dirty(s);
}

static void init_timer(struct influx_sender *s, uv_timer_t *timer)
{
    pw_require(uv_timer_init(s->options.loop, timer) == 0);
    timer->data = s;
    s->handles++;
}

static uint64_t seed_of(const struct influx_sender *s)
{
    uint64_t seed = (uint64_t)pw_clock_wall_ms(s->options.clock);
    for (const char *p = s->options.target->id; *p; p++)
        seed = seed * 31 + (unsigned char)*p;
    return seed;
}

static int build_texts(struct influx_sender *s)
{
    s->url = influx_build_url(s->options.target);
    return s->url ? influx_build_authorization(s->options.target, &s->authorization) : PW_EINVAL;
}

static int backlog_slots(const struct plant_influx *t)
{
    uint32_t wanted = t->backfill_requests ? t->backfill_requests : 1;
    return wanted < SLOTS_BACKLOG_MAX ? (int)wanted : SLOTS_BACKLOG_MAX;
}

int influx_sender_start(const struct influx_sender_options *options, struct influx_sender **out)
{
    struct influx_sender *s = calloc(1, sizeof *s);
    if (!s)
        return PW_ENOMEM;
    s->options = *options;
    int err = build_texts(s);
    if (err) {
        free_sender(s);
        return err;
    }
    s->live_slots = options->target->api == INFLUX_V3 ? SLOTS_LIVE_MAX : 1;
    s->slot_count = s->live_slots + backlog_slots(options->target);
    if (s->options.hold_ms == 0)
        s->options.hold_ms = options->target->hold_s ? options->target->hold_s * 1000 : HOLD_MS;
    uint32_t max_ms = options->target->retry_max_s ? options->target->retry_max_s * 1000 : 1000;
    uint32_t first_ms = options->retry_first_ms ? options->retry_first_ms : RETRY_FIRST_MS;
    backoff_init(&s->backoff, first_ms < max_ms ? first_ms : max_ms, max_ms, seed_of(s));
    for (int i = 0; i < s->slot_count; i++)
        s->slots[i].sender = s;
    init_timer(s, &s->retry_timer);
    init_timer(s, &s->rest_timer);
    init_timer(s, &s->cursor_timer);
    init_timer(s, &s->stop_timer);
    init_cursor(s);
    influx_pause(s, 0);
    *out = s;
    return 0;
}
