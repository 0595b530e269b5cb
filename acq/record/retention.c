#include "acq/record/retention.h"

#include "acq/core/log.h"
#include "acq/record/carry.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WAIT_LOOKS = 600, /* until lines that did not come are written again */
    CARRY_MOST = 16 << 20,
};

enum row_state { ROW_NONE, ROW_OPEN, ROW_CLOSED, ROW_REMOVED };

struct segment_row {
    enum row_state state;
    uint64_t first_seq, last_seq;
};

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
    strbuf_addf(out, ",\"removed_at\":%lld", (long long)r->now_ms);
    strbuf_addf(out, ",\"bytes\":%lld,\"lines\":[%lld,%lld,%lld],\"rule\":\"raw_days=%u\"",
                (long long)sqlite3_column_int64(s, 6), (long long)sqlite3_column_int64(s, 7),
                (long long)sqlite3_column_int64(s, 8), (long long)sqlite3_column_int64(s, 9),
                (unsigned)r->keep_days);
}

static void read_row(const struct retention *r, struct projection *p, int32_t day,
                     struct segment_row *out, struct strbuf *members)
{
    char name[SEGMENT_NAME_SIZE];
    sqlite3_stmt *s = NULL;
    segment_name(day, name);
    if (sqlite3_prepare_v2(projection_handle(p), row_sql, -1, &s, NULL) != SQLITE_OK)
        return;
    sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
    if (sqlite3_step(s) == SQLITE_ROW) {
        out->first_seq = (uint64_t)sqlite3_column_int64(s, 0);
        out->last_seq = (uint64_t)sqlite3_column_int64(s, 1);
        out->state = sqlite3_column_int(s, 10) ? ROW_CLOSED : ROW_OPEN;
        if (sqlite3_column_type(s, 11) != SQLITE_NULL)
            out->state = ROW_REMOVED;
        if (out->state == ROW_CLOSED)
            describe(r, name, s, members);
    }
    sqlite3_finalize(s);
}

/* What SQLite knows only from that segment must not be lost with it. */
static bool remove_file(const struct retention *r, struct projection *p, int32_t day)
{
    char path[FILES_PATH_MAX];
    char name[SEGMENT_NAME_SIZE];
    int err = projection_checkpoint(p);
    if (!err)
        err = segment_path(path, r->data_dir, day);
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

/* Whether lines are to be carried, or those that are on their way have not come to SQLite yet. */
static bool carries(struct retention *r, struct projection *p, const struct segment_row *row,
                    struct strbuf *lines)
{
    int err = carry_more(projection_handle(p), row->first_seq, row->last_seq, lines);
    if (err || lines->len == 0) {
        r->carried[0] = '\0';
        return err != 0;
    }
    bool same = strncmp(r->carried, lines->data, sizeof r->carried - 1) == 0;
    if (same && r->waited++ < WAIT_LOOKS) {
        strbuf_reset(lines);
        return true;
    }
    snprintf(r->carried, sizeof r->carried, "%s", strbuf_text(lines));
    r->waited = 0;
    return true;
}

/* One that is due: what is told of it next. */
static const char *tell(struct retention *r, struct projection *p, int32_t day,
                        const struct segment_row *row, struct strbuf *members)
{
    struct strbuf lines;
    strbuf_init(&lines, CARRY_MOST);
    bool more = carries(r, p, row, &lines);
    if (more) {
        strbuf_reset(members);
        strbuf_add(members, strbuf_text(&lines), lines.len);
    }
    strbuf_deinit(&lines);
    if (more)
        return members->len > 0 ? "carried" : NULL;
    r->told = true;
    r->told_day = day;
    return "removed";
}

static const char *look(struct retention *r, struct projection *p, const struct segment_list *list,
                        int32_t open_day, struct strbuf *members)
{
    for (size_t i = 0; i + 1 < list->count; i++) {
        int32_t day = list->days[i];
        struct segment_row row = {0};
        strbuf_reset(members);
        read_row(r, p, day, &row, members);
        if (row.state == ROW_REMOVED) {
            r->told = false;
            if (!remove_file(r, p, day))
                break;
            continue;
        }
        if (r->told && r->told_day == day)
            return NULL;
        if (row.state != ROW_CLOSED || !is_due(r, list, i, open_day))
            break;
        return tell(r, p, day, &row, members);
    }
    r->looked_day = open_day;
    return NULL;
}

const char *retention_look(struct retention *r, struct projection *p, int32_t open_day,
                           struct strbuf *members)
{
    struct segment_list list;
    if (r->keep_days == 0 || r->looked_day == open_day ||
        segment_list_read(r->files, r->data_dir, &list) != 0)
        return NULL;
    const char *type = look(r, p, &list, open_day, members);
    segment_list_deinit(&list);
    return members->failed ? NULL : type;
}
