/* Static files below web_dir. Every segment is opened from the folder before it and no symbolic
 * link is followed, so that no path leads out of the folder; names that begin with a dot do not
 * exist. */
#include "acq/core/log.h"
#include "acq/serve/routes.h"
#include "acq/serve/validators.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *type_of(const char *name)
{
    static const struct {
        const char *ending, *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json; charset=utf-8"},
        {".webmanifest", "application/manifest+json; charset=utf-8"},
        {".txt", "text/plain; charset=utf-8"},
        {".svg", "image/svg+xml; charset=utf-8"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
    };
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++)
        if (strcmp(dot, types[i].ending) == 0)
            return types[i].type;
    return "application/octet-stream";
}

/* Opens name in the folder `dir`, which is closed in any case. */
static int open_in(int dir, const char *name, int flags)
{
    int fd = name[0] == '.' ? -1 : openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | flags);
    close(dir);
    return fd;
}

/* The file's descriptor and the name that its type follows from; negative when there is none. */
static int open_file(const char *web_dir, const struct path *path, const char **out_name)
{
    int fd = open(web_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    size_t folders = path->is_folder ? path->count : path->count - 1;
    for (size_t i = 0; i < folders && fd >= 0; i++)
        fd = open_in(fd, path->segments[i], O_DIRECTORY);
    if (fd < 0)
        return -1;
    *out_name = path->is_folder ? "index.html" : path->segments[path->count - 1];
    /* O_NONBLOCK: a named pipe in the folder must not hold up the thread. */
    return open_in(fd, *out_name, O_NONBLOCK);
}

void files_answer(const struct request *q, struct reply *r)
{
    const char *name = "";
    struct stat st;
    r->file = open_file(q->web_dir, &q->path, &name);
    if (r->file < 0 || fstat(r->file, &st) != 0 || !S_ISREG(st.st_mode)) {
        reply_error(r, HTTP_NOT_FOUND, "not_found", "there is nothing at this path", "");
        return;
    }
    r->file_size = (uint64_t)st.st_size;
    r->content_type = type_of(name);
    r->cache_control = "no-cache";
    (void)snprintf(r->etag, sizeof r->etag, "\"%" PRIx64 "-%" PRIx64 "\"",
                   (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec,
                   r->file_size);
    http_date(st.st_mtim.tv_sec, r->last_modified);
    if (is_not_modified(q, r)) {
        r->status = HTTP_NOT_MODIFIED;
        close(r->file);
        r->file = -1;
    }
}
