#include "acq/record/minutes.h"

#include "acq/core/civil.h"
#include "acq/core/log.h"
#include "acq/record/month_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t day_ms = 86400000;

/* Late data revises for 31 days; after two more a month is closed. */
enum { LATE_DAYS = 33, EARLY_DAYS = 2, NOTE_EVERY = 1024, KEPT_ASIDE = 1000 };

struct month {
    char name[MONTH_NAME_SIZE];
    int64_t end_ms;
    struct month_file *file; /* NULL: closed, or not there */
    uint64_t limit;
    bool in_transaction;
    bool touched; /* by the commit that is being applied */
    bool expired;
};

struct minutes {
    const struct files *files;
    const char *data_dir; /* NULL: private */
    const char *suffix;
    uint64_t limit; /* of months that come */
    struct month *months;
    size_t count;
    uint32_t series_max;
    uint64_t seq, committed_seq;
};

static int64_t month_start(int year, int month)
{
    int64_t ms = 0;
    pw_require(civil_to_ms(&(struct civil){.year = year, .month = month, .day = 1}, 0, &ms) == 0);
    return ms;
}

const char *month_name(int64_t time_ms, char out[MONTH_NAME_SIZE])
{
    struct civil c;
    civil_from_ms(time_ms, 0, &c);
    snprintf(out, MONTH_NAME_SIZE, "%04d-%02d", c.year % 10000, c.month % 100);
    return out;
}

/* Where the month ends; 0 when the name is none. */
static int64_t end_of(const char *name)
{
    static const char shape[] = "dddd-dd";
    for (size_t i = 0; i < sizeof shape; i++)
        if (shape[i] == 'd' ? name[i] < '0' || name[i] > '9' : name[i] != shape[i])
            return 0;
    int year = (int)strtol(name, NULL, 10);
    int month = (int)strtol(name + 5, NULL, 10);
    if (year < 1970 || month < 1 || month > 12)
        return 0;
    return month == 12 ? month_start(year + 1, 1) : month_start(year, month + 1);
}

int month_path(char out[FILES_PATH_MAX], const char *data_dir, const char *name, const char *suffix)
{
    int n = snprintf(out, FILES_PATH_MAX, "%s/minutes-%s.db%s", data_dir, name, suffix);
    return n > 0 && n < FILES_PATH_MAX ? 0 : PW_EINVAL;
}

struct listing {
    const char *suffix;
    void (*on_month)(void *ctx, const char *name);
    void *ctx;
};

static void on_name(void *arg, const char *found)
{
    static const char head[] = "minutes-";
    const struct listing *l = arg;
    char name[MONTH_NAME_SIZE];
    char expect[64];
    if (strncmp(found, head, sizeof head - 1) != 0 || strlen(found) < sizeof head - 1 + 7)
        return;
    snprintf(name, sizeof name, "%.7s", found + sizeof head - 1);
    snprintf(expect, sizeof expect, "minutes-%s.db%s", name, l->suffix);
    if (strcmp(found, expect) == 0 && end_of(name) > 0)
        l->on_month(l->ctx, name);
}

int month_list(const struct files *files, const char *data_dir, const char *suffix,
               void (*on_month)(void *ctx, const char *name), void *ctx)
{
    struct listing l = {suffix, on_month, ctx};
    return files->list(files->ctx, data_dir, on_name, &l);
}

bool minutes_take(int64_t commit_ms, int64_t start_ms)
{
    char name[MONTH_NAME_SIZE];
    if (start_ms < 0 || start_ms > commit_ms + EARLY_DAYS * day_ms)
        return false;
    return end_of(month_name(start_ms, name)) + LATE_DAYS * day_ms > commit_ms;
}

static struct month *find(struct minutes *m, const char *name)
{
    for (size_t i = m->count; i-- > 0;)
        if (strcmp(m->months[i].name, name) == 0)
            return &m->months[i];
    return NULL;
}

