#include "acq/record/projection.h"

#include "acq/core/civil.h"
#include "acq/core/log.h"
#include "acq/record/means.h"
#include "acq/record/projection_lines.h"
#include "acq/record/schema.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct projection {
    sqlite3 *db;
    sqlite3_stmt *stmt[SQL_COUNT];
    uint64_t seq;
    uint64_t committed_seq; /* what a rollback goes back to */
    uint64_t limit;
    struct means *means;
    struct minutes *minutes; /* NULL: none */
    bool open_transaction;
};

enum { BUSY_TIMEOUT_MS = 250 };

static int refused(const struct projection *p, const char *what)
{
    log_error("record", "sqlite %s: %s", what, p->db ? sqlite3_errmsg(p->db) : "no memory");
    return PW_EDB;
}

static int run(struct projection *p, const char *sql)
{
    return sqlite3_exec(p->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : refused(p, sql);
}

static int prepare_all(struct projection *p)
{
    for (unsigned i = 0; i < SQL_COUNT; i++)
        if (sqlite3_prepare_v3(p->db, schema_statement_sql((enum schema_statement)i), -1,
                               SQLITE_PREPARE_PERSISTENT, &p->stmt[i], NULL) != SQLITE_OK)
            return refused(p, "prepare");
    return 0;
}

struct sqlite3_stmt *projection_statement(struct projection *p, enum schema_statement which)
{
    return p->stmt[which];
}

int projection_step(struct projection *p, enum schema_statement which)
{
    int rc = sqlite3_step(p->stmt[which]);
    int err = rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : refused(p, "step");
    sqlite3_reset(p->stmt[which]);
    sqlite3_clear_bindings(p->stmt[which]);
    return err;
}

struct sqlite3 *projection_handle(struct projection *p)
{
    return p->db;
}

uint64_t projection_seq(const struct projection *p)
{
    return p->seq;
}

uint64_t projection_least_seq(const struct projection *p)
{
    uint64_t seq = p->minutes ? minutes_seq(p->minutes) : UINT64_MAX;
    return seq < p->seq ? seq : p->seq;
}

void projection_limit(struct projection *p, uint64_t seq)
{
    p->limit = seq;
}

struct minutes *projection_minutes(struct projection *p)
{
    return p->minutes;
}

void projection_close(struct projection *p)
{
    if (!p)
        return;
    minutes_close(p->minutes);
    means_free(p->means);
    for (unsigned i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(p->stmt[i]);
    if (p->db && sqlite3_close(p->db) != SQLITE_OK)
        (void)refused(p, "close");
    free(p);
}

static int set_meta(struct projection *p, const char *key, const char *value)
{
    sqlite3_stmt *s = p->stmt[SQL_META_SET];
    sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, value, -1, SQLITE_STATIC);
    return projection_step(p, SQL_META_SET);
}

static int set_meta_int(struct projection *p, const char *key, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    return set_meta(p, key, text);
}

static int create_tables(struct projection *p, const char *plant)
{
    uint8_t zeros[SM3_SIZE] = {0};
    char head[SM3_HEX_SIZE];
    int err = run(p, "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; BEGIN");
    if (!err)
        err = run(p, schema_sql());
    if (!err)
        err = run(p, schema_rates_sql());
    if (!err)
        err = prepare_all(p);
    if (!err)
        err = set_meta_int(p, "schema", PROJECTION_SCHEMA);
    if (!err)
        err = set_meta(p, "plant", plant);
    if (!err)
        err = set_meta_int(p, "last_seq", 0);
    if (!err)
        err = set_meta(p, "head", sm3_hex(zeros, head));
    return err ? err : run(p, "COMMIT");
}

static int new_projection(struct projection **out)
{
    struct projection *p = calloc(1, sizeof *p);
    if (!p)
        return PW_ENOMEM;
    p->limit = UINT64_MAX;
    int err = means_new(&p->means);
    if (err)
        projection_close(p);
    else
        *out = p;
    return err;
}

int projection_create(const char *path, const char *plant, struct projection **out)
{
    struct projection *p = NULL;
    int err = new_projection(&p);
    if (err)
        return err;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    err = sqlite3_open_v2(path, &p->db, flags, NULL) == SQLITE_OK ? 0 : refused(p, "open");
    if (!err)
        err = create_tables(p, plant);
    if (err) {
        projection_close(p);
        return err;
    }
    *out = p;
    return 0;
}

int projection_seal(struct projection *p)
{
    /* A commit that changes a page syncs the whole file; one that writes what stands there already
     * would sync nothing. EXTRA: the removal of the rollback journal is synced too. */
    return run(p, "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA; PRAGMA user_version=1");
}

static char *get_text(struct projection *p, const char *sql)
{
    sqlite3_stmt *s = NULL;
    char *text = NULL;
    if (sqlite3_prepare_v2(p->db, sql, -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW) {
        const unsigned char *value = sqlite3_column_text(s, 0);
        text = value ? strdup((const char *)value) : NULL;
    }
    sqlite3_finalize(s);
    return text;
}

static int damaged(const char *path, const struct why *why, const char *what)
{
    char folder[FILES_PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    return why_say(why, PW_ECORRUPT, "%s %s: `plumewatch rebuild --data %s` makes it anew", path,
                   what, folder);
}

static int check_version(struct projection *p, const char *path, const struct why *why)
{
    char *schema = get_text(p, "SELECT value FROM meta WHERE key = 'schema'");
    int version = schema ? atoi(schema) : 0;
    free(schema);
    if (version == PROJECTION_SCHEMA)
        return 0;
    if (version == 0)
        return damaged(path, why, "is not a plumewatch database");
    (void)damaged(path, why, "is of another schema version");
    return PW_EVERSION;
}

static int check_plant(struct projection *p, const char *path, const char *plant,
                       const struct why *why)
{
    char *owner = get_text(p, "SELECT value FROM meta WHERE key = 'plant'");
    bool same = owner && (!plant || strcmp(owner, plant) == 0);
    free(owner);
    if (same)
        return 0;
    (void)damaged(path, why, "belongs to another plant");
    return PW_EFOREIGN;
}

static int check_existing(struct projection *p, const char *path, const char *plant,
                          const struct why *why)
{
    char *verdict = get_text(p, "PRAGMA quick_check(1)");
    bool sound = verdict && strcmp(verdict, "ok") == 0;
    free(verdict);
    if (!sound)
        return damaged(path, why, "is damaged");
    int err = check_version(p, path, why);
    if (!err)
        err = check_plant(p, path, plant, why);
    if (err)
        return err;
    char *seq = get_text(p, "SELECT value FROM meta WHERE key = 'last_seq'");
    p->seq = seq ? strtoull(seq, NULL, 10) : 0;
    free(seq);
    if (prepare_all(p) != 0)
        return damaged(path, why, "lacks a table");
    return 0;
}

/* Asked of SQLite's own file layer, on whatever disk that is. */
static bool exists(const char *path)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    int found = 0;
    return vfs && vfs->xAccess(vfs, path, SQLITE_ACCESS_EXISTS, &found) == SQLITE_OK && found;
}

int projection_open(const char *path, const char *plant, struct projection **out,
                    const struct why *why)
{
    if (!exists(path))
        return why_say(why, PW_ENOTFOUND, "%s is missing", path);
    struct projection *p = NULL;
    int err = new_projection(&p);
    if (err)
        return err;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &p->db, flags, NULL) != SQLITE_OK)
        err = why_say(why, PW_EDB, "%s cannot be opened: %s", path,
                      p->db ? sqlite3_errmsg(p->db) : "no memory");
    if (!err)
        sqlite3_busy_timeout(p->db, BUSY_TIMEOUT_MS);
    if (!err)
        err = check_existing(p, path, plant, why);
    /* EXTRA: a rollback journal that comes back after a power cut would undo what the log did. */
    if (!err && run(p, "PRAGMA synchronous=EXTRA; PRAGMA journal_mode=WAL;"
                       "PRAGMA synchronous=NORMAL") != 0)
        err = why_say(why, PW_EDB, "%s cannot be opened for writing", path);
    if (err) {
        projection_close(p);
        return err;
    }
    *out = p;
    return 0;
}

