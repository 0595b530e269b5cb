#include "acq/record/retention.h"

#include "acq/core/log.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum row_state { ROW_NONE, ROW_OPEN, ROW_CLOSED, ROW_REMOVED };

static const char row_sql[] =
    "SELECT first_seq, last_seq, first_prev, head, time_min, time_max, bytes, lines_r, lines_d,"
    " lines_j, closed, removed_at FROM segment WHERE day = ?1";

static void add_time(struct strbuf *out, const char *key, sqlite3_stmt *s, int column)
{
    strbuf_addf(out, ",\"%s\":", key);
    if (sqlite3_column_type(s, column) == SQLITE_NULL)
        strbuf_adds(out, "null");
    else
        strbuf_add_int(out, sqlite3_column_int64(s, column));
}

static void describe(const struct retention *r, const char *day, sqlite3_stmt *s,
                     struct strbuf *out)
{
    strbuf_addf(out, "\"segment\":\"%s\",\"first_seq\":%lld,\"last_seq\":%lld", day,
                (long long)sqlite3_column_int64(s, 0), (long long)sqlite3_column_int64(s, 1));
    strbuf_addf(out, ",\"first_prev\":\"%s\",\"head\":\"%s\"",
                (const char *)sqlite3_column_text(s, 2), (const char *)sqlite3_column_text(s, 3));
    add_time(out, "time_min", s, 4);
    add_time(out, "time_max", s, 5);
    strbuf_addf(out, ",\"bytes\":%lld,\"lines\":[%lld,%lld,%lld],\"rule\":\"raw_days=%u\"",
                (long long)sqlite3_column_int64(s, 6), (long long)sqlite3_column_int64(s, 7),
                (long long)sqlite3_column_int64(s, 8), (long long)sqlite3_column_int64(s, 9),
                (unsigned)r->keep_days);
}

static enum row_state read_row(const struct retention *r, struct projection *p, int32_t day,
                               struct strbuf *members)
{
    char name[SEGMENT_NAME_SIZE];
    sqlite3_stmt *s = NULL;
    enum row_state state = ROW_NONE;
    segment_name(day, name);
    if (sqlite3_prepare_v2(projection_handle(p), row_sql, -1, &s, NULL) != SQLITE_OK)
        return ROW_NONE;
    sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
    if (sqlite3_step(s) == SQLITE_ROW) {
        state = sqlite3_column_int(s, 10) ? ROW_CLOSED : ROW_OPEN;
        if (sqlite3_column_type(s, 11) != SQLITE_NULL)
            state = ROW_REMOVED;
        if (state == ROW_CLOSED)
            describe(r, name, s, members);
    }
    sqlite3_finalize(s);
    return state;
}

static bool remove_file(const struct retention *r, int32_t day)
{
    char path[FILES_PATH_MAX];
    char name[SEGMENT_NAME_SIZE];
    int err = segment_path(path, r->data_dir, day);
    if (!err)
        err = r->files->remove(r->files->ctx, path);
    if (err) {
        log_warn("record", "segment %s cannot be removed: %s", segment_name(day, name),
                 pw_strerror(err));
        return false;
    }
    *strrchr(path, '/') = '\0';
    (void)r->files->sync_dir(r->files->ctx, path);
    log_info("record", "segment %s was removed: it is older than %u days", segment_name(day, name),
             (unsigned)r->keep_days);
    return true;
}

/* Old by the calendar, and as many days with data stay: a clock that jumps ahead removes nothing.
 */
static bool is_due(const struct retention *r, const struct segment_list *list, size_t i,
                   int32_t open_day)
{
    return list->count - i > r->keep_days && open_day - list->days[i] > (int32_t)r->keep_days;
}

static bool look(struct retention *r, struct projection *p, const struct segment_list *list,
                 int32_t open_day, struct strbuf *members)
{
    for (size_t i = 0; i + 1 < list->count; i++) {
        int32_t day = list->days[i];
        enum row_state state = read_row(r, p, day, members);
        if (state == ROW_REMOVED) {
            r->told = false;
            if (remove_file(r, day))
                continue;
            break;
        }
        if (r->told && r->told_day == day)
            return false;
        if (state != ROW_CLOSED || !is_due(r, list, i, open_day))
            break;
        r->told = true;
        r->told_day = day;
        return true;
    }
    r->looked_day = open_day;
    return false;
}

bool retention_look(struct retention *r, struct projection *p, int32_t open_day,
                    struct strbuf *members)
{
    struct segment_list list;
    if (r->keep_days == 0 || r->looked_day == open_day ||
        segment_list_read(r->files, r->data_dir, &list) != 0)
        return false;
    bool tells = look(r, p, &list, open_day, members);
    segment_list_deinit(&list);
    return tells && !members->failed;
}
