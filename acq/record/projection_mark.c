#include "acq/record/projection_mark.h"

#include "acq/core/civil.h"
#include "acq/core/json.h"
#include "acq/record/projection_lines.h"

#include <sqlite3.h>
#include <string.h>

static void bind_text(sqlite3_stmt *s, int column, const char *text)
{
    sqlite3_bind_text(s, column, text ? text : "", -1, SQLITE_TRANSIENT);
}

/* NULL when it is not given. */
static void bind_instant(sqlite3_stmt *s, int column, const cJSON *tree, const char *key)
{
    int64_t ms = 0;
    const char *text = json_string(tree, key);
    if (text && civil_parse(text, &ms) == 0)
        sqlite3_bind_int64(s, column, ms);
}

int projection_set_mark(struct projection *p, const struct stored_commit *c,
                        const struct journal_line *line, const char *text, size_t len)
{
    static const char *const texts[] = {"id", "object", "factor", "class", "mark_kind"};
    const char *kind = json_string(line->tree, "kind");
    const char *by = json_string(line->tree, "by");
    if (!kind || strcmp(kind, "mark") != 0 || !json_string(line->tree, "id"))
        return 0;
    sqlite3_stmt *s = projection_statement(p, SQL_MARK_SET);
    for (int i = 0; i < 5; i++)
        bind_text(s, i + 1, json_string(line->tree, texts[i]));
    bind_instant(s, 6, line->tree, "start");
    bind_instant(s, 7, line->tree, "end");
    bind_text(s, 8, by ? by : "person");
    bind_text(s, 9, json_string(line->tree, "who"));
    sqlite3_bind_int64(s, 10, c->head.time_ms);
    sqlite3_bind_int(s, 11, cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(line->tree, "late")));
    sqlite3_bind_int64(s, 12, (int64_t)c->head.seq);
    sqlite3_bind_text(s, 13, text, (int)len, SQLITE_STATIC);
    return projection_step(p, SQL_MARK_SET);
}

int projection_withdraw_mark(struct projection *p, const struct stored_commit *c,
                             const struct journal_line *line)
{
    const char *id = json_string(line->tree, "id");
    if (!id)
        return 0;
    sqlite3_stmt *s = projection_statement(p, SQL_MARK_WITHDRAW);
    sqlite3_bind_int64(s, 1, c->head.time_ms);
    bind_text(s, 2, id);
    return projection_step(p, SQL_MARK_WITHDRAW);
}
