#include "acq/record/month_file.h"

#include "acq/core/log.h"
#include "acq/record/mean_sql.h"
#include "acq/record/minute_pack.h"

#include <inttypes.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PACK_MAX = 16384, BUSY_MS = 250 };

static const int64_t hour_ms = 3600000;
static const int64_t minute_ms = 60000;
static const char o2_high[] = "o2-high";

enum statement {
    STMT_META,
    STMT_FIND_SERIES,
    STMT_ADD_SERIES,
    STMT_ADD,
    STMT_DUE,
    STMT_FORGET,
    STMT_PACK,
    STMT_ADD_PACK,
    STMT_COUNT
};

static const char *const statements[STMT_COUNT] = {
    [STMT_META] = "INSERT INTO meta VALUES(?1, ?2)"
                  " ON CONFLICT(key) DO UPDATE SET value = excluded.value",
    [STMT_FIND_SERIES] = MEAN_SQL_SERIES_FIND,
    [STMT_ADD_SERIES] = MEAN_SQL_SERIES_ADD,
    [STMT_ADD] = "INSERT OR REPLACE INTO minute(series, packs, " MEAN_SQL_NAMES
                 ") VALUES(?, ?, " MEAN_SQL_MARKS ")",
    [STMT_DUE] = "SELECT series, " MEAN_SQL_NAMES " FROM minute WHERE start_ms < ?1 AND packs"
                 " ORDER BY series, start_ms",
    [STMT_FORGET] = "DELETE FROM minute WHERE start_ms < ?1 AND packs",
    [STMT_PACK] = "SELECT data FROM pack WHERE series = ?1 AND hour_ms = ?2",
    [STMT_ADD_PACK] = "INSERT OR REPLACE INTO pack VALUES(?1, ?2, ?3, ?4)",
};

struct month_state {
    uint64_t seq;
    int64_t packed_ms; /* hours that end before it are packed */
    uint32_t series_max;
    uint32_t series;
    bool closed;
};

struct month_file {
    sqlite3 *db;
    sqlite3_stmt *stmt[STMT_COUNT];
    bool is_private;
    struct month_state now, committed;
    struct strbuf data;
};

static int refused(const struct month_file *f, const char *what)
{
    log_error("record", "minutes: sqlite %s: %s", what,
              f->db ? sqlite3_errmsg(f->db) : "no memory");
    return PW_EDB;
}

static int run(struct month_file *f, const char *sql)
{
    return sqlite3_exec(f->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : refused(f, sql);
}

static int step(struct month_file *f, enum statement which)
{
    int rc = sqlite3_step(f->stmt[which]);
    int err = rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : refused(f, "step");
    sqlite3_reset(f->stmt[which]);
    return err;
}

static int prepare_all(struct month_file *f)
{
    for (int i = 0; i < STMT_COUNT; i++)
        if (sqlite3_prepare_v3(f->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT, &f->stmt[i],
                               NULL) != SQLITE_OK)
            return refused(f, "prepare");
    return 0;
}

void month_file_close(struct month_file *f)
{
    if (!f)
        return;
    for (int i = 0; i < STMT_COUNT; i++)
        sqlite3_finalize(f->stmt[i]);
    if (f->db && sqlite3_close(f->db) != SQLITE_OK)
        (void)refused(f, "close");
    strbuf_deinit(&f->data);
    free(f);
}

static int set_meta(struct month_file *f, const char *key, int64_t value)
{
    sqlite3_stmt *s = f->stmt[STMT_META];
    sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, value);
    return step(f, STMT_META);
}

static int create_tables(struct month_file *f, uint64_t first_seq, uint32_t series_max)
{
    /* Packs have row ids: without them a row longer than a quarter of a page takes a page more. */
    static const char tables[] =
        "CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT "
        "ROWID;" MEAN_SQL_SERIES
        "CREATE TABLE minute(series INTEGER NOT NULL, packs INTEGER NOT NULL, " MEAN_SQL_DEFINITIONS
        ", PRIMARY KEY(start_ms, series, revision)) WITHOUT ROWID;"
        "CREATE TABLE pack(series INTEGER NOT NULL, hour_ms INTEGER NOT NULL, data BLOB NOT NULL,"
        " seq INTEGER NOT NULL, PRIMARY KEY(series, hour_ms));";
    int err = run(f, "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; BEGIN");
    if (!err)
        err = run(f, tables);
    if (!err)
        err = prepare_all(f);
    if (!err)
        err = set_meta(f, "schema", MONTH_SCHEMA);
    if (!err)
        err = set_meta(f, "first_seq", (int64_t)first_seq);
    if (!err)
        err = set_meta(f, "last_seq", (int64_t)first_seq - 1);
    if (!err)
        err = set_meta(f, "series_max", series_max);
    return err ? err : run(f, "COMMIT");
}

