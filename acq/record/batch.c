#include "acq/record/batch.h"

#include "acq/record/journal_line.h"

#include <stdio.h>
#include <string.h>

/* Room that the bound does not count: the order line's end and the loss line must always fit. */
enum { RESERVE = 1024, JOURNAL_ROOM = 65536, ORDER_ENTRY_MAX = 24, ORDER_HEAD_MAX = 64 };

int batch_init(struct batch *b, size_t max_bytes, size_t usual_bytes)
{
    *b = (struct batch){.max_bytes = max_bytes};
    size_t bound = 2 * (max_bytes + JOURNAL_ROOM) + RESERVE;
    size_t usual = usual_bytes < max_bytes ? usual_bytes : max_bytes;
    strbuf_init(&b->raw, bound);
    strbuf_init(&b->derived, bound);
    strbuf_init(&b->journal, bound);
    strbuf_init(&b->order, bound);
    if (strbuf_reserve(&b->raw, usual) && strbuf_reserve(&b->derived, usual / 4) &&
        strbuf_reserve(&b->journal, usual / 4) && strbuf_reserve(&b->order, usual / 4))
        return 0;
    batch_deinit(b);
    return PW_ENOMEM;
}

void batch_deinit(struct batch *b)
{
    strbuf_deinit(&b->raw);
    strbuf_deinit(&b->derived);
    strbuf_deinit(&b->journal);
    strbuf_deinit(&b->order);
}

void batch_reset(struct batch *b)
{
    struct batch empty = {
        .raw = b->raw,
        .derived = b->derived,
        .journal = b->journal,
        .order = b->order,
        .max_bytes = b->max_bytes,
    };
    *b = empty;
    strbuf_reset(&b->raw);
    strbuf_reset(&b->derived);
    strbuf_reset(&b->journal);
    strbuf_reset(&b->order);
}

bool batch_is_empty(const struct batch *b)
{
    return b->lines[MEMBER_R] + b->lines[MEMBER_D] + b->lines[MEMBER_J] == 0 && b->lost_lines == 0;
}

size_t batch_bytes(const struct batch *b)
{
    return b->raw.len + b->derived.len + b->journal.len + b->order.len;
}

static bool fits(const struct batch *b, size_t len, size_t room)
{
    size_t most = b->max_bytes + room;
    return len <= most && batch_bytes(b) <= most - len;
}

static void cover_time(struct batch *b, int64_t time_ms)
{
    if (!b->has_time || time_ms < b->time_min_ms)
        b->time_min_ms = time_ms;
    if (!b->has_time || time_ms > b->time_max_ms)
        b->time_max_ms = time_ms;
    b->has_time = true;
}

static void add_line(struct strbuf *out, const char *line, size_t len)
{
    strbuf_add(out, line, len);
    strbuf_addc(out, '\n');
}

/* A reservation that fails for want of memory leaves no mark. */
static bool reserve(struct strbuf *b, size_t len)
{
    if (strbuf_reserve(b, len))
        return true;
    b->failed = false;
    return false;
}

int batch_add_raw(struct batch *b, const char *line, size_t len, int64_t time_ms, int64_t at_ms)
{
    size_t order = b->order.len == 0 ? ORDER_HEAD_MAX : ORDER_ENTRY_MAX;
    if (!fits(b, len + 1 + order, 0) || !reserve(&b->raw, len + 1) || !reserve(&b->order, order))
        return PW_EFULL;
    add_line(&b->raw, line, len);
    order_line_add(&b->order, at_ms, b->last_raw_at_ms);
    b->last_raw_at_ms = at_ms;
    b->lines[MEMBER_R]++;
    cover_time(b, time_ms);
    return 0;
}

int batch_add_derived(struct batch *b, const char *line, size_t len, int64_t time_ms)
{
    if (!fits(b, len + 1, 0) || !reserve(&b->derived, len + 1))
        return PW_EFULL;
    add_line(&b->derived, line, len);
    b->lines[MEMBER_D]++;
    cover_time(b, time_ms);
    return 0;
}

int batch_add_journal(struct batch *b, const char *type, int64_t at_ms, const char *members)
{
    size_t before = b->journal.len;
    /* A queue full of readings still takes the alarm that says so. */
    if (!fits(b, strlen(members), JOURNAL_ROOM))
        return PW_EFULL;
    journal_line_write(&b->journal, type, at_ms, b->lines[MEMBER_R], members);
    if (b->journal.failed || !fits(b, 0, JOURNAL_ROOM)) {
        b->journal.failed = false;
        strbuf_truncate(&b->journal, before);
        return PW_EFULL;
    }
    b->lines[MEMBER_J]++;
    return 0;
}

void batch_count_lost(struct batch *b, int64_t at_ms)
{
    if (b->lost_lines++ == 0)
        b->lost_from_ms = at_ms;
    b->lost_to_ms = at_ms;
}

static void add_loss(struct batch *b)
{
    char members[160];
    if (b->lost_lines == 0)
        return;
    snprintf(members, sizeof members, "\"lines\":%llu,\"from\":%lld,\"to\":%lld",
             (unsigned long long)b->lost_lines, (long long)b->lost_from_ms,
             (long long)b->lost_to_ms);
    journal_line_write(&b->journal, "loss", b->lost_to_ms, b->lines[MEMBER_R], members);
    b->lines[MEMBER_J]++;
    if (b->lost_to_ms > b->at_ms)
        b->at_ms = b->lost_to_ms;
    b->lost_lines = 0;
}

static bool join_journal(struct batch *b)
{
    if (!reserve(&b->journal, RESERVE) || !reserve(&b->order, b->journal.len + RESERVE))
        return false;
    add_loss(b);
    if (b->lines[MEMBER_R] > 0) {
        order_line_end(&b->order);
        b->lines[MEMBER_J]++;
    }
    strbuf_add(&b->order, strbuf_text(&b->journal), b->journal.len);
    strbuf_reset(&b->journal);
    return true;
}

int batch_finish(struct batch *b, struct commit_text *out)
{
    if (!join_journal(b))
        return PW_ENOMEM;
    const struct strbuf *parts[MEMBER_KINDS] = {&b->raw, &b->derived, &b->order};
    struct commit_text t = {
        .time_ms = b->time_ms,
        .at_ms = b->at_ms,
        .time_min_ms = b->time_min_ms,
        .time_max_ms = b->time_max_ms,
    };
    for (unsigned k = 0; k < MEMBER_KINDS; k++) {
        t.text[k] = strbuf_text(parts[k]);
        t.len[k] = (uint32_t)parts[k]->len;
        t.lines[k] = b->lines[k];
    }
    *out = t;
    return 0;
}
