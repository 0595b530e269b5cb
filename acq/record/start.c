#include "acq/record/start.h"

#include "acq/core/log.h"
#include "acq/record/minutes.h"
#include "acq/record/scan.h"
#include "acq/record/walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHY_SIZE = 9000 }; /* a sentence with two paths */

static int copy_range(const struct files *f, int from, int to, int64_t offset, int64_t len)
{
    enum { CHUNK = 65536 };
    uint8_t *chunk = malloc(CHUNK);
    int err = chunk ? 0 : PW_ENOMEM;
    for (int64_t done = 0; !err && done < len; done += CHUNK) {
        size_t want = len - done < CHUNK ? (size_t)(len - done) : CHUNK;
        size_t got = 0;
        err = f->read_at(f->ctx, from, chunk, want, offset + done, &got);
        if (!err && got != want)
            err = PW_EIO;
        if (!err)
            err = f->write_at(f->ctx, to, chunk, got, done);
    }
    free(chunk);
    return err ? err : f->sync(f->ctx, to);
}

/* DATA/torn/2026-11-24-OFFSET-N with the first N that is free. */
static int open_torn_copy(const struct data_dir *d, int32_t day, int64_t offset, int *out_fd)
{
    char path[FILES_PATH_MAX];
    char name[SEGMENT_NAME_SIZE];
    segment_name(day, name);
    for (unsigned n = 1; n < 10000; n++) {
        int len =
            snprintf(path, sizeof path, "%s/torn/%s-%lld-%u", d->path, name, (long long)offset, n);
        if (len <= 0 || (size_t)len >= sizeof path)
            return PW_EINVAL;
        int fd = -1;
        int err = n == 1 ? data_dir_make_parents(d->files, d->path, path) : 0;
        if (err)
            return err;
        err = d->files->open(d->files->ctx, path, FILES_READ, &fd);
        if (err == PW_ENOTFOUND)
            return d->files->open(d->files->ctx, path, FILES_WRITE, out_fd);
        if (err)
            return err;
        d->files->close(d->files->ctx, fd);
    }
    return PW_EFULL;
}

static int keep_torn(const struct data_dir *d, int segment_fd, const struct scan *s, int64_t size)
{
    char folder[FILES_PATH_MAX];
    int copy = -1;
    int err = open_torn_copy(d, s->torn_day, s->torn_offset, &copy);
    if (err)
        return err;
    err = copy_range(d->files, segment_fd, copy, s->torn_offset, size - s->torn_offset);
    d->files->close(d->files->ctx, copy);
    if (!err)
        err = files_join(folder, d->path, "torn");
    return err ? err : d->files->sync_dir(d->files->ctx, folder);
}

static int cut_torn(const struct scan *s, uint64_t *out_bytes)
{
    const struct data_dir *d = s->dir;
    char path[FILES_PATH_MAX];
    int fd = -1;
    int64_t size = 0;
    int err = segment_path(path, d->path, s->torn_day);
    if (!err)
        err = d->files->open(d->files->ctx, path, FILES_WRITE, &fd);
    if (err)
        return err;
    err = d->files->size(d->files->ctx, fd, &size);
    if (!err)
        err = keep_torn(d, fd, s, size);
    if (!err)
        err = d->files->truncate(d->files->ctx, fd, s->torn_offset);
    if (!err)
        err = d->files->sync(d->files->ctx, fd);
    d->files->close(d->files->ctx, fd);
    if (err)
        return why_say(s->why, err, "the torn tail of %s cannot be moved to %s/torn: %s", path,
                       d->path, pw_strerror(err));
    *out_bytes = (uint64_t)(size - s->torn_offset);
    log_warn("record", "%s: %llu bytes behind offset %lld were an unfinished write: kept in torn/",
             path, (unsigned long long)*out_bytes, (long long)s->torn_offset);
    return 0;
}

static int check_not_ahead(const struct scan *s, const char *db_path)
{
    uint64_t known = projection_seq(s->projection);
    if (known < s->end.seq)
        return 0;
    if (known == s->end.seq && projection_head_is(s->projection, s->end.head))
        return 0;
    return why_say(s->why, PW_EDB,
                   "%s knows commit %llu, which is not in the journal (it ends with %llu%s): "
                   "`plumewatch rebuild --data %s` makes it anew from the journal",
                   db_path, (unsigned long long)known, (unsigned long long)s->end.seq,
                   s->torn ? ", an unfinished commit behind it" : "", s->dir->path);
}

