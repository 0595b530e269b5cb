#include "acq/deliver/influx_private.h"

#include "acq/core/log.h"
#include "acq/core/utf8.h"

#include <inttypes.h>
#include <string.h>

enum { NAMED_MAX = 100 }; /* lines of one answer that get a journal line each */

size_t influx_trimmed_length(const char *text)
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
    add_bounded(&b, reason, influx_trimmed_length(reason));
    strbuf_adds(&b, ",\"text\":");
    add_bounded(&b, text, text_len);
    if (b.failed)
        log_error("influx", "target=%s seq=%" PRIu64 " line=%zu: quarantined without a record",
                  o->target->id, slot->commit.seq, line);
    else
        o->quarantine(o->ctx, o->target->id, strbuf_text(&b));
    strbuf_deinit(&b);
}

struct naming {
    struct influx_slot *slot;
    unsigned count;
};

/* The line's number in its member, from 1; of a member that went out whole that of the request. */
static size_t number_in_member(const struct influx_slot *slot, size_t number)
{
    size_t n = 0;
    if (!slot->splitting)
        return number;
    for (size_t i = slot->split.place; i < slot->split.end; i++)
        if (!slot->split.named[i] && ++n == number)
            return i + 1;
    return 0;
}

static void quarantine_dropped(void *ctx, const struct answer_line *line)
{
    struct naming *n = ctx;
    if (n->count++ < NAMED_MAX)
        slot_quarantine(n->slot, number_in_member(n->slot, line->number), 1, line->reason,
                        line->text, strlen(line->text));
}

bool slot_quarantine_dropped(struct influx_slot *slot, const char *body)
{
    struct naming n = {.slot = slot};
    if (slot->sender->options.target->api == INFLUX_V3)
        answer_each_line(INFLUX_V3, body, quarantine_dropped, &n);
    return n.count > 0;
}

/* The text is ours, not what the server made of it. */
static void take_out(void *ctx, const struct answer_line *line)
{
    struct naming *n = ctx;
    struct influx_slot *slot = n->slot;
    struct influx_sender *s = slot->sender;
    size_t place = 0;
    size_t len = 0;
    bool found = *line->text && split_name(&slot->split, 0, line->text, &place);
    if (!found && line->number)
        found = split_name(&slot->split, line->number, "", &place);
    if (!found)
        return;
    n->count++;
    s->stats.quarantined++;
    const char *text = split_line(&slot->split, place, &len);
    log_warn("influx", "target=%s seq=%" PRIu64 " line=%zu: refused: %.300s", s->options.target->id,
             slot->commit.seq, place + 1, line->reason);
    slot_quarantine(slot, place + 1, 1, line->reason, text,
                    len && text[len - 1] == '\n' ? len - 1 : len);
}

unsigned slot_take_out_named(struct influx_slot *slot, const char *body)
{
    struct naming n = {.slot = slot};
    answer_each_line(slot->sender->options.target->api, body, take_out, &n);
    return n.count;
}
