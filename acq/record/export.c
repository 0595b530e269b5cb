#include "acq/record/export.h"

#include "acq/core/json.h"
#include "acq/record/book_row.h"
#include "acq/record/data_dir.h"
#include "acq/record/export_book.h"
#include "acq/record/export_rate.h"
#include "acq/record/export_row.h"
#include "acq/record/journal_line.h"
#include "acq/record/means_read.h"
#include "acq/record/offsets.h"
#include "acq/record/rate_row.h"
#include "acq/record/read_only.h"
#include "acq/record/segment.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { MORE_MAX = 65536, PART_ROWS = 50000 };

struct raw_export {
    const struct export_options *options;
    struct export_writer writer;
    struct raw_reader *reader;
    struct line_parser *parser; /* of derived lines */
    struct strbuf more;         /* of one of them */
    int64_t *instants;          /* of the commit's raw lines, journal clock */
    size_t instant_cap;
    struct offsets offsets;
    bool damaged;
};

static int reserve_instants(struct raw_export *x, size_t count)
{
    if (count <= x->instant_cap)
        return 0;
    int64_t *more = realloc(x->instants, count * sizeof *more);
    if (!more)
        return PW_ENOMEM;
    x->instants = more;
    x->instant_cap = count;
    return 0;
}

static int load_instants(struct raw_export *x, const struct stored_commit *c)
{
    size_t count = c->head.lines[MEMBER_R];
    int err = reserve_instants(x, count);
    if (err)
        return err;
    const char *text = c->text[MEMBER_J];
    const char *end = text ? memchr(text, '\n', c->head.plain[MEMBER_J]) : NULL;
    if (!end || journal_line_order(text, (size_t)(end - text), x->instants, count) != 0)
        return PW_ECORRUPT;
    return 0;
}

static void write_line(struct raw_export *x, uint64_t seq, uint32_t n, const char *text, size_t len)
{
    const struct export_options *o = x->options;
    struct raw_line line;
    if (raw_line_read(x->reader, text, len, &line) != 0) {
        x->damaged = true;
        return;
    }
    if (line.time_ms < o->from_ms || line.time_ms >= o->to_ms)
        return;
    int64_t arrived_ms = line.arrived_ms;
    if (!line.has_arrived && !offsets_to_utc(&x->offsets, seq, n, x->instants[n], &arrived_ms))
        arrived_ms = line.time_ms;
    for (size_t i = 0; i < line.count; i++)
        export_write_value(&x->writer, &line, &line.values[i], arrived_ms);
}

static bool is_named(const char *wanted, const char *found)
{
    return !wanted || strcmp(wanted, found) == 0;
}

static bool is_wanted(const struct export_options *o, const struct mean_row *m)
{
    return m->start_ms >= o->from_ms && m->start_ms < o->to_ms && is_named(o->period, m->period) &&
           is_named(o->outlet, m->outlet) && is_named(o->factor, m->factor) &&
           is_named(o->source, m->source);
}

static void write_mean(struct raw_export *x, const char *text, size_t len)
{
    struct line line;
    struct mean_row m;
    if (line_parse(x->parser, text, len, &line, NULL) != 0 ||
        mean_row_read(&line, &x->more, &m) != 0)
        x->damaged = true;
    else if (is_wanted(x->options, &m))
        export_write_mean(&x->writer, &m);
}

static void write_book(struct raw_export *x, const char *text, size_t len,
                       int (*write)(struct export_writer *w, const struct line *line))
{
    const struct export_options *o = x->options;
    struct line line;
    bool is_good = line_parse(x->parser, text, len, &line, NULL) == 0;
    if (is_good && line.time_ms >= o->from_ms && line.time_ms < o->to_ms)
        is_good = write(&x->writer, &line) == 0;
    if (!is_good)
        x->damaged = true;
}

static void export_line(struct raw_export *x, const char *text, size_t len)
{
    enum export_what what = x->options->what;
    if (what == EXPORT_TOTALS && book_row_is(text, len))
        write_book(x, text, len, export_write_total);
    else if (what == EXPORT_RATES && rate_row_is(text, len))
        write_book(x, text, len, export_write_rate);
    else if (what == EXPORT_TOLD && mean_row_is(text, len))
        write_mean(x, text, len);
}

static int export_derived(struct raw_export *x, const struct stored_commit *c)
{
    const char *text = c->text[MEMBER_D];
    const char *end = text + c->head.plain[MEMBER_D];
    for (uint32_t i = 0; i < c->head.lines[MEMBER_D]; i++) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        export_line(x, text, (size_t)(stop - text));
        text = stop + 1;
    }
    return ferror(x->writer.out) ? PW_EIO : 0;
}