/* plumewatch.db.damaged-N with the first N that is free; its log goes with it. */
static int keep_damaged(const struct data_dir *d, const char *path, const struct why *why)
{
    char to[FILES_PATH_MAX];
    char log[FILES_PATH_MAX];
    char kept_log[FILES_PATH_MAX];
    int err = PW_EFULL;
    for (unsigned n = 1; err == PW_EFULL && n < 1000; n++) {
        int fd = -1;
        snprintf(to, sizeof to, "%.4000s.damaged-%u", path, n);
        if (d->files->open(d->files->ctx, to, FILES_READ, &fd) == 0)
            d->files->close(d->files->ctx, fd);
        else
            err = d->files->rename(d->files->ctx, path, to);
    }
    if (err)
        return why_say(why, err, "%s is damaged and cannot be moved aside", path);
    log_error("record", "%s is damaged: kept as %s and made anew from the journal", path, to);
    snprintf(log, sizeof log, "%.4000s-wal", path);
    snprintf(kept_log, sizeof kept_log, "%.4080s-wal", to);
    (void)d->files->rename(d->files->ctx, log, kept_log);
    return 0;
}

static int open_projection(const struct data_dir *d, const char *path, struct start_result *r,
                           const struct why *why)
{
    int err = projection_open(path, d->plant, &r->projection, why);
    if (err != PW_ENOTFOUND && err != PW_ECORRUPT && err != PW_EVERSION)
        return err;
    if (err == PW_EVERSION)
        log_warn("record", "%s is of another version: it is made anew from the journal", path);
    err = err == PW_ECORRUPT ? keep_damaged(d, path, why) : 0;
    if (!err)
        err = start_begin_anew(d, why);
    if (err)
        return err;
    r->rebuilt = true;
    return projection_open(path, d->plant, &r->projection, why);
}

static int scan_and_cut(struct scan *s, struct start_result *r, const char *db_path)
{
    struct segment_list list;
    int err = segment_list_read(s->dir->files, s->dir->path, &list);
    if (err)
        return why_say(s->why, err, "%s/archive cannot be read: %s", s->dir->path,
                       pw_strerror(err));
    err = scan_end(s, &list);
    segment_list_deinit(&list);
    if (!err)
        err = check_not_ahead(s, db_path);
    if (!err && s->torn)
        err = cut_torn(s, &r->torn_bytes);
    return err;
}

static int attach_minutes(const struct data_dir *d, struct start_result *r, const struct why *why)
{
    struct minutes *minutes = NULL;
    int err = minutes_open(d->files, d->path, "", &minutes);
    if (!err)
        err = minutes_check_end(minutes, r->end.seq);
    if (err)
        minutes_close(minutes);
    else
        err = projection_attach(r->projection, minutes);
    return err ? why_say(why, err, "the month files of %s cannot be opened: %s", d->path,
                         pw_strerror(err))
               : 0;
}

/* What SQLite lacks is applied now when it is little. */
static int catch_up(const struct data_dir *d, uint64_t at_once, struct start_result *r,
                    const struct why *why)
{
    uint64_t known = projection_least_seq(r->projection);
    start_remove_tail(d->files, d->path);
    if (known >= r->end.seq)
        return 0;
    r->behind = r->end.seq - known > at_once;
    if (!r->behind)
        return start_catch_up(d->files, d->path, r->projection, UINT64_MAX, why, &r->replayed);
    log_warn("record", "SQLite lacks %llu commits: they are applied while the server runs",
             (unsigned long long)(r->end.seq - known));
    return projection_seq(r->projection) < r->end.seq ? start_make_tail(d, why) : 0;
}

int start_journal(const struct data_dir *d, uint64_t at_once, struct start_result *out,
                  const struct why *why)
{
    char db_path[FILES_PATH_MAX];
    char words[WHY_SIZE] = "";
    const struct why own = {words, sizeof words};
    struct start_result r = {0};
    struct scan s = {.dir = d, .why = &own};
    int err = files_join(db_path, d->path, "plumewatch.db");
    if (err)
        return err;
    why_say(&own, 0, "%s cannot be opened", d->path);
    err = open_projection(d, db_path, &r, &own);
    s.projection = r.projection;
    if (!err)
        err = scan_and_cut(&s, &r, db_path);
    r.end = s.end;
    if (!err)
        err = attach_minutes(d, &r, &own);
    if (!err)
        err = catch_up(d, at_once, &r, &own);
    if (err) {
        projection_close(r.projection);
        return why_say(why, err, "%s", words);
    }
    r.torn_day = s.torn_day;
    r.torn_offset = s.torn_offset;
    r.skimmed_day = s.skimmed_day;
    r.skimmed_seq = s.skimmed_seq;
    *out = r;
    return 0;
}
