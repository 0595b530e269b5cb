#include "acq/record/verify.h"

#include "acq/record/compare.h"
#include "acq/record/gentle.h"
#include "acq/record/read_only.h"
#include "acq/record/verify_minutes.h"
#include "acq/record/walk.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

struct anchor {
    bool given;
    uint64_t seq;
    char digest[SM3_HEX_SIZE];
    bool reached;
    bool equal;
};

struct verify {
    const struct files *files;
    const char *data_dir;
    FILE *out;
    sqlite3 *db;                /* a snapshot; NULL: there is no database */
    uint64_t db_seq;            /* SQLite is up to here */
    struct projection *rebuilt; /* the journal's projection up to db_seq */
    struct verify_minutes *minutes;
    uint64_t apply_seq; /* the last that any file is at */
    struct anchor anchor;
    uint64_t commits;
    uint64_t first_seq, last_seq;
    char first_prev[SM3_HEX_SIZE];
    uint64_t problems;
    bool anchor_unproven; /* damage stands before the anchored commit */
};

static int parse_anchor(const char *text, struct anchor *out)
{
    struct anchor a = {0};
    if (!text)
        return 0;
    char *end = NULL;
    if (*text < '0' || *text > '9')
        return PW_EINVAL;
    a.seq = strtoull(text, &end, 10);
    if (*end != ':' || strlen(end + 1) != SM3_HEX_SIZE - 1 ||
        strspn(end + 1, "0123456789abcdef") != SM3_HEX_SIZE - 1 || a.seq == 0)
        return PW_EINVAL;
    memcpy(a.digest, end + 1, SM3_HEX_SIZE);
    a.given = true;
    *out = a;
    return 0;
}

static int on_commit(void *ctx, const struct stored_commit *c)
{
    struct verify *v = ctx;
    char hex[SM3_HEX_SIZE];
    if (v->commits++ == 0) {
        v->first_seq = c->head.seq;
        sm3_hex(c->head.prev, v->first_prev);
    }
    v->last_seq = c->head.seq;
    if (v->anchor.given && c->head.seq == v->anchor.seq) {
        v->anchor.reached = true;
        v->anchor.equal = strcmp(sm3_hex(c->digest, hex), v->anchor.digest) == 0;
    }
    if (v->db && c->head.seq <= v->apply_seq)
        return projection_apply(v->rebuilt, c);
    return 0;
}

static int on_damage(void *ctx, const struct walk_damage *d)
{
    struct verify *v = ctx;
    char path[FILES_PATH_MAX];
    int err = segment_path(path, v->data_dir, d->gap.day);
    if (err)
        return err;
    /* A running server may be writing there; what SQLite knows was durable. */
    if (d->tail && v->db && v->db_seq <= d->gap.after_seq) {
        fprintf(v->out, "%s: %lld bytes behind offset %lld are not a whole commit yet\n", path,
                (long long)(d->gap.to_offset - d->gap.from_offset), (long long)d->gap.from_offset);
        return 0;
    }
    v->problems++;
    if (!v->anchor.reached)
        v->anchor_unproven = true;
    fprintf(v->out, "BROKEN %s offset %lld, behind commit %llu: %s\n", path,
            (long long)d->gap.from_offset, (unsigned long long)d->gap.after_seq, d->what);
    return d->tail || !v->db || d->gap.after_seq >= v->db_seq
               ? 0
               : projection_add_gap(v->rebuilt, &d->gap);
}

/* One that a start would make anew says nothing about the journal. */
static bool is_of_this_version(struct verify *v, const char *path)
{
    sqlite3_stmt *s = NULL;
    int version = PROJECTION_SCHEMA;
    if (sqlite3_prepare_v2(v->db, "SELECT value FROM meta WHERE key = 'schema'", -1, &s, NULL) ==
            SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW)
        version = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    if (version == PROJECTION_SCHEMA)
        return true;
    fprintf(v->out, "%s is of version %d and not of %d: the next start makes it anew\n", path,
            version, PROJECTION_SCHEMA);
    return false;
}

static int open_snapshot(struct verify *v)
{
    char path[FILES_PATH_MAX];
    int err = files_join(path, v->data_dir, "plumewatch.db");
    if (err)
        return err;
    if (read_only_open(path, &v->db) == 0 && compare_begin(v->db, &v->db_seq) == 0) {
        if (!is_of_this_version(v, path)) {
            sqlite3_close(v->db);
            v->db = NULL;
        }
        return 0;
    }
    FILE *probe = fopen(path, "rb");
    if (probe)
        fclose(probe);
    fprintf(v->out, "BROKEN %s: %s; `plumewatch rebuild --data %s` makes it anew\n", path,
            probe ? sqlite3_errmsg(v->db) : "it is missing", v->data_dir);
    v->problems++;
    sqlite3_close(v->db);
    v->db = NULL;
    return 0;
}

static void on_difference(void *ctx, const char *table, const char *what)
{
    struct verify *v = ctx;
    v->problems++;
    fprintf(v->out, "BROKEN plumewatch.db table %s: %s\n", table, what);
}