static int add_month(struct minutes *m, const char *name, struct month **out)
{
    struct month *more = realloc(m->months, (m->count + 1) * sizeof *more);
    if (!more)
        return PW_ENOMEM;
    m->months = more;
    struct month *month = &more[m->count++];
    *month = (struct month){.limit = m->limit, .end_ms = end_of(name)};
    snprintf(month->name, sizeof month->name, "%.7s", name);
    *out = month;
    return 0;
}

static int path_of(const struct minutes *m, const struct month *month, const char *more,
                   char out[FILES_PATH_MAX])
{
    char suffix[64];
    snprintf(suffix, sizeof suffix, "%s%s", m->suffix, more);
    return month_path(out, m->data_dir, month->name, suffix);
}

static int remove_file(const struct minutes *m, const struct month *month, const char *more)
{
    char path[FILES_PATH_MAX];
    int err = path_of(m, month, more, path);
    if (!err)
        err = m->files->remove(m->files->ctx, path);
    return err == PW_ENOTFOUND ? 0 : err;
}

static int remove_all(const struct minutes *m, const struct month *month)
{
    static const char *const parts[] = {"", "-journal", "-wal", "-shm"};
    int err = 0;
    for (size_t i = 0; !err && i < sizeof parts / sizeof *parts; i++)
        err = remove_file(m, month, parts[i]);
    return err ? err : m->files->sync_dir(m->files->ctx, m->data_dir);
}

/* So that SQLite, which would make it readable for everybody, finds it there. */
static int make_private(const struct minutes *m, const char *path)
{
    int fd = -1;
    int err = m->files->open(m->files->ctx, path, FILES_WRITE, &fd);
    if (!err)
        m->files->close(m->files->ctx, fd);
    return err;
}

static int create(struct minutes *m, struct month *month, uint64_t first_seq)
{
    char path[FILES_PATH_MAX] = "";
    int err = m->data_dir ? path_of(m, month, "", path) : 0;
    if (!err && m->data_dir)
        err = remove_all(m, month);
    if (!err && m->data_dir)
        err = make_private(m, path);
    if (!err)
        err = month_file_create(path, first_seq, m->series_max, &month->file);
    if (!err && m->data_dir)
        err = m->files->sync_dir(m->files->ctx, m->data_dir);
    return err;
}

/* minutes-2026-11.db.damaged-N with the first N that is free. */
static int move_aside(struct minutes *m, struct month *month)
{
    char from[FILES_PATH_MAX];
    char to[FILES_PATH_MAX];
    int err = path_of(m, month, "", from);
    month_file_close(month->file);
    month->file = NULL;
    for (unsigned n = 1; !err && n < KEPT_ASIDE; n++) {
        char more[32];
        int fd = -1;
        snprintf(more, sizeof more, ".damaged-%u", n);
        err = path_of(m, month, more, to);
        if (err || m->files->open(m->files->ctx, to, FILES_READ, &fd) != 0)
            break;
        m->files->close(m->files->ctx, fd);
    }
    if (!err)
        err = m->files->rename(m->files->ctx, from, to);
    if (!err)
        log_error("record", "%s is damaged: kept as %s and made anew from the journal", from, to);
    return err ? err : remove_all(m, month);
}

/* Open unless it is closed. PW_ENOTFOUND: it is not there any more. */
static int open_month(struct minutes *m, struct month *month)
{
    char path[FILES_PATH_MAX];
    int err = path_of(m, month, "", path);
    if (!err)
        err = month_file_open(path, &month->file);
    if (err == PW_ECORRUPT || err == PW_EVERSION) {
        err = move_aside(m, month);
        return err ? err : PW_ENOTFOUND;
    }
    return err;
}

static void let_go(const struct minutes *m, struct month *month)
{
    if (!m->data_dir || !month->file || !month_file_is_closed(month->file))
        return;
    month_file_close(month->file);
    month->file = NULL;
}

static void forget(struct minutes *m, struct month *month)
{
    month_file_close(month->file);
    *month = m->months[--m->count];
}

struct discovery {
    struct minutes *m;
    int err;
};

