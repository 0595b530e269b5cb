#include "acq/record/means_retention.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static const int64_t day_ms = 86400000;

/* The first row's first column, as a number or (text, not NULL) a text; false: no row. */
static bool ask(struct projection *p, const char *sql, int64_t parameter, int64_t *number,
                char *text, size_t size)
{
    sqlite3_stmt *s = NULL;
    bool found = false;
    if (sqlite3_prepare_v2(projection_handle(p), sql, -1, &s, NULL) == SQLITE_OK) {
        sqlite3_bind_int64(s, 1, parameter);
        found = sqlite3_step(s) == SQLITE_ROW && sqlite3_column_type(s, 0) != SQLITE_NULL;
    }
    if (found && number)
        *number = sqlite3_column_int64(s, 0);
    if (found && text)
        snprintf(text, size, "%s", (const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    return found;
}

static bool has_days(struct projection *p, uint32_t days)
{
    int64_t count = 0;
    return ask(p, "SELECT count(*) FROM segment WHERE ?1 >= 0", 0, &count, NULL, 0) &&
           count > (int64_t)days;
}

static bool is_kept_for_ever(struct projection *p, uint32_t days)
{
    return days == 0 || !has_days(p, days);
}

static bool look_minutes(const struct means_retention *r, struct projection *p, int64_t today_ms,
                         struct strbuf *members)
{
    char name[16] = "";
    if (is_kept_for_ever(p, r->keep.minute_days))
        return false;
    /* The youngest minute of the month is old. */
    if (!ask(p,
             "SELECT name FROM month WHERE removed_at IS NULL"
             " AND unixepoch(name || '-01', '+1 month') * 1000 <= ?1 ORDER BY name LIMIT 1",
             today_ms - r->keep.minute_days * day_ms, NULL, name, sizeof name))
        return false;
    strbuf_addf(members, "\"what\":\"minute\",\"month\":\"%s\",\"rule\":\"minute_days=%u\"", name,
                (unsigned)r->keep.minute_days);
    return true;
}

static bool look_hours(const struct means_retention *r, struct projection *p, int64_t today_ms,
                       struct strbuf *members)
{
    int64_t before_ms = today_ms - r->keep.hour_days * day_ms;
    if (is_kept_for_ever(p, r->keep.hour_days) ||
        !ask(p,
             "SELECT 1 FROM series s CROSS JOIN mean m ON m.series = s.id"
             " WHERE m.period = 'hour' AND m.start_ms < ?1 LIMIT 1",
             before_ms, NULL, NULL, 0))
        return false;
    strbuf_addf(members, "\"what\":\"hour\",\"before\":%lld,\"rule\":\"hour_days=%u\"",
                (long long)before_ms, (unsigned)r->keep.hour_days);
    return true;
}

static bool look_events(const struct means_retention *r, struct projection *p, int64_t today_ms,
                        struct strbuf *members)
{
    int64_t before_ms = today_ms - r->keep.event_days * day_ms;
    int64_t before_seq = 0;
    if (is_kept_for_ever(p, r->keep.event_days) ||
        !ask(p, "SELECT min(first_seq) FROM segment WHERE unixepoch(day) * 1000 >= ?1", before_ms,
             &before_seq, NULL, 0))
        return false;
    bool any = ask(p, "SELECT 1 FROM finding WHERE state <> 'open' AND end_ms < ?1 LIMIT 1",
                   before_ms, NULL, NULL, 0) ||
               ask(p,
                   "SELECT 1 FROM line WHERE seq < ?1 AND type NOT IN"
                   " ('config', 'segment', 'removed', 'recompressed', 'gap', 'expired') LIMIT 1",
                   before_seq, NULL, NULL, 0);
    if (any)
        strbuf_addf(members,
                    "\"what\":\"event\",\"before\":%lld,\"before_seq\":%lld,"
                    "\"rule\":\"event_days=%u\"",
                    (long long)before_ms, (long long)before_seq, (unsigned)r->keep.event_days);
    return any;
}

bool means_retention_look(struct means_retention *r, struct projection *p, int32_t open_day,
                          struct strbuf *members)
{
    int64_t today_ms = open_day * day_ms;
    if (r->looked_day == open_day)
        return false;
    if (look_minutes(r, p, today_ms, members) || look_hours(r, p, today_ms, members) ||
        look_events(r, p, today_ms, members)) {
        bool again = strcmp(r->told, strbuf_text(members)) == 0;
        snprintf(r->told, sizeof r->told, "%s", strbuf_text(members));
        return !again && !members->failed;
    }
    r->looked_day = open_day;
    return false;
}