static bool is_packet(const char *text, size_t len)
{
    static const char head[] = "{\"type\":\"station\",";
    return len > sizeof head && memcmp(text, head, sizeof head - 1) == 0;
}

/* By DataTime; a packet without one by its arrival. */
static void write_packet(struct raw_export *x, const char *text, size_t len)
{
    struct journal_line line;
    if (journal_line_parse(text, len, &line) != 0) {
        x->damaged = true;
        return;
    }
    int64_t time_ms = json_int(line.tree, "time", line.at_ms);
    if (time_ms >= x->options->from_ms && time_ms < x->options->to_ms)
        (void)fprintf(x->writer.out, "%.*s\n", (int)len, text);
    journal_line_deinit(&line);
}

static int export_journal(struct raw_export *x, const struct stored_commit *c)
{
    const char *text = c->text[MEMBER_J];
    const char *end = text + c->head.plain[MEMBER_J];
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t len = stop ? (size_t)(stop - text) : (size_t)(end - text);
        if (is_packet(text, len))
            write_packet(x, text, len);
        text += len + 1;
    }
    return ferror(x->writer.out) ? PW_EIO : 0;
}

static int export_commit(struct raw_export *x, const struct stored_commit *c)
{
    const char *text = c->text[MEMBER_R];
    const char *end = text + c->head.plain[MEMBER_R];
    int err = load_instants(x, c);
    if (err)
        return err;
    for (uint32_t i = 0; i < c->head.lines[MEMBER_R]; i++) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        write_line(x, c->head.seq, i, text, (size_t)(stop - text));
        text = stop + 1;
    }
    return ferror(x->writer.out) ? PW_EIO : 0;
}

static bool overlaps(const struct export_options *o, const struct commit_head *h)
{
    bool is_derived = o->what == EXPORT_TOLD || o->what == EXPORT_TOTALS || o->what == EXPORT_RATES;
    enum member_kind kind = is_derived ? MEMBER_D : MEMBER_R;
    if (o->what == EXPORT_PACKETS)
        return h->lines[MEMBER_J] > 0;
    return h->lines[kind] > 0 && h->time_max_ms >= o->from_ms && h->time_min_ms < o->to_ms;
}

/* The commit at the segment's offset, inflated only when it holds something of the range. */
static int export_next(struct raw_export *x, struct segment *s)
{
    struct stored_commit c;
    int64_t at = segment_offset(s);
    int err = segment_next_head(s, &c);
    if (err || !overlaps(x->options, &c.head))
        return err;
    int64_t end = segment_offset(s);
    segment_seek(s, at);
    err = segment_next(s, &c);
    if (!err)
        err = x->options->what == EXPORT_PACKETS ? export_journal(x, &c)
              : x->parser                        ? export_derived(x, &c)
                                                 : export_commit(x, &c);
    if (err == PW_ECORRUPT) {
        x->damaged = true;
        segment_seek(s, end);
        return 0;
    }
    return err;
}

static int export_segment(struct raw_export *x, struct segment *s, bool newest)
{
    for (;;) {
        int err = export_next(x, s);
        if (err == PW_ETORN || err == PW_ECORRUPT || err == PW_EVERSION) {
            err = segment_resync(s, 0);
            /* The end of the newest segment may be a write that is under way. */
            x->damaged = x->damaged || err == 0 || !newest;
        }
        if (err)
            return err == PW_ENOTFOUND ? 0 : err;
    }
}

static int export_segments(struct raw_export *x)
{
    const struct files *files = files_system();
    struct segment_list list;
    int err = segment_list_read(files, x->options->data_dir, &list);
    if (err)
        return err;
    for (size_t i = 0; !err && i < list.count; i++) {
        struct segment *s = NULL;
        err = segment_open(files, x->options->data_dir, list.days[i], &s);
        if (err)
            break;
        err = export_segment(x, s, i + 1 == list.count);
        segment_close(s);
    }
    segment_list_deinit(&list);
    return err;
}

static int open_database(const char *data_dir, sqlite3 **out)
{
    char path[FILES_PATH_MAX];
    int err = files_join(path, data_dir, "plumewatch.db");
    return err ? err : read_only_open(path, out);
}

static int export_raw(struct raw_export *x, sqlite3 *db)
{
    /* Without SQLite a line's arrival is only known where it was late. */
    if (db && offsets_load(db, &x->offsets) != 0)
        x->offsets = (struct offsets){0};
    x->reader = raw_reader_new();
    int err = x->reader ? export_segments(x) : PW_ENOMEM;
    raw_reader_free(x->reader);
    offsets_deinit(&x->offsets);
    free(x->instants);
    return err;
}

