#include "acq/record/means.h"

#include "acq/core/log.h"
#include "acq/record/book_row.h"
#include "acq/record/mean_sql.h"
#include "acq/record/projection_lines.h"
#include "acq/record/rate_row.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { MORE_MAX = 65536 };

struct means {
    struct line_parser *parser;
    struct strbuf more;
};

int means_new(struct means **out)
{
    struct means *m = calloc(1, sizeof *m);
    if (!m)
        return PW_ENOMEM;
    strbuf_init(&m->more, MORE_MAX);
    m->parser = line_parser_new();
    if (!m->parser) {
        means_free(m);
        return PW_ENOMEM;
    }
    *out = m;
    return 0;
}

void means_free(struct means *m)
{
    if (!m)
        return;
    line_parser_free(m->parser);
    strbuf_deinit(&m->more);
    free(m);
}

static int find_series(struct projection *p, const struct mean_row *row, int64_t *out)
{
    sqlite3_stmt *s = projection_statement(p, SQL_SERIES_FIND);
    mean_sql_bind_series(s, row);
    bool found = sqlite3_step(s) == SQLITE_ROW;
    if (found)
        *out = sqlite3_column_int64(s, 0);
    sqlite3_reset(s);
    if (found)
        return 0;
    mean_sql_bind_series(projection_statement(p, SQL_SERIES_ADD), row);
    int err = projection_step(p, SQL_SERIES_ADD);
    if (!err)
        *out = sqlite3_last_insert_rowid(projection_handle(p));
    return err;
}

static int add_mean(struct projection *p, const struct mean_row *row)
{
    int64_t series = 0;
    int err = find_series(p, row, &series);
    if (err)
        return err;
    sqlite3_stmt *s = projection_statement(p, SQL_MEAN_SET);
    sqlite3_bind_int64(s, 1, series);
    sqlite3_bind_text(s, 2, row->period, -1, SQLITE_STATIC);
    mean_sql_bind(s, 3, row);
    return projection_step(p, SQL_MEAN_SET);
}

static int note_month(struct projection *p, const struct mean_row *row)
{
    char name[MONTH_NAME_SIZE];
    sqlite3_stmt *s = projection_statement(p, SQL_MONTH_ADD);
    sqlite3_bind_text(s, 1, month_name(row->start_ms, name), -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, (int64_t)row->seq);
    return projection_step(p, SQL_MONTH_ADD);
}

static int apply_row(struct projection *p, bool in_main, struct minutes *minutes, int64_t commit_ms,
                     const struct mean_row *row)
{
    int err = 0;
    if (strcmp(row->period, "minute") != 0)
        return in_main ? add_mean(p, row) : 0;
    if (!minutes_take(commit_ms, row->start_ms))
        return 0;
    if (in_main)
        err = note_month(p, row);
    return !err && minutes ? minutes_add(minutes, row) : err;
}

static int apply_text(struct means *m, struct projection *p, bool in_main, struct minutes *minutes,
                      const struct stored_commit *c, const char *text, size_t len)
{
    struct line line;
    struct mean_row row;
    if (line_parse(m->parser, text, len, &line, NULL) != 0 ||
        mean_row_read(&line, &m->more, &row) != 0) {
        log_warn("record", "seq=%llu: a mean that cannot be read", (unsigned long long)c->head.seq);
        return 0;
    }
    row.seq = c->head.seq;
    return apply_row(p, in_main, minutes, c->head.time_ms, &row);
}

/* A line of the books, or of a rate. */
static int apply_line(struct means *m, const struct stored_commit *c, const char *text, size_t len,
                      struct projection *p,
                      int (*apply)(struct projection *p, uint64_t seq, const struct line *line))
{
    struct line line;
    int err = line_parse(m->parser, text, len, &line, NULL);
    if (!err)
        err = apply(p, c->head.seq, &line);
    if (err != PW_ESYNTAX)
        return err;
    log_warn("record", "seq=%llu: a line that cannot be read: %.60s",
             (unsigned long long)c->head.seq, text);
    return 0;
}

int means_apply(struct means *m, struct projection *p, bool in_main, struct minutes *minutes,
                const struct stored_commit *c)
{
    const char *text = c->text[MEMBER_D];
    size_t left = c->head.plain[MEMBER_D];
    int err = 0;
    while (!err && left > 0) {
        const char *end = memchr(text, '\n', left);
        size_t len = end ? (size_t)(end - text) : left;
        if (mean_row_is(text, len))
            err = apply_text(m, p, in_main, minutes, c, text, len);
        else if (in_main && book_row_is(text, len))
            err = apply_line(m, c, text, len, p, book_row_apply);
        else if (in_main && rate_row_is(text, len))
            err = apply_line(m, c, text, len, p, rate_row_apply);
        size_t used = end ? len + 1 : len;
        text += used;
        left -= used;
    }
    return !err && minutes ? minutes_pass(minutes, c->head.seq, c->head.time_ms) : err;
}

int means_expire_hours(struct projection *p, int64_t before_ms)
{
    sqlite3_bind_int64(projection_statement(p, SQL_HOUR_EXPIRE), 1, before_ms);
    int err = projection_step(p, SQL_HOUR_EXPIRE);
    return err ? err : book_row_expire_hours(p, before_ms);
}

int means_expire_month(struct projection *p, const char *name, int64_t now_ms)
{
    struct minutes *minutes = projection_minutes(p);
    sqlite3_bind_text(projection_statement(p, SQL_MONTH_EXPIRE), 1, name, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(projection_statement(p, SQL_MONTH_EXPIRE), 2, now_ms);
    if (minutes)
        minutes_expire(minutes, name);
    return projection_step(p, SQL_MONTH_EXPIRE);
}
