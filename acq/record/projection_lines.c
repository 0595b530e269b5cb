#include "acq/record/projection_lines.h"

#include "acq/core/civil.h"
#include "acq/core/json.h"
#include "acq/core/log.h"
#include "acq/record/carry.h"
#include "acq/record/journal_line.h"
#include "acq/record/means.h"
#include "acq/record/projection_mark.h"
#include "protocols/influx/line.h"

#include <sqlite3.h>
#include <string.h>

static void bind_text(sqlite3_stmt *s, int column, const char *text)
{
    if (text)
        sqlite3_bind_text(s, column, text, -1, SQLITE_TRANSIENT);
}

static void bind_uint(sqlite3_stmt *s, int column, uint64_t value)
{
    sqlite3_bind_int64(s, column, (int64_t)value);
}

static void bind_times(sqlite3_stmt *s, int column, const struct commit_head *h)
{
    if (!commit_head_has_time(h))
        return;
    sqlite3_bind_int64(s, column, h->time_min_ms);
    sqlite3_bind_int64(s, column + 1, h->time_max_ms);
}

void projection_bind_field(sqlite3_stmt *s, int column, const struct line_field *f)
{
    if (!f)
        sqlite3_bind_null(s, column);
    else if (f->type == LINE_FLOAT)
        sqlite3_bind_double(s, column, f->number);
    else if (f->type == LINE_STRING)
        sqlite3_bind_text(s, column, f->text, -1, SQLITE_TRANSIENT);
    else
        sqlite3_bind_int64(s, column, f->integer);
}

static int add_member(struct projection *p, const struct stored_commit *c, enum member_kind kind,
                      int64_t offset)
{
    static const char *const names[MEMBER_KINDS] = {"R", "D", "J"};
    char day[SEGMENT_NAME_SIZE];
    sqlite3_stmt *s = projection_statement(p, SQL_MEMBER_ADD);
    bind_uint(s, 1, c->head.seq);
    bind_text(s, 2, names[kind]);
    bind_text(s, 3, segment_name(c->day, day));
    sqlite3_bind_int64(s, 4, offset);
    bind_uint(s, 5, c->stored[kind]);
    bind_uint(s, 6, c->head.plain[kind]);
    bind_uint(s, 7, c->head.lines[kind]);
    bind_times(s, 8, &c->head);
    return projection_step(p, SQL_MEMBER_ADD);
}

static int add_to_segment(struct projection *p, const struct stored_commit *c)
{
    char day[SEGMENT_NAME_SIZE];
    char hex[SM3_HEX_SIZE];
    sqlite3_stmt *s = projection_statement(p, SQL_SEGMENT_ADD);
    bind_text(s, 1, segment_name(c->day, day));
    bind_uint(s, 2, c->head.seq);
    bind_text(s, 3, sm3_hex(c->head.prev, hex));
    bind_text(s, 4, sm3_hex(c->digest, hex));
    bind_times(s, 5, &c->head);
    sqlite3_bind_int64(s, 7, stored_commit_end(c));
    for (unsigned k = 0; k < MEMBER_KINDS; k++)
        bind_uint(s, 8 + (int)k, c->head.lines[k]);
    return projection_step(p, SQL_SEGMENT_ADD);
}

int projection_apply_members(struct projection *p, const struct stored_commit *c)
{
    int64_t offset = c->offset;
    int err = 0;
    for (unsigned k = 0; !err && k < MEMBER_KINDS; k++) {
        if (c->stored[k] > 0)
            err = add_member(p, c, (enum member_kind)k, offset);
        offset += c->stored[k];
    }
    return err ? err : add_to_segment(p, c);
}

struct line_place {
    uint64_t seq;    /* the commit that the line was written into */
    uint64_t held;   /* the one that holds it now: another when it was carried */
    int64_t time_ms; /* of the latter, or as the carried line says */
    bool timed;      /* it does */
    int32_t day;
    const char *text;
    size_t len;
    uint32_t index;
    const struct journal_line *line;
};