/* A commit that changes a page syncs the whole file, and then its log is used. */
static int make_durable(struct month_file *f)
{
    return run(f, "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA; PRAGMA user_version=1;"
                  "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
}

int month_file_create(const char *path, uint64_t first_seq, uint32_t series_max,
                      struct month_file **out)
{
    struct month_file *f = calloc(1, sizeof *f);
    if (!f)
        return PW_ENOMEM;
    strbuf_init(&f->data, PACK_MAX);
    f->is_private = path[0] == '\0';
    f->now = (struct month_state){.seq = first_seq - 1, .series_max = series_max};
    f->committed = f->now;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int err = sqlite3_open_v2(path, &f->db, flags, NULL) == SQLITE_OK ? 0 : refused(f, "open");
    if (!err)
        err = create_tables(f, first_seq, series_max);
    if (!err && !f->is_private)
        err = make_durable(f);
    if (err) {
        month_file_close(f);
        return err;
    }
    sqlite3_busy_timeout(f->db, BUSY_MS);
    *out = f;
    return 0;
}

static bool get_number(struct month_file *f, const char *sql, int64_t *out)
{
    sqlite3_stmt *s = NULL;
    bool found =
        sqlite3_prepare_v2(f->db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW;
    if (found)
        *out = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return found;
}

static bool get_meta(struct month_file *f, const char *key, int64_t *out)
{
    char sql[80];
    snprintf(sql, sizeof sql, "SELECT value FROM meta WHERE key = '%s'", key);
    return get_number(f, sql, out);
}

static bool is_sound(struct month_file *f)
{
    sqlite3_stmt *s = NULL;
    bool sound = sqlite3_prepare_v2(f->db, "PRAGMA quick_check(1)", -1, &s, NULL) == SQLITE_OK &&
                 sqlite3_step(s) == SQLITE_ROW &&
                 strcmp((const char *)sqlite3_column_text(s, 0), "ok") == 0;
    sqlite3_finalize(s);
    return sound;
}

static int read_state(struct month_file *f)
{
    int64_t schema = 0;
    int64_t seq = 0;
    int64_t series_max = 0;
    int64_t series = 0;
    int64_t closed = 0;
    if (!get_meta(f, "schema", &schema) || !get_meta(f, "last_seq", &seq) ||
        !get_meta(f, "series_max", &series_max) ||
        !get_number(f, "SELECT count(*) FROM series", &series))
        return PW_ECORRUPT;
    if (schema != MONTH_SCHEMA)
        return PW_EVERSION;
    (void)get_meta(f, "packed_ms", &f->now.packed_ms);
    (void)get_meta(f, "closed", &closed);
    f->now.seq = (uint64_t)seq;
    f->now.series_max = (uint32_t)series_max;
    f->now.series = (uint32_t)series;
    f->now.closed = closed != 0;
    f->committed = f->now;
    return closed || is_sound(f) ? 0 : PW_ECORRUPT;
}

static bool exists(const char *path)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    int found = 0;
    return vfs && vfs->xAccess(vfs, path, SQLITE_ACCESS_EXISTS, &found) == SQLITE_OK && found;
}

int month_file_open(const char *path, struct month_file **out)
{
    if (!exists(path))
        return PW_ENOTFOUND;
    struct month_file *f = calloc(1, sizeof *f);
    if (!f)
        return PW_ENOMEM;
    strbuf_init(&f->data, PACK_MAX);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    int err = sqlite3_open_v2(path, &f->db, flags, NULL) == SQLITE_OK ? 0 : PW_EDB;
    if (!err)
        sqlite3_busy_timeout(f->db, BUSY_MS);
    if (!err)
        err = read_state(f);
    if (!err && prepare_all(f) != 0)
        err = PW_ECORRUPT;
    if (!err && !f->now.closed)
        err = run(f, "PRAGMA synchronous=EXTRA; PRAGMA journal_mode=WAL;"
                     "PRAGMA synchronous=NORMAL");
    if (!err && f->now.closed)
        err = month_file_settle(f);
    if (err) {
        month_file_close(f);
        return err;
    }
    *out = f;
    return 0;
}

struct sqlite3 *month_file_handle(struct month_file *f)
{
    return f->db;
}

uint64_t month_file_seq(const struct month_file *f)
{
    return f->now.seq;
}

bool month_file_is_closed(const struct month_file *f)
{
    return f->now.closed;
}

int month_file_begin(struct month_file *f)
{
    f->committed = f->now;
    return run(f, "BEGIN IMMEDIATE");
}

int month_file_commit(struct month_file *f)
{
    int err = run(f, "COMMIT");
    if (err)
        month_file_rollback(f);
    return err;
}

void month_file_rollback(struct month_file *f)
{
    (void)run(f, "ROLLBACK");
    f->now = f->committed;
}

/* The two members that a pack has room for, and nothing else. */
static bool read_gaps(const char *more, struct packed_minute *out)
{
    char again[80];
    unsigned long long gaps = 0;
    unsigned long long longest = 0;
    if (!more)
        return true;
    if (strncmp(more, "\"gaps\":", 7) != 0)
        return false;
    char *end = NULL;
    gaps = strtoull(more + 7, &end, 10);
    if (strncmp(end, ",\"longest_gap_s\":", 17) != 0)
        return false;
    longest = strtoull(end + 17, NULL, 10);
    snprintf(again, sizeof again, "\"gaps\":%llu,\"longest_gap_s\":%llu", gaps, longest);
    out->gaps = (uint32_t)gaps;
    out->longest_gap_s = (uint32_t)longest;
    return gaps > 0 && gaps <= UINT32_MAX && longest <= UINT32_MAX && strcmp(again, more) == 0;
}

/* False: it does not fit. */
static bool to_packed(const struct mean_row *row, struct packed_minute *out)
{
    *out = (struct packed_minute){.flag = row->flag,
                                  .why = row->why != NULL,
                                  .valid = row->valid,
                                  .parts = (uint32_t)row->parts,
                                  .good = (uint32_t)row->good};
    memcpy(out->value, row->value, sizeof out->value);
    return row->revision == 0 && !row->reason && row->start_ms % minute_ms == 0 &&
           (!row->why || strcmp(row->why, o2_high) == 0) && row->parts >= 0 &&
           row->parts <= UINT32_MAX && row->good >= 0 && row->good <= UINT32_MAX &&
           read_gaps(row->more, out);
}

static int find_series(struct month_file *f, const struct mean_row *row, int64_t *out)
{
    sqlite3_stmt *s = f->stmt[STMT_FIND_SERIES];
    mean_sql_bind_series(s, row);
    int rc = sqlite3_step(s);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(s, 0);
    sqlite3_reset(s);
    if (rc == SQLITE_ROW)
        return 0;
    if (rc != SQLITE_DONE)
        return refused(f, "step");
    mean_sql_bind_series(f->stmt[STMT_ADD_SERIES], row);
    int err = step(f, STMT_ADD_SERIES);
    if (!err) {
        *out = sqlite3_last_insert_rowid(f->db);
        f->now.series++;
    }
    return err;
}

static int load_pack(struct month_file *f, int64_t series, int64_t hour, struct minute_pack *out)
{
    sqlite3_stmt *s = f->stmt[STMT_PACK];
    sqlite3_bind_int64(s, 1, series);
    sqlite3_bind_int64(s, 2, hour);
    *out = (struct minute_pack){0};
    int rc = sqlite3_step(s);
    int err = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : refused(f, "step");
    if (rc == SQLITE_ROW &&
        minute_pack_read(sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0), out) != 0) {
        log_error("record",
                  "minutes: series=%" PRId64 " hour=%" PRId64
                  ": what was packed is damaged and is begun anew",
                  series, hour);
        *out = (struct minute_pack){0};
    }
    sqlite3_reset(s);
    return err;
}

