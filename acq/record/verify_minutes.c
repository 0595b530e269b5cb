#include "acq/record/verify_minutes.h"

#include "acq/record/compare.h"
#include "acq/record/mean_sql.h"
#include "acq/record/minutes.h"
#include "acq/record/read_only.h"
#include "acq/record/schema.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define NAMED "s.outlet, s.factor, s.source, s.site"

static const struct schema_table tables[] = {
    {"minute", "SELECT " NAMED ", m.packs, " MEAN_SQL_NAMES
               " FROM minute m JOIN series s ON s.id = m.series WHERE ?1 >= 0"
               " ORDER BY " NAMED ", start_ms, revision"},
    {"pack", "SELECT " NAMED ", p.hour_ms, p.data, p.seq FROM pack p JOIN series s"
             " ON s.id = p.series WHERE ?1 >= 0 ORDER BY " NAMED ", p.hour_ms"},
};

struct snapshot {
    char name[MONTH_NAME_SIZE];
    sqlite3 *db; /* NULL: it cannot be read */
    int64_t first_seq, seq;
    bool unfinished; /* a write was cut short; it is undone by whoever may write */
    bool compared;
};

struct verify_minutes {
    const char *data_dir;
    struct projection *rebuilt;
    struct snapshot *months;
    size_t count;
    int err;
    /* While comparing. */
    FILE *out;
    uint64_t first_seq;
    uint64_t problems, equal;
    const char *name;
};

static bool get_meta(sqlite3 *db, const char *sql, int64_t *out)
{
    sqlite3_stmt *s = NULL;
    bool found =
        sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW;
    if (found)
        *out = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return found;
}

static void hold(struct snapshot *s, const char *path)
{
    bool held = read_only_open(path, &s->db) == 0 &&
                sqlite3_exec(s->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK &&
                get_meta(s->db, "SELECT value FROM meta WHERE key = 'last_seq'", &s->seq) &&
                get_meta(s->db, "SELECT value FROM meta WHERE key = 'first_seq'", &s->first_seq);
    if (held)
        return;
    s->unfinished = sqlite3_extended_errcode(s->db) == SQLITE_READONLY_ROLLBACK;
    sqlite3_close(s->db);
    s->db = NULL;
}

static void on_file(void *ctx, const char *name)
{
    struct verify_minutes *v = ctx;
    char path[FILES_PATH_MAX];
    struct snapshot *more = realloc(v->months, (v->count + 1) * sizeof *more);
    if (!more || month_path(path, v->data_dir, name, "") != 0) {
        v->months = more ? more : v->months;
        v->err = PW_ENOMEM;
        return;
    }
    v->months = more;
    struct snapshot *s = &more[v->count++];
    *s = (struct snapshot){.db = NULL};
    snprintf(s->name, sizeof s->name, "%.7s", name);
    hold(s, path);
}

static int attach(struct verify_minutes *v, const struct files *files, uint64_t db_seq)
{
    struct minutes *minutes = NULL;
    int err = minutes_open(files, NULL, "", &minutes);
    if (!err)
        err = projection_attach(v->rebuilt, minutes);
    if (!err)
        err = minutes_limit(minutes, NULL, db_seq);
    for (size_t i = 0; !err && i < v->count; i++)
        if (v->months[i].db)
            err = minutes_limit(minutes, v->months[i].name, (uint64_t)v->months[i].seq);
    return err;
}

int verify_minutes_begin(const struct files *files, const char *data_dir,
                         struct projection *rebuilt, uint64_t db_seq, struct verify_minutes **out,
                         uint64_t *out_seq)
{
    struct verify_minutes *v = calloc(1, sizeof *v);
    if (!v)
        return PW_ENOMEM;
    v->data_dir = data_dir;
    v->rebuilt = rebuilt;
    int err = month_list(files, data_dir, "", on_file, v);
    if (!err)
        err = v->err;
    if (!err)
        err = attach(v, files, db_seq);
    if (err) {
        verify_minutes_free(v);
        return err;
    }
    *out_seq = db_seq;
    for (size_t i = 0; i < v->count; i++)
        if (v->months[i].db && (uint64_t)v->months[i].seq > *out_seq)
            *out_seq = (uint64_t)v->months[i].seq;
    *out = v;
    return 0;
}

void verify_minutes_free(struct verify_minutes *v)
{
    if (!v)
        return;
    for (size_t i = 0; i < v->count; i++)
        sqlite3_close(v->months[i].db);
    free(v->months);
    free(v);
}

static void say(struct verify_minutes *v, const char *name, const char *what)
{
    v->problems++;
    fprintf(v->out, "BROKEN minutes-%s.db: %s; `plumewatch rebuild --data %s` makes it anew\n",
            name, what, v->data_dir);
}

static void on_difference(void *ctx, const char *table, const char *what)
{
    struct verify_minutes *v = ctx;
    v->problems++;
    fprintf(v->out, "BROKEN minutes-%s.db table %s: %s\n", v->name, table, what);
}

static struct snapshot *find(struct verify_minutes *v, const char *name)
{
    for (size_t i = 0; i < v->count; i++)
        if (strcmp(v->months[i].name, name) == 0)
            return &v->months[i];
    return NULL;
}

static bool is_partly_kept(const struct verify_minutes *v, const struct snapshot *s)
{
    return s->db && s->first_seq > 0 && (uint64_t)s->first_seq < v->first_seq;
}

static void on_rebuilt(void *ctx, const char *name, struct sqlite3 *db)
{
    struct verify_minutes *v = ctx;
    struct snapshot *s = find(v, name);
    if (!db)
        return;
    if (!s) {
        say(v, name, "it is missing");
        return;
    }
    s->compared = true;
    if (!s->db || is_partly_kept(v, s))
        return;
    uint64_t before = v->problems;
    v->name = name;
    compare_listed(s->db, db, tables, sizeof tables / sizeof *tables, v->first_seq, on_difference,
                   v);
    v->equal += v->problems == before;
}

uint64_t verify_minutes_compare(struct verify_minutes *v, uint64_t first_seq, FILE *out)
{
    v->out = out;
    v->first_seq = first_seq;
    minutes_each(projection_minutes(v->rebuilt), on_rebuilt, v);
    for (size_t i = 0; i < v->count; i++) {
        const struct snapshot *s = &v->months[i];
        if (s->unfinished)
            fprintf(out,
                    "minutes-%s.db holds a write that was cut short and that the next start "
                    "undoes: not compared\n",
                    s->name);
        else if (!s->db)
            say(v, s->name, "it cannot be read");
        else if (is_partly_kept(v, s))
            fprintf(out, "minutes-%s.db begins before the kept journal: not compared\n", s->name);
        else if (!s->compared)
            say(v, s->name, "it is not from the journal");
    }
    if (v->equal > 0)
        fprintf(out, "%llu month files equal the journal\n", (unsigned long long)v->equal);
    return v->problems;
}