static int export_told(struct raw_export *x)
{
    strbuf_init(&x->more, MORE_MAX);
    x->parser = line_parser_new();
    int err = x->parser ? export_segments(x) : PW_ENOMEM;
    line_parser_free(x->parser);
    strbuf_deinit(&x->more);
    return err;
}

static int on_mean(void *ctx, const struct mean_row *row)
{
    struct raw_export *x = ctx;
    export_write_mean(&x->writer, row);
    return ferror(x->writer.out) ? PW_EIO : 0;
}

/* In parts, so that no state of the database is held for long. */
static int export_period(struct raw_export *x, const char *period)
{
    const struct export_options *o = x->options;
    const struct means_query q = {.period = period,
                                  .outlet = o->outlet,
                                  .factor = o->factor,
                                  .source = o->source,
                                  .from_ms = o->from_ms,
                                  .to_ms = o->to_ms,
                                  .all_revisions = !o->last_only};
    char at[MEANS_CURSOR_SIZE] = "";
    int err;
    do {
        char next[MEANS_CURSOR_SIZE] = "";
        err = means_read(o->data_dir, &q, at, PART_ROWS, on_mean, x, next);
        memcpy(at, next, sizeof at);
    } while (!err && *at);
    return err;
}

static int export_means(struct raw_export *x)
{
    static const char *const periods[] = {"minute", "hour", "day", "month", "quarter", "year"};
    int err = 0;
    for (size_t i = 0; !err && i < sizeof periods / sizeof *periods; i++)
        if (is_named(x->options->period, periods[i]))
            err = export_period(x, periods[i]);
    return err;
}

static int export_findings(struct raw_export *x, sqlite3 *db)
{
    static const char sql[] = "SELECT json FROM finding WHERE start_ms < ?2"
                              " AND (end_ms IS NULL OR end_ms >= ?1) ORDER BY start_ms, id";
    sqlite3_stmt *s = NULL;
    if (!db || sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
        return PW_EDB;
    sqlite3_bind_int64(s, 1, x->options->from_ms);
    sqlite3_bind_int64(s, 2, x->options->to_ms);
    int rc;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        const char *json = (const char *)sqlite3_column_text(s, 0);
        if (!json ||
            export_write_finding(&x->writer, json, (size_t)sqlite3_column_bytes(s, 0)) != 0)
            x->damaged = true;
    }
    sqlite3_finalize(s);
    return rc == SQLITE_DONE ? 0 : PW_EDB;
}

static int export_marks(struct raw_export *x, sqlite3 *db)
{
    static const char sql[] = "SELECT json, withdrawn_ms FROM mark WHERE start_ms < ?2"
                              " AND (end_ms IS NULL OR end_ms >= ?1) ORDER BY start_ms, id";
    sqlite3_stmt *s = NULL;
    if (!db || sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
        return PW_EDB;
    sqlite3_bind_int64(s, 1, x->options->from_ms);
    sqlite3_bind_int64(s, 2, x->options->to_ms);
    int rc;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        const char *json = (const char *)sqlite3_column_text(s, 0);
        if (!json || export_write_mark(&x->writer, json, (size_t)sqlite3_column_bytes(s, 0),
                                       sqlite3_column_int64(s, 1)) != 0)
            x->damaged = true;
    }
    sqlite3_finalize(s);
    return rc == SQLITE_DONE ? 0 : PW_EDB;
}

static int export_chosen(struct raw_export *x, sqlite3 *db)
{
    switch (x->options->what) {
    case EXPORT_RAW:
        return export_raw(x, db);
    case EXPORT_FINDINGS:
        return export_findings(x, db);
    case EXPORT_MARKS:
        return export_marks(x, db);
    case EXPORT_MEANS:
        return export_means(x);
    case EXPORT_TOLD:
    case EXPORT_TOTALS:
    case EXPORT_RATES:
        return export_told(x);
    case EXPORT_PACKETS:
        break;
    }
    return export_segments(x);
}

int record_export(const struct export_options *options, FILE *out)
{
    struct data_dir dir;
    struct raw_export x = {.options = options};
    sqlite3 *db = NULL;
    int err = data_dir_inspect(&dir, files_system(), options->data_dir, NULL);
    if (err)
        return err;
    export_writer_init(&x.writer, options, out);
    export_write_header(&x.writer, options->what);
    if (open_database(options->data_dir, &db) != 0) {
        sqlite3_close(db);
        db = NULL;
    }
    err = export_chosen(&x, db);
    sqlite3_close(db);
    export_writer_deinit(&x.writer);
    if (!err && (fflush(out) != 0 || ferror(out)))
        err = PW_EIO;
    return !err && x.damaged ? PW_ECORRUPT : err;
}
