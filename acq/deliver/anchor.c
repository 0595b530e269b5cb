#include "acq/deliver/anchor_private.h"

#include "acq/core/civil.h"
#include "acq/core/log.h"
#include "acq/core/strbuf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_FIRST_MS = 5000, RETRY_MAX_MS = 600000, CONFIRM_EVERY_MS = 1000 };

const char *anchor_via_word(enum anchor_via via)
{
    static const char *const words[] = {"influx", "file", "command", "email"};
    return words[via];
}

const char *anchor_name(const struct anchor_head *head, char out[ANCHOR_NAME_SIZE])
{
    snprintf(out, ANCHOR_NAME_SIZE, "%" PRIu64 ":%s", head->seq, head->digest);
    return out;
}

static int format_signed(const struct anchor_head *head, char out[ANCHOR_TEXT_SIZE])
{
    char time[CIVIL_ISO_SIZE];
    char name[ANCHOR_NAME_SIZE];
    civil_format_iso(head->time_ms, 0, time);
    return snprintf(out, ANCHOR_TEXT_SIZE, "%s %s", time, anchor_name(head, name));
}

static void sign(const struct anchors *a, struct anchor_head *head)
{
    char text[ANCHOR_TEXT_SIZE];
    head->signature[0] = '\0';
    int len = format_signed(head, text);
    if (a->key && sm2_sign(a->key, text, (size_t)len, head->signature) != 0) {
        log_error("anchor", "seq=%" PRIu64 ": cannot be signed", head->seq);
        head->signature[0] = '\0';
    }
}

const char *anchor_format(const struct anchor_head *head, char out[ANCHOR_TEXT_SIZE])
{
    int len = format_signed(head, out);
    if (*head->signature)
        snprintf(out + len, (size_t)(ANCHOR_TEXT_SIZE - len), " %s", head->signature);
    return out;
}

static void journal(struct anchor_item *item, const char *outcome, const char *why)
{
    const struct anchors_options *o = &item->owner->options;
    struct strbuf b;
    strbuf_init(&b, 8192);
    strbuf_addf(&b, "\"via\":\"%s\",\"to\":", anchor_via_word(item->stats.via));
    strbuf_add_json_string(&b, item->to);
    strbuf_addf(&b, ",\"seq\":%" PRIu64 ",\"digest\":\"%s\",\"outcome\":\"%s\"", item->head.seq,
                item->head.digest, outcome);
    if (*why) {
        strbuf_adds(&b, ",\"error\":");
        strbuf_add_json_string(&b, why);
    }
    if (!b.failed)
        o->journal(o->ctx, strbuf_text(&b));
    strbuf_deinit(&b);
}

static bool is_idle(const struct anchors *a)
{
    for (uint32_t i = 0; i < a->count; i++)
        if (a->items[i].state == ANCHOR_BUSY)
            return false;
    return true;
}

static void on_idle_timer(uv_timer_t *timer)
{
    struct anchors *a = timer->data;
    void (*on_idle)(void *ctx) = a->on_idle;
    a->on_idle = NULL;
    if (on_idle)
        on_idle(a->idle_ctx);
}

static void tell_idle(struct anchors *a)
{
    if (a->finishing && !a->closing && is_idle(a))
        uv_timer_start(&a->idle_timer, on_idle_timer, 0, 0);
}

static void begin(struct anchor_item *item);

static void on_retry(uv_timer_t *timer)
{
    begin(timer->data);
}

static void on_confirm(uv_timer_t *timer)
{
    struct anchor_item *item = timer->data;
    const struct anchors_options *o = &item->owner->options;
    if (!o->is_confirmed(o->ctx, item->config->target, item->line_seq))
        return;
    uv_timer_stop(timer);
    anchor_done(item, "");
}