static int add_line(struct projection *p, const struct line_place *at)
{
    sqlite3_stmt *s = projection_statement(p, SQL_LINE_ADD);
    bind_uint(s, 1, at->seq);
    bind_uint(s, 2, at->index);
    bind_text(s, 3, at->line->type);
    sqlite3_bind_int64(s, 4, at->line->at_ms);
    sqlite3_bind_text(s, 5, at->text, (int)at->len, SQLITE_STATIC);
    bind_uint(s, 6, at->held);
    return projection_step(p, SQL_LINE_ADD);
}

static void bind_instant(sqlite3_stmt *s, int column, const cJSON *tree, const char *key)
{
    int64_t ms = 0;
    const char *text = json_string(tree, key);
    if (text && civil_parse(text, &ms) == 0)
        sqlite3_bind_int64(s, column, ms);
}

static int set_finding(struct projection *p, const struct line_place *at)
{
    static const char *const texts[] = {"id", "kind", "site", "object", "state"};
    const cJSON *tree = at->line->tree;
    if (!json_string(tree, "id"))
        return 0;
    sqlite3_stmt *s = projection_statement(p, SQL_FINDING_SET);
    for (int i = 0; i < 5; i++)
        bind_text(s, i + 1, json_string(tree, texts[i]));
    bind_instant(s, 6, tree, "start");
    bind_instant(s, 7, tree, "raised");
    bind_instant(s, 8, tree, "end");
    bind_uint(s, 9, at->seq);
    sqlite3_bind_text(s, 10, at->text, (int)at->len, SQLITE_STATIC);
    bind_uint(s, 11, at->held);
    return projection_step(p, SQL_FINDING_SET);
}

static int set_cursor(struct projection *p, const struct line_place *at)
{
    const char *target = json_string(at->line->tree, "target");
    const char *members = NULL;
    size_t len = 0;
    if (!target || journal_line_members(at->text, at->len, &members, &len) != 0)
        return 0;
    sqlite3_stmt *s = projection_statement(p, SQL_CURSOR_SET);
    bind_text(s, 1, target);
    bind_uint(s, 2, at->seq);
    sqlite3_bind_text(s, 3, members, (int)len, SQLITE_STATIC);
    return projection_step(p, SQL_CURSOR_SET);
}

static int close_segment(struct projection *p, const struct line_place *at)
{
    char day[SEGMENT_NAME_SIZE];
    segment_name(at->day, day);
    bind_text(projection_statement(p, SQL_SEGMENT_CLOSE), 1, day);
    int err = projection_step(p, SQL_SEGMENT_CLOSE);
    if (err)
        return err;
    bind_text(projection_statement(p, SQL_MEMBER_DROP), 1, day);
    return projection_step(p, SQL_MEMBER_DROP);
}

static int tell_gap(struct projection *p, const struct line_place *at)
{
    static const char *const places[] = {"from", "to", "after_seq", "next_seq"};
    const char *segment = json_string(at->line->tree, "segment");
    if (!segment)
        return 0;
    sqlite3_stmt *s = projection_statement(p, SQL_GAP_TOLD);
    bind_uint(s, 1, at->seq);
    bind_text(s, 2, segment);
    for (int i = 0; i < 4; i++)
        sqlite3_bind_int64(s, 3 + i, json_int(at->line->tree, places[i], 0));
    return projection_step(p, SQL_GAP_TOLD);
}

static void bind_line_count(sqlite3_stmt *s, int column, const cJSON *lines, int index)
{
    const cJSON *item = cJSON_GetArrayItem(lines, index);
    sqlite3_bind_int64(s, column, cJSON_IsNumber(item) ? (int64_t)item->valuedouble : 0);
}

/* What of a removed segment was not carried before. */
static int drop_rows(struct projection *p, int64_t first_seq, int64_t last_seq)
{
    static const enum schema_statement drops[] = {SQL_LINE_DROP, SQL_FINDING_DROP, SQL_CURSOR_DROP};
    for (size_t i = 0; i < sizeof drops / sizeof drops[0]; i++) {
        sqlite3_stmt *s = projection_statement(p, drops[i]);
        sqlite3_bind_int64(s, 1, first_seq);
        sqlite3_bind_int64(s, 2, last_seq);
        int err = projection_step(p, drops[i]);
        if (err)
            return err;
    }
    return 0;
}

