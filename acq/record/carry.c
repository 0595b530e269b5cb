#include "acq/record/carry.h"

#include <sqlite3.h>
#include <string.h>

/* What the range's commits wrote themselves, and what earlier segments left to them. What grew old
 * enough was deleted by a line `expired` before. */
static const char lines_sql[] = "SELECT seq, idx, json, type, CASE type WHEN 'declare' THEN"
                                " (SELECT declared_ms FROM mark WHERE mark.seq = line.seq)"
                                " WHEN 'withdraw' THEN (SELECT withdrawn_ms FROM mark WHERE id ="
                                " json_extract(line.json, '$.id')) END FROM line WHERE"
                                " (seq BETWEEN ?1 AND ?2 AND held = seq) OR"
                                " (held <> seq AND held BETWEEN ?1 AND ?2) ORDER BY seq, idx";

static const char findings_sql[] = "SELECT seq, NULL, json, 'finding', NULL FROM finding"
                                   " WHERE held BETWEEN ?1 AND ?2 ORDER BY seq, id";

bool carry_is_wanted(const char *type)
{
    static const char *const left[] = {"segment", "recompressed", "anchor",  "tick",
                                       "bus",     "quarantine",   "expired", "carried"};
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++)
        if (strcmp(type, left[i]) == 0)
            return false;
    return true;
}

static void add_members(struct strbuf *out, sqlite3_stmt *s)
{
    const char *type = (const char *)sqlite3_column_text(s, 3);
    const char *text = (const char *)sqlite3_column_text(s, 2);
    if (!type || !text || !carry_is_wanted(type))
        return;
    strbuf_addf(out, "\"seq\":%lld", (long long)sqlite3_column_int64(s, 0));
    if (sqlite3_column_type(s, 1) != SQLITE_NULL)
        strbuf_addf(out, ",\"idx\":%lld", (long long)sqlite3_column_int64(s, 1));
    if (sqlite3_column_type(s, 4) != SQLITE_NULL)
        strbuf_addf(out, ",\"time\":%lld", (long long)sqlite3_column_int64(s, 4));
    strbuf_adds(out, ",\"text\":");
    strbuf_add_json_string(out, text);
    strbuf_addc(out, '\n');
}

static int add_rows(struct sqlite3 *db, const char *sql, uint64_t first_seq, uint64_t last_seq,
                    struct strbuf *out)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
        return PW_EDB;
    sqlite3_bind_int64(s, 1, (int64_t)first_seq);
    sqlite3_bind_int64(s, 2, (int64_t)last_seq);
    int rc = SQLITE_DONE;
    while (out->len < CARRY_BYTES && !out->failed && (rc = sqlite3_step(s)) == SQLITE_ROW)
        add_members(out, s);
    sqlite3_finalize(s);
    if (out->failed)
        return PW_ENOMEM;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : PW_EDB;
}

int carry_more(struct sqlite3 *db, uint64_t first_seq, uint64_t last_seq, struct strbuf *out)
{
    int err = add_rows(db, lines_sql, first_seq, last_seq, out);
    return err ? err : add_rows(db, findings_sql, first_seq, last_seq, out);
}
