#include "acq/record/read_only.h"

#include "acq/core/strbuf.h"
#include "acq/record/files.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { BUSY_MS = 2000, URI_MAX = 3 * FILES_PATH_MAX + 32 };

static bool cannot_change(const char *path)
{
    char log[FILES_PATH_MAX + 8];
    struct statvfs fs;
    if (statvfs(path, &fs) != 0 || !(fs.f_flag & ST_RDONLY))
        return false;
    snprintf(log, sizeof log, "%s-wal", path);
    return access(log, F_OK) != 0;
}

static void write_uri(const char *path, struct strbuf *out)
{
    strbuf_adds(out, "file:");
    for (; *path; path++) {
        if (strchr("?#%", *path))
            strbuf_addf(out, "%%%02X", (unsigned)(unsigned char)*path);
        else
            strbuf_addc(out, *path);
    }
    strbuf_adds(out, "?immutable=1");
}

int read_only_open(const char *path, struct sqlite3 **out)
{
    char storage[URI_MAX];
    struct strbuf uri;
    const char *name = path;
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
    if (cannot_change(path)) {
        strbuf_init_fixed(&uri, storage, sizeof storage);
        write_uri(path, &uri);
        name = storage;
        flags |= SQLITE_OPEN_URI;
    }
    if (sqlite3_open_v2(name, out, flags, NULL) != SQLITE_OK)
        return PW_EDB;
    sqlite3_busy_timeout(*out, BUSY_MS);
    return 0;
}
