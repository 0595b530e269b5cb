#include "acq/record/rate_row.h"

#include "acq/record/projection_lines.h"

#include <sqlite3.h>
#include <string.h>

enum { DAY_MS = 86400000, COLUMN_START = 6, COLUMN_UNTIL, COLUMN_SEQ, COLUMN_FIELDS };

/* Columns COLUMN_FIELDS and on of table `rate`, in this order. */
static const struct {
    const char *key;
    enum line_field_type type;
    bool required;
} fields[] = {
    {"revision", LINE_INT, true}, {"closed", LINE_BOOL, true}, {"rate", LINE_FLOAT, false},
    {"part", LINE_FLOAT, true},   {"whole", LINE_FLOAT, true}, {"due", LINE_INT, true},
    {"known", LINE_INT, true},    {"starts", LINE_INT, false}, {"on_time", LINE_INT, false},
};
enum { FIELDS = sizeof fields / sizeof *fields };

bool rate_row_is(const char *text, size_t len)
{
    return len > 5 && memcmp(text, "rate,", 5) == 0;
}

static bool is_whole(const struct line *line)
{
    for (int i = 0; i < FIELDS; i++)
        if (fields[i].required && !line_find_field(line, fields[i].key, fields[i].type))
            return false;
    return line_find_field(line, "start", LINE_INT) != NULL;
}

int rate_row_apply(struct projection *p, uint64_t seq, const struct line *line)
{
    static const char *const tags[] = {"object", "what", "factor", "period", "site"};
    if (!is_whole(line))
        return PW_ESYNTAX;
    sqlite3_stmt *s = projection_statement(p, SQL_RATE_SET);
    for (int i = 0; i < COLUMN_START - 1; i++)
        sqlite3_bind_text(s, i + 1, line_find_tag(line, tags[i]), -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(s, COLUMN_START, line_find_field(line, "start", LINE_INT)->integer);
    sqlite3_bind_int64(s, COLUMN_UNTIL, line->time_ms + DAY_MS);
    sqlite3_bind_int64(s, COLUMN_SEQ, (int64_t)seq);
    for (int i = 0; i < FIELDS; i++)
        projection_bind_field(s, COLUMN_FIELDS + i,
                              line_find_field(line, fields[i].key, fields[i].type));
    return projection_step(p, SQL_RATE_SET);
}