static int expect_months(struct projection *p)
{
    static const char sql[] = "SELECT name, first_seq FROM month WHERE removed_at IS NULL";
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(p->db, sql, -1, &s, NULL) != SQLITE_OK)
        return refused(p, "prepare");
    int err = 0;
    int rc = SQLITE_DONE;
    while (!err && (rc = sqlite3_step(s)) == SQLITE_ROW)
        err = minutes_expect(p->minutes, (const char *)sqlite3_column_text(s, 0),
                             (uint64_t)sqlite3_column_int64(s, 1));
    sqlite3_finalize(s);
    return err || rc == SQLITE_DONE ? err : refused(p, "step");
}

int projection_attach(struct projection *p, struct minutes *minutes)
{
    p->minutes = minutes;
    if (!minutes)
        return 0;
    char *most = get_text(p, "SELECT value FROM meta WHERE key = 'minute_series_max'");
    if (most)
        minutes_assume_series_max(minutes, (uint32_t)strtoul(most, NULL, 10));
    free(most);
    return expect_months(p);
}

int projection_set_minute_series_max(struct projection *p, uint32_t series_max)
{
    int err = set_meta_int(p, "minute_series_max", series_max);
    return !err && p->minutes ? minutes_set_series_max(p->minutes, series_max) : err;
}

