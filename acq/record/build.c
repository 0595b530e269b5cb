#include "acq/record/kept_means.h"
#include "acq/record/minutes.h"
#include "acq/record/start.h"
#include "acq/record/walk.h"

#include <stdio.h>
#include <string.h>

/* Commits per SQLite transaction while many are applied. */
enum { BUILD_BATCH = 512, TAIL_SEGMENTS = 2 };

/* Damage of which a line `gap` behind it may tell: judged at the end. */
enum { DOUBTS_MAX = 64 };

struct build {
    struct walk_damage doubts[DOUBTS_MAX];
    size_t doubt_count;
    const char *data_dir;
    const struct why *why;
    struct projection *projection;
    bool accept_gap;
    bool accept_all; /* damage was judged before; here it is only passed */
    size_t newest;   /* of the segments this many only; 0: all */
    uint64_t most;
    uint64_t commits;
    uint64_t pending;
    bool with_minutes; /* into minutes-*.db.new */
    uint64_t first_seq;
};

static int flush(struct build *b)
{
    if (b->pending == 0)
        return 0;
    b->pending = 0;
    return projection_commit(b->projection);
}

static int build_commit(void *ctx, const struct stored_commit *c)
{
    struct build *b = ctx;
    if (c->head.seq <= projection_least_seq(b->projection))
        return 0;
    if (b->commits == b->most)
        return PW_EMORE;
    int err = b->pending == 0 ? projection_begin(b->projection) : 0;
    if (err)
        return err;
    b->pending++;
    err = projection_apply(b->projection, c);
    if (err)
        return err;
    b->commits++;
    return b->pending >= BUILD_BATCH ? flush(b) : 0;
}

static int build_damage(void *ctx, const struct walk_damage *d)
{
    struct build *b = ctx;
    if (d->tail && d->err != PW_EVERSION)
        return 0;
    if (b->accept_all || projection_has_gap(b->projection, d->gap.day, d->gap.from_offset))
        return 0;
    if (!b->accept_gap && b->doubt_count == DOUBTS_MAX)
        return walk_say_damage(b->why, PW_ECORRUPT, b->data_dir, &b->doubts[0]);
    if (!b->accept_gap) {
        b->doubts[b->doubt_count++] = *d;
        return 0;
    }
    int err = flush(b);
    return err ? err : projection_add_gap(b->projection, &d->gap);
}

/* Whether every gap that was met had been accepted and told of. */
static int judge_doubts(const struct build *b)
{
    for (size_t i = 0; i < b->doubt_count; i++) {
        const struct journal_gap *gap = &b->doubts[i].gap;
        if (!projection_has_gap(b->projection, gap->day, gap->from_offset))
            return walk_say_damage(b->why, PW_ECORRUPT, b->data_dir, &b->doubts[i]);
    }
    return 0;
}

static int build_from(struct build *b, const struct files *files, uint64_t from_seq)
{
    const struct walk_visitor visitor = {build_commit, build_damage, b};
    struct walk w = {.files = files, .data_dir = b->data_dir};
    struct segment_list list;
    size_t first = 0;
    int64_t offset = 0;
    int err = segment_list_read(files, b->data_dir, &list);
    if (err)
        return err;
    if (from_seq > 1 && list.count > 0) {
        err = walk_find(files, b->data_dir, &list, from_seq, &first);
        if (!err)
            err = walk_find_offset(files, b->data_dir, list.days[first], from_seq, &offset);
    }
    if (b->newest > 0 && list.count > b->newest)
        first = list.count - b->newest;
    if (!err)
        err = walk_list_from(&w, &list, first, offset, &visitor);
    segment_list_deinit(&list);
    if (err == 0 || err == PW_EMORE) {
        err = flush(b);
        return err ? err : judge_doubts(b);
    }
    if (b->pending > 0)
        projection_rollback(b->projection);
    return err;
}

int start_catch_up(const struct files *files, const char *data_dir, struct projection *p,
                   uint64_t most, const struct why *why, uint64_t *out_commits)
{
    struct build b = {
        .data_dir = data_dir, .why = why, .projection = p, .accept_all = why == NULL, .most = most};
    int err = build_from(&b, files, projection_least_seq(p) + 1);
    if (!err)
        *out_commits = b.commits;
    return err;
}

static int seal_or_say(struct projection *p, const char *path, const struct why *why)
{
    int err = projection_seal(p);
    return err ? why_say(why, err, "%s cannot be written", path) : 0;
}

/* So that SQLite, which would make it readable for everybody, finds it there. */
static int make_private_file(const struct data_dir *d, const char *path)
{
    int fd = -1;
    int err = d->files->open(d->files->ctx, path, FILES_WRITE, &fd);
    if (!err)
        d->files->close(d->files->ctx, fd);
    return err;
}

static int name_beside(char out[FILES_PATH_MAX], const struct data_dir *d, const char *suffix)
{
    int n = snprintf(out, FILES_PATH_MAX, "%s/plumewatch.db%s", d->path, suffix);
    return n > 0 && n < FILES_PATH_MAX ? 0 : PW_EINVAL;
}

