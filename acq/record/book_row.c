#include "acq/record/book_row.h"

#include "acq/record/projection_lines.h"

#include <sqlite3.h>
#include <string.h>

enum { HOUR_MS = 3600000, DAY_MS = 86400000, COLUMN_SEQ = 7, COLUMN_FIELDS = 8 };

/* Columns COLUMN_FIELDS and on of table `total`, in this order. */
static const struct {
    const char *key;
    enum line_field_type type;
    bool required;
} fields[] = {
    {"revision", LINE_INT, true},
    {"closed", LINE_BOOL, true},
    {"hours", LINE_INT, true},
    {"stopped", LINE_INT, true},
    {"due", LINE_INT, true},
    {"received", LINE_INT, true},
    {"valid", LINE_INT, true},
    {"outside", LINE_INT, true},
    {"judged", LINE_INT, false},
    {"compliant", LINE_INT, false},
    {"cou", LINE_FLOAT, false},
    {"cou_substituted", LINE_FLOAT, false},
    {"substituted_hours", LINE_INT, false},
    {"missing_hours", LINE_INT, false},
    {"method", LINE_STRING, false},
    {"capture", LINE_FLOAT, false},
    {"equivalents", LINE_FLOAT, false},
    {"permit", LINE_FLOAT, false},
    {"exhausted", LINE_INT, false},
};
enum { FIELDS = sizeof fields / sizeof *fields };

bool book_row_is(const char *text, size_t len)
{
    return len > 6 && memcmp(text, "total,", 6) == 0;
}

static bool is_whole(const struct line *line)
{
    for (int i = 0; i < FIELDS; i++)
        if (fields[i].required && !line_find_field(line, fields[i].key, fields[i].type))
            return false;
    return line_find_field(line, "start", LINE_INT) != NULL;
}

int book_row_apply(struct projection *p, uint64_t seq, const struct line *line)
{
    static const char *const tags[] = {"outlet", "factor", "period", "site"};
    if (!is_whole(line))
        return PW_ESYNTAX;
    bool is_hour = strcmp(line_find_tag(line, "period"), "hour") == 0;
    sqlite3_stmt *s = projection_statement(p, SQL_TOTAL_SET);
    for (int i = 0; i < 4; i++)
        sqlite3_bind_text(s, i + 1, line_find_tag(line, tags[i]), -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(s, 5, line_find_field(line, "start", LINE_INT)->integer);
    sqlite3_bind_int64(s, 6, line->time_ms + (is_hour ? HOUR_MS : DAY_MS));
    sqlite3_bind_int64(s, COLUMN_SEQ, (int64_t)seq);
    for (int i = 0; i < FIELDS; i++)
        projection_bind_field(s, COLUMN_FIELDS + i,
                              line_find_field(line, fields[i].key, fields[i].type));
    return projection_step(p, SQL_TOTAL_SET);
}

int book_row_expire_hours(struct projection *p, int64_t before_ms)
{
    sqlite3_bind_int64(projection_statement(p, SQL_TOTAL_EXPIRE), 1, before_ms);
    return projection_step(p, SQL_TOTAL_EXPIRE);
}
