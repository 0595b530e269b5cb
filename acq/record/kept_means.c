#include "acq/record/kept_means.h"

#include "acq/core/log.h"
#include "acq/record/mean_sql.h"
#include "acq/record/minutes.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MONTHS_MAX = 1200 };

static const char new_suffix[] = ".new";

uint64_t kept_means_first_seq(struct projection *p)
{
    static const char sql[] = "SELECT min(first_seq) FROM segment WHERE removed_at IS NULL";
    sqlite3_stmt *s = NULL;
    uint64_t seq = 0;
    if (sqlite3_prepare_v2(projection_handle(p), sql, -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW)
        seq = (uint64_t)sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return seq;
}

static int run(sqlite3 *db, const char *sql, const char *path, uint64_t seq)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &s, NULL);
    if (rc == SQLITE_OK) {
        if (path)
            sqlite3_bind_text(s, 1, path, -1, SQLITE_STATIC);
        else
            sqlite3_bind_int64(s, 1, (int64_t)seq);
        rc = sqlite3_step(s);
    }
    sqlite3_finalize(s);
    return rc == SQLITE_DONE ? 0 : PW_EDB;
}

static bool exists(const char *path)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    int found = 0;
    return vfs && vfs->xAccess(vfs, path, SQLITE_ACCESS_EXISTS, &found) == SQLITE_OK && found;
}

static int copy_rows(sqlite3 *db, uint64_t seq)
{
    static const char *const steps[] = {
        "INSERT OR IGNORE INTO main.series(site, outlet, factor, source)"
        " SELECT site, outlet, factor, source FROM old.series WHERE ?1 > 0",
        "INSERT OR IGNORE INTO main.mean(series, period, " MEAN_SQL_NAMES ")"
        " SELECT n.id, m.period, " MEAN_SQL_NAMES
        " FROM old.mean m JOIN old.series s ON s.id = m.series JOIN main.series n"
        " ON n.site = s.site AND n.outlet = s.outlet AND n.factor = s.factor"
        " AND n.source = s.source WHERE m.seq < ?1",
        "INSERT OR REPLACE INTO main.month SELECT * FROM old.month WHERE first_seq < ?1",
    };
    int err = 0;
    for (size_t i = 0; !err && i < sizeof steps / sizeof *steps; i++)
        err = run(db, steps[i], NULL, seq);
    return err;
}

void kept_means_copy(struct projection *p, const char *old_path)
{
    sqlite3 *db = projection_handle(p);
    uint64_t first_seq = kept_means_first_seq(p);
    if (first_seq <= 1 || !exists(old_path) || run(db, "ATTACH ?1 AS old", old_path, 0) != 0)
        return;
    if (copy_rows(db, first_seq) != 0)
        log_warn("record", "%s: means of before commit %llu could not be kept: %s", old_path,
                 (unsigned long long)first_seq, sqlite3_errmsg(db));
    (void)sqlite3_exec(db, "DETACH old", NULL, NULL, NULL);
}

struct names {
    char (*items)[MONTH_NAME_SIZE];
    size_t count;
};

static void on_month(void *ctx, const char *name)
{
    struct names *n = ctx;
    if (n->count < MONTHS_MAX)
        snprintf(n->items[n->count++], MONTH_NAME_SIZE, "%.7s", name);
}

static int list_months(const struct data_dir *d, const char *suffix, struct names *out)
{
    *out = (struct names){.items = calloc(MONTHS_MAX, sizeof *out->items)};
    return out->items ? month_list(d->files, d->path, suffix, on_month, out) : PW_ENOMEM;
}

static int remove_month(const struct data_dir *d, const char *name, const char *suffix)
{
    static const char *const parts[] = {"", "-journal", "-wal", "-shm"};
    char path[FILES_PATH_MAX];
    int err = 0;
    for (size_t i = 0; !err && i < sizeof parts / sizeof *parts; i++) {
        char whole[32] = "";
        memcpy(whole, suffix, strlen(suffix) + 1);
        memcpy(whole + strlen(suffix), parts[i], strlen(parts[i]) + 1);
        err = month_path(path, d->path, name, whole);
        if (!err)
            err = d->files->remove(d->files->ctx, path);
        err = err == PW_ENOTFOUND ? 0 : err;
    }
    return err;
}

int kept_means_clear(const struct data_dir *d)
{
    struct names n;
    int err = list_months(d, new_suffix, &n);
    for (size_t i = 0; !err && i < n.count; i++)
        err = remove_month(d, n.items[i], new_suffix);
    free(n.items);
    return err;
}

/* 0 when it cannot be read. */
static uint64_t first_seq_of(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    uint64_t seq = 0;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ==
            SQLITE_OK &&
        sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE key = 'first_seq'", -1, &s, NULL) ==
            SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW)
        seq = (uint64_t)sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return seq;
}

static bool is_kept(const struct data_dir *d, const char *name, uint64_t first_seq)
{
    char path[FILES_PATH_MAX];
    if (month_path(path, d->path, name, "") != 0)
        return false;
    uint64_t begins = first_seq_of(path);
    return begins > 0 && begins < first_seq;
}

static int swap_month(const struct data_dir *d, const char *name, uint64_t first_seq)
{
    char from[FILES_PATH_MAX];
    char to[FILES_PATH_MAX];
    if (is_kept(d, name, first_seq))
        return remove_month(d, name, new_suffix);
    int err = month_path(from, d->path, name, new_suffix);
    if (!err)
        err = month_path(to, d->path, name, "");
    if (!err)
        err = remove_month(d, name, "");
    if (!err)
        err = d->files->sync_dir(d->files->ctx, d->path);
    return err ? err : d->files->rename(d->files->ctx, from, to);
}

static bool is_listed(const struct names *n, const char *name)
{
    for (size_t i = 0; i < n->count; i++)
        if (strcmp(n->items[i], name) == 0)
            return true;
    return false;
}

int kept_means_swap(const struct data_dir *d, uint64_t first_seq)
{
    struct names made;
    struct names old = {0};
    int err = list_months(d, new_suffix, &made);
    if (!err)
        err = list_months(d, "", &old);
    for (size_t i = 0; !err && i < old.count; i++)
        if (!is_listed(&made, old.items[i]) && !is_kept(d, old.items[i], first_seq))
            err = remove_month(d, old.items[i], "");
    for (size_t i = 0; !err && i < made.count; i++)
        err = swap_month(d, made.items[i], first_seq);
    free(made.items);
    free(old.items);
    return err ? err : d->files->sync_dir(d->files->ctx, d->path);
}
