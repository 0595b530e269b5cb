#include "acq/record/db.h"

#include "acq/record/files.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static int read_cursor(sqlite3 *db, const char *target, char **out)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(db, "SELECT json FROM cursor WHERE target = ?1", -1, &s, NULL) !=
        SQLITE_OK)
        return PW_EDB;
    sqlite3_bind_text(s, 1, target, -1, SQLITE_STATIC);
    int rc = sqlite3_step(s);
    int err = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : PW_EDB;
    char *text = NULL;
    const unsigned char *json = rc == SQLITE_ROW ? sqlite3_column_text(s, 0) : NULL;
    if (json && !(text = strdup((const char *)json)))
        err = PW_ENOMEM;
    sqlite3_finalize(s);
    if (!err)
        *out = text;
    return err;
}

int record_load_cursor(const char *data_dir, const char *target, char **out)
{
    char path[FILES_PATH_MAX];
    sqlite3 *db = NULL;
    int err = files_join(path, data_dir, "plumewatch.db");
    if (err)
        return err;
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
    err = sqlite3_open_v2(path, &db, flags, NULL) == SQLITE_OK ? 0 : PW_EDB;
    if (!err)
        sqlite3_busy_timeout(db, 2000);
    if (!err)
        err = read_cursor(db, target, out);
    sqlite3_close(db);
    return err;
}
