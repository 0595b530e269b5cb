#include "acq/record/means_read.h"

#include "acq/record/mean_sql.h"
#include "acq/record/means_read_private.h"
#include "acq/record/read_only.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int means_page_give(struct means_page *p, const struct mean_row *row)
{
    if (p->left == 0) {
        p->more = true;
        return PW_EMORE;
    }
    p->left--;
    p->last.start_ms = row->start_ms;
    p->last.revision = row->revision;
    return p->on_row(p->ctx, row);
}

static void bind_name(sqlite3_stmt *s, int column, const char *name)
{
    if (name && *name)
        sqlite3_bind_text(s, column, name, -1, SQLITE_STATIC);
}

void means_page_bind_names(struct sqlite3_stmt *s, const struct means_query *q)
{
    bind_name(s, 1, q->site);
    bind_name(s, 2, q->outlet);
    bind_name(s, 3, q->factor);
    bind_name(s, 4, q->source);
}

int means_page_open(const char *path, struct sqlite3 **out)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    int found = 0;
    if (!vfs || vfs->xAccess(vfs, path, SQLITE_ACCESS_EXISTS, &found) != SQLITE_OK || !found)
        return PW_ENOTFOUND;
    return read_only_open(path, out);
}

static int prepare(sqlite3 *db, const struct means_page *p, sqlite3_stmt **out)
{
    /* Series in their order, each a piece of the primary key. */
    static const char all[] =
        "SELECT s.id, s.site, s.outlet, s.factor, s.source, " MEAN_SQL_NAMES
        " FROM series s CROSS JOIN mean m ON m.series = s.id WHERE " MEANS_PAGE_NAMES
        " AND m.period = ?5 AND m.start_ms >= ?6 AND m.start_ms < ?7 AND s.id >= ?8"
        " AND (s.id > ?8 OR m.start_ms > ?9 OR (m.start_ms = ?9 AND m.revision > ?10))"
        " AND (NOT ?11 OR s.source <> 'own' OR NOT EXISTS(SELECT 1 FROM series t JOIN mean u"
        " ON u.series = t.id WHERE t.outlet = s.outlet AND t.factor = s.factor"
        " AND t.source = 'station' AND t.site = s.site AND u.period = m.period"
        " AND u.start_ms = m.start_ms))";
    static const char last[] =
        " AND NOT EXISTS(SELECT 1 FROM mean n WHERE n.series = m.series AND n.period = m.period"
        " AND n.start_ms = m.start_ms AND n.revision > m.revision)";
    static const char order[] = " ORDER BY s.id, m.start_ms, m.revision";
    char sql[sizeof all + sizeof last + sizeof order];
    snprintf(sql, sizeof sql, "%s%s%s", all, p->query->all_revisions ? "" : last, order);
    if (sqlite3_prepare_v2(db, sql, -1, out, NULL) != SQLITE_OK)
        return PW_EDB;
    means_page_bind_names(*out, p->query);
    sqlite3_bind_text(*out, 5, p->query->period, -1, SQLITE_STATIC);
    sqlite3_bind_int64(*out, 6, p->query->from_ms);
    sqlite3_bind_int64(*out, 7, p->query->to_ms);
    sqlite3_bind_int64(*out, 8, p->after.series);
    sqlite3_bind_int64(*out, 9, p->after.start_ms);
    sqlite3_bind_int64(*out, 10, p->after.revision);
    sqlite3_bind_int(*out, 11, p->query->station_else_own);
    return 0;
}

static int give_rows(struct means_page *p, sqlite3_stmt *s)
{
    int err = 0;
    int rc = SQLITE_DONE;
    while (!err && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        struct mean_row row = {
            .period = p->query->period,
            .site = (const char *)sqlite3_column_text(s, 1),
            .outlet = (const char *)sqlite3_column_text(s, 2),
            .factor = (const char *)sqlite3_column_text(s, 3),
            .source = (const char *)sqlite3_column_text(s, 4),
        };
        mean_sql_read(s, 5, &row);
        err = means_page_give(p, &row);
        if (!err)
            p->last.series = sqlite3_column_int64(s, 0);
    }
    return err || rc == SQLITE_DONE ? err : PW_EDB;
}

static int read_main(struct means_page *p)
{
    char path[FILES_PATH_MAX];
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    int err = files_join(path, p->data_dir, "plumewatch.db");
    if (!err)
        err = means_page_open(path, &db);
    if (!err)
        err = prepare(db, p, &s);
    if (!err)
        err = give_rows(p, s);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return err;
}

/* "SERIES.START.REVISION", of minutes with "MONTH." before it. */
static int parse_cursor(const char *text, bool has_month, struct means_place *out)
{
    struct means_place at = {.month = ""};
    int used = 0;
    if (has_month) {
        if (strlen(text) < 9 || text[7] != '.')
            return PW_ESYNTAX;
        snprintf(at.month, sizeof at.month, "%.7s", text);
        text += 8;
    }
    char *end = NULL;
    int64_t *const numbers[] = {&at.series, &at.start_ms, &at.revision};
    for (int i = 0; i < 3; i++) {
        if (*text < '0' || *text > '9')
            return PW_ESYNTAX;
        *numbers[i] = strtoll(text, &end, 10);
        if (*end != (i < 2 ? '.' : '\0'))
            return PW_ESYNTAX;
        text = end + 1;
        used++;
    }
    if (used != 3 || at.series <= 0)
        return PW_ESYNTAX;
    *out = at;
    return 0;
}

static void write_cursor(const struct means_place *at, bool has_month, char out[MEANS_CURSOR_SIZE])
{
    snprintf(out, MEANS_CURSOR_SIZE, "%s%s%" PRId64 ".%" PRId64 ".%" PRId64,
             has_month ? at->month : "", has_month ? "." : "", at->series, at->start_ms,
             at->revision);
}

int means_read(const char *data_dir, const struct means_query *query, const char *cursor,
               size_t limit, int (*on_row)(void *ctx, const struct mean_row *row), void *ctx,
               char next[MEANS_CURSOR_SIZE])
{
    struct means_page p = {
        .data_dir = data_dir, .query = query, .left = limit, .on_row = on_row, .ctx = ctx};
    bool is_minute = strcmp(query->period, "minute") == 0;
    if (!mean_row_is_period(query->period))
        return PW_ENOTFOUND;
    int err = cursor && *cursor ? parse_cursor(cursor, is_minute, &p.after) : 0;
    if (!err)
        err = is_minute ? means_read_minutes(&p) : read_main(&p);
    if (err == PW_EMORE && p.more)
        err = 0;
    if (err)
        return err;
    next[0] = '\0';
    if (p.more)
        write_cursor(&p.last, is_minute, next);
    return 0;
}