/* The row of a segment whose file retention removes: from here on the line is all that is left. */
static int remove_segment(struct projection *p, const struct line_place *at)
{
    static const char *const times[] = {"time_min", "time_max"};
    const cJSON *tree = at->line->tree;
    const cJSON *lines = cJSON_GetObjectItemCaseSensitive(tree, "lines");
    if (!json_string(tree, "segment") || !json_string(tree, "rule"))
        return 0;
    sqlite3_stmt *s = projection_statement(p, SQL_SEGMENT_REMOVE);
    bind_text(s, 1, json_string(tree, "segment"));
    sqlite3_bind_int64(s, 2, json_int(tree, "first_seq", 0));
    sqlite3_bind_int64(s, 3, json_int(tree, "last_seq", 0));
    bind_text(s, 4, json_string(tree, "first_prev") ? json_string(tree, "first_prev") : "");
    bind_text(s, 5, json_string(tree, "head") ? json_string(tree, "head") : "");
    for (int i = 0; i < 2; i++)
        if (cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(tree, times[i])))
            sqlite3_bind_int64(s, 6 + i, json_int(tree, times[i], 0));
    sqlite3_bind_int64(s, 8, json_int(tree, "bytes", 0));
    for (int i = 0; i < 3; i++)
        bind_line_count(s, 9 + i, lines, i);
    sqlite3_bind_int64(s, 12, json_int(tree, "removed_at", at->time_ms));
    bind_text(s, 13, json_string(tree, "rule"));
    int err = projection_step(p, SQL_SEGMENT_REMOVE);
    return err ? err : drop_rows(p, json_int(tree, "first_seq", 0), json_int(tree, "last_seq", 0));
}

/* Rows that retention removes: hours, the minutes of a month, or findings and lines. */
static int expire(struct projection *p, const struct line_place *at)
{
    const cJSON *tree = at->line->tree;
    const char *what = json_string(tree, "what");
    const char *month = json_string(tree, "month");
    int64_t before_ms = json_int(tree, "before", 0);
    if (what && strcmp(what, "hour") == 0)
        return means_expire_hours(p, before_ms);
    if (what && strcmp(what, "minute") == 0 && month)
        return means_expire_month(p, month, at->time_ms);
    if (!what || strcmp(what, "event") != 0)
        return 0;
    sqlite3_bind_int64(projection_statement(p, SQL_FINDING_EXPIRE), 1, before_ms);
    int err = projection_step(p, SQL_FINDING_EXPIRE);
    if (err)
        return err;
    sqlite3_bind_int64(projection_statement(p, SQL_LINE_EXPIRE), 1,
                       json_int(tree, "before_seq", 0));
    return projection_step(p, SQL_LINE_EXPIRE);
}

static int take_settings(struct projection *p, const struct line_place *at)
{
    int64_t most = json_int(at->line->tree, "minute_series_max", -1);
    return most < 0 || most > UINT32_MAX ? 0 : projection_set_minute_series_max(p, (uint32_t)most);
}

static int skip_line(struct projection *p, const struct line_place *at)
{
    (void)p;
    (void)at;
    return 0;
}

static int apply_carried(struct projection *p, const struct line_place *at);

/* Whether a carried word on a mark is still the last one, and its mark is not there. */
static bool is_news(struct projection *p, const struct line_place *at)
{
    const char *id = json_string(at->line->tree, "id");
    if (at->held == at->seq)
        return true;
    sqlite3_stmt *s = projection_statement(p, SQL_MARK_FIND);
    bind_text(s, 1, id);
    bool known = sqlite3_step(s) == SQLITE_ROW;
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return at->timed && (!known || strcmp(at->line->type, "withdraw") == 0);
}