static int compare_database(struct verify *v)
{
    if (!v->db)
        return 0;
    if (projection_seq(v->rebuilt) != v->db_seq) {
        v->problems++;
        fprintf(v->out, "BROKEN plumewatch.db knows commit %llu, the journal ends with %llu\n",
                (unsigned long long)v->db_seq, (unsigned long long)v->last_seq);
        return 0;
    }
    uint64_t before = v->problems;
    int err =
        compare_projections(v->db, projection_handle(v->rebuilt), v->first_seq, on_difference, v);
    if (!err && v->problems == before)
        fprintf(v->out, "SQLite equals the journal up to commit %llu\n",
                (unsigned long long)v->db_seq);
    return err;
}

/* A segment that SQLite lists and that is neither there nor removed by a rule was taken away. */
static void on_missing_segment(void *ctx, const char *day, uint64_t first, uint64_t last,
                               const char *rule)
{
    struct verify *v = ctx;
    fprintf(v->out, "%ssegment %s (commits %llu to %llu) %s%s\n", rule ? "" : "BROKEN ", day,
            (unsigned long long)first, (unsigned long long)last,
            rule ? "was removed by the rule " : "is missing", rule ? rule : "");
    v->problems += rule == NULL;
}

/* What is gone before the first kept commit must be told by a line `removed`, with the very digest
 * that the first kept one is chained to. */
static int check_beginning(struct verify *v)
{
    bool told = false;
    if (v->first_seq <= 1 || !v->db)
        return 0;
    int err = compare_removed_before(v->db, v->first_seq, v->first_prev, &told);
    if (err || told)
        return err;
    v->problems++;
    fprintf(v->out, "BROKEN commits 1 to %llu are not here, and no removal ends with digest %s\n",
            (unsigned long long)v->first_seq - 1, v->first_prev);
    return 0;
}

static void tell_anchor(struct verify *v)
{
    const struct anchor *a = &v->anchor;
    if (!a->given) {
        fprintf(v->out, "no anchor was given: the chain is whole in itself, which does not prove "
                        "that it was not written anew\n");
        return;
    }
    if (a->reached && a->equal && !v->anchor_unproven) {
        fprintf(v->out, "anchor %llu: proven, every kept commit up to it is what was anchored\n",
                (unsigned long long)a->seq);
        return;
    }
    v->problems++;
    fprintf(v->out, "BROKEN anchor %llu: not proven, %s\n", (unsigned long long)a->seq,
            !a->reached ? "that commit is not in the journal"
            : !a->equal ? "the commit has another digest"
                        : "the chain is broken before it");
}

static int check_all(struct verify *v)
{
    const struct walk_visitor visitor = {on_commit, on_damage, v};
    const struct files *files = v->files;
    struct walk w = {.files = files, .data_dir = v->data_dir};
    struct segment_list list;
    int err = segment_list_read(files, v->data_dir, &list);
    if (err)
        return err;
    err = v->db ? projection_begin(v->rebuilt) : 0;
    if (!err)
        err = walk_list(&w, &list, 0, &visitor);
    if (!err && v->db)
        err = projection_commit(v->rebuilt);
    if (!err && v->db)
        err = compare_segments(v->db, list.days, list.count, on_missing_segment, v);
    segment_list_deinit(&list);
    if (err)
        return err;
    fprintf(v->out, "%llu commits checked, %llu to %llu\n", (unsigned long long)v->commits,
            (unsigned long long)v->first_seq, (unsigned long long)v->last_seq);
    err = compare_database(v);
    if (!err && v->minutes)
        v->problems += verify_minutes_compare(v->minutes, v->first_seq, v->out);
    if (!err)
        err = check_beginning(v);
    tell_anchor(v);
    return err;
}

static int begin_minutes(struct verify *v)
{
    projection_limit(v->rebuilt, v->db_seq);
    return verify_minutes_begin(v->files, v->data_dir, v->rebuilt, v->db_seq, &v->minutes,
                                &v->apply_seq);
}

int record_verify(const char *data_dir, const char *anchor, FILE *out)
{
    char text[1024] = "";
    const struct why why = {text, sizeof text};
    struct data_dir dir;
    struct gentle gentle;
    gentle_init(&gentle, GENTLE_BYTES_S);
    struct verify v = {.files = &gentle.files, .out = out};
    int err = parse_anchor(anchor, &v.anchor);
    if (err)
        return err;
    err = data_dir_inspect(&dir, v.files, data_dir, &why);
    if (err) {
        fprintf(out, "%s\n", text);
        return err;
    }
    v.data_dir = dir.path;
    err = open_snapshot(&v);
    if (!err)
        err = projection_create("", dir.plant, &v.rebuilt);
    if (!err && v.db)
        err = begin_minutes(&v);
    if (!err)
        err = check_all(&v);
    if (err)
        fprintf(out, "the check could not be finished: %s\n", pw_strerror(err));
    verify_minutes_free(v.minutes);
    projection_close(v.rebuilt);
    sqlite3_close(v.db);
    return err ? err : v.problems ? PW_ECORRUPT : 0;
}
