#include "acq/record/backup_minutes.h"

#include "acq/record/backup_copy.h"
#include "acq/record/minutes.h"
#include "acq/record/read_only.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { SQLITE_WAIT_MS = 50 };

/* In one transaction: a writer does not wait for it and cannot make it begin anew. */
static int copy_pages(sqlite3 *from, sqlite3 *to)
{
    sqlite3_backup *copy = sqlite3_backup_init(to, "main", from, "main");
    if (!copy)
        return PW_EDB;
    int rc;
    while ((rc = sqlite3_backup_step(copy, -1)) == SQLITE_BUSY || rc == SQLITE_LOCKED)
        sqlite3_sleep(SQLITE_WAIT_MS);
    return sqlite3_backup_finish(copy) == SQLITE_OK && rc == SQLITE_DONE ? 0 : PW_EDB;
}

int backup_sqlite_file(const struct files *files, const char *from, const char *part,
                       const char *path)
{
    sqlite3 *source = NULL;
    sqlite3 *target = NULL;
    int err = 0;
    (void)files->remove(files->ctx, part);
    if (read_only_open(from, &source) != 0 || sqlite3_open(part, &target) != SQLITE_OK)
        err = PW_EDB;
    if (!err)
        err = copy_pages(source, target);
    sqlite3_close(source);
    sqlite3_close(target);
    if (!err)
        err = files->rename(files->ctx, part, path);
    if (err)
        (void)files->remove(files->ctx, part);
    return err;
}

struct task {
    const struct files *files;
    const char *from, *to;
    struct strbuf *manifest;
    FILE *out;
    unsigned count;
};

static bool is_closed(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    bool closed = read_only_open(path, &db) == 0 &&
                  sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE key = 'closed'", -1, &s,
                                     NULL) == SQLITE_OK &&
                  sqlite3_step(s) == SQLITE_ROW && sqlite3_column_int(s, 0) != 0;
    sqlite3_finalize(s);
    sqlite3_close(db);
    return closed;
}

static int copy_month(const struct task *t, const char *name)
{
    char from[FILES_PATH_MAX];
    char part[FILES_PATH_MAX];
    char path[FILES_PATH_MAX];
    int err = month_path(from, t->from, name, "");
    if (!err)
        err = month_path(part, t->to, name, ".part");
    if (!err)
        err = month_path(path, t->to, name, "");
    if (err)
        return err;
    if (!is_closed(from))
        return backup_sqlite_file(t->files, from, part, path);
    return copy_file(t->files, t->from, t->to, strrchr(from, '/') + 1, INT64_MAX, NULL);
}

static void on_month(void *ctx, const char *name)
{
    struct task *t = ctx;
    int err = copy_month(t, name);
    if (err)
        fprintf(t->out,
                "minutes-%s.db was not copied (%s): `plumewatch rebuild` makes it from the "
                "journal\n",
                name, pw_strerror(err));
    else
        strbuf_addf(t->manifest, "%s\"%s\"", t->count++ ? "," : "", name);
}

int backup_minutes(const struct files *files, const char *from, const char *to,
                   struct strbuf *manifest, FILE *out)
{
    struct task t = {.files = files, .from = from, .to = to, .manifest = manifest, .out = out};
    strbuf_adds(manifest, ",\"months\":[");
    int err = month_list(files, from, "", on_month, &t);
    strbuf_addc(manifest, ']');
    return err;
}

bool backup_is_month(const char *name)
{
    static const char shape[] = "dddd-dd";
    if (!name || strlen(name) != sizeof shape - 1)
        return false;
    for (size_t i = 0; i < sizeof shape - 1; i++)
        if (shape[i] == 'd' ? name[i] < '0' || name[i] > '9' : name[i] != shape[i])
            return false;
    return true;
}