static int set_mark(struct projection *p, const struct line_place *at)
{
    const struct stored_commit c = {.head = {.seq = at->seq, .time_ms = at->time_ms}};
    return is_news(p, at) ? projection_set_mark(p, &c, at->line, at->text, at->len) : 0;
}

static int withdraw_mark(struct projection *p, const struct line_place *at)
{
    const struct stored_commit c = {.head = {.seq = at->seq, .time_ms = at->time_ms}};
    return is_news(p, at) ? projection_withdraw_mark(p, &c, at->line) : 0;
}

static const struct {
    const char *type;
    bool listed; /* has a row in table line */
    int (*apply)(struct projection *p, const struct line_place *at);
} rules[] = {
    {"order", false, skip_line},       {"snapshot", false, skip_line},
    {"station", false, skip_line},     {"periods", false, skip_line},
    {"means", false, skip_line},       {"finding", false, set_finding},
    {"cursor", false, set_cursor},     {"segment", true, close_segment},
    {"gap", true, tell_gap},           {"removed", true, remove_segment},
    {"expired", true, expire},         {"config", true, take_settings},
    {"carried", false, apply_carried}, {"declare", true, set_mark},
    {"mark", false, set_mark},         {"withdraw", true, withdraw_mark},
};

static int apply_line(struct projection *p, const struct line_place *at)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(at->line->type, rules[i].type) != 0)
            continue;
        int err = rules[i].listed ? add_line(p, at) : 0;
        return err ? err : rules[i].apply(p, at);
    }
    return add_line(p, at);
}

/* A line of a removed segment, as if it still stood there. */
static int apply_carried(struct projection *p, const struct line_place *at)
{
    const char *text = json_string(at->line->tree, "text");
    int64_t seq = json_int(at->line->tree, "seq", 0);
    int64_t index = json_int(at->line->tree, "idx", 0);
    struct journal_line line;
    if (!text || seq <= 0 || (uint64_t)seq >= at->held || index < 0 || index > UINT32_MAX ||
        journal_line_parse(text, strlen(text), &line) != 0)
        return 0;
    struct line_place inner = *at;
    inner.seq = (uint64_t)seq;
    inner.timed = cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(at->line->tree, "time"));
    inner.time_ms = json_int(at->line->tree, "time", at->time_ms);
    inner.text = text;
    inner.len = strlen(text);
    inner.index = (uint32_t)index;
    inner.line = &line;
    int err = carry_is_wanted(line.type) ? apply_line(p, &inner) : 0;
    journal_line_deinit(&line);
    return err;
}

static bool begins(const char *text, size_t len, const char *head)
{
    return len >= strlen(head) && memcmp(text, head, strlen(head)) == 0;
}

static bool is_bulk(const char *text, size_t len)
{
    return begins(text, len, "{\"type\":\"order\",") || begins(text, len, "{\"type\":\"station\",");
}

static int apply_text(struct projection *p, struct line_place *at)
{
    /* Long or many, and without a row: not worth parsing. */
    if (is_bulk(at->text, at->len))
        return 0;
    struct journal_line line;
    if (journal_line_parse(at->text, at->len, &line) != 0) {
        log_warn("record", "seq=%llu line=%u: not a journal line", (unsigned long long)at->seq,
                 (unsigned)at->index);
        return 0;
    }
    at->line = &line;
    int err = apply_line(p, at);
    at->line = NULL;
    journal_line_deinit(&line);
    return err;
}

int projection_apply_lines(struct projection *p, const struct stored_commit *c)
{
    const char *text = c->text[MEMBER_J];
    size_t left = c->head.plain[MEMBER_J];
    for (uint32_t i = 0; left > 0; i++) {
        const char *end = memchr(text, '\n', left);
        size_t len = end ? (size_t)(end - text) : left;
        struct line_place at = {.seq = c->head.seq,
                                .held = c->head.seq,
                                .time_ms = c->head.time_ms,
                                .day = c->day,
                                .text = text,
                                .len = len,
                                .index = i};
        int err = apply_text(p, &at);
        if (err)
            return err;
        size_t used = end ? len + 1 : len;
        text += used;
        left -= used;
    }
    return 0;
}
