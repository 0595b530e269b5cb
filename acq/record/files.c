#include "acq/record/files.h"

#include "acq/core/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int refused(const char *what, const char *path)
{
    int error = errno;
    log_error("record", "%s %s: %s", what, path, strerror(error));
    return PW_EIO;
}

static int refused_fd(const char *what, int fd)
{
    int error = errno;
    log_error("record", "%s fd=%d: %s", what, fd, strerror(error));
    return PW_EIO;
}

static int system_open(void *ctx, const char *path, enum files_mode mode, int *out_fd)
{
    (void)ctx;
    int flags = mode == FILES_READ ? O_RDONLY | O_CLOEXEC : O_RDWR | O_CREAT | O_CLOEXEC;
    int fd = open(path, flags, 0640);
    if (fd < 0 && errno == ENOENT && mode == FILES_READ)
        return PW_ENOTFOUND;
    if (fd < 0)
        return refused("open", path);
    *out_fd = fd;
    return 0;
}

static void system_close(void *ctx, int fd)
{
    (void)ctx;
    if (close(fd) != 0)
        (void)refused_fd("close", fd);
}

static int system_read_at(void *ctx, int fd, void *data, size_t len, int64_t offset,
                          size_t *out_len)
{
    (void)ctx;
    size_t got = 0;
    while (got < len) {
        ssize_t n = pread(fd, (char *)data + got, len - got, (off_t)(offset + (int64_t)got));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return refused_fd("read", fd);
        if (n == 0)
            break;
        got += (size_t)n;
    }
    *out_len = got;
    return 0;
}

static int system_write_at(void *ctx, int fd, const void *data, size_t len, int64_t offset)
{
    (void)ctx;
    size_t done = 0;
    while (done < len) {
        ssize_t n =
            pwrite(fd, (const char *)data + done, len - done, (off_t)(offset + (int64_t)done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return refused_fd("write", fd);
        done += (size_t)n;
    }
    return 0;
}

static int system_sync(void *ctx, int fd)
{
    (void)ctx;
    return fdatasync(fd) == 0 ? 0 : refused_fd("sync", fd);
}

static int system_truncate(void *ctx, int fd, int64_t size)
{
    (void)ctx;
    return ftruncate(fd, (off_t)size) == 0 ? 0 : refused_fd("truncate", fd);
}

static int system_size(void *ctx, int fd, int64_t *out)
{
    (void)ctx;
    struct stat st;
    if (fstat(fd, &st) != 0)
        return refused_fd("stat", fd);
    *out = st.st_size;
    return 0;
}

static int system_reserve(void *ctx, int fd, int64_t size)
{
    (void)ctx;
    errno = posix_fallocate(fd, 0, (off_t)size);
    return errno == 0 ? 0 : refused_fd("reserve", fd);
}

static int system_free_bytes(void *ctx, const char *path, int64_t *out)
{
    (void)ctx;
    struct statvfs s;
    if (statvfs(path, &s) != 0)
        return refused("statvfs", path);
    *out = (int64_t)s.f_bavail * (int64_t)s.f_frsize;
    return 0;
}

static int system_lock(void *ctx, int fd)
{
    (void)ctx;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    return errno == EWOULDBLOCK ? PW_EBUSY : refused_fd("lock", fd);
}

static int system_make_dir(void *ctx, const char *path)
{
    (void)ctx;
    if (mkdir(path, 0750) == 0)
        return 0;
    return errno == EEXIST ? PW_EEXIST : refused("mkdir", path);
}

static int system_sync_dir(void *ctx, const char *path)
{
    (void)ctx;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return refused("open", path);
    int err = fsync(fd) == 0 ? 0 : refused("sync", path);
    close(fd);
    return err;
}

static int system_rename(void *ctx, const char *from, const char *to)
{
    (void)ctx;
    if (rename(from, to) == 0)
        return 0;
    return errno == ENOENT ? PW_ENOTFOUND : refused("rename", from);
}

static int system_remove(void *ctx, const char *path)
{
    (void)ctx;
    if (unlink(path) == 0)
        return 0;
    return errno == ENOENT ? PW_ENOTFOUND : refused("remove", path);
}

static int system_list(void *ctx, const char *path, void (*on_name)(void *arg, const char *name),
                       void *arg)
{
    (void)ctx;
    DIR *dir = opendir(path);
    if (!dir)
        return errno == ENOENT ? PW_ENOTFOUND : refused("list", path);
    for (;;) {
        errno = 0;
        const struct dirent *e = readdir(dir);
        if (!e)
            break;
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            on_name(arg, e->d_name);
    }
    int err = errno == 0 ? 0 : refused("list", path);
    closedir(dir);
    return err;
}

const struct files *files_system(void)
{
    static const struct files table = {
        .open = system_open,
        .close = system_close,
        .read_at = system_read_at,
        .write_at = system_write_at,
        .sync = system_sync,
        .truncate = system_truncate,
        .size = system_size,
        .reserve = system_reserve,
        .free_bytes = system_free_bytes,
        .lock = system_lock,
        .make_dir = system_make_dir,
        .sync_dir = system_sync_dir,
        .rename = system_rename,
        .remove = system_remove,
        .list = system_list,
    };
    return &table;
}

int files_join(char out[FILES_PATH_MAX], const char *dir, const char *name)
{
    int n = snprintf(out, FILES_PATH_MAX, "%s/%s", dir, name);
    return n > 0 && n < FILES_PATH_MAX ? 0 : PW_EINVAL;
}

int files_read_all(const struct files *f, const char *path, size_t max, char **out, size_t *out_len)
{
    int fd = -1;
    int err = f->open(f->ctx, path, FILES_READ, &fd);
    if (err)
        return err;
    int64_t size = 0;
    size_t got = 0;
    char *text = NULL;
    err = f->size(f->ctx, fd, &size);
    if (!err && (uint64_t)size > max)
        err = PW_EFULL;
    if (!err && !(text = malloc((size_t)size + 1)))
        err = PW_ENOMEM;
    if (!err)
        err = f->read_at(f->ctx, fd, text, (size_t)size, 0, &got);
    f->close(f->ctx, fd);
    if (err) {
        free(text);
        return err;
    }
    text[got] = '\0';
    *out = text;
    *out_len = got;
    return 0;
}

static int write_whole(const struct files *f, const char *path, const void *data, size_t len)
{
    int fd = -1;
    int err = f->open(f->ctx, path, FILES_WRITE, &fd);
    if (err)
        return err;
    err = f->truncate(f->ctx, fd, 0);
    if (!err)
        err = f->write_at(f->ctx, fd, data, len, 0);
    if (!err)
        err = f->sync(f->ctx, fd);
    f->close(f->ctx, fd);
    return err;
}

int files_replace(const struct files *f, const char *dir, const char *name, const void *data,
                  size_t len)
{
    char path[FILES_PATH_MAX];
    char beside[FILES_PATH_MAX];
    int err = files_join(path, dir, name);
    if (err)
        return err;
    int n = snprintf(beside, sizeof beside, "%s.new", path);
    if (n <= 0 || (size_t)n >= sizeof beside)
        return PW_EINVAL;
    err = write_whole(f, beside, data, len);
    if (!err)
        err = f->rename(f->ctx, beside, path);
    return err ? err : f->sync_dir(f->ctx, dir);
}