static void failed(struct anchor_item *item, const char *why)
{
    item->stats.failed++;
    snprintf(item->stats.error, sizeof item->stats.error, "%s", why);
    log_warn("anchor", "via=%s to=%s seq=%" PRIu64 " attempt=%u: %s",
             anchor_via_word(item->stats.via), item->to, item->head.seq, item->attempts, why);
    if (item->attempts == 1)
        journal(item, "failed", why);
    if (item->owner->finishing)
        return;
    item->state = ANCHOR_WAITING;
    uv_timer_start(&item->timer, on_retry, backoff_next_ms(&item->backoff), 0);
}

static void succeeded(struct anchor_item *item)
{
    item->stats.sent++;
    item->stats.last_seq = item->head.seq;
    item->stats.last_ms = item->head.time_ms;
    item->stats.error[0] = '\0';
    item->stats.behind = false;
    backoff_reset(&item->backoff);
    log_info("anchor", "via=%s to=%s seq=%" PRIu64 " digest=%s", anchor_via_word(item->stats.via),
             item->to, item->head.seq, item->head.digest);
    journal(item, "sent", "");
}

static void take(struct anchor_item *item, const struct anchor_head *head)
{
    item->head = *head;
    item->newer = false;
    item->attempts = 0;
    item->stats.behind = true;
    begin(item);
}

void anchor_done(struct anchor_item *item, const char *why)
{
    item->state = ANCHOR_IDLE;
    if (*why)
        failed(item, why);
    else
        succeeded(item);
    if (item->newer) {
        uv_timer_stop(&item->timer);
        take(item, &item->next);
    }
    tell_idle(item->owner);
}

/* What cannot even begin has failed as well. */
static void begin(struct anchor_item *item)
{
    int err = 0;
    item->attempts++;
    item->state = ANCHOR_BUSY;
    switch (item->config->via) {
    case ANCHOR_INFLUX:
        item->state = ANCHOR_CONFIRMING;
        uv_timer_start(&item->timer, on_confirm, CONFIRM_EVERY_MS, CONFIRM_EVERY_MS);
        break;
    case ANCHOR_FILE:
        err = anchor_file_begin(item);
        break;
    case ANCHOR_COMMAND:
        err = anchor_command_begin(item);
        break;
    case ANCHOR_EMAIL:
        err = anchor_mail_begin(item);
        break;
    }
    if (!err)
        return;
    item->state = ANCHOR_IDLE;
    failed(item, pw_strerror(err));
}

/* A program or letter under way goes to its end; what only waits is given up for the newer one. */
static void offer(struct anchor_item *item, const struct anchor_head *head)
{
    if (item->state == ANCHOR_BUSY) {
        item->newer = true;
        item->next = *head;
        item->stats.behind = true;
        return;
    }
    uv_timer_stop(&item->timer);
    take(item, head);
}

static void send_line(struct anchors *a, const struct anchor_head *head)
{
    uint64_t seq = 0;
    for (uint32_t i = 0; i < a->count; i++) {
        struct anchor_item *item = &a->items[i];
        if (item->config->via != ANCHOR_INFLUX)
            continue;
        if (seq == 0)
            seq = a->options.write_line(a->options.ctx, head);
        item->line_seq = seq;
        offer(item, head);
    }
}

static void send_others(struct anchors *a, const struct anchor_head *head)
{
    for (uint32_t i = 0; i < a->count; i++)
        if (a->items[i].config->via != ANCHOR_INFLUX)
            offer(&a->items[i], head);
}

void anchors_send(struct anchors *a, struct anchor_head *head)
{
    sign(a, head);
    send_line(a, head);
    send_others(a, head);
}

void anchors_send_line(struct anchors *a, struct anchor_head *head)
{
    sign(a, head);
    send_line(a, head);
}

void anchors_finish(struct anchors *a, struct anchor_head *head, void (*on_idle)(void *ctx),
                    void *ctx)
{
    a->finishing = true;
    a->on_idle = on_idle;
    a->idle_ctx = ctx;
    if (head->seq) {
        sign(a, head);
        send_others(a, head);
    }
    tell_idle(a);
}

