#include "acq/record/mean_sql.h"

#include <math.h>
#include <sqlite3.h>

enum { COLUMN_START, COLUMN_REVISION, COLUMN_SEQ, COLUMN_VALUES };
enum {
    COLUMN_FLAG = COLUMN_VALUES + ROW_VALUES,
    COLUMN_VALID,
    COLUMN_PARTS,
    COLUMN_GOOD,
    COLUMN_WHY,
    COLUMN_REASON,
    COLUMN_MORE,
};

static void bind_text(sqlite3_stmt *s, int column, const char *text, int len)
{
    if (text)
        sqlite3_bind_text(s, column, text, len, SQLITE_TRANSIENT);
    else
        sqlite3_bind_null(s, column);
}

void mean_sql_bind(struct sqlite3_stmt *s, int first, const struct mean_row *row)
{
    sqlite3_bind_int64(s, first + COLUMN_START, row->start_ms);
    sqlite3_bind_int64(s, first + COLUMN_REVISION, row->revision);
    sqlite3_bind_int64(s, first + COLUMN_SEQ, (int64_t)row->seq);
    for (int v = 0; v < ROW_VALUES; v++) {
        if (isnan(row->value[v]))
            sqlite3_bind_null(s, first + COLUMN_VALUES + v);
        else
            sqlite3_bind_double(s, first + COLUMN_VALUES + v, row->value[v]);
    }
    bind_text(s, first + COLUMN_FLAG, row->flag ? &row->flag : NULL, 1);
    sqlite3_bind_int(s, first + COLUMN_VALID, row->valid);
    sqlite3_bind_int64(s, first + COLUMN_PARTS, row->parts);
    sqlite3_bind_int64(s, first + COLUMN_GOOD, row->good);
    bind_text(s, first + COLUMN_WHY, row->why, -1);
    bind_text(s, first + COLUMN_REASON, row->reason, -1);
    bind_text(s, first + COLUMN_MORE, row->more, -1);
}

static const char *text_of(sqlite3_stmt *s, int column)
{
    return (const char *)sqlite3_column_text(s, column);
}

void mean_sql_read(struct sqlite3_stmt *s, int first, struct mean_row *row)
{
    row->start_ms = sqlite3_column_int64(s, first + COLUMN_START);
    row->revision = sqlite3_column_int64(s, first + COLUMN_REVISION);
    row->seq = (uint64_t)sqlite3_column_int64(s, first + COLUMN_SEQ);
    for (int v = 0; v < ROW_VALUES; v++) {
        int column = first + COLUMN_VALUES + v;
        bool is_null = sqlite3_column_type(s, column) == SQLITE_NULL;
        row->value[v] = is_null ? (double)NAN : sqlite3_column_double(s, column);
    }
    const char *flag = text_of(s, first + COLUMN_FLAG);
    row->flag = flag ? flag[0] : '\0';
    row->valid = sqlite3_column_int(s, first + COLUMN_VALID) != 0;
    row->parts = sqlite3_column_int64(s, first + COLUMN_PARTS);
    row->good = sqlite3_column_int64(s, first + COLUMN_GOOD);
    row->why = text_of(s, first + COLUMN_WHY);
    row->reason = text_of(s, first + COLUMN_REASON);
    row->more = text_of(s, first + COLUMN_MORE);
}

void mean_sql_bind_series(struct sqlite3_stmt *s, const struct mean_row *row)
{
    bind_text(s, 1, row->outlet, -1);
    bind_text(s, 2, row->factor, -1);
    bind_text(s, 3, row->source, -1);
    bind_text(s, 4, row->site, -1);
}
