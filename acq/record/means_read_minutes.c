#include "acq/record/mean_sql.h"
#include "acq/record/means_read_private.h"
#include "acq/record/minute_pack.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MONTHS_MAX = 1200, MORE_SIZE = 80 };

static const int64_t hour_ms = 3600000;
static const int64_t minute_ms = 60000;

struct series {
    int64_t id;
    const char *site, *outlet, *factor, *source;
};

/* One series of one month: what is packed and what stands as rows, in order of time. */
struct reading {
    struct means_page *page;
    const struct series *series;
    int64_t from_ms, to_ms;
    sqlite3_stmt *packs, *rows;
    struct minute_pack pack;
    int64_t pack_ms;     /* the hour that pack is of */
    int slot;            /* the next of it; PACK_MINUTES: none */
    struct mean_row row; /* the next of rows */
    bool has_row;
    char more[MORE_SIZE];
};

static int next_pack(struct reading *r)
{
    for (;;) {
        while (r->slot < PACK_MINUTES && !r->pack.has[r->slot])
            r->slot++;
        if (r->slot < PACK_MINUTES)
            return 0;
        int rc = sqlite3_step(r->packs);
        if (rc != SQLITE_ROW) {
            r->slot = PACK_MINUTES + 1;
            return rc == SQLITE_DONE ? 0 : PW_EDB;
        }
        r->pack_ms = sqlite3_column_int64(r->packs, 0);
        r->slot = 0;
        int err = minute_pack_read(sqlite3_column_blob(r->packs, 1),
                                   (size_t)sqlite3_column_bytes(r->packs, 1), &r->pack);
        if (err)
            return err;
    }
}

static bool has_packed(const struct reading *r)
{
    return r->slot < PACK_MINUTES;
}

static int64_t packed_start(const struct reading *r)
{
    return r->pack_ms + r->slot * minute_ms;
}

static int next_row(struct reading *r)
{
    int rc = sqlite3_step(r->rows);
    r->has_row = rc == SQLITE_ROW;
    if (!r->has_row)
        return rc == SQLITE_DONE ? 0 : PW_EDB;
    r->row = (struct mean_row){.period = "minute",
                               .site = r->series->site,
                               .outlet = r->series->outlet,
                               .factor = r->series->factor,
                               .source = r->series->source};
    mean_sql_read(r->rows, 0, &r->row);
    return 0;
}

static void fill_packed(struct reading *r, struct mean_row *out)
{
    const struct packed_minute *m = &r->pack.minutes[r->slot];
    *out = (struct mean_row){.period = "minute",
                             .site = r->series->site,
                             .outlet = r->series->outlet,
                             .factor = r->series->factor,
                             .source = r->series->source,
                             .start_ms = packed_start(r),
                             .flag = m->flag,
                             .valid = m->valid,
                             .parts = m->parts,
                             .good = m->good,
                             .why = m->why ? "o2-high" : NULL,
                             .seq = (uint64_t)sqlite3_column_int64(r->packs, 2)};
    memcpy(out->value, m->value, sizeof out->value);
    if (m->gaps == 0)
        return;
    snprintf(r->more, sizeof r->more, "\"gaps\":%u,\"longest_gap_s\":%u", m->gaps,
             m->longest_gap_s);
    out->more = r->more;
}

static bool is_wanted(const struct reading *r, const struct mean_row *row)
{
    const struct means_place *after = &r->page->after;
    if (row->start_ms < r->from_ms || row->start_ms >= r->to_ms)
        return false;
    return r->series->id != after->series || row->start_ms > after->start_ms ||
           (row->start_ms == after->start_ms && row->revision > after->revision);
}

static int give(struct reading *r, const struct mean_row *row)
{
    if (!is_wanted(r, row))
        return 0;
    int err = means_page_give(r->page, row);
    if (!err)
        r->page->last.series = r->series->id;
    return err;
}

/* A packed minute is its first telling: what stands as rows of the same minute came later. */
static int give_packed(struct reading *r)
{
    struct mean_row row;
    bool is_last = !r->has_row || r->row.start_ms != packed_start(r);
    fill_packed(r, &row);
    int err = is_last || r->page->query->all_revisions ? give(r, &row) : 0;
    r->slot++;
    return err ? err : next_pack(r);
}

static int give_row(struct reading *r)
{
    bool all = r->page->query->all_revisions;
    if (all) {
        int err = give(r, &r->row);
        return err ? err : next_row(r);
    }
    /* The statement gives the newest of a minute first. */
    int64_t start_ms = r->row.start_ms;
    int err = give(r, &r->row);
    while (!err && r->has_row && r->row.start_ms == start_ms)
        err = next_row(r);
    return err;
}

static int give_series(struct reading *r)
{
    r->slot = PACK_MINUTES;
    int err = next_pack(r);
    if (!err)
        err = next_row(r);
    while (!err && (has_packed(r) || r->has_row)) {
        bool packed_first = has_packed(r) && (!r->has_row || packed_start(r) <= r->row.start_ms);
        err = packed_first ? give_packed(r) : give_row(r);
    }
    return err;
}