static int store_pack(struct month_file *f, int64_t series, int64_t hour, uint64_t seq,
                      const struct minute_pack *p)
{
    sqlite3_stmt *s = f->stmt[STMT_ADD_PACK];
    strbuf_reset(&f->data);
    minute_pack_write(p, &f->data);
    if (f->data.failed)
        return PW_ENOMEM;
    sqlite3_bind_int64(s, 1, series);
    sqlite3_bind_int64(s, 2, hour);
    sqlite3_bind_blob(s, 3, f->data.data, (int)f->data.len, SQLITE_STATIC);
    sqlite3_bind_int64(s, 4, (int64_t)seq);
    return step(f, STMT_ADD_PACK);
}

/* The hour of one series that is being gathered. */
struct gathering {
    int64_t series, hour; /* series 0: none */
    struct minute_pack pack;
};

static int gather(struct month_file *f, struct gathering *g, int64_t series,
                  const struct mean_row *row, uint64_t seq)
{
    int64_t hour = row->start_ms - row->start_ms % hour_ms;
    int err = 0;
    if (g->series != 0 && (g->series != series || g->hour != hour))
        err = store_pack(f, g->series, g->hour, seq, &g->pack);
    if (!err && (g->series != series || g->hour != hour)) {
        g->series = series;
        g->hour = hour;
        err = load_pack(f, series, hour, &g->pack);
    }
    size_t slot = (size_t)((row->start_ms - hour) / minute_ms);
    if (!err && to_packed(row, &g->pack.minutes[slot]))
        g->pack.has[slot] = true;
    return err;
}