static void on_found(void *ctx, const char *name)
{
    struct discovery *d = ctx;
    struct month *month = NULL;
    if (d->err)
        return;
    d->err = add_month(d->m, name, &month);
    if (d->err)
        return;
    d->err = open_month(d->m, month);
    if (d->err == PW_ENOTFOUND) {
        forget(d->m, month);
        d->err = 0;
    } else if (!d->err) {
        let_go(d->m, month);
    }
}

static void find_least(struct minutes *m)
{
    m->seq = UINT64_MAX;
    for (size_t i = 0; i < m->count; i++)
        if (m->months[i].file && month_file_seq(m->months[i].file) < m->seq)
            m->seq = month_file_seq(m->months[i].file);
}

int minutes_open(const struct files *files, const char *data_dir, const char *suffix,
                 struct minutes **out)
{
    struct minutes *m = calloc(1, sizeof *m);
    if (!m)
        return PW_ENOMEM;
    *m = (struct minutes){.files = files,
                          .data_dir = data_dir,
                          .suffix = suffix,
                          .limit = UINT64_MAX,
                          .series_max = MINUTE_SERIES_MAX};
    struct discovery d = {.m = m};
    int err = data_dir ? month_list(files, data_dir, suffix, on_found, &d) : 0;
    if (!err)
        err = d.err;
    if (err) {
        minutes_close(m);
        return err;
    }
    find_least(m);
    *out = m;
    return 0;
}

/* So that the next start has nothing to apply again. */
static void note_end(const struct minutes *m, struct month_file *f)
{
    if (!m->data_dir || m->seq == UINT64_MAX || month_file_seq(f) >= m->seq ||
        month_file_begin(f) != 0)
        return;
    if (month_file_note(f, m->seq) != 0)
        month_file_rollback(f);
    else if (month_file_commit(f) != 0)
        log_warn("record", "the end of a month file was not noted");
}

void minutes_close(struct minutes *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->count; i++) {
        if (m->months[i].file)
            note_end(m, m->months[i].file);
        month_file_close(m->months[i].file);
    }
    free(m->months);
    free(m);
}

int minutes_expect(struct minutes *m, const char *name, uint64_t first_seq)
{
    struct month *month = find(m, name);
    if (month || end_of(name) == 0)
        return 0;
    log_warn("record", "the minutes of %s are missing: made anew from the journal", name);
    int err = add_month(m, name, &month);
    if (!err)
        err = create(m, month, first_seq);
    find_least(m);
    return err;
}

int minutes_check_end(struct minutes *m, uint64_t last_seq)
{
    int err = 0;
    for (size_t i = 0; !err && i < m->count; i++) {
        struct month *month = &m->months[i];
        if (!month->file || month_file_seq(month->file) <= last_seq)
            continue;
        err = move_aside(m, month);
        if (!err)
            err = create(m, month, 1);
    }
    find_least(m);
    return err;
}

int minutes_limit(struct minutes *m, const char *name, uint64_t seq)
{
    struct month *month = name ? find(m, name) : NULL;
    int err = month || !name ? 0 : add_month(m, name, &month);
    if (month)
        month->limit = seq;
    else if (!err)
        m->limit = seq;
    return err;
}

uint64_t minutes_seq(const struct minutes *m)
{
    return m->seq;
}

void minutes_begin(struct minutes *m)
{
    m->committed_seq = m->seq;
}

static void settle(struct minutes *m, struct month *month)
{
    if (month_file_is_closed(month->file) && month_file_settle(month->file) != 0)
        log_warn("record", "the minutes of %s are closed, but their log is still there",
                 month->name);
    let_go(m, month);
}

static void remove_expired(struct minutes *m)
{
    for (size_t i = m->count; i-- > 0;) {
        struct month *month = &m->months[i];
        if (!month->expired)
            continue;
        month_file_close(month->file);
        month->file = NULL;
        if (m->data_dir && remove_all(m, month) != 0)
            log_warn("record", "the minutes of %s cannot be removed", month->name);
        else if (m->data_dir)
            log_info("record", "the minutes of %s were removed: they are too old", month->name);
        forget(m, month);
    }
}