static int prepare_series(struct reading *r, sqlite3 *db)
{
    static const char packs[] = "SELECT hour_ms, data, seq FROM pack WHERE series = ?1"
                                " AND hour_ms > ?2 AND hour_ms < ?3 ORDER BY hour_ms";
    static const char all[] = "SELECT " MEAN_SQL_NAMES " FROM minute WHERE start_ms >= ?2"
                              " AND start_ms < ?3 AND series = ?1 ORDER BY start_ms, revision";
    static const char last[] = "SELECT " MEAN_SQL_NAMES " FROM minute WHERE start_ms >= ?2"
                               " AND start_ms < ?3 AND series = ?1"
                               " ORDER BY start_ms, revision DESC";
    const char *rows = r->page->query->all_revisions ? all : last;
    if (sqlite3_prepare_v2(db, packs, -1, &r->packs, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, rows, -1, &r->rows, NULL) != SQLITE_OK)
        return PW_EDB;
    sqlite3_bind_int64(r->packs, 1, r->series->id);
    sqlite3_bind_int64(r->packs, 2, r->from_ms - hour_ms);
    sqlite3_bind_int64(r->packs, 3, r->to_ms);
    sqlite3_bind_int64(r->rows, 1, r->series->id);
    sqlite3_bind_int64(r->rows, 2, r->from_ms);
    sqlite3_bind_int64(r->rows, 3, r->to_ms);
    return 0;
}

static int read_series(struct means_page *p, sqlite3 *db, const struct series *s)
{
    struct reading *r = calloc(1, sizeof *r);
    if (!r)
        return PW_ENOMEM;
    *r = (struct reading){
        .page = p, .series = s, .from_ms = p->query->from_ms, .to_ms = p->query->to_ms};
    if (s->id == p->after.series && p->after.start_ms > r->from_ms)
        r->from_ms = p->after.start_ms;
    /* So that an hour before it can be said. */
    if (r->from_ms < 0)
        r->from_ms = 0;
    int err = prepare_series(r, db);
    if (!err)
        err = give_series(r);
    sqlite3_finalize(r->packs);
    sqlite3_finalize(r->rows);
    free(r);
    return err;
}

static int read_month(struct means_page *p, sqlite3 *db)
{
    static const char sql[] =
        "SELECT s.id, s.site, s.outlet, s.factor, s.source FROM series s"
        " WHERE " MEANS_PAGE_NAMES
        " AND s.id >= ?5 AND (NOT ?6 OR s.source <> 'own' OR NOT EXISTS(SELECT 1 FROM series t"
        " WHERE t.outlet = s.outlet AND t.factor = s.factor"
        " AND t.source = 'station' AND t.site = s.site)) ORDER BY s.id";
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
        return PW_EDB;
    means_page_bind_names(s, p->query);
    sqlite3_bind_int64(s, 5, p->after.series);
    sqlite3_bind_int(s, 6, p->query->station_else_own);
    int err = 0;
    int rc = SQLITE_DONE;
    while (!err && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        const struct series series = {
            .id = sqlite3_column_int64(s, 0),
            .site = (const char *)sqlite3_column_text(s, 1),
            .outlet = (const char *)sqlite3_column_text(s, 2),
            .factor = (const char *)sqlite3_column_text(s, 3),
            .source = (const char *)sqlite3_column_text(s, 4),
        };
        err = read_series(p, db, &series);
    }
    sqlite3_finalize(s);
    return err || rc == SQLITE_DONE ? err : PW_EDB;
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

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static bool is_in_range(const struct means_page *p, const char *name)
{
    char first[MONTH_NAME_SIZE];
    char last[MONTH_NAME_SIZE];
    if (p->query->to_ms <= 0 || p->query->from_ms >= p->query->to_ms)
        return false;
    bool from = p->query->from_ms <= 0 || strcmp(name, month_name(p->query->from_ms, first)) >= 0;
    bool to =
        p->query->to_ms == INT64_MAX || strcmp(name, month_name(p->query->to_ms - 1, last)) <= 0;
    return from && to && strcmp(name, p->after.month) >= 0;
}

static int read_named(struct means_page *p, const char *name)
{
    char path[FILES_PATH_MAX];
    sqlite3 *db = NULL;
    if (strcmp(name, p->after.month) != 0)
        p->after = (struct means_place){.month = ""};
    int err = month_path(path, p->data_dir, name, "");
    if (!err)
        err = means_page_open(path, &db);
    size_t left = p->left;
    if (!err)
        err = read_month(p, db);
    sqlite3_close(db);
    if (p->left != left)
        snprintf(p->last.month, sizeof p->last.month, "%s", name);
    return err == PW_ENOTFOUND ? 0 : err;
}

int means_read_minutes(struct means_page *p)
{
    struct names n = {.items = calloc(MONTHS_MAX, sizeof *n.items)};
    if (!n.items)
        return PW_ENOMEM;
    int err = month_list(files_system(), p->data_dir, "", on_month, &n);
    qsort(n.items, n.count, sizeof *n.items, by_name);
    const struct means_place begin = p->after;
    for (size_t i = 0; !err && i < n.count; i++) {
        p->after = begin;
        if (is_in_range(p, n.items[i]))
            err = read_named(p, n.items[i]);
    }
    free(n.items);
    return err;
}