static int apply_inside(struct projection *p, const struct stored_commit *c)
{
    char head[SM3_HEX_SIZE];
    int err = projection_apply_members(p, c);
    if (!err)
        err = projection_apply_lines(p, c);
    if (!err)
        err = set_meta_int(p, "last_seq", c->head.seq);
    if (!err)
        err = set_meta(p, "head", sm3_hex(c->digest, head));
    return err;
}

int projection_begin(struct projection *p)
{
    int err = run(p, "BEGIN IMMEDIATE");
    p->open_transaction = err == 0;
    p->committed_seq = p->seq;
    if (p->minutes)
        minutes_begin(p->minutes);
    return err;
}

int projection_commit(struct projection *p)
{
    /* The main file says which months there are: it never knows of one that is not there. */
    int err = p->minutes ? minutes_commit(p->minutes) : 0;
    if (!err)
        err = run(p, "COMMIT");
    if (err)
        projection_rollback(p);
    p->open_transaction = false;
    return err;
}

void projection_rollback(struct projection *p)
{
    if (p->minutes)
        minutes_rollback(p->minutes);
    (void)run(p, "ROLLBACK");
    p->open_transaction = false;
    p->seq = p->committed_seq;
}

int projection_apply(struct projection *p, const struct stored_commit *c)
{
    bool own = !p->open_transaction;
    int err = own ? projection_begin(p) : 0;
    if (err)
        return err;
    bool in_main = c->head.seq > p->seq && c->head.seq <= p->limit;
    if (in_main)
        err = apply_inside(p, c);
    if (!err)
        err = means_apply(p->means, p, in_main, p->minutes, c);
    if (!err && in_main)
        p->seq = c->head.seq;
    if (own && err)
        projection_rollback(p);
    else if (own)
        err = projection_commit(p);
    return err;
}

int projection_checkpoint(struct projection *p)
{
    int rc = sqlite3_wal_checkpoint_v2(p->db, NULL, SQLITE_CHECKPOINT_FULL, NULL, NULL);
    if (rc == SQLITE_BUSY)
        return PW_EBUSY;
    return rc == SQLITE_OK ? 0 : refused(p, "checkpoint");
}

bool projection_head_is(struct projection *p, const uint8_t digest[SM3_SIZE])
{
    char hex[SM3_HEX_SIZE];
    char *head = get_text(p, "SELECT value FROM meta WHERE key = 'head'");
    bool same = head && strcmp(head, sm3_hex(digest, hex)) == 0;
    free(head);
    return same;
}

int projection_add_gap(struct projection *p, const struct journal_gap *gap)
{
    char day[SEGMENT_NAME_SIZE];
    sqlite3_stmt *s = p->stmt[SQL_GAP_ADD];
    sqlite3_bind_text(s, 1, segment_name(gap->day, day), -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, gap->from_offset);
    sqlite3_bind_int64(s, 3, gap->to_offset);
    sqlite3_bind_int64(s, 4, (int64_t)gap->after_seq);
    sqlite3_bind_int64(s, 5, (int64_t)gap->next_seq);
    return projection_step(p, SQL_GAP_ADD);
}

bool projection_has_gap(struct projection *p, int32_t day, int64_t from_offset)
{
    char name[SEGMENT_NAME_SIZE];
    sqlite3_stmt *s = p->stmt[SQL_GAP_FIND];
    sqlite3_bind_text(s, 1, segment_name(day, name), -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, from_offset);
    bool found = sqlite3_step(s) == SQLITE_ROW;
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return found;
}

static int day_of_name(const char *name, int32_t *out)
{
    char text[CIVIL_ISO_SIZE];
    int64_t ms = 0;
    snprintf(text, sizeof text, "%.10sT00:00:00Z", name);
    int err = civil_parse(text, &ms);
    if (!err)
        *out = segment_day_of(ms);
    return err;
}

int projection_untold_gaps(struct projection *p,
                           void (*on_gap)(void *ctx, const struct journal_gap *gap), void *ctx)
{
    sqlite3_stmt *s = p->stmt[SQL_GAP_UNTOLD];
    int rc;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        struct journal_gap gap = {
            .from_offset = sqlite3_column_int64(s, 1),
            .to_offset = sqlite3_column_int64(s, 2),
            .after_seq = (uint64_t)sqlite3_column_int64(s, 3),
            .next_seq = (uint64_t)sqlite3_column_int64(s, 4),
        };
        if (day_of_name((const char *)sqlite3_column_text(s, 0), &gap.day) == 0)
            on_gap(ctx, &gap);
    }
    int err = rc == SQLITE_DONE ? 0 : refused(p, "step");
    sqlite3_reset(s);
    return err;
}
