#include "acq/record/db.h"

#include "acq/record/files.h"
#include "acq/record/read_only.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The one text that a query with one text parameter gives, or NULL when it gives no row. */
static int read_text(sqlite3 *db, const char *sql, const char *parameter, char **out)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
        return PW_EDB;
    sqlite3_bind_text(s, 1, parameter, -1, SQLITE_STATIC);
    int rc = sqlite3_step(s);
    int err = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : PW_EDB;
    char *text = NULL;
    const unsigned char *json = rc == SQLITE_ROW ? sqlite3_column_text(s, 0) : NULL;
    if (json && !(text = strdup((const char *)json)))
        err = PW_ENOMEM;
    sqlite3_finalize(s);
    if (!err)
        *out = text;
    return err;
}

static int open_database(const char *data_dir, sqlite3 **out)
{
    char path[FILES_PATH_MAX];
    int err = files_join(path, data_dir, "plumewatch.db.tail");
    if (!err && access(path, F_OK) != 0)
        err = files_join(path, data_dir, "plumewatch.db");
    if (err)
        return err;
    return read_only_open(path, out);
}

static int query(const char *data_dir, const char *sql, const char *parameter, char **out)
{
    sqlite3 *db = NULL;
    int err = open_database(data_dir, &db);
    if (!err)
        err = read_text(db, sql, parameter, out);
    sqlite3_close(db);
    return err;
}

int record_load_cursor(const char *data_dir, const char *target, char **out)
{
    return query(data_dir, "SELECT json FROM cursor WHERE target = ?1", target, out);
}

int record_has_config(const char *data_dir, const char *digest, bool *out)
{
    char *found = NULL;
    int err = query(data_dir,
                    "SELECT '1' FROM line WHERE type = 'config'"
                    " AND json_extract(json, '$.digest') = ?1"
                    " AND json_type(json, '$.text') = 'text' LIMIT 1",
                    digest, &found);
    if (!err)
        *out = found != NULL;
    free(found);
    return err;
}

int record_load_config(const char *data_dir, const char *digest, char **out)
{
    return query(data_dir,
                 "SELECT json_extract(json, '$.text') FROM line WHERE type = 'config'"
                 " AND json_extract(json, '$.digest') = ?1"
                 " AND json_type(json, '$.text') = 'text' LIMIT 1",
                 digest, out);
}

int record_last_config(const char *data_dir, char **out)
{
    return query(data_dir,
                 "SELECT json_extract(json, '$.digest') FROM line WHERE type = ?1"
                 " ORDER BY seq DESC, idx DESC LIMIT 1",
                 "config", out);
}

/* Calls for the first column of every row, and closes both. */
static int walk(sqlite3 *db, sqlite3_stmt *s, void (*on_text)(void *ctx, const char *text),
                void *ctx)
{
    int rc;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW)
        if (sqlite3_column_text(s, 0))
            on_text(ctx, (const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    sqlite3_close(db);
    return rc == SQLITE_DONE ? 0 : PW_EDB;
}

static int prepare(const char *data_dir, const char *sql, sqlite3 **db, sqlite3_stmt **out)
{
    int err = open_database(data_dir, db);
    if (!err && sqlite3_prepare_v2(*db, sql, -1, out, NULL) != SQLITE_OK)
        err = PW_EDB;
    if (err)
        sqlite3_close(*db);
    return err;
}

int record_open_findings(const char *data_dir, void (*on_finding)(void *ctx, const char *json),
                         void *ctx)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    int err =
        prepare(data_dir, "SELECT json FROM finding WHERE state = 'open' ORDER BY id", &db, &s);
    return err ? err : walk(db, s, on_finding, ctx);
}

int record_load_finding(const char *data_dir, const char *id, char **out)
{
    return query(data_dir, "SELECT json FROM finding WHERE id = ?1", id, out);
}

int record_read_evidence(const char *data_dir, const char *id, size_t skip, size_t max,
                         void (*on_line)(void *ctx, const char *json), void *ctx)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    int err = prepare(data_dir,
                      "SELECT json FROM line WHERE type = 'evidence'"
                      " AND json_extract(json, '$.finding') = ?1"
                      " ORDER BY seq, idx LIMIT ?2 OFFSET ?3",
                      &db, &s);
    if (err)
        return err;
    sqlite3_bind_text(s, 1, id, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(s, 2, (sqlite3_int64)max);
    sqlite3_bind_int64(s, 3, (sqlite3_int64)skip);
    return walk(db, s, on_line, ctx);
}

int record_newest_lines(const char *data_dir, const char *type, uint32_t max,
                        void (*on_line)(void *ctx, const char *json), void *ctx)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    int err = prepare(data_dir,
                      "SELECT json FROM line WHERE type = ?1 ORDER BY seq DESC, idx DESC LIMIT ?2",
                      &db, &s);
    if (err)
        return err;
    sqlite3_bind_text(s, 1, type, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, max);
    return walk(db, s, on_line, ctx);
}

int record_lines_since(const char *data_dir, const char *type, int64_t at_ms,
                       void (*on_line)(void *ctx, const char *json), void *ctx)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    int err = prepare(
        data_dir, "SELECT json FROM line WHERE type = ?1 AND at >= ?2 ORDER BY seq, idx", &db, &s);
    if (err)
        return err;
    sqlite3_bind_text(s, 1, type, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, at_ms);
    return walk(db, s, on_line, ctx);
}

/* With max() SQLite takes the other columns from the row that has it ("bare columns"). */
int record_last_messages(const char *data_dir, int64_t since_at_ms,
                         void (*on_line)(void *ctx, const char *json), void *ctx)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    int err = prepare(data_dir,
                      "SELECT json, max(seq * 1000000 + idx) AS place FROM line"
                      " WHERE type = 'message' AND at >= ?1"
                      " GROUP BY json_extract(json, '$.key') ORDER BY place",
                      &db, &s);
    if (err)
        return err;
    sqlite3_bind_int64(s, 1, since_at_ms);
    return walk(db, s, on_line, ctx);
}