static int pack_before(struct month_file *f, int64_t before_ms, uint64_t seq)
{
    sqlite3_stmt *s = f->stmt[STMT_DUE];
    struct gathering g = {0};
    int err = 0;
    int rc = SQLITE_DONE;
    sqlite3_bind_int64(s, 1, before_ms);
    while (!err && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        struct mean_row row = {0};
        mean_sql_read(s, 1, &row);
        err = gather(f, &g, sqlite3_column_int64(s, 0), &row, seq);
    }
    sqlite3_reset(s);
    if (!err && rc != SQLITE_DONE)
        err = refused(f, "step");
    if (!err && g.series != 0)
        err = store_pack(f, g.series, g.hour, seq, &g.pack);
    sqlite3_bind_int64(f->stmt[STMT_FORGET], 1, before_ms);
    if (!err)
        err = step(f, STMT_FORGET);
    f->now.packed_ms = before_ms;
    return err ? err : set_meta(f, "packed_ms", before_ms);
}

static bool is_beyond_bound(const struct month_file *f, const struct mean_row *row)
{
    return f->now.series > f->now.series_max && strcmp(row->source, "own") != 0;
}

int month_file_add(struct month_file *f, const struct mean_row *row)
{
    struct packed_minute ignored;
    int64_t series = 0;
    int64_t due_ms = row->start_ms - row->start_ms % hour_ms - hour_ms;
    int err = 0;
    if (due_ms > f->now.packed_ms)
        err = pack_before(f, due_ms, row->seq);
    if (err || is_beyond_bound(f, row))
        return err;
    err = find_series(f, row, &series);
    if (err || is_beyond_bound(f, row))
        return err;
    sqlite3_stmt *s = f->stmt[STMT_ADD];
    sqlite3_bind_int64(s, 1, series);
    sqlite3_bind_int(s, 2, to_packed(row, &ignored));
    mean_sql_bind(s, 3, row);
    return step(f, STMT_ADD);
}

int month_file_note(struct month_file *f, uint64_t seq)
{
    f->now.seq = seq;
    return set_meta(f, "last_seq", (int64_t)seq);
}

int month_file_set_series_max(struct month_file *f, uint32_t series_max)
{
    f->now.series_max = series_max;
    return set_meta(f, "series_max", series_max);
}

int month_file_set_closed(struct month_file *f, bool closed, uint64_t seq)
{
    int err = closed ? pack_before(f, INT64_MAX, seq) : 0;
    f->now.closed = closed;
    if (!err && !closed)
        err = set_meta(f, "packed_ms", f->now.packed_ms = 0);
    return err ? err : set_meta(f, "closed", closed);
}

int month_file_settle(struct month_file *f)
{
    return f->is_private ? 0 : run(f, "PRAGMA journal_mode=DELETE");
}