bool anchors_are_behind(const struct anchors *a)
{
    for (uint32_t i = 0; i < a->count; i++)
        if (a->items[i].stats.behind)
            return true;
    return false;
}

uint32_t anchors_count(const struct anchors *a)
{
    return a->count;
}

void anchors_get(const struct anchors *a, uint32_t i, struct anchor_stats *out)
{
    *out = a->items[i].stats;
}

static void add_addresses(const struct plant_anchor *config, char out[ANCHOR_TO_SIZE])
{
    size_t len = 0;
    for (const char *const *t = config->to; *t && len < ANCHOR_TO_SIZE - 1; t++) {
        int n = snprintf(out + len, ANCHOR_TO_SIZE - len, "%s%s", len ? "," : "", *t);
        len += n > 0 ? (size_t)n : 0;
    }
}

static void name_item(struct anchor_item *item)
{
    const struct plant_anchor *config = item->config;
    item->stats.via = config->via;
    item->stats.to = item->to;
    if (config->via == ANCHOR_EMAIL)
        add_addresses(config, item->to);
    else
        snprintf(item->to, sizeof item->to, "%s",
                 config->via == ANCHOR_INFLUX ? config->target
                 : config->via == ANCHOR_FILE ? config->path
                                              : config->run[0]);
}

static void init_timer(struct anchors *a, uv_timer_t *timer, void *data)
{
    pw_require(uv_timer_init(a->options.loop, timer) == 0);
    timer->data = data;
    a->handles++;
}

static void init_item(struct anchors *a, uint32_t i)
{
    struct anchor_item *item = &a->items[i];
    uint32_t first = a->options.retry_first_ms ? a->options.retry_first_ms : RETRY_FIRST_MS;
    item->owner = a;
    item->config = &a->options.plant->anchors[i];
    backoff_init(&item->backoff, first, RETRY_MAX_MS,
                 (uint64_t)pw_clock_wall_ms(pw_clock_system()) + i);
    init_timer(a, &item->timer, item);
    name_item(item);
}

int anchors_open(const struct anchors_options *options, struct anchors **out)
{
    const struct plant *plant = options->plant;
    const char *key_file = plant->server.signing_key_file;
    char why[80];
    struct anchors *a = calloc(1, sizeof *a + plant->anchor_count * sizeof a->items[0]);
    if (!a)
        return PW_ENOMEM;
    a->options = *options;
    a->count = plant->anchor_count;
    if (*key_file && sm2_key_load(key_file, &a->key, why, sizeof why) != 0)
        log_error("anchor", "signing_key_file=%s: %s: anchors go out unsigned", key_file, why);
    init_timer(a, &a->idle_timer, a);
    for (uint32_t i = 0; i < a->count; i++)
        init_item(a, i);
    *out = a;
    return 0;
}

void anchors_release(struct anchors *a)
{
    if (--a->handles > 0)
        return;
    sm2_key_free(a->key);
    free(a);
}

static void on_item_timer_closed(uv_handle_t *handle)
{
    struct anchor_item *item = handle->data;
    anchors_release(item->owner);
}

static void on_idle_timer_closed(uv_handle_t *handle)
{
    anchors_release(handle->data);
}

static void cancel(struct anchor_item *item)
{
    if (item->state != ANCHOR_BUSY)
        return;
    switch (item->stats.via) {
    case ANCHOR_INFLUX:
        break;
    case ANCHOR_FILE:
        anchor_file_cancel(item);
        break;
    case ANCHOR_COMMAND:
        anchor_command_cancel(item);
        break;
    case ANCHOR_EMAIL:
        anchor_mail_cancel(item);
        break;
    }
}

void anchors_close(struct anchors *a)
{
    if (!a)
        return;
    a->closing = true;
    for (uint32_t i = 0; i < a->count; i++) {
        cancel(&a->items[i]);
        uv_close((uv_handle_t *)&a->items[i].timer, on_item_timer_closed);
    }
    uv_close((uv_handle_t *)&a->idle_timer, on_idle_timer_closed);
}
