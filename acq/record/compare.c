#include "acq/record/compare.h"

#include "acq/record/schema.h"
#include "acq/record/segment.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int compare_begin(struct sqlite3 *db, uint64_t *out_seq)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE key = 'last_seq'", -1, &s, NULL) !=
            SQLITE_OK)
        return PW_EDB;
    int rc = sqlite3_step(s);
    const unsigned char *text = rc == SQLITE_ROW ? sqlite3_column_text(s, 0) : NULL;
    if (text)
        *out_seq = strtoull((const char *)text, NULL, 10);
    sqlite3_finalize(s);
    return text ? 0 : PW_EDB;
}

static bool same_value(sqlite3_stmt *a, sqlite3_stmt *b, int column)
{
    if (sqlite3_column_type(a, column) != sqlite3_column_type(b, column))
        return false;
    const void *x = sqlite3_column_blob(a, column);
    const void *y = sqlite3_column_blob(b, column);
    int len = sqlite3_column_bytes(a, column);
    return len == sqlite3_column_bytes(b, column) && (len == 0 || memcmp(x, y, (size_t)len) == 0);
}

static void name_row(sqlite3_stmt *s, const char *format_word, int column, char *out, size_t size)
{
    const unsigned char *first = sqlite3_column_text(s, 0);
    snprintf(out, size, "row %s: %s%s", first ? (const char *)first : "", format_word,
             column < 0 ? "" : sqlite3_column_name(s, column));
}

static int first_difference(sqlite3_stmt *a, sqlite3_stmt *b)
{
    int columns = sqlite3_column_count(a);
    for (int i = 0; i < columns; i++)
        if (!same_value(a, b, i))
            return i;
    return -1;
}

/* PW_EMORE: a difference, described in what. */
static int compare_rows(sqlite3_stmt *a, sqlite3_stmt *b, char *what, size_t size)
{
    if (sqlite3_column_count(a) != sqlite3_column_count(b)) {
        snprintf(what, size, "it has other columns");
        return PW_EMORE;
    }
    for (;;) {
        int ra = sqlite3_step(a);
        int rb = sqlite3_step(b);
        if ((ra != SQLITE_ROW && ra != SQLITE_DONE) || (rb != SQLITE_ROW && rb != SQLITE_DONE))
            return PW_EDB;
        if (ra == SQLITE_DONE && rb == SQLITE_DONE)
            return 0;
        int column = ra == rb ? first_difference(a, b) : -1;
        if (ra == rb && column < 0)
            continue;
        if (ra == rb)
            name_row(a, "differs from the journal in ", column, what, size);
        else if (ra == SQLITE_ROW)
            name_row(a, "is not in the journal", -1, what, size);
        else
            name_row(b, "of the journal is missing", -1, what, size);
        return PW_EMORE;
    }
}

static int compare_table(struct sqlite3 *db, struct sqlite3 *rebuilt, const char *sql,
                         uint64_t first_seq, char *what, size_t size)
{
    sqlite3_stmt *a = NULL;
    sqlite3_stmt *b = NULL;
    int err = 0;
    if (sqlite3_prepare_v2(rebuilt, sql, -1, &b, NULL) != SQLITE_OK) {
        err = PW_EDB;
    } else if (sqlite3_prepare_v2(db, sql, -1, &a, NULL) != SQLITE_OK) {
        snprintf(what, size, "%s", sqlite3_errmsg(db));
        err = PW_EMORE;
    } else {
        sqlite3_bind_int64(a, 1, (int64_t)first_seq);
        sqlite3_bind_int64(b, 1, (int64_t)first_seq);
        err = compare_rows(a, b, what, size);
    }
    if (err == PW_EDB)
        snprintf(what, size, "%s", sqlite3_errmsg(db));
    sqlite3_finalize(a);
    sqlite3_finalize(b);
    return err;
}

void compare_listed(struct sqlite3 *db, struct sqlite3 *rebuilt, const struct schema_table *tables,
                    size_t count, uint64_t first_seq,
                    void (*on_difference)(void *ctx, const char *table, const char *what),
                    void *ctx)
{
    for (size_t i = 0; i < count; i++) {
        const struct schema_table *t = &tables[i];
        char what[512] = "";
        int err = compare_table(db, rebuilt, t->rows, first_seq, what, sizeof what);
        if (err)
            on_difference(ctx, t->name, what);
    }
}

int compare_projections(struct sqlite3 *db, struct sqlite3 *rebuilt, uint64_t first_seq,
                        void (*on_difference)(void *ctx, const char *table, const char *what),
                        void *ctx)
{
    compare_listed(db, rebuilt, schema_tables, schema_table_count, first_seq, on_difference, ctx);
    return 0;
}

static bool is_listed(const int32_t *days, size_t count, const char *name)
{
    char day[SEGMENT_NAME_SIZE];
    for (size_t i = 0; i < count; i++)
        if (strcmp(segment_name(days[i], day), name) == 0)
            return true;
    return false;
}

int compare_segments(struct sqlite3 *db, const int32_t *days, size_t count,
                     void (*on_missing)(void *ctx, const char *day, uint64_t first, uint64_t last,
                                        const char *rule),
                     void *ctx)
{
    static const char sql[] =
        "SELECT day, first_seq, last_seq, removed_rule FROM segment ORDER BY day";
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
        return PW_EDB;
    int rc;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        const char *day = (const char *)sqlite3_column_text(s, 0);
        if (day && !is_listed(days, count, day))
            on_missing(ctx, day, (uint64_t)sqlite3_column_int64(s, 1),
                       (uint64_t)sqlite3_column_int64(s, 2),
                       (const char *)sqlite3_column_text(s, 3));
    }
    sqlite3_finalize(s);
    return rc == SQLITE_DONE ? 0 : PW_EDB;
}

int compare_removed_before(struct sqlite3 *db, uint64_t first_seq, const char *prev, bool *out)
{
    static const char sql[] = "SELECT 1 FROM segment WHERE last_seq = ?1 AND head = ?2"
                              " AND removed_rule IS NOT NULL";
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
        return PW_EDB;
    sqlite3_bind_int64(s, 1, (int64_t)first_seq - 1);
    sqlite3_bind_text(s, 2, prev, -1, SQLITE_STATIC);
    int rc = sqlite3_step(s);
    if (rc == SQLITE_ROW || rc == SQLITE_DONE)
        *out = rc == SQLITE_ROW;
    sqlite3_finalize(s);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : PW_EDB;
}