static int attach_new_minutes(const struct data_dir *d, struct build *b)
{
    struct minutes *minutes = NULL;
    int err = kept_means_clear(d);
    if (!err)
        err = minutes_open(d->files, d->path, ".new", &minutes);
    return err ? err : projection_attach(b->projection, minutes);
}

/* What the journal no longer holds comes from the database that is replaced. */
static int keep_means(const struct data_dir *d, struct build *b)
{
    char old[FILES_PATH_MAX];
    int err = name_beside(old, d, "");
    if (err)
        return err;
    kept_means_copy(b->projection, old);
    b->first_seq = kept_means_first_seq(b->projection);
    return 0;
}

static int create_sealed(const struct data_dir *d, const char *path, struct build *b)
{
    int err = make_private_file(d, path);
    if (!err)
        err = projection_create(path, d->plant, &b->projection);
    if (!err && b->with_minutes)
        err = attach_new_minutes(d, b);
    if (err)
        return why_say(b->why, err, "%s cannot be made", path);
    err = b->most > 0 ? build_from(b, d->files, 1) : 0;
    if (err && err != PW_ECORRUPT && err != PW_EVERSION)
        why_say(b->why, err, "%s cannot be made from the journal: %s", path, pw_strerror(err));
    if (!err && b->with_minutes)
        err = keep_means(d, b);
    if (!err)
        err = seal_or_say(b->projection, path, b->why);
    projection_close(b->projection);
    return err;
}

static int move_aside(const struct data_dir *d, const char *suffix, const char *to_suffix)
{
    char from[FILES_PATH_MAX];
    char to[FILES_PATH_MAX];
    int err = name_beside(from, d, suffix);
    if (!err)
        err = name_beside(to, d, to_suffix);
    if (!err)
        err = d->files->rename(d->files->ctx, from, to);
    return err == PW_ENOTFOUND ? 0 : err;
}

static int remove_beside(const struct data_dir *d, const char *suffix)
{
    char path[FILES_PATH_MAX];
    int err = name_beside(path, d, suffix);
    if (!err)
        err = d->files->remove(d->files->ctx, path);
    return err == PW_ENOTFOUND ? 0 : err;
}

/* The old database's log must never meet the new database. */
static int swap(const struct data_dir *d)
{
    int err = remove_beside(d, ".bak-wal");
    if (!err)
        err = move_aside(d, "", ".bak");
    if (!err)
        err = move_aside(d, "-wal", ".bak-wal");
    if (!err)
        err = remove_beside(d, "-shm");
    if (!err)
        err = d->files->sync_dir(d->files->ctx, d->path);
    if (!err)
        err = move_aside(d, ".new", "");
    return err ? err : d->files->sync_dir(d->files->ctx, d->path);
}

static int clear_new(const struct data_dir *d, char path[FILES_PATH_MAX], const struct why *why)
{
    int err = name_beside(path, d, ".new");
    if (!err)
        err = remove_beside(d, ".new");
    if (!err)
        err = remove_beside(d, ".new-journal");
    return err ? why_say(why, err, "%s/plumewatch.db.new cannot be removed", d->path) : 0;
}

static int build_and_swap(const struct data_dir *d, struct build *b)
{
    char path[FILES_PATH_MAX];
    int err = clear_new(d, path, b->why);
    if (err)
        return err;
    err = create_sealed(d, path, b);
    if (err) {
        (void)remove_beside(d, ".new");
        return err;
    }
    err = b->with_minutes ? kept_means_swap(d, b->first_seq) : 0;
    if (!err)
        err = swap(d);
    if (err)
        why_say(b->why, err, "%s cannot take the place of %s/plumewatch.db", path, d->path);
    return err;
}

int start_rebuild(const struct data_dir *d, bool accept_gap, uint64_t *out_commits,
                  const struct why *why)
{
    struct build b = {.data_dir = d->path,
                      .why = why,
                      .accept_gap = accept_gap,
                      .most = UINT64_MAX,
                      .with_minutes = true};
    int err = build_and_swap(d, &b);
    if (!err)
        *out_commits = b.commits;
    return err;
}

int start_begin_anew(const struct data_dir *d, const struct why *why)
{
    struct build b = {.data_dir = d->path, .why = why};
    return build_and_swap(d, &b);
}

void start_remove_tail(const struct files *files, const char *data_dir)
{
    static const char *const suffixes[] = {"", "-journal", "-wal", "-shm"};
    char path[FILES_PATH_MAX];
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        int n = snprintf(path, sizeof path, "%s/plumewatch.db.tail%s", data_dir, suffixes[i]);
        if (n > 0 && (size_t)n < sizeof path)
            (void)files->remove(files->ctx, path);
    }
}

int start_make_tail(const struct data_dir *d, const struct why *why)
{
    struct build b = {.data_dir = d->path,
                      .why = why,
                      .accept_all = true,
                      .newest = TAIL_SEGMENTS,
                      .most = UINT64_MAX};
    char path[FILES_PATH_MAX];
    start_remove_tail(d->files, d->path);
    int err = name_beside(path, d, ".tail");
    return err ? err : create_sealed(d, path, &b);
}