int minutes_commit(struct minutes *m)
{
    int err = 0;
    for (size_t i = 0; i < m->count; i++) {
        struct month *month = &m->months[i];
        if (!month->in_transaction)
            continue;
        month->in_transaction = false;
        int failed = month_file_commit(month->file);
        if (!failed)
            settle(m, month);
        err = err ? err : failed;
    }
    if (err)
        m->seq = m->committed_seq;
    else
        remove_expired(m);
    return err;
}

void minutes_rollback(struct minutes *m)
{
    for (size_t i = 0; i < m->count; i++) {
        struct month *month = &m->months[i];
        if (month->in_transaction)
            month_file_rollback(month->file);
        month->in_transaction = month->touched = month->expired = false;
    }
    m->seq = m->committed_seq;
}

static int enter(struct month *month)
{
    if (month->in_transaction)
        return 0;
    int err = month_file_begin(month->file);
    month->in_transaction = err == 0;
    return err;
}

/* The month's file, in a transaction; *out stays NULL when the commit is in it already. */
static int reach(struct minutes *m, const char *name, uint64_t seq, struct month **out)
{
    struct month *month = find(m, name);
    int err = month ? 0 : add_month(m, name, &month);
    if (!err && !month->file && m->data_dir)
        err = open_month(m, month);
    if (err == PW_ENOTFOUND || (!err && !month->file))
        err = create(m, month, seq);
    if (err)
        return err;
    if (seq <= month_file_seq(month->file) || seq > month->limit) {
        let_go(m, month);
        return 0;
    }
    err = enter(month);
    if (!err)
        *out = month;
    return err;
}

int minutes_add(struct minutes *m, const struct mean_row *row)
{
    char name[MONTH_NAME_SIZE];
    struct month *month = NULL;
    int err = reach(m, month_name(row->start_ms, name), row->seq, &month);
    if (err || !month)
        return err;
    month->touched = true;
    if (month_file_is_closed(month->file))
        err = month_file_set_closed(month->file, false, row->seq);
    return err ? err : month_file_add(month->file, row);
}

void minutes_assume_series_max(struct minutes *m, uint32_t series_max)
{
    m->series_max = series_max;
}

int minutes_set_series_max(struct minutes *m, uint32_t series_max)
{
    int err = 0;
    if (series_max == m->series_max)
        return 0;
    m->series_max = series_max;
    for (size_t i = 0; !err && i < m->count; i++) {
        struct month *month = &m->months[i];
        if (!month->file)
            continue;
        err = enter(month);
        if (!err)
            err = month_file_set_series_max(month->file, series_max);
    }
    return err;
}

void minutes_expire(struct minutes *m, const char *name)
{
    struct month *month = find(m, name);
    if (month)
        month->expired = true;
}

/* What is due in a month's file when a commit has passed it. */
static int pass_month(struct month *month, uint64_t seq, int64_t commit_ms)
{
    if (!month->file || seq <= month_file_seq(month->file) || seq > month->limit)
        return 0;
    bool closes = !month_file_is_closed(month->file) && !month->touched &&
                  commit_ms >= month->end_ms + LATE_DAYS * day_ms;
    if (!month->touched && !closes && seq % NOTE_EVERY != 0)
        return 0;
    int err = enter(month);
    if (!err && closes)
        err = month_file_set_closed(month->file, true, seq);
    if (!err)
        err = month_file_note(month->file, seq);
    month->touched = false;
    return err;
}

int minutes_pass(struct minutes *m, uint64_t seq, int64_t commit_ms)
{
    int err = 0;
    for (size_t i = 0; !err && i < m->count; i++)
        err = pass_month(&m->months[i], seq, commit_ms);
    if (!err && (m->seq == UINT64_MAX || seq > m->seq))
        m->seq = seq;
    return err;
}

void minutes_each(struct minutes *m,
                  void (*on_month)(void *ctx, const char *name, struct sqlite3 *db), void *ctx)
{
    for (size_t i = 0; i < m->count; i++)
        on_month(ctx, m->months[i].name,
                 m->months[i].file ? month_file_handle(m->months[i].file) : NULL);
}
