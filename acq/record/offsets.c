#include "acq/record/offsets.h"

#include "acq/core/json.h"
#include "acq/record/journal_line.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static int add_entry(struct offsets *o, struct offset_entry entry)
{
    struct offset_entry *more = realloc(o->items, (o->count + 1) * sizeof *more);
    if (!more)
        return PW_ENOMEM;
    o->items = more;
    o->items[o->count++] = entry;
    return 0;
}

static int add_line(struct offsets *o, uint64_t seq, const char *json, size_t len)
{
    struct journal_line line;
    if (!json || journal_line_parse(json, len, &line) != 0)
        return 0;
    int64_t offset_ms = json_int(line.tree, "offset_ms", INT64_MIN);
    struct offset_entry entry = {.seq = seq, .n = line.n, .offset_ms = offset_ms};
    journal_line_deinit(&line);
    return offset_ms == INT64_MIN ? 0 : add_entry(o, entry);
}

int offsets_load(struct sqlite3 *db, struct offsets *out)
{
    static const char sql[] = "SELECT seq, json FROM line WHERE type IN ('start', 'clock')"
                              " ORDER BY seq, idx";
    sqlite3_stmt *s = NULL;
    struct offsets o = {0};
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
        return PW_EDB;
    int err = 0;
    int rc;
    while (!err && (rc = sqlite3_step(s)) != SQLITE_DONE) {
        if (rc == SQLITE_ROW)
            err = add_line(&o, (uint64_t)sqlite3_column_int64(s, 0),
                           (const char *)sqlite3_column_text(s, 1),
                           (size_t)sqlite3_column_bytes(s, 1));
        else
            err = PW_EDB;
    }
    sqlite3_finalize(s);
    if (err)
        offsets_deinit(&o);
    else
        *out = o;
    return err;
}

void offsets_deinit(struct offsets *o)
{
    free(o->items);
    *o = (struct offsets){0};
}

bool offsets_to_utc(struct offsets *o, uint64_t seq, int64_t n, int64_t at_ms, int64_t *out)
{
    while (o->next < o->count) {
        const struct offset_entry *e = &o->items[o->next];
        if (e->seq > seq || (e->seq == seq && e->n > n))
            break;
        o->next++;
    }
    return o->next > 0 && !__builtin_add_overflow(at_ms, o->items[o->next - 1].offset_ms, out);
}
